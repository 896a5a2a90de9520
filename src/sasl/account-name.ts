/** Who logs in with a password: the name a client sends, and the account it asks to act as. */

import { type BareJid, bareOf, formatBare, parseJid, prepareLocal, sameBare } from '../jid/jid.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import { fail, ok, type Result } from '../result.ts'

/** Why a name is no account's, and the authorization identity for the record. */
export interface NameFault {
  readonly code: ReasonCode
  readonly why: string
  readonly authzid: string | null
}

/**
 * The account of a user name at `domain`. RFC 6120 §6.3.7: the name is the localpart. §6.3.8: an authorization identity,
 * where there is one, is that account's bare JID; a resource in it is ignored. Nobody acts as anybody else.
 */
export function readAccount(username: string, authzid: string | null, domain: string): Result<BareJid, NameFault> {
  const local = prepareLocal(username)
  if (!local.ok) return fail({ code: 'password-malformed', why: `the user name ${local.error.why}`, authzid })
  const jid = { local: local.value, domain }
  if (authzid === null) return ok(jid)
  const parsed = parseJid(authzid)
  const asked = parsed.ok ? bareOf(parsed.value) : null
  if (asked === null) {
    return fail({ code: 'authzid-malformed', why: parsed.ok ? 'it has no localpart' : parsed.error.why, authzid })
  }
  if (sameBare(asked, jid)) return ok(jid)
  return fail({ code: 'authzid-mismatch', why: `the password would be that of ${formatBare(jid)}`, authzid })
}

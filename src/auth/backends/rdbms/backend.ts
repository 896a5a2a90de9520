/** `rdbms`: passwords in a database table (MongooseIM's `[auth.rdbms]`). Certificates are none of its business. */

import { type BareJid, formatBare } from '../../../jid/jid.ts'
import type { AuthBackend, PasswordClaim, ScramAnswer, ScramHash, Verdict } from '../../contract.ts'
import { rdbmsEvidence } from '../../evidence.ts'
import type { PasswordChecker } from '../../passwords/checking.ts'
import type { StoredPassword } from '../../passwords/stored-password.ts'
import type { FoundPassword, UserTable } from './table.ts'

/** A backend over a table that several may share; it does not own it. */
export function createRdbmsBackend(table: UserTable, passwords: PasswordChecker): AuthBackend {
  return {
    name: 'rdbms',
    takes: rdbmsEvidence,
    judge: async (claim) => (claim.kind === 'password' ? judge(table, passwords, claim) : { kind: 'unknown' }),
    scramSecrets: (jid, hash) => findSecrets(table, passwords, jid, hash),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

async function judge(table: UserTable, passwords: PasswordChecker, claim: PasswordClaim): Promise<Verdict> {
  const { jid, password } = claim
  try {
    const found = await table.find(jid)
    // Asked for an account that is not there as well, so that it takes as long.
    const isRight = await passwords.matches(readable(found), password)
    if (found === null) return { kind: 'unknown' }
    if (found.kind === 'unreadable') return unreadable(jid)
    if (isRight) return { kind: 'allow', account: accountOf(jid) }
    return { kind: 'deny', code: 'password-wrong', why: formatBare(jid) }
  } catch (cause) {
    return unavailable(cause)
  }
}

async function findSecrets(
  table: UserTable,
  passwords: PasswordChecker,
  jid: BareJid,
  hash: ScramHash,
): Promise<ScramAnswer> {
  try {
    const found = await table.find(jid)
    const secrets = await passwords.secretsOf(readable(found), jid, hash)
    if (found === null) return { kind: 'unknown' }
    if (secrets !== null) return { kind: 'found', secrets, account: accountOf(jid) }
    if (found.kind === 'unreadable') return unreadable(jid)
    return { kind: 'deny', code: 'scram-secrets-missing', why: `${formatBare(jid)} has none for ${hash}` }
  } catch (cause) {
    return unavailable(cause)
  }
}

function readable(found: FoundPassword | null): StoredPassword | null {
  return found === null || found.kind === 'unreadable' ? null : found
}

function unreadable(jid: BareJid): Extract<Verdict, { kind: 'deny' }> {
  const why = `column pass_details of ${formatBare(jid)} is in no form that is known`
  return { kind: 'deny', code: 'scram-secrets-missing', why }
}

function accountOf(jid: BareJid) {
  return { jid, certificateSha256: null, certificateNotAfter: null }
}

function unavailable(cause: unknown): Extract<Verdict, { kind: 'unavailable' }> {
  return { kind: 'unavailable', cause: cause instanceof Error ? cause : new Error(String(cause)) }
}

/** Whom a stanza is for, as a server without federation sees it (RFC 6120 §10, RFC 6121 §8). Pure. */

import type { BareJid } from '../../jid/jid.ts'
import { bareOf, formatBare, type Jid, parseJid, sameBare } from '../../jid/jid.ts'
import { fail, ok, type Result } from '../../result.ts'

/** Where a stanza goes. `owner` is a bare JID in text form. */
export type Target =
  /** No address at all. */
  | { readonly kind: 'none' }
  /** The server itself, with or without a resource. */
  | { readonly kind: 'server' }
  | { readonly kind: 'account'; readonly owner: string }
  | { readonly kind: 'resource'; readonly owner: string; readonly resource: string }
  /** A domain that is not served here; there is no connection to other servers. */
  | { readonly kind: 'remote' }

/** Reads the `to` of a stanza; the failure is a malformed JID. */
export function readTarget(to: string | null, serves: (domain: string) => boolean): Result<Target, 'jid-malformed'> {
  if (to === null) return ok({ kind: 'none' })
  const parsed = parseJid(to)
  return parsed.ok ? ok(locate(parsed.value, serves)) : fail('jid-malformed')
}

function locate(jid: Jid, serves: (domain: string) => boolean): Target {
  if (!serves(jid.domain)) return { kind: 'remote' }
  const account = bareOf(jid)
  if (account === null) return { kind: 'server' }
  const owner = formatBare(account)
  return jid.resource === null ? { kind: 'account', owner } : { kind: 'resource', owner, resource: jid.resource }
}

/** Whether a client's `from` is its own: its bare JID, or its full one once it has a resource (RFC 6120 §8.1.2.1). */
export function isOwnAddress(from: string, account: BareJid, resource: string | null): boolean {
  const parsed = parseJid(from)
  if (!parsed.ok) return false
  const bare = bareOf(parsed.value)
  if (bare === null || !sameBare(bare, account)) return false
  return parsed.value.resource === null || parsed.value.resource === resource
}

/** The domain of a bare JID in text form. */
export function domainOf(owner: string): string {
  // A localpart cannot hold "@" (RFC 7622 §3.3.1).
  return owner.slice(owner.indexOf('@') + 1)
}

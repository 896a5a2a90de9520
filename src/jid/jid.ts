/** XMPP addresses (RFC 7622): parsed once, prepared, and from then on compared as plain strings. */

import { fail, ok, type Result } from '../result.ts'
import { prepareDomain } from './domain.ts'
import { type JidFault, maxJidBytes } from './fault.ts'
import { prepareLocal } from './localpart.ts'
import { prepareResource } from './resourcepart.ts'

export { prepareDomain } from './domain.ts'
export type { JidFault } from './fault.ts'
export { prepareLocal } from './localpart.ts'
export { prepareResource } from './resourcepart.ts'

/** A user at a domain, both prepared: equal strings are the same account. */
export interface BareJid {
  readonly local: string
  /** Lower-case U-labels, an IPv4 address, or an IPv6 address in brackets. */
  readonly domain: string
}

/** Any JID, its parts prepared. */
export interface Jid {
  readonly local: string | null
  readonly domain: string
  readonly resource: string | null
}

/** Splits and prepares a JID (RFC 7622 §3.1): the first `/` ends the domainpart, the first `@` before it starts it. */
export function parseJid(text: string): Result<Jid, JidFault> {
  if (text.length > maxJidBytes) return fail({ part: 'jid', why: `is longer than ${maxJidBytes} octets` })
  const slash = text.indexOf('/')
  const bare = slash < 0 ? text : text.slice(0, slash)
  const at = bare.indexOf('@')
  const domain = prepareDomain(at < 0 ? bare : bare.slice(at + 1))
  if (!domain.ok) return domain
  const local = at < 0 ? ok(null) : prepareLocal(bare.slice(0, at))
  if (!local.ok) return local
  const resource = slash < 0 ? ok(null) : prepareResource(text.slice(slash + 1))
  if (!resource.ok) return resource
  return ok({ local: local.value, domain: domain.value, resource: resource.value })
}

/** The account a JID belongs to; null without a localpart. */
export function bareOf(jid: Jid): BareJid | null {
  return jid.local === null ? null : { local: jid.local, domain: jid.domain }
}

/** `local@domain`. */
export function formatBare(jid: BareJid): string {
  return `${jid.local}@${jid.domain}`
}

/** `local@domain/resource`, without the parts that are absent. */
export function formatJid(jid: Jid): string {
  const bare = jid.local === null ? jid.domain : `${jid.local}@${jid.domain}`
  return jid.resource === null ? bare : `${bare}/${jid.resource}`
}

/** Whether two prepared JIDs are the same account. */
export function sameBare(a: BareJid, b: BareJid): boolean {
  return a.local === b.local && a.domain === b.domain
}

/** Judging the client's stream header (RFC 6120 §4.7, §4.9.3). */

import { type BareJid, bareOf, parseJid, prepareDomain } from '../jid/jid.ts'
import { fail, ok, type Result } from '../result.ts'
import type { StreamCondition } from '../xml/stream-error.ts'
import { isSpokenVersion, type StreamHeader } from '../xml/stream-header.ts'

/** A header that may stand: for which domain the stream is, and who the client says it is. */
export interface AcceptedHeader {
  readonly domain: string
  readonly from: BareJid | null
}

/** Why it may not. */
export interface HeaderFault {
  readonly condition: StreamCondition
  readonly text: string
}

/** Judges `header` against the domains served. */
export function checkHeader(header: StreamHeader, hosts: ReadonlySet<string>): Result<AcceptedHeader, HeaderFault> {
  if (!isSpokenVersion(header.version)) {
    return fail({ condition: 'unsupported-version', text: 'this server speaks version 1.0' })
  }
  if (header.to === null) return fail({ condition: 'host-unknown', text: "the stream header needs a 'to'" })
  const domain = prepareDomain(header.to)
  if (!domain.ok || !hosts.has(domain.value)) {
    return fail({ condition: 'host-unknown', text: 'this domain is not served here' })
  }
  const from = header.from === null ? ok(null) : readFrom(header.from)
  return from.ok ? ok({ domain: domain.value, from: from.value }) : from
}

/** RFC 6120 §4.7.1: a client's from is its own bare JID; a full one, which some send, names the same account. */
function readFrom(text: string): Result<BareJid, HeaderFault> {
  const parsed = parseJid(text)
  const jid = parsed.ok ? bareOf(parsed.value) : null
  return jid === null ? fail({ condition: 'invalid-from', text: "the header's 'from' is no user's JID" }) : ok(jid)
}

/** Whether a request may be part of a session that another connection began (XEP-0124 §19.1). */

import type { Channel, Peer } from '../../certificate/channel.ts'

/** Why it may not. */
export type StrangerReason = 'bosh-session-in-clear' | 'bosh-certificate-changed'

/**
 * Why a request that came over `channel` is none of the session that came over `first`; null if it is. The identifier of a
 * session is no proof: the certificate that logged in must be shown again, by every connection.
 */
export function strangerReason(first: Channel, channel: Channel): StrangerReason | null {
  if (first.tls !== null && channel.tls === null) return 'bosh-session-in-clear'
  if ((first.tls === null) !== (channel.tls === null)) return 'bosh-certificate-changed'
  return isSame(first.peer, channel.peer) ? null : 'bosh-certificate-changed'
}

function isSame(a: Peer, b: Peer): boolean {
  if (a.kind === 'none' || b.kind === 'none') return a.kind === b.kind
  if (a.kind === 'unreadable' || b.kind === 'unreadable') {
    return a.kind === 'unreadable' && b.kind === 'unreadable' && a.sha256 === b.sha256
  }
  // A certificate that was good then and is refused now does not go on, nor the other way round.
  return a.certificate.sha256 === b.certificate.sha256 && a.chain.kind === b.chain.kind
}

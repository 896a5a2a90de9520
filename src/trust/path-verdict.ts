/** What path validation says. */

import type { PeerCertificate } from '../certificate/facts.ts'
import type { ReasonCode } from '../observe/reasons.ts'

/** A refusal: the reason, a sentence, and the certificate that it is about. */
export interface PathRefusal {
  readonly kind: 'untrusted'
  readonly code: ReasonCode
  readonly text: string
  readonly at: PeerCertificate
}

/** The verdict on a certificate: a path from it to an anchor, a sound self-signed certificate, or a refusal. */
export type PathVerdict =
  | { readonly kind: 'trusted' /** Leaf first, anchor last. */; readonly chain: readonly PeerCertificate[] }
  | { readonly kind: 'self-signed' }
  | PathRefusal

/** Makes a refusal. */
export function refusePath(code: ReasonCode, at: PeerCertificate, text: string): PathRefusal {
  return { kind: 'untrusted', code, text, at }
}

/** Judges a certificate that a proxy forwards: read and validated here again, as if it had come in a handshake of ours. */

import { hash } from 'node:crypto'
import type { Peer, VerifyMode } from '../../certificate/channel.ts'
import type { CertificateCache } from '../../certificate/facts.ts'
import { judgeChain } from '../../trust/chain-status.ts'
import type { ValidatePath } from '../../trust/path-validation.ts'
import type { TrustStore } from '../../trust/trust-store.ts'

/** What forwarded certificates are read and judged with. */
export interface PeerParts {
  readonly verifyMode: VerifyMode
  /** The CAs that clients' certificates come from. */
  readonly trust: TrustStore
  readonly certificates: CertificateCache
  readonly validate: ValidatePath
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * The client as its certificates (DER, its own first) show it; none without any. `objection` is what the proxy had against
 * the certificate, null for nothing: as in a handshake of ours, both have to accept.
 */
export function forwardedPeer(ders: readonly Uint8Array[], objection: string | null, parts: PeerParts): Peer {
  const [der, ...others] = ders
  if (der === undefined || parts.verifyMode === 'none') return Object.freeze({ kind: 'none' })
  const read = parts.certificates.read(der)
  if (!read.ok) return Object.freeze({ kind: 'unreadable', sha256: hash('sha256', der), fault: read.error })
  // An extra certificate that cannot be read helps nobody; the path is built without it.
  const extra = others
    .map((other) => parts.certificates.read(other))
    .flatMap((other) => (other.ok ? [other.value] : []))
  const own = judgeChain(read.value, extra, parts.trust, parts.now(), { asked: false }, parts.validate)
  const chain =
    objection === null || own.kind === 'untrusted'
      ? own
      : ({ kind: 'untrusted', code: 'chain-refused-by-proxy', text: objection } as const)
  return Object.freeze({ kind: 'certificate', certificate: read.value, chain })
}

/** What a presented, missing or refused certificate means for a login at all: one word per listener and host. */

import { type Channel, certificateRefusal, type VerifyMode } from '../certificate/channel.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import type { Mechanism } from './mechanism.ts'

/**
 * `disable`: certificates are not looked at. `enable`: a presented certificate decides, a client without one uses other
 * mechanisms. `optional`: EXTERNAL stands beside the others. `mandatory`: without an acceptable certificate nobody logs in.
 */
export type CertificatePolicy = 'disable' | 'enable' | 'optional' | 'mandatory'

/** The words, from the least to the most that is asked of a client. */
export const certificatePolicies = ['disable', 'enable', 'optional', 'mandatory'] as const satisfies CertificatePolicy[]

/** How the certificate side of one stream is to be judged. */
export interface CertificateTerms {
  readonly policy: CertificatePolicy
  /** The listener's `tls.verify_mode`. */
  readonly verifyMode: VerifyMode
  /** The listener's `tls.disconnect_on_failure`; the other words than `optional` say themselves what ends a connection. */
  readonly disconnectOnFailure: boolean
}

/** What the policy makes of one connection. */
export interface Admission {
  /** Why the connection ends before any mechanism is offered; null when it goes on. */
  readonly refusal: ReasonCode | null
  /** Whether only a mechanism that uses the certificate may let the client in. */
  readonly certificateOnly: boolean
  /** The mode that mechanisms judge the certificate by. */
  readonly verifyMode: VerifyMode
}

/** Judges a connection behind TLS; in clear nothing is decided yet. */
export function admit({ policy, verifyMode, disconnectOnFailure }: CertificateTerms, channel: Channel): Admission {
  // A host that wants a certificate gets nobody by a door that asks for none.
  if (policy === 'disable' || (verifyMode === 'none' && policy !== 'mandatory')) {
    return { refusal: null, certificateOnly: false, verifyMode: 'none' }
  }
  if (channel.tls === null) return { refusal: null, certificateOnly: false, verifyMode }
  const refusal = certificateRefusal(channel, verifyMode)
  const decides = { refusal, certificateOnly: true, verifyMode }
  switch (policy) {
    case 'mandatory':
      return decides
    case 'enable':
      return channel.peer.kind === 'none' ? { refusal: null, certificateOnly: false, verifyMode } : decides
    case 'optional':
      return { refusal: disconnectOnFailure ? refusal : null, certificateOnly: false, verifyMode }
  }
}

/** The mechanisms that the admission leaves, in their order. */
export function admittedMechanisms(all: readonly Mechanism[], { certificateOnly }: Admission): readonly Mechanism[] {
  return certificateOnly ? all.filter(({ evidence }) => evidence === 'certificate') : all
}

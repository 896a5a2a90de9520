/**
 * The one place where a bad or missing certificate ends a connection (`certificate_policy`, `disconnect_on_failure`), for
 * every transport alike; otherwise it only keeps EXTERNAL from being offered. TLS itself always finishes, so that the
 * client and the log hear the reason.
 */

import { type Channel, certificateRefusalText } from '../certificate/channel.ts'
import type { BareJid } from '../jid/jid.ts'
import type { Decision } from '../observe/decision.ts'
import { type ReasonCode, reasons } from '../observe/reasons.ts'
import { startAttempt } from '../sasl/attempt.ts'
import { admit } from '../sasl/certificate-policy.ts'
import { conclude } from './conclude.ts'
import { sceneOf } from './features/sasl.ts'
import type { StreamPolicy } from './policy.ts'

/** A connection that is to end, with its decision, which is recorded. */
export interface CertificateRefusal {
  readonly code: ReasonCode
  readonly decision: Decision
  /** What the client is told: the reason and the decision's id. */
  readonly text: string
}

/** Refuses the connection of a stream, with one record; null when the stream goes on. */
export function refuseCertificate(
  { channel, domain, from }: { readonly channel: Channel; readonly domain: string; readonly from: BareJid | null },
  policy: StreamPolicy,
): CertificateRefusal | null {
  const { refusal: code } = admit(policy.of(domain).certificates, channel)
  if (code === null) return null
  const scene = sceneOf({ channel, domain, from, attempt: null, failedAttempts: 0 }, policy)
  const attempt = startAttempt<never>(scene, 'EXTERNAL', neverOpens)
  const decision = attempt.deny(code, certificateRefusalText(channel))
  conclude(decision, null, scene, policy)
  return { code, decision, text: `${reasons[code].meaning} (${decision.id})` }
}

/** Whether no domain would let a stream on this channel go on, whatever it asked for. Records nothing. */
export function isRefusedEverywhere(channel: Channel, policy: StreamPolicy): boolean {
  return [...policy.hosts].every((domain) => admit(policy.of(domain).certificates, channel).refusal !== null)
}

const neverOpens = async () => ({ ok: false, error: { why: 'the certificate was refused' } }) as const

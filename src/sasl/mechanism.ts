/** The contract of a SASL mechanism: pure functions from data to the next step (RFC 4422, RFC 6120 §6). */

import type { Claim, Evidence } from '../auth/contract.ts'
import type { Channel, VerifyMode } from '../certificate/channel.ts'
import type { IdentityStep } from '../observe/decision.ts'
import type { ReasonCode } from '../observe/reasons.ts'

/** What a mechanism may look at. */
export interface MechanismContext {
  readonly channel: Channel
  readonly verifyMode: VerifyMode
  /** The stream's domain, prepared. */
  readonly domain: string
}

/** The outcome of feeding a mechanism one response. */
export type MechanismStep =
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  | {
      readonly kind: 'claim'
      readonly claim: Claim
      readonly authzid: string | null
      readonly identity: readonly IdentityStep[]
    }
  | {
      readonly kind: 'fail'
      readonly code: ReasonCode
      readonly why: string
      readonly authzid: string | null
      readonly identity: readonly IdentityStep[]
    }

/** One exchange. `response` is null when the client sent no initial response at all. */
export interface Exchange {
  step(response: Uint8Array | null): MechanismStep
}

/** A mechanism as a value. */
export interface Mechanism {
  /** Name on the wire, such as `EXTERNAL`. */
  readonly name: string
  readonly evidence: Evidence
  /** Null when the mechanism can succeed on this channel and so is offered, else the reason why not. */
  refusal(context: MechanismContext): ReasonCode | null
  start(context: MechanismContext): Exchange
}

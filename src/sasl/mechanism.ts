/** The contract of a SASL mechanism: pure functions from data to the next step (RFC 4422, RFC 6120 §6). */

import type { Claim, Evidence, ScramAnswer, ScramHash } from '../auth/contract.ts'
import type { Channel, VerifyMode } from '../certificate/channel.ts'
import type { BareJid } from '../jid/jid.ts'
import type { IdentityStep } from '../observe/decision.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import type { Account } from '../session/contract.ts'

/** What a mechanism may look at. */
export interface MechanismContext {
  readonly channel: Channel
  readonly verifyMode: VerifyMode
  /** The stream's domain, prepared. */
  readonly domain: string
}

/** An answer of the backends that a mechanism goes on with; one that they could not give ends the attempt before. */
export type SecretsAnswer = Exclude<ScramAnswer, { readonly kind: 'unavailable' }>

/**
 * The outcome of feeding a mechanism one response. A mechanism does no I/O: with `lookup` it says what it must know, and
 * `resume` takes the answer and goes on. `proved` needs no judge any more: the client has shown that it is `account`;
 * `data` goes along with the success (RFC 6120 §6.4.6).
 */
export type MechanismStep =
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  | {
      readonly kind: 'lookup'
      readonly jid: BareJid
      readonly hash: ScramHash
      readonly authzid: string | null
      resume(answer: SecretsAnswer): MechanismStep
    }
  | {
      readonly kind: 'proved'
      readonly account: Account
      readonly authzid: string | null
      readonly data: Uint8Array
    }
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
  /** Whether it binds itself to the TLS connection, so that clients must hear what with (XEP-0440). */
  readonly bindsChannel?: boolean
  /** Null when the mechanism can succeed on this channel and so is offered, else the reason why not. */
  refusal(context: MechanismContext): ReasonCode | null
  start(context: MechanismContext): Exchange
}

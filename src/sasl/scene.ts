/** Where a login attempt happens: everything it needs to know of its stream. */

import type { Authority } from '../auth/authority.ts'
import type { ThrottleAnswer } from '../auth/throttle.ts'
import type { Channel, VerifyMode } from '../certificate/channel.ts'
import type { BareJid } from '../jid/jid.ts'
import type { Decision } from '../observe/decision.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import type { Mechanism } from './mechanism.ts'

/** What an attempt asks about the password of an account. */
export interface PasswordThrottle {
  /** Before it is judged: go on, wait, or refuse. */
  toll(account: BareJid): ThrottleAnswer
  /**
   * Behind the judgement, before anything of it is told: the reason of a lock that is in force by now. Attempts that began
   * together would otherwise all be answered, however few of them are let through one after another. What fails is to be
   * counted as soon as it has its record (`ConcludeAttempt`), which is in the same step.
   */
  lock(channel: Channel, account: BareJid): ReasonCode | null
}

/** What an attempt needs to know of the stream it happens on. */
export interface AttemptScene {
  /** The listener's name, for the record. */
  readonly listener: string
  readonly transport: Decision['transport']
  readonly channel: Channel
  readonly verifyMode: VerifyMode
  /** The stream's domain, prepared. */
  readonly domain: string
  /** The bare JID of the stream header's `from`, if it had one. */
  readonly from: BareJid | null
  readonly mechanisms: readonly Mechanism[]
  readonly authority: Authority
  /** What earlier wrong passwords cost the next one of an account; absent where nothing is throttled. */
  readonly passwords?: PasswordThrottle | undefined
}

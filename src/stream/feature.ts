/** A stream feature as a value (RFC 6120 §4.3): the loop advertises and negotiates features and knows none by name. */

import type { Element } from 'ltx'
import type { Channel } from '../certificate/channel.ts'
import type { BareJid } from '../jid/jid.ts'
import type { Attempt } from '../sasl/attempt.ts'
import type { HostedSession } from '../session/contract.ts'
import type { StreamCondition } from '../xml/stream-error.ts'
import type { StreamPolicy } from './policy.ts'
import type { StreamTransport } from './ports.ts'

/** Where a stream stands. A step makes the next state; nothing else changes it. */
export interface StreamState {
  readonly channel: Channel
  /** The domain of the stream, prepared. */
  readonly domain: string
  /** The client's own JID, if its header said one. */
  readonly from: BareJid | null
  /** The exchange that waits for a `<response/>`, if one does. */
  readonly attempt: Attempt<HostedSession> | null
  readonly failedAttempts: number
}

/** What a feature may use while it negotiates. */
export interface FeatureTools {
  readonly transport: StreamTransport
  readonly policy: StreamPolicy
  /** Says whether the time for the login is over, and the client has been told so. */
  readonly clock: { readonly isLate: boolean }
}

/** How negotiation of one element ended. */
export type FeatureOutcome =
  /** The stream goes on. */
  | { readonly kind: 'stay'; readonly state: StreamState }
  /** A new stream begins on the same connection. */
  | { readonly kind: 'restart'; readonly state: StreamState }
  /** The client is logged in: the session takes the stream over. */
  | { readonly kind: 'release'; readonly session: HostedSession }
  /** The stream ends. */
  | { readonly kind: 'end'; readonly error: { readonly condition: StreamCondition; readonly text?: string } | null }

/** One feature. */
export interface StreamFeature {
  readonly name: string
  /** Its markup inside `<stream:features/>`, or null when it is not on offer in this state. */
  advertise(state: StreamState, tools: FeatureTools): string | null
  /** Whether this element is the feature's to negotiate, on offer or not. */
  accepts(element: Element): boolean
  /** A promise only where something is to be waited for. */
  negotiate(element: Element, state: StreamState, tools: FeatureTools): FeatureOutcome | Promise<FeatureOutcome>
}

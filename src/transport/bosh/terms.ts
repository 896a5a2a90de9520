/** What a BOSH session is made with, and the words that the protocol has for how one ends (XEP-0124 §17). */

import type { XmlLimits } from '../../xml/limits.ts'

/** What holds for all sessions of one door. Times on the wire are whole seconds, here milliseconds. */
export interface BoshTerms {
  /** Longest time that a request is held, whatever the client asks for. */
  readonly maxWaitMs: number
  /** Requests of one session that may be held at one time, whatever the client asks for. */
  readonly maxHold: number
  /** A session without an open request ends after so long. */
  readonly inactivityMs: number
  /** Longest pause that a client may announce. */
  readonly maxPauseMs: number
  /** Empty requests may not come quicker than this. */
  readonly pollingMs: number
  /** Whether answers say which requests have come. */
  readonly serverAcks: boolean
  /** Where clients are sent instead of getting a session; null where they get one. */
  readonly seeOtherUri: string | null
  /** Limits of what a client sends once it has logged in. */
  readonly xmlLimits: XmlLimits
  /** Unread markup for one client past which `write` waits for the client to fetch it, bytes. */
  readonly maxOutgoingBytes: number
  /** How long the end of a session is kept waiting for a request that can be told of it. */
  readonly lingerMs: number
}

/** Values that nobody needs to choose. */
export const defaultBoshTerms = Object.freeze({
  maxHold: 2,
  pollingMs: 2_000,
  seeOtherUri: null,
  maxOutgoingBytes: 65_536,
  lingerMs: 500,
})

/** The terminal binding conditions (XEP-0124 §17.2). */
export const TERMINAL_CONDITIONS = [
  'bad-request',
  'host-gone',
  'host-unknown',
  'improper-addressing',
  'internal-server-error',
  'item-not-found',
  'other-request',
  'policy-violation',
  'remote-connection-failed',
  'remote-stream-error',
  'see-other-uri',
  'system-shutdown',
  'undefined-condition',
] as const

/** A terminal binding condition. */
export type TerminalCondition = (typeof TERMINAL_CONDITIONS)[number]

/** The status that a client from before terminal conditions understands (XEP-0124 §17.1); null where there is none. */
export function legacyStatus(condition: TerminalCondition | null): 400 | 403 | 404 | null {
  switch (condition) {
    case 'bad-request':
      return 400
    case 'policy-violation':
      return 403
    case 'item-not-found':
      return 404
    default:
      return null
  }
}

/** What one HTTP response says. */
export interface BoshAnswer {
  readonly status: 200 | 400 | 403 | 404
  readonly contentType: string
  readonly text: string
}

/** The way back of one HTTP request. */
export interface Reply {
  /** Answers it; called once at most. */
  send(answer: BoshAnswer): void
  /** Whether the connection went away before the whole answer had left. */
  readonly isBroken: boolean
}

/** The content type of answers, unless the client asks for another (XEP-0124 §7.1). */
export const defaultContentType = 'text/xml; charset=utf-8'

/** Why a session is over. */
export type SessionEnd =
  /** The client said so. */
  | { readonly kind: 'terminated' }
  /** The client was not heard of any more. */
  | { readonly kind: 'expired' }
  /** The client broke the rules. */
  | { readonly kind: 'violated'; readonly condition: TerminalCondition; readonly why: string }
  /** The stream was ended by this side. */
  | { readonly kind: 'closed'; readonly condition: TerminalCondition | null }

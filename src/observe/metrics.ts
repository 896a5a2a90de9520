/** The port that rooms count with, and what a scrape asks the composition for. The implementation is Prometheus's. */

import type { ChainSummary, Decision } from './decision.ts'
import type { ReasonCode } from './reasons.ts'

/** What a lock is on. */
export type LockKind = 'address' | 'certificate' | 'account'

/** Where a stream was when it ended. */
export type StreamStage = 'negotiation' | 'session'

/** A listener and what one of its streams travels on. */
export interface StreamPlace {
  readonly listener: string
  readonly transport: Decision['transport']
}

/** Counts what happens. Never throws, and costs microseconds at most: it stands in the way of every login. */
export interface Metrics {
  /** One login attempt, from its one record. */
  decisionMade(decision: Decision): void
  /** An attempt that waits because of earlier failures. */
  loginDelayed(delayMs: number): void
  lockSet(by: LockKind): void
  /** A TLS handshake came to its end; `chain` is what it found of the client's certificate. */
  handshakeDone(
    listener: string,
    chain: { readonly status: ChainSummary['status']; readonly code: ReasonCode | null },
    tookMs: number,
  ): void
  handshakeFailed(listener: string): void
  sessionOpened(place: StreamPlace): void
  sessionClosed(place: StreamPlace): void
  /** `condition` is the stream error that we sent (RFC 6120 §4.9.3); null where there was none. */
  streamEnded(place: StreamPlace, stage: StreamStage, condition: string | null): void
  /** A configuration was put in force, or refused. */
  configRead(result: 'done' | 'refused'): void
}

/**
 * Why connections are turned away: more of them than a limit allows; what a proxy must say and has not said, or somebody
 * who is no proxy; HTTP in clear from where it may not come.
 */
export const refusalCauses = ['limit', 'proxy', 'clear'] as const

/** One of them. */
export type RefusalCause = (typeof refusalCauses)[number]

/** What stands at one listener, and what it has counted since it opened. */
export interface ListenerReading {
  readonly name: string
  readonly connections: number
  readonly accepted: number
  readonly refused: Readonly<Record<RefusalCause, number>>
  readonly handshakes: {
    readonly inTurn: number
    readonly slow: number
    readonly waiting: number
    readonly expected: number
  }
}

/** A server certificate in use. */
export interface CertificateReading {
  readonly listener: string
  /** The domain that it is shown for by SNI; null for the one shown to everybody else. */
  readonly serverName: string | null
  /** Milliseconds since the epoch. */
  readonly notAfterMs: number
}

/** Connections to one server of a pool. */
export interface PoolReading {
  /** Kind and tag, as in `ldap.default`. */
  readonly pool: string
  /** The host, and the port where a pool may have servers on several. */
  readonly server: string
  readonly connections: number
}

/** What is as it is, and is asked for only when somebody wants to know. */
export interface Readings {
  readonly listeners: readonly ListenerReading[]
  readonly locks: Readonly<Record<LockKind, number>>
  readonly pools: readonly PoolReading[]
  readonly certificates: readonly CertificateReading[]
  readonly lostLogLines: number
}

/** Counts nothing; for tests and for library users who do not ask. */
export const noMetrics: Metrics = {
  decisionMade: () => undefined,
  loginDelayed: () => undefined,
  lockSet: () => undefined,
  handshakeDone: () => undefined,
  handshakeFailed: () => undefined,
  sessionOpened: () => undefined,
  sessionClosed: () => undefined,
  streamEnded: () => undefined,
  configRead: () => undefined,
}

/** The port between the stream loop and what it runs on: TCP, WebSocket or BOSH. */

import type { Channel } from '../certificate/channel.ts'
import type { Result } from '../result.ts'
import type { Conduit } from '../session/contract.ts'

/** Why TLS did not come about, in words for the log. The connection is closed. */
export interface TlsFault {
  readonly why: string
}

/** A conduit that can still change its ground: the stream loop's view of a connection. */
export interface StreamTransport extends Conduit {
  /** What the latest handshake established. */
  readonly channel: Channel
  /**
   * Expects a new stream header next, read by a fresh parser (RFC 6120 §6.4.6). A peer that has logged in gets the
   * listener's limits; until then it gets room for the negotiation and no more.
   */
  restart(stage: 'negotiation' | 'session'): void
  /** Null where TLS lies below the transport (direct TLS, WebSocket, BOSH) or is already on. */
  readonly startTls: (() => Promise<Result<Channel, TlsFault>>) | null
}

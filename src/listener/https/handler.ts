/** The port between the HTTPS listener and what answers below its paths: WebSocket, BOSH, metrics, pages. */

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Channel } from '../../certificate/channel.ts'

/** One request, with what is known of the connection that it came on. */
export interface Visit {
  readonly request: IncomingMessage
  /** Path of the request's target, percent-encoding as it came; never with a query. */
  readonly path: string
  /** The host that the client named, lower-case and without a port; empty when it named none. */
  readonly host: string
  /**
   * The connection as the handshake left it, or as a trusted proxy reports it for this one request. Its certificate can
   * differ from one request to the next, even on one connection.
   */
  readonly channel: Channel
}

/** Answers the requests of one path. Never throws; outlives configuration generations as little as its listener's. */
export interface HttpHandler {
  /** Which methods are answered; any other gets 405 from the listener. */
  readonly methods: readonly string[]
  /** Answers, now or later. Owns the response; the request's body is unread. */
  handle(visit: Visit, response: ServerResponse): void
  /** Header fields of the answers that the listener gives in its place, such as a 401: what CORS needs. */
  answerHeaders?(visit: Visit): OutgoingHttpHeaders
  /** Takes the connection over (RFC 9110 §7.8); absent where there is nothing to upgrade to. Owns the socket. */
  upgrade?(visit: Visit, socket: Duplex, head: Buffer): void
  /** Ends what it carries, with `system-shutdown`; resolves when all of it is gone, by force after `limitMs`. */
  close(limitMs: number): Promise<void>
}

/** Limits of HTTP. Nothing of them holds by itself on a server of Node's that gets its connections from elsewhere: see `http-server.ts`. */

/** What one connection may take, and how long. */
export interface HttpLimits {
  /** From the handshake, or from a request's first byte, to the end of its header, milliseconds. */
  readonly headersMs: number
  /** To the end of its body, milliseconds. */
  readonly requestMs: number
  /** Between two requests, milliseconds. */
  readonly idleMs: number
  /** For taking an answer that is complete, milliseconds. */
  readonly takeMs: number
  /** How often the first two are looked at, milliseconds: so late they may strike. */
  readonly checkEveryMs: number
  /** For the farewell to a connection that broke a rule, milliseconds. */
  readonly lingerMs: number
  /** Request line and header. */
  readonly maxHeaderBytes: number
  /** Fields of a header. */
  readonly maxHeaders: number
  /** Longest body that is let through to a handler, which may take less. */
  readonly maxBodyBytes: number
  /** Requests of one connection that wait for their answers (RFC 9112 §9.3.2). */
  readonly maxInFlight: number
  /** Requests of one connection, then it is closed. */
  readonly maxRequests: number
}

/** The limits in force. */
export const httpLimits: HttpLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 75_000,
  takeMs: 30_000,
  checkEveryMs: 1_000,
  lingerMs: 2_000,
  maxHeaderBytes: 16_384,
  maxHeaders: 100,
  // The longest stanza that can be configured, and room for what it is wrapped in.
  maxBodyBytes: 4_194_304 + 65_536,
  maxInFlight: 16,
  maxRequests: 10_000,
}

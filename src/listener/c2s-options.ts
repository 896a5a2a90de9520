/** Options of one client listener over TCP (`[[listen.c2s]]`), as MongooseIM names them. */

import type { TlsOptions } from '../transport/tls-options.ts'

/** One client listener, resolved. */
export interface C2sOptions {
  /** How records and logs call it: `c2s 127.0.0.1:5222`. */
  readonly name: string
  /** 0 asks the operating system for any free port. */
  readonly port: number
  readonly ipAddress: string
  readonly backlog: number
  readonly reusePort: boolean
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  readonly maxStanzaBytes: number
  /** Limit of each step of the negotiation. */
  readonly stateTimeoutMs: number
  /** Limit of everything before the login is complete, handshake included. */
  readonly loginTimeoutMs: number
  /** Failed logins after which the stream is closed (RFC 6120 §6.4.5). */
  readonly maxLoginAttempts: number
  /** Offers the session feature of RFC 3921 to old clients. */
  readonly legacySession: boolean
  /** Methods that may judge logins here; null allows all of `auth.methods`. */
  readonly allowedAuthMethods: readonly string[] | null
  readonly tls: TlsOptions
}

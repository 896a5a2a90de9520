/** The facts of TLS connections that somebody else's server accepted: its own `tls.createServer`, our judgement. */

import { constants } from 'node:crypto'
import type { TLSSocket, TlsOptions } from 'node:tls'
import type { Channel } from '../certificate/channel.ts'
import { createCertificateCache } from '../certificate/facts.ts'
import { createPathCache } from '../trust/path-cache.ts'
import type { TrustStore } from '../trust/trust-store.ts'
import { readChannel } from './read-channel.ts'

/** The options of a TLS server that `createChannelReader` counts on. */
export type JudgingTlsOptions = Required<
  Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized' | 'ca' | 'secureOptions'>
>

/** Distinct certificates whose facts, and whose paths, one reader keeps in memory. */
const maxCachedCertificates = 4_096

/** No tickets: resumption would carry the verdict of another handshake. No renegotiation: it could change the certificate. */
export const judgingSecureOptions: number = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION

/**
 * What to spread into the options of `tls.createServer`: it asks clients for a certificate from the CAs of `trust`, lets
 * every handshake finish, so that a refusal can be told in the protocol, and neither resumes nor renegotiates.
 */
export function judgingTlsOptions(trust: TrustStore): JudgingTlsOptions {
  return { requestCert: true, rejectUnauthorized: false, ca: [...trust.pem], secureOptions: judgingSecureOptions }
}

/**
 * A function that reads what the handshake of a server-side socket established, frozen. Call it once a connection, at
 * `secureConnection`, and before anything else asks the socket for the certificate: Node hands out the chain to the first
 * who asks only. The chain is trusted if OpenSSL had no objection and path validation against `trust` agrees.
 * `now` gives milliseconds since the epoch.
 */
export function createChannelReader(trust: TrustStore, now: () => number = Date.now): (socket: TLSSocket) => Channel {
  const certificates = createCertificateCache(maxCachedCertificates)
  const validate = createPathCache(maxCachedCertificates)
  // Where the server did not ask for a certificate there is none to read; `peer` says no more than that here.
  const parts = { verifyMode: 'peer', trust, certificates, validate, now } as const
  return (socket) => readChannel(socket, `${socket.remoteAddress}:${socket.remotePort}`, parts)
}

/**
 * The server side of TLS: one door per listener and configuration generation. A handshake always finishes, whatever
 * the certificate; what the chain check found is read once, frozen, and judged further up.
 */

import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, TLSSocket } from 'node:tls'
import type { Channel, VerifyMode } from '../certificate/channel.ts'
import type { CertificateCache } from '../certificate/facts.ts'
import { prepareDomain } from '../jid/jid.ts'
import { fail, ok, type Result } from '../result.ts'
import type { ValidatePath } from '../trust/path-validation.ts'
import type { TrustStore } from '../trust/trust-store.ts'
import { judgingSecureOptions } from './channel-reader.ts'
import { readChannel } from './read-channel.ts'
import type { TlsVersion } from './tls-options.ts'
import { tlsWords } from './tls-words.ts'

/** A server certificate with its key, as PEM. */
export interface TlsIdentity {
  readonly cert: string
  readonly key: string
  readonly passphrase: string | null
}

/** What a door is made of. */
export interface TlsDoorParts {
  readonly verifyMode: VerifyMode
  readonly identity: TlsIdentity
  /** Identities by prepared domain, shown to clients that ask for it by SNI. */
  readonly byServerName: ReadonlyMap<string, TlsIdentity>
  readonly trust: TrustStore
  readonly dhparam: string | null
  readonly ciphers: string | null
  readonly versions: readonly TlsVersion[]
  readonly handshakeMs: number
  /** Receives NSS key log lines; null keeps the secrets. */
  readonly keyLog: ((line: Buffer) => void) | null
  readonly certificates: CertificateCache
  /** Path validation, which may remember its verdicts. */
  readonly validate: ValidatePath
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** A connection behind TLS. */
export interface Secured {
  readonly socket: TLSSocket
  readonly channel: Channel
}

/** Why the handshake did not come to an end, in words. */
export interface HandshakeFault {
  readonly why: string
}

/** A certificate that a door shows to clients. */
export interface ShownCertificate {
  /** Prepared domain that it is shown for by SNI; null for the one that everybody else sees. */
  readonly serverName: string | null
  /** Milliseconds since the epoch. */
  readonly notAfterMs: number
}

/** Takes connections through the handshake. */
export interface TlsDoor {
  readonly verifyMode: VerifyMode
  readonly shown: readonly ShownCertificate[]
  /** Owns `raw` from here on. `alpn` is the protocol that clients with ALPN must know (RFC 7301 §3.2); null where none has a name. */
  accept(raw: Socket, remote: string, alpn: AlpnProtocol | null): Promise<Result<Secured, HandshakeFault>>
}

/** Protocols that begin right behind the handshake: XEP-0368 §3, RFC 7301 §6. */
export type AlpnProtocol = 'xmpp-client' | 'http/1.1'

/** Builds a door; throws what OpenSSL throws on a certificate, key, cipher list or DH file that it cannot use. */
export function createTlsDoor(parts: TlsDoorParts): TlsDoor {
  const fallback = contextOf(parts, parts.identity)
  const contexts = new Map([...parts.byServerName].map(([host, identity]) => [host, contextOf(parts, identity)]))
  return {
    verifyMode: parts.verifyMode,
    shown: [
      shownOf(null, parts.identity),
      ...[...parts.byServerName].map(([host, identity]) => shownOf(host, identity)),
    ],
    accept: (raw, remote, alpn) =>
      new Promise((resolve) => {
        const socket = new DoorSocket(raw, {
          isServer: true,
          secureContext: fallback,
          requestCert: parts.verifyMode !== 'none',
          rejectUnauthorized: false,
          ...(contexts.size > 0 && { SNICallback: chooseBy(contexts) }),
          ...(alpn !== null && { ALPNProtocols: [alpn] }),
        })
        if (parts.keyLog !== null) socket.on('keylog', parts.keyLog)
        awaitHandshake(socket, raw, parts.handshakeMs, (cause) => {
          if (cause !== null) resolve(fail({ why: cause }))
          else resolve(ok({ socket, channel: readChannel(socket, remote, parts) }))
        })
      }),
  }
}

function shownOf(serverName: string | null, { cert }: TlsIdentity): ShownCertificate {
  return { serverName, notAfterMs: Date.parse(new X509Certificate(cert).validTo) }
}

function contextOf(parts: TlsDoorParts, { cert, key, passphrase }: TlsIdentity): SecureContext {
  return createSecureContext({
    cert,
    key,
    ...(passphrase !== null && { passphrase }),
    // Never undefined: that would trust the public CAs that Node ships. An empty list trusts nobody.
    ca: [...parts.trust.pem],
    ...(parts.dhparam !== null && { dhparam: parts.dhparam }),
    ciphers: parts.ciphers ?? preferredCiphers(),
    minVersion: parts.versions.includes('tlsv1.2') ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: parts.versions.includes('tlsv1.3') ? 'TLSv1.3' : 'TLSv1.2',
    honorCipherOrder: true,
    secureOptions: judgingSecureOptions,
    sessionIdContext: 'signet',
  })
}

/** TLS 1.3 with SHA-256, for which processors have instructions, before SHA-384, for which they have none (docs/performance.md). */
const firstCipher = 'TLS_AES_128_GCM_SHA256'

/** Node's list, with AES-128 first for TLS 1.3 as it is for TLS 1.2 already; untouched where the operator gave Node another one. */
function preferredCiphers(): string {
  const ciphers = DEFAULT_CIPHERS.split(':')
  return ciphers.includes(firstCipher) ? [...new Set([firstCipher, ...ciphers])].join(':') : DEFAULT_CIPHERS
}

function chooseBy(contexts: ReadonlyMap<string, SecureContext>) {
  return (name: string, done: (error: Error | null, context?: SecureContext) => void) => {
    // RFC 6066 §3: the name comes as A-labels, and without a final dot.
    const domain = prepareDomain(name)
    // A name that is not ours gets the fallback: refusing it here would tell the client nothing.
    done(null, domain.ok ? contexts.get(domain.value) : undefined)
  }
}

interface Handshake {
  readonly raw: Socket
  readonly timer: NodeJS.Timeout
  readonly settle: (cause: string | null) => void
}

/**
 * The server's side of a connection. Its listeners stay for life, since taking one out that is the only one of its event
 * costs half a kilobyte (V8 makes a dictionary of the rest), and close over nothing.
 */
class DoorSocket extends TLSSocket {
  /** Null behind the handshake. */
  handshake: Handshake | null = null
}

/** Calls `settle` exactly once: with null when the handshake is through, else with the reason, the socket destroyed. */
function awaitHandshake(
  socket: DoorSocket,
  raw: Socket,
  limitMs: number,
  settle: (cause: string | null) => void,
): void {
  // Node's own handshakeTimeout reports and closes nothing.
  const timer = setTimeout(late, limitMs, socket, limitMs)
  socket.handshake = { raw, timer, settle }
  // Faults of `raw` come as '_tlsError' too. An 'error' that nobody hears would end the process.
  socket.on('error', faulted).on('_tlsError', faulted).on('close', closed).on('secure', secured)
}

function finish(socket: DoorSocket, cause: string | null): void {
  const { handshake } = socket
  if (handshake === null) return
  socket.handshake = null
  socket.off('close', closed)
  clearTimeout(handshake.timer)
  if (cause !== null) {
    socket.destroy()
    handshake.raw.destroy()
  }
  handshake.settle(cause)
}

function late(socket: DoorSocket, limitMs: number): void {
  finish(socket, `the handshake took longer than ${limitMs} ms`)
}

/** A fault of the record layer ends the connection behind the handshake too. */
function faulted(this: DoorSocket, cause: Error): void {
  if (this.handshake === null) this.destroy()
  else finish(this, tlsWords(cause))
}

function closed(this: DoorSocket): void {
  finish(this, 'the client closed the connection during the handshake')
}

function secured(this: DoorSocket): void {
  finish(this, null)
}

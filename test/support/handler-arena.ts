/**
 * A handler of XMPP streams behind a small HTTP server of its own, in clear or under TLS, with the embedded session host. In
 * clear every connection counts as one with alice's certificate, so that requests and frames can be written byte by byte.
 */

import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { createAuthority } from '../../src/auth/authority.ts'
import { createPkiBackend } from '../../src/auth/backends/pki.ts'
import type { Channel } from '../../src/certificate/channel.ts'
import { createCertificateCache, parseCertificate } from '../../src/certificate/facts.ts'
import { standard } from '../../src/certificate/identity.ts'
import type { HttpHandler } from '../../src/listener/https/handler.ts'
import { noMetrics } from '../../src/observe/metrics.ts'
import { createExternal } from '../../src/sasl/external.ts'
import { type LocalHost, type LocalHostOptions, openLocalHost } from '../../src/session/local/host.ts'
import type { StreamPolicy } from '../../src/stream/policy.ts'
import { createTlsDoor, type TlsDoor } from '../../src/transport/tls-door.ts'
import { createPathCache } from '../../src/trust/path-cache.ts'
import { readTrustStore } from '../../src/trust/trust-store.ts'
import type { Catalogue } from './pki/catalogue.ts'
import { createRecordingLog, type RecordingLog } from './recording-log.ts'

/** What a handler works with; may change while it runs. */
interface Generation {
  readonly policy: StreamPolicy
}

/** What a test wants to be different. */
export interface HandlerArenaPlan<G extends Generation> {
  readonly catalogue: Catalogue
  readonly tls: boolean
  readonly generation?: Partial<Omit<G, 'policy'>>
  readonly policy?: Partial<StreamPolicy>
  readonly host?: Partial<LocalHostOptions>
}

/** The handler that is tried. */
export interface HandlerKind<G extends Generation> {
  readonly transport: 'websocket' | 'bosh'
  readonly path: string
  /** For sessions that nobody listens for at the end, milliseconds. */
  readonly closeMs: number
  generationOf(policy: StreamPolicy): G
  create(generation: () => G): HttpHandler
}

/** A running server. Disposing of it ends everything. */
export interface HandlerArena<G extends Generation> extends AsyncDisposable {
  readonly port: number
  readonly log: RecordingLog
  readonly host: LocalHost
  readonly handler: HttpHandler
  /** Connections that were accepted, oldest first. */
  readonly sockets: readonly Socket[]
  /** A connection without a network, which counts as one with alice's certificate. */
  pipe(): Duplex
  /** New connections count as ones in clear from now on. */
  clear(): void
  /** What new connections get from now on. */
  update(generation: Partial<G>): void
}

/** Limits that tests do not wait for. */
export const longMs = 60_000

/** Opens the server on a free port. */
export async function openHandlerArena<G extends Generation>(
  kind: HandlerKind<G>,
  plan: HandlerArenaPlan<G>,
): Promise<HandlerArena<G>> {
  const { catalogue } = plan
  const log = createRecordingLog()
  const opened = openLocalHost({ domains: [catalogue.domain], database: ':memory:', log, ...plan.host })
  if (!opened.ok) throw new Error(opened.error.why)
  const host = opened.value
  const policy = { ...policyOf(catalogue.domain, host, log), ...plan.policy }
  let generation: G = { ...kind.generationOf(policy), ...plan.generation }
  const handler = kind.create(() => generation)
  const server = await listen(kind, handler, peerOf(catalogue), plan.tls ? doorOf(catalogue) : null)
  const { port, sockets, pipe, clear } = server
  return {
    ...{ port, log, host, handler, sockets, pipe, clear },
    update: (next) => {
      generation = { ...generation, ...next }
    },
    [Symbol.asyncDispose]: async () => {
      await handler.close(kind.closeMs)
      await host[Symbol.asyncDispose]()
      await server.close()
    },
  }
}

async function listen(
  { transport, path }: Pick<HandlerKind<Generation>, 'transport' | 'path'>,
  handler: HttpHandler,
  peer: Channel['peer'],
  door: TlsDoor | null,
) {
  const sockets: Socket[] = []
  const channels = new WeakMap<Duplex, Channel>()
  const visitOf = (request: IncomingMessage) => {
    const channel = channels.get(request.socket)
    if (channel === undefined) throw new TypeError('a request without a channel')
    return { request, path, host: '', channel }
  }
  const http = createHttpServer((request, response) => handler.handle(visitOf(request), response))
  // Where nobody listens, Node takes a wish to upgrade for an ordinary request.
  if (handler.upgrade !== undefined)
    http.on('upgrade', (request, socket, head) => handler.upgrade?.(visitOf(request), socket, head))
  let isClear = false
  const server = createServer({ noDelay: true }, async (raw) => {
    sockets.push(raw)
    raw.on('error', () => undefined)
    const remote = `${raw.remoteAddress}:${raw.remotePort}`
    const secured = await door?.accept(raw, remote, 'http/1.1')
    if (secured?.ok === false) return
    const socket = secured?.value.socket ?? raw
    const bare = isClear ? ({ remote, tls: null, peer: { kind: 'none' } } as const) : { remote, tls, peer }
    channels.set(socket, Object.freeze({ ...(secured?.value.channel ?? bare), transport }))
    http.emit('connection', socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    sockets,
    clear: () => {
      isClear = true
    },
    pipe: () => {
      const [near, far] = duplexPair()
      channels.set(far, Object.freeze({ transport, remote: '192.0.2.1:1', tls, peer }))
      http.emit('connection', far)
      // A pair does not tell its other side when it is destroyed, as a socket would.
      near.once('close', () => far.destroy())
      far.once('close', () => near.destroy())
      return near
    },
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

const tls = Object.freeze({ version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', resumed: false, serverName: null })

function peerOf(catalogue: Catalogue): Channel['peer'] {
  const parsed = parseCertificate(catalogue.get('one').leafDer)
  if (!parsed.ok) throw new TypeError('the catalogue is broken')
  return { kind: 'certificate', certificate: parsed.value, chain: { kind: 'trusted', chain: [] } }
}

function doorOf({ rootPem, server }: Catalogue): TlsDoor {
  const trust = readTrustStore(rootPem, 'catalogue')
  if (!trust.ok) throw new TypeError('the catalogue is broken')
  return createTlsDoor({
    verifyMode: 'peer',
    identity: { cert: server.pem, key: server.keyPem, passphrase: null },
    byServerName: new Map(),
    trust: trust.value,
    dhparam: null,
    ciphers: null,
    versions: ['tlsv1.2', 'tlsv1.3'],
    handshakeMs: longMs,
    keyLog: null,
    certificates: createCertificateCache(64),
    validate: createPathCache(64),
    now: Date.now,
  })
}

/** How streams of a domain negotiate when a test says nothing else. */
export function policyOf(domain: string, host: LocalHost, log: RecordingLog): StreamPolicy {
  return {
    listener: 'http',
    hosts: new Set([domain]),
    defaultHost: domain,
    of: () => ({
      certificates: { policy: 'optional', verifyMode: 'peer', disconnectOnFailure: false },
      mechanisms: [createExternal([standard])],
      authority: createAuthority([createPkiBackend()]),
    }),
    host,
    terms: { legacySession: true },
    limits: { stateMs: longMs, loginMs: longMs, maxAttempts: 3, authMs: longMs },
    throttle: null,
    metrics: noMetrics,
    log,
  }
}

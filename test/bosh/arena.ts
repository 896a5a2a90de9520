/**
 * The BOSH handler behind a small HTTP server of its own, in clear or under TLS, with the embedded session host. In
 * clear every connection counts as one with alice's certificate, so that requests can be written byte by byte.
 */

import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { createAuthority } from '../../src/auth/authority.ts'
import { createPkiBackend } from '../../src/auth/backends/pki.ts'
import type { Channel } from '../../src/certificate/channel.ts'
import { createCertificateCache, parseCertificate } from '../../src/certificate/facts.ts'
import { standard } from '../../src/certificate/identity.ts'
import { type BoshGeneration, createBoshHandler } from '../../src/listener/https/bosh-handler.ts'
import type { HttpHandler } from '../../src/listener/https/handler.ts'
import { noMetrics } from '../../src/observe/metrics.ts'
import { createExternal } from '../../src/sasl/external.ts'
import { type LocalHost, type LocalHostOptions, openLocalHost } from '../../src/session/local/host.ts'
import type { StreamPolicy } from '../../src/stream/policy.ts'
import { type BoshTerms, defaultBoshTerms } from '../../src/transport/bosh/terms.ts'
import { createTlsDoor, type TlsDoor } from '../../src/transport/tls-door.ts'
import { createPathCache } from '../../src/trust/path-cache.ts'
import { readTrustStore } from '../../src/trust/trust-store.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import type { Catalogue, CatalogueName } from '../support/pki/catalogue.ts'
import { createRecordingLog, type RecordingLog } from '../support/recording-log.ts'

/** What a test wants to be different. */
export interface ArenaPlan {
  readonly catalogue: Catalogue
  readonly tls: boolean
  readonly generation?: Partial<Omit<BoshGeneration, 'policy'>>
  readonly policy?: Partial<StreamPolicy>
  readonly host?: Partial<LocalHostOptions>
}

/** A running server. Disposing of it ends everything. */
export interface Arena extends AsyncDisposable {
  readonly port: number
  readonly log: RecordingLog
  readonly host: LocalHost
  readonly handler: HttpHandler
  /** Connections that were accepted, oldest first. */
  readonly sockets: readonly Socket[]
  /** A connection without a network, which counts as one with alice's certificate unless told otherwise. */
  pipe(peer?: Channel['peer']): Duplex
  /** New connections count as ones in clear from now on. */
  clear(): void
  /** What new connections get from now on. */
  update(generation: Partial<BoshGeneration>): void
}

/** For sessions that nobody listens for at the end, milliseconds. */
const closeMs = 20

/** Limits that tests do not wait for. */
export const longMs = 60_000

/** Terms of XEP-0124's own size. */
export const testTerms: BoshTerms = {
  ...defaultBoshTerms,
  maxWaitMs: 60_000,
  inactivityMs: 30_000,
  maxPauseMs: 120_000,
  serverAcks: false,
  xmlLimits: DEFAULT_XML_LIMITS,
}

/** Opens the server on a free port. */
export async function openArena(plan: ArenaPlan): Promise<Arena> {
  const { catalogue } = plan
  const log = createRecordingLog()
  const opened = openLocalHost({ domains: [catalogue.domain], database: ':memory:', log, ...plan.host })
  if (!opened.ok) throw new Error(opened.error.why)
  const host = opened.value
  let generation: BoshGeneration = {
    policy: { ...policyOf(catalogue.domain, host, log), ...plan.policy },
    terms: testTerms,
    origins: { origins: [] },
    maxSessions: 10_000,
    maxSessionsPerAddress: 10_000,
    ...plan.generation,
  }
  const handler = createBoshHandler(() => generation)
  const sockets: Socket[] = []
  const server = await listen(plan.tls ? doorOf(catalogue) : null, peerOf(catalogue), handler, sockets)
  return {
    ...{ port: server.port, log, host, handler, sockets, pipe: server.pipe, clear: server.clear },
    update: (next) => {
      generation = { ...generation, ...next }
    },
    [Symbol.asyncDispose]: async () => {
      await handler.close(closeMs)
      await host[Symbol.asyncDispose]()
      await server.close()
    },
  }
}

async function listen(door: TlsDoor | null, peer: Channel['peer'], handler: HttpHandler, sockets: Socket[]) {
  const channels = new WeakMap<Duplex, Channel>()
  const visitOf = (request: import('node:http').IncomingMessage) => {
    const channel = channels.get(request.socket)
    if (channel === undefined) throw new TypeError('a request without a channel')
    return { request, path: '/http-bind', host: '', channel }
  }
  const http = createHttpServer((request, response) => handler.handle(visitOf(request), response))
  let isClear = false
  const channelAt = (remote: string): Channel =>
    Object.freeze(isClear ? { ...plain, remote } : { ...plain, remote, tls, peer })
  const server = createServer({ noDelay: true }, async (raw) => {
    sockets.push(raw)
    raw.on('error', () => undefined)
    const remote = `${raw.remoteAddress}:${raw.remotePort}`
    const secured = await door?.accept(raw, remote, 'http/1.1')
    if (secured?.ok === false) return
    const socket = secured?.value.socket ?? raw
    channels.set(socket, secured?.value.channel ?? channelAt(remote))
    http.emit('connection', socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    clear: () => {
      isClear = true
    },
    pipe: (other = peer) => {
      const [near, far] = duplexPair()
      channels.set(far, Object.freeze({ transport: 'bosh', remote: '192.0.2.1:1', tls, peer: other }))
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

const plain = { transport: 'bosh', tls: null, peer: { kind: 'none' } } as const
const tls = Object.freeze({ version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', resumed: false, serverName: null })

/** The peer of a connection with a certificate of the catalogue. */
export function peerOf(catalogue: Catalogue, name: CatalogueName = 'one'): Channel['peer'] {
  const parsed = parseCertificate(catalogue.get(name).leafDer)
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

function policyOf(domain: string, host: LocalHost, log: RecordingLog): StreamPolicy {
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

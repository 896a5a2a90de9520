/** The client listener over TCP: accepts, counts, secures, and runs one stream a connection. */

import { createServer, type Server, type Socket } from 'node:net'
import type { Channel } from '../certificate/channel.ts'
import type { Log } from '../observe/log.ts'
import { fail, ok, type Result } from '../result.ts'
import type { StreamFeature } from '../stream/feature.ts'
import { sasl } from '../stream/features/sasl.ts'
import { createStartTls } from '../stream/features/starttls.ts'
import type { StreamPolicy } from '../stream/policy.ts'
import { runStream } from '../stream/run-stream.ts'
import { TcpTransport } from '../transport/tcp.ts'
import type { TlsDoor } from '../transport/tls-door.ts'
import { DEFAULT_XML_LIMITS, type XmlLimits } from '../xml/limits.ts'
import type { C2sOptions } from './c2s-options.ts'

/** What one configuration generation gives a listener. Connections keep the generation they came in with. */
export interface C2sGeneration {
  readonly options: C2sOptions
  readonly door: TlsDoor
  readonly policy: StreamPolicy
}

/** Where a listener listens. */
export interface ListenAddress {
  readonly name: string
  readonly address: string
  readonly port: number
}

/** Why it does not. */
export interface ListenFault {
  readonly name: string
  /** The system's code, such as `EADDRINUSE`. */
  readonly code: string
  readonly address: string
  readonly port: number
}

/** One listener. */
export interface C2sListener {
  readonly name: string
  open(): Promise<Result<ListenAddress, ListenFault>>
  /** New connections get this generation. */
  update(generation: C2sGeneration): void
  /** Stops accepting and ends every stream with `system-shutdown`; resolves when all have gone, by force after `limitMs`. */
  close(limitMs: number): Promise<void>
  readonly connections: number
}

/** How long a closing connection may take to say goodbye, milliseconds. */
const lingerMs = 2_000

interface Connection {
  readonly socket: Socket
  /** Null while the handshake of direct TLS is under way. */
  transport: TcpTransport | null
}

/** A listener that is not open yet. */
export function createC2sListener(first: C2sGeneration, log: Log): C2sListener {
  const { name } = first.options
  let generation = first
  const open = new Map<Connection, Promise<void>>()
  const perAddress = new Map<string, number>()

  const server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    const remoteAddress = socket.remoteAddress ?? 'unknown'
    const refusal = overLimit(generation.options, open.size, perAddress.get(remoteAddress) ?? 0)
    if (refusal !== null) {
      log.warn('connection_refused', { listener: name, remote: remoteAddress, why: refusal })
      socket.on('error', () => undefined)
      socket.destroy()
      return
    }
    const connection: Connection = { socket, transport: null }
    const place = { listener: name, remote: `${remoteAddress}:${socket.remotePort}` }
    log.debug('connection_opened', place)
    perAddress.set(remoteAddress, (perAddress.get(remoteAddress) ?? 0) + 1)
    const served = serve(connection, generation, log).finally(() => {
      open.delete(connection)
      const left = (perAddress.get(remoteAddress) ?? 1) - 1
      if (left > 0) perAddress.set(remoteAddress, left)
      else perAddress.delete(remoteAddress)
      log.debug('connection_closed', place)
    })
    open.set(connection, served)
  })

  return {
    name,
    get connections() {
      return open.size
    },
    open: () => listen(server, first.options, log),
    update: (next) => {
      generation = next
    },
    close: async (limitMs) => {
      server.close()
      const force = setTimeout(() => {
        for (const { socket } of open.keys()) socket.destroy()
      }, limitMs)
      for (const { transport, socket } of open.keys()) {
        if (transport === null) socket.destroy()
        else void transport.close({ condition: 'system-shutdown' })
      }
      await Promise.all(open.values())
      clearTimeout(force)
      log.info('listener_closed', { listener: name })
    },
  }
}

function overLimit(options: C2sOptions, total: number, fromThere: number): string | null {
  if (total >= options.maxConnections) return `max_connections (${options.maxConnections}) reached`
  const { maxConnectionsPerAddress } = options
  return fromThere >= maxConnectionsPerAddress
    ? `max_connections_per_address (${maxConnectionsPerAddress}) reached`
    : null
}

function listen(server: Server, options: C2sOptions, log: Log): Promise<Result<ListenAddress, ListenFault>> {
  const { name, port, ipAddress: host, backlog, reusePort } = options
  return new Promise((resolve) => {
    const refused = (cause: NodeJS.ErrnoException) => {
      resolve(fail({ name, code: cause.code ?? cause.message, address: host, port }))
    }
    server.once('error', refused)
    server.listen({ port, host, backlog, ...(reusePort && { reusePort }) }, () => {
      server.off('error', refused)
      server.on('error', (cause) => log.error('listener_fault', { listener: name, cause }))
      const bound = server.address()
      const actual = typeof bound === 'object' && bound !== null ? bound.port : port
      log.info('listener_ready', { listener: name, address: host, port: actual, tls: options.tls.mode })
      resolve(ok({ name, address: host, port: actual }))
    })
  })
}

/** One connection from accept to its end; never rejects. */
async function serve(connection: Connection, generation: C2sGeneration, log: Log): Promise<void> {
  const { options, door, policy } = generation
  const { socket } = connection
  const remote = `${socket.remoteAddress}:${socket.remotePort}`
  socket.on('error', () => undefined)
  const terms = {
    xmlLimits: xmlLimitsOf(options),
    defaultHost: policy.defaultHost,
    lingerMs,
  }
  if (options.tls.mode === 'tls') {
    const secured = await door.accept(socket, remote, true)
    if (!secured.ok) {
      log.info('tls_handshake_failed', { listener: options.name, remote, why: secured.error.why })
      return
    }
    connection.transport = new TcpTransport(secured.value.socket, secured.value.channel, { ...terms, door: null })
    await runStream(connection.transport, directFeatures, policy)
  } else {
    connection.transport = new TcpTransport(socket, clearChannel(remote), { ...terms, door })
    await runStream(connection.transport, startTlsFeatures[options.tls.mode], policy)
  }
}

const directFeatures: readonly StreamFeature[] = [sasl]
const startTlsFeatures: Readonly<Record<'starttls' | 'starttls_required', readonly StreamFeature[]>> = {
  starttls: [createStartTls(false), sasl],
  starttls_required: [createStartTls(true), sasl],
}

function xmlLimitsOf({ maxStanzaBytes }: C2sOptions): XmlLimits {
  return {
    ...DEFAULT_XML_LIMITS,
    maxStanzaBytes,
    maxBufferedBytes: Math.max(DEFAULT_XML_LIMITS.maxBufferedBytes, maxStanzaBytes),
  }
}

function clearChannel(remote: string): Channel {
  return Object.freeze<Channel>({ transport: 'tcp', remote, tls: null, peer: { kind: 'none' } })
}

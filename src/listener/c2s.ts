/** The client listener over TCP: accepts, counts, secures, and runs one stream a connection. */

import type { Socket } from 'node:net'
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
import { type Acceptors, openAcceptors } from './acceptors.ts'
import { createAdmission, type ListenerLoad } from './admission.ts'
import type { C2sOptions } from './c2s-options.ts'
import { createFloodLog } from './flood-log.ts'
import { behindGate } from './gated-door.ts'
import type { Passage } from './handshake-gate.ts'
import { createThinnedLog } from './thinned-log.ts'

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
  readonly load: ListenerLoad
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
  const floodLog = createFloodLog(log)
  const calmed = (next: C2sGeneration): C2sGeneration => ({ ...next, policy: { ...next.policy, log: floodLog } })
  let generation = calmed(first)
  const open = new Map<Connection, Promise<void>>()
  const admission = createAdmission(first.options, log)
  const faults = createThinnedLog((fields) => log.error('listener_fault', { listener: name, ...fields }))
  let acceptors: Acceptors | null = null

  const accept = (socket: Socket) => {
    const passage = admission.admit(socket, generation.options)
    if (passage === null) return
    const connection: Connection = { socket, transport: null }
    const place = { listener: name, remote: `${socket.remoteAddress}:${socket.remotePort}` }
    log.debug('connection_opened', place)
    const served = serve(connection, passage, generation, floodLog).finally(() => {
      open.delete(connection)
      log.debug('connection_closed', place)
    })
    open.set(connection, served)
  }

  return {
    name,
    get load() {
      return admission.load
    },
    open: async () => {
      const { port, ipAddress: address, backlog, reusePort, tls } = first.options
      const onFault = (cause: NodeJS.ErrnoException) => faults.say(cause.code ?? '', { cause })
      const opened = await openAcceptors({ host: address, port, backlog, shared: reusePort }, accept, onFault)
      if (!opened.ok) return fail({ name, code: opened.error, address, port })
      acceptors = opened.value
      log.info('listener_ready', { listener: name, address, port: acceptors.port, tls: tls.mode })
      return ok({ name, address, port: acceptors.port })
    },
    update: (next) => {
      generation = calmed(next)
      admission.update(next.options)
    },
    close: async (limitMs) => {
      acceptors?.close()
      const force = setTimeout(() => {
        for (const { socket } of open.keys()) socket.destroy()
      }, limitMs)
      for (const { transport, socket } of open.keys()) {
        if (transport === null) socket.destroy()
        else void transport.close({ condition: 'system-shutdown' })
      }
      await Promise.all(open.values())
      clearTimeout(force)
      admission.close()
      faults.close()
      floodLog.close()
      log.info('listener_closed', { listener: name })
    },
  }
}

/** One connection from accept to its end; never rejects. */
async function serve(
  connection: Connection,
  passage: Passage,
  { options, door: open, policy }: C2sGeneration,
  log: Log,
): Promise<void> {
  const { socket } = connection
  const door = behindGate(open, passage, options.tls.handshakeTimeoutMs)
  const remote = `${socket.remoteAddress}:${socket.remotePort}`
  socket.on('error', ignoreError)
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
    return runStream(connection.transport, directFeatures, policy)
  } else {
    connection.transport = new TcpTransport(socket, clearChannel(remote), { ...terms, door })
    return runStream(connection.transport, startTlsFeatures[options.tls.mode], policy)
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

/** An error is always followed by 'close', which is what counts. Outside of any closure, since it lives with its socket. */
function ignoreError(): void {}

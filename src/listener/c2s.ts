/** The client listener over TCP: accepts, counts, secures, and runs one stream a connection. */

import type { Socket } from 'node:net'
import type { Log } from '../observe/log.ts'
import type { StreamFeature } from '../stream/feature.ts'
import { sasl } from '../stream/features/sasl.ts'
import { createStartTls } from '../stream/features/starttls.ts'
import type { StreamPolicy } from '../stream/policy.ts'
import { runStream } from '../stream/run-stream.ts'
import { TcpTransport } from '../transport/tcp.ts'
import type { TlsDoor } from '../transport/tls-door.ts'
import { xmlLimitsFor } from '../xml/limits.ts'
import { createAdmission } from './admission.ts'
import type { C2sOptions } from './c2s-options.ts'
import { channelOfEntry, comeIn, doorOfEntry, type Entry, type ProxyTerms } from './entry.ts'
import { createFloodLog } from './flood-log.ts'
import { behindGate } from './gated-door.ts'
import { createPort, type Listener } from './listener.ts'

/** What one configuration generation gives a listener. Connections keep the generation they came in with. */
export interface C2sGeneration {
  readonly options: C2sOptions
  /** Null where TLS ends at a proxy. */
  readonly door: TlsDoor | null
  /** Null where no proxies stand in front. */
  readonly proxy: ProxyTerms | null
  readonly policy: StreamPolicy
}

/** The client listener. */
export type C2sListener = Listener<C2sGeneration>

/** How long a closing connection may take to say goodbye, milliseconds. */
const lingerMs = 2_000

interface Connection {
  readonly socket: Socket
  /** Null until the PROXY header is there, and while the handshake of direct TLS is under way. */
  transport: TcpTransport | null
  /** Null until it is let in. */
  remote: string | null
}

/** A listener that is not open yet. */
export function createC2sListener(first: C2sGeneration, log: Log): C2sListener {
  const { name } = first.options
  const floodLog = createFloodLog(log)
  const calmed = (next: C2sGeneration): C2sGeneration => ({ ...next, policy: { ...next.policy, log: floodLog } })
  let generation = calmed(first)
  const open = new Map<Connection, Promise<void>>()
  const admission = createAdmission(first.options, log)

  const accept = (socket: Socket) => {
    const current = generation
    const entering = comeIn(socket, admission, current.options, current.proxy)
    if (entering === null) return null
    const connection: Connection = { socket, transport: null, remote: null }
    const running =
      entering instanceof Promise
        ? entering.then((entry) => (entry === null ? undefined : run(connection, entry, current)))
        : run(connection, entering, current)
    const over = () => leave(connection)
    open.set(connection, running.then(over, over))
    return running
  }
  const run = (connection: Connection, entry: Entry, current: C2sGeneration): Promise<void> => {
    connection.remote = entry.remote
    log.debug('connection_opened', { listener: name, remote: entry.remote })
    return serve(connection, entry, current, floodLog)
  }
  const leave = (connection: Connection) => {
    open.delete(connection)
    if (connection.remote !== null) log.debug('connection_closed', { listener: name, remote: connection.remote })
  }
  const port = createPort(first.options, modeOf(first.options), accept, log)

  return {
    name,
    get load() {
      return admission.load
    },
    get isAccepting() {
      return port.isAccepting
    },
    open: port.open,
    update: (next) => {
      generation = calmed(next)
      admission.update(next.options)
    },
    close: async (limitMs) => {
      port.shut()
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
      floodLog.close()
      port.close()
    },
  }
}

/** One connection from accept to its end; never rejects. */
function serve(
  connection: Connection,
  entry: Entry,
  { options, door: open, policy }: C2sGeneration,
  log: Log,
): Promise<void> {
  const { socket } = connection
  const { passage, remote } = entry
  socket.on('error', ignoreError)
  const terms = {
    xmlLimits: xmlLimitsFor(options.maxStanzaBytes),
    defaultHost: policy.defaultHost,
    lingerMs,
  }
  if (open === null || options.tls.identity === null) {
    // The proxy has ended TLS: there is no handshake to wait for.
    passage.leave()
    connection.transport = new TcpTransport(socket, channelOfEntry(entry, 'tcp'), { ...terms, door: null })
    return runStream(connection.transport, directFeatures, policy)
  }
  const door = behindGate(doorOfEntry(open, entry), passage, options.tls.handshakeTimeoutMs)
  if (options.tls.mode === 'tls') {
    return door.accept(socket, remote, 'xmpp-client').then((secured) => {
      if (!secured.ok) {
        const level = entry.isCheck ? 'debug' : 'info'
        return log[level]('tls_handshake_failed', { listener: options.name, remote, why: secured.error.why })
      }
      connection.transport = new TcpTransport(secured.value.socket, secured.value.channel, { ...terms, door: null })
      return runStream(connection.transport, directFeatures, policy)
    })
  }
  connection.transport = new TcpTransport(socket, channelOfEntry(entry, 'tcp'), { ...terms, door })
  return runStream(connection.transport, startTlsFeatures[options.tls.mode], policy)
}

const directFeatures: readonly StreamFeature[] = [sasl]
const startTlsFeatures: Readonly<Record<'starttls' | 'starttls_required', readonly StreamFeature[]>> = {
  starttls: [createStartTls(false), sasl],
  starttls_required: [createStartTls(true), sasl],
}

/** When TLS begins, for the log. */
function modeOf({ tls }: C2sOptions): string {
  return tls.identity === null ? 'at the proxy' : tls.mode
}

/** An error is always followed by 'close', which is what counts. Outside of any closure, since it lives with its socket. */
function ignoreError(): void {}

/** The client listener over TCP: accepts, counts, secures, and runs one stream a connection. */

import type { Socket } from 'node:net'
import type { Channel } from '../certificate/channel.ts'
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
import { createFloodLog } from './flood-log.ts'
import { behindGate } from './gated-door.ts'
import type { Passage } from './handshake-gate.ts'
import { createPort, type Listener, remoteOf } from './listener.ts'

/** What one configuration generation gives a listener. Connections keep the generation they came in with. */
export interface C2sGeneration {
  readonly options: C2sOptions
  readonly door: TlsDoor
  readonly policy: StreamPolicy
}

/** The client listener. */
export type C2sListener = Listener<C2sGeneration>

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

  const accept = (socket: Socket) => {
    const passage = admission.admit(socket, generation.options)
    if (passage === null) return
    const connection: Connection = { socket, transport: null }
    const place = { listener: name, remote: remoteOf(socket) }
    log.debug('connection_opened', place)
    const served = serve(connection, passage, generation, floodLog).finally(() => {
      open.delete(connection)
      log.debug('connection_closed', place)
    })
    open.set(connection, served)
  }
  const port = createPort(first.options, first.options.tls.mode, accept, log)

  return {
    name,
    get load() {
      return admission.load
    },
    get isAccepting() {
      return port.isAccepting
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
async function serve(
  connection: Connection,
  passage: Passage,
  { options, door: open, policy }: C2sGeneration,
  log: Log,
): Promise<void> {
  const { socket } = connection
  const door = behindGate(open, passage, options.tls.handshakeTimeoutMs)
  const remote = remoteOf(socket)
  socket.on('error', ignoreError)
  const terms = {
    xmlLimits: xmlLimitsFor(options.maxStanzaBytes),
    defaultHost: policy.defaultHost,
    lingerMs,
  }
  if (options.tls.mode === 'tls') {
    const secured = await door.accept(socket, remote, 'xmpp-client')
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

function clearChannel(remote: string): Channel {
  return Object.freeze<Channel>({ transport: 'tcp', remote, tls: null, peer: { kind: 'none' } })
}

/** An error is always followed by 'close', which is what counts. Outside of any closure, since it lives with its socket. */
function ignoreError(): void {}

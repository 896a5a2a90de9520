/** One connection of the self test: a client of Node's own on the loopback, through the handshake with a door. */

import { once } from 'node:events'
import { connect, type Server, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Channel } from '../certificate/channel.ts'
import { type TestCertificates, testServerName } from './self-test-certificates.ts'
import type { TlsDoor } from './tls-door.ts'
import type { TlsVersion } from './tls-options.ts'

/** What the client does. */
export interface Trial {
  readonly version: TlsVersion
  /** PEM of what the client sends, leaf first; null sends no certificate. */
  readonly cert: string | null
  readonly key: string | null
  /** A session of an earlier connection, offered for resumption. */
  readonly session?: Buffer
}

/** What became of it. */
export interface Outcome {
  readonly channel: Channel
  /** The latest session that the client could offer again; null when it was given none. */
  readonly session: Buffer | null
  /** Whether the client thinks that it resumed. */
  readonly isReused: boolean
}

/** Where trials take place. */
export interface Range {
  /** Listening on 127.0.0.1. */
  readonly server: Server
  readonly door: TlsDoor
  readonly certificates: TestCertificates
}

/** A connection that is still open, at the client's end. */
export interface OpenConnection extends Outcome {
  readonly client: TLSSocket
}

/**
 * Rejects if there is no handshake, and when `signal` says that time is up. `use` has the open connection; errors on it
 * are then its own affair.
 */
export async function runTrial<T>(
  range: Range,
  trial: Trial,
  signal: AbortSignal,
  use: (connection: OpenConnection) => T | Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const raw = connect((range.server.address() as { port: number }).port, '127.0.0.1')
  const ends: { destroy(): unknown }[] = [raw]
  const { promise: failed, reject } = Promise.withResolvers<never>()
  failed.catch(() => undefined)
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  raw.on('error', reject)
  try {
    const accepted = await Promise.race([ownConnection(range.server, raw), failed])
    accepted.on('error', reject)
    ends.push(accepted)
    const arrival = range.door.accept(accepted, 'self test', null)
    arrival.catch(reject)
    const client = connectTls({ ...clientOptions(range, trial), socket: raw })
    ends.push(client)
    client.on('error', reject)
    client.on('close', () => reject(new Error('the connection was closed')))
    let session: Buffer | null = null
    client.on('session', (given) => {
      session = given
    })
    client.write('?')
    const secured = await Promise.race([arrival, failed])
    if (!secured.ok) throw new Error(secured.error.why)
    const { socket, channel } = secured.value
    ends.push(socket)
    // A round trip: whoever answers has sent its tickets, and whoever has the answer has them.
    socket.once('data', () => socket.write('!'))
    await Promise.race([once(client, 'data'), failed])
    const offered = session ?? (trial.version === 'tlsv1.2' ? (client.getSession() ?? null) : null)
    return await use({ channel, session: offered, isReused: client.isSessionReused(), client })
  } finally {
    signal.removeEventListener('abort', onAbort)
    // TLS before what it stands on.
    for (const end of ends.reverse()) end.destroy()
  }
}

/** The server's end of `client`; connections of strangers to the port are closed. */
function ownConnection(server: Server, client: Socket): Promise<Socket> {
  const connected = once(client, 'connect')
  connected.catch(() => undefined)
  return new Promise((resolve) => {
    const onConnection = async (arrived: Socket): Promise<void> => {
      await connected.catch(() => undefined)
      if (arrived.remotePort !== client.localPort) {
        arrived.destroy()
        return
      }
      server.off('connection', onConnection)
      resolve(arrived)
    }
    server.on('connection', onConnection)
  })
}

function clientOptions({ certificates }: Range, { version, cert, key, session }: Trial) {
  const only = version === 'tlsv1.2' ? 'TLSv1.2' : 'TLSv1.3'
  return {
    ca: certificates.root.cert,
    servername: testServerName,
    minVersion: only,
    maxVersion: only,
    ...(cert !== null && key !== null && { cert, key }),
    ...(session && { session }),
  } as const
}

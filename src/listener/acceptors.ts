/**
 * The sockets of one port. libuv accepts one connection a turn of the event loop and socket, so that a single busy socket
 * would leave newcomers, honest or not, to the kernel's queue and then to lost SYNs, where nobody is fair. Several sockets
 * on the port (SO_REUSEPORT) bring them in soon enough for the handshake gate to decide.
 */

import { createServer, type Server, type Socket } from 'node:net'
import { fail, ok, type Result } from '../result.ts'

/** Where to listen. */
export interface AcceptorTerms {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Connections that the kernel queues for each socket. */
  readonly backlog: number
  /** Whether other processes of this user may listen on the port as well. */
  readonly shared: boolean
}

/** Sockets that listen. */
export interface Acceptors {
  readonly port: number
  /** Stops listening at once. */
  close(): void
}

/** Sockets of one port. */
export const acceptorCount = 16

/**
 * Silence after which the kernel asks whether the other end is still there, milliseconds. Asked more often, radios of phones
 * would wake for nothing; most NATs forget a silent connection later. libuv asks ten times then, a second apart: a client
 * that has vanished would stay online for good otherwise, since servers have nothing to say to the idle.
 */
export const keepAliveMs = 240_000

/** Opens all or none; fails with the system's code, such as `EADDRINUSE`. */
export async function openAcceptors(
  terms: AcceptorTerms,
  onConnection: (socket: Socket) => void,
  onFault: (cause: NodeJS.ErrnoException) => void,
): Promise<Result<Acceptors, string>> {
  // Sockets that share a port share it with other processes of the user: whether one is there must be asked before.
  if (!terms.shared && terms.port !== 0) {
    const probe = await listen(terms, false)
    if (!probe.ok) return probe
    await new Promise((resolve) => probe.value.close(resolve))
  }
  const sharing = await listen(terms, true)
  // Not every system has SO_REUSEPORT; one socket is slower under a flood and right all the same.
  const first = !sharing.ok && sharing.error === 'ENOTSUP' && !terms.shared ? await listen(terms, false) : sharing
  if (!first.ok) return first
  const port = portOf(first.value)
  const servers = [first.value]
  while (sharing.ok && servers.length < acceptorCount) {
    const next = await listen({ ...terms, port }, true)
    if (!next.ok) {
      for (const server of servers) server.close()
      return next
    }
    servers.push(next.value)
  }
  for (const server of servers) server.on('connection', onConnection).on('error', onFault)
  return ok({
    port,
    close: () => {
      for (const server of servers) server.close()
    },
  })
}

function listen({ host, port, backlog }: AcceptorTerms, reusePort: boolean): Promise<Result<Server, string>> {
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
  return new Promise((resolve) => {
    const refused = (cause: NodeJS.ErrnoException) => resolve(fail(cause.code ?? cause.message))
    server.once('error', refused)
    server.listen({ port, host, backlog, ...(reusePort && { reusePort }) }, () => {
      server.off('error', refused)
      resolve(ok(server))
    })
  })
}

function portOf(server: Server): number {
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

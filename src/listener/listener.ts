/** What all listeners have in common, whatever they speak: a port that is opened, renewed and closed. */

import type { Socket } from 'node:net'
import type { Log } from '../observe/log.ts'
import { fail, ok, type Result } from '../result.ts'
import { type Acceptors, openAcceptors } from './acceptors.ts'
import type { ListenerLoad } from './admission.ts'
import type { ListenerOptions } from './listener-options.ts'
import { createThinnedLog } from './thinned-log.ts'

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

/** One listener; `G` is what a configuration generation gives it. */
export interface Listener<G> {
  readonly name: string
  open(): Promise<Result<ListenAddress, ListenFault>>
  /** New connections get this generation. */
  update(generation: G): void
  /** Stops accepting and ends every stream with `system-shutdown`; resolves when all have gone, by force after `limitMs`. */
  close(limitMs: number): Promise<void>
  readonly load: ListenerLoad
}

/** The sockets of one listener. */
export interface Port {
  open(): Promise<Result<ListenAddress, ListenFault>>
  /** Stops accepting at once. */
  shut(): void
  /** Behind the last connection: writes what was counted. */
  close(): void
}

/** A port that is not open yet. `tls` tells in the log when TLS begins there. */
export function createPort(
  options: ListenerOptions,
  tls: string,
  onConnection: (socket: Socket) => void,
  log: Log,
): Port {
  const { name, port, ipAddress: address, backlog, reusePort } = options
  const faults = createThinnedLog((fields) => log.error('listener_fault', { listener: name, ...fields }))
  let acceptors: Acceptors | null = null
  return {
    open: async () => {
      const onFault = (cause: NodeJS.ErrnoException) => faults.say(cause.code ?? '', { cause })
      const opened = await openAcceptors({ host: address, port, backlog, shared: reusePort }, onConnection, onFault)
      if (!opened.ok) return fail({ name, code: opened.error, address, port })
      acceptors = opened.value
      log.info('listener_ready', { listener: name, address, port: acceptors.port, tls })
      return ok({ name, address, port: acceptors.port })
    },
    shut: () => acceptors?.close(),
    close: () => {
      faults.close()
      log.info('listener_closed', { listener: name })
    },
  }
}

/** Address and port of a peer, for records. */
export function remoteOf(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`
}

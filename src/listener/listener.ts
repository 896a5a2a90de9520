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
  /** With `takesOver`, beside a listener of ours that is about to close: the port being taken is no fault then. */
  open(takesOver?: boolean): Promise<Result<ListenAddress, ListenFault>>
  /** New connections get this generation. */
  update(generation: G): void
  /** Stops accepting and ends every stream with `system-shutdown`; resolves when all have gone, by force after `limitMs`. */
  close(limitMs: number): Promise<void>
  readonly load: ListenerLoad
  /** Whether newcomers get in, as far as the system has said. */
  readonly isAccepting: boolean
}

/** How long a port counts as one that takes nobody in after the system failed to hand a connection over, milliseconds. */
export const faultMemoryMs = 10_000

/** The sockets of one listener. */
export interface Port {
  /** False when it is shut, and for a while after the system could hand no connection over, until it can again. */
  readonly isAccepting: boolean
  /** See {@link Listener.open}. */
  open(takesOver?: boolean): Promise<Result<ListenAddress, ListenFault>>
  /** Stops accepting at once. */
  shut(): void
  /** Behind the last connection: writes what was counted. */
  close(): void
}

/**
 * A port that is not open yet. `tls` tells in the log when TLS begins there. A fault of ours in `onConnection`, thrown or
 * rejected with, ends that connection, not the process.
 */
export function createPort(
  options: Pick<ListenerOptions, 'name' | 'port' | 'ipAddress' | 'backlog' | 'reusePort'>,
  tls: string,
  onConnection: (socket: Socket) => Promise<void> | null,
  log: Log,
): Port {
  const { name, port, ipAddress: address, backlog, reusePort } = options
  const faults = createThinnedLog((fields) => log.error('listener_fault', { listener: name, ...fields }))
  let acceptors: Acceptors | null = null
  let isShut = false
  let faultedAt = Number.NEGATIVE_INFINITY
  const accept = (socket: Socket) => {
    faultedAt = Number.NEGATIVE_INFINITY
    const report = (cause: unknown) => {
      log.error('signet_fault', { listener: name, remote: remoteOf(socket), cause })
      socket.destroy()
    }
    try {
      onConnection(socket)?.catch(report)
    } catch (cause) {
      report(cause)
    }
  }
  return {
    get isAccepting() {
      return acceptors !== null && !isShut && performance.now() - faultedAt >= faultMemoryMs
    },
    open: async (takesOver = false) => {
      const onFault = (cause: NodeJS.ErrnoException) => {
        faultedAt = performance.now()
        faults.say(cause.code ?? '', { cause })
      }
      const terms = { host: address, port, backlog, shared: reusePort || takesOver }
      const opened = await openAcceptors(terms, accept, onFault)
      if (!opened.ok) return fail({ name, code: opened.error, address, port })
      acceptors = opened.value
      log.info('listener_ready', { listener: name, address, port: acceptors.port, tls })
      return ok({ name, address, port: acceptors.port })
    },
    shut: () => {
      isShut = true
      acceptors?.close()
    },
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

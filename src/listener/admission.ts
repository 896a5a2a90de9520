/** Who comes in: counts connections by address, keeps the handshake gate, and says once that it refuses. */

import type { Socket } from 'node:net'
import type { Log } from '../observe/log.ts'
import { addressKey } from './address-key.ts'
import { createFileRoom } from './file-room.ts'
import { createHandshakeGate, type GateCounts, type GateLimits, type Passage, refusalWords } from './handshake-gate.ts'
import type { CrowdOptions } from './listener-options.ts'
import { createThinnedLog } from './thinned-log.ts'

/** What is at a listener now, and what it has taken and turned away since it opened. */
export interface ListenerLoad {
  readonly connections: number
  readonly accepted: number
  readonly handshakes: GateCounts
  readonly refused: number
}

/** Admits connections. It outlives configuration generations. */
export interface Admission {
  /** Null when the connection was refused; it is closed then. Its place is free when the socket is closed. */
  admit(socket: Socket, options: CrowdOptions): Passage | null
  update(options: CrowdOptions): void
  readonly load: ListenerLoad
  close(): void
}

/** Nobody is in yet. */
export function createAdmission(options: CrowdOptions & { readonly name: string }, log: Log): Admission {
  const { name: listener } = options
  const perAddress = new Map<string, number>()
  const files = createFileRoom()
  const gate = createHandshakeGate(limitsOf(options))
  const refusals = createThinnedLog((fields) => log.warn('connection_refused', { listener, ...fields }))
  let connections = 0
  let accepted = 0

  const refuse = (socket: Socket, why: string): null => {
    refusals.say(why, { remote: socket.remoteAddress, why })
    socket.on('error', () => undefined)
    socket.destroy()
    return null
  }
  const count = (address: string, socket: Socket, passage: Passage) => {
    connections += 1
    accepted += 1
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1)
    socket.once('close', () => {
      passage.leave()
      connections -= 1
      const left = (perAddress.get(address) ?? 1) - 1
      if (left > 0) perAddress.set(address, left)
      else perAddress.delete(address)
    })
  }

  return {
    admit: (socket, now) => {
      const address = addressKey(socket.remoteAddress ?? '')
      const excess = overLimit(now, connections, perAddress.get(address) ?? 0) ?? files.take()
      if (excess !== null) return refuse(socket, excess)
      const passage = gate.arrive(address, (why) => refuse(socket, why))
      if (passage === null) return refuse(socket, refusalWords(limitsOf(now)))
      count(address, socket, passage)
      return passage
    },
    update: (next) => gate.update(limitsOf(next)),
    get load() {
      return { connections, accepted, handshakes: gate.counts, refused: refusals.total }
    },
    close: () => {
      gate.close()
      refusals.close()
    },
  }
}

function limitsOf({ maxHandshakes, maxHandshakesWaiting: maxWaiting }: CrowdOptions): GateLimits {
  return { maxHandshakes, maxWaiting }
}

function overLimit(options: CrowdOptions, total: number, fromThere: number): string | null {
  const { maxConnections, maxConnectionsPerAddress } = options
  if (total >= maxConnections) return `max_connections (${maxConnections}) reached`
  return fromThere >= maxConnectionsPerAddress
    ? `max_connections_per_address (${maxConnectionsPerAddress}) reached`
    : null
}

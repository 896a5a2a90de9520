/** Who comes in: counts connections by address, keeps the handshake gate, and says once that it refuses. */

import type { Socket } from 'node:net'
import type { Log } from '../observe/log.ts'
import type { RefusalCause } from '../observe/metrics.ts'
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
  readonly refused: Readonly<Record<RefusalCause, number>>
}

/** Admits connections. It outlives configuration generations. */
export interface Admission {
  /** Null when the connection was refused; it is closed then. Its place is free when the socket is closed. */
  admit(socket: Socket, options: CrowdOptions): Passage | null
  /** Like `admit`, but for a proxy with many clients behind it: the limits of an address do not count. */
  admitProxy(socket: Socket, options: CrowdOptions): Passage | null
  /**
   * Lets a proxy's connection in, which counts for nobody until its client is known: limits of an address would else be
   * limits of the proxy. False when it was refused; it is closed then.
   */
  enter(socket: Socket, options: CrowdOptions): boolean
  /** The client of a connection that has entered is known, and counted. Null when it was refused; it is closed then. */
  settle(socket: Socket, address: string, options: CrowdOptions): Passage | null
  /** Closes a connection and says why; what is of one `kind` shares its lines of the log. */
  refuse(socket: Socket, cause: Exclude<RefusalCause, 'limit'>, why: string, kind?: string): null
  /** Closes a connection that nobody wanted anything of. */
  dismiss(socket: Socket, why: string): null
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
  const refused = { limit: 0, proxy: 0, clear: 0 }

  const turnAway = (socket: Socket): null => {
    socket.on('error', () => undefined)
    socket.destroy()
    return null
  }
  const refuse = (
    socket: Socket,
    cause: RefusalCause,
    why: string,
    kind = why,
    remote = socket.remoteAddress,
  ): null => {
    refused[cause] += 1
    refusals.say(kind, { remote, why })
    return turnAway(socket)
  }
  const refuseExcess = (socket: Socket, why: string, remote = socket.remoteAddress): null =>
    refuse(socket, 'limit', why, why, remote)
  const release = () => {
    connections -= 1
  }
  // A socket closes once, and `once` would make a wrapper for each.
  const countConnection = (socket: Socket) => {
    connections += 1
    socket.on('close', release)
  }
  /** `leave` ends what else was counted for the socket: a listener more would be one more for life. */
  const countAddress = (address: string, socket: Socket, passage: Passage, leave: () => void) => {
    accepted += 1
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1)
    socket.on('close', () => {
      leave()
      passage.leave()
      const left = (perAddress.get(address) ?? 1) - 1
      if (left > 0) perAddress.set(address, left)
      else perAddress.delete(address)
    })
  }
  const overAll = ({ maxConnections }: CrowdOptions): string | null =>
    connections >= maxConnections ? `max_connections (${maxConnections}) reached` : null
  const overAddress = ({ maxConnectionsPerAddress: limit }: CrowdOptions, address: string): string | null =>
    (perAddress.get(address) ?? 0) >= limit ? `max_connections_per_address (${limit}) reached` : null

  return {
    admit: (socket, now) => {
      const address = addressKey(socket.remoteAddress ?? '')
      const excess = overAll(now) ?? overAddress(now, address) ?? files.take()
      if (excess !== null) return refuseExcess(socket, excess)
      const passage = gate.arrive(address, (why) => refuseExcess(socket, why))
      if (passage === null) return refuseExcess(socket, refusalWords(limitsOf(now)))
      connections += 1
      countAddress(address, socket, passage, release)
      return passage
    },
    admitProxy: (socket, now) => {
      const excess = overAll(now) ?? files.take()
      if (excess !== null) return refuseExcess(socket, excess)
      const passage = gate.arrive(addressKey(socket.remoteAddress ?? ''), (why) => refuseExcess(socket, why))
      if (passage === null) return refuseExcess(socket, refusalWords(limitsOf(now)))
      accepted += 1
      countConnection(socket)
      socket.on('close', () => passage.leave())
      return passage
    },
    enter: (socket, now) => {
      const excess = overAll(now) ?? files.take()
      if (excess !== null) refuseExcess(socket, excess)
      else countConnection(socket)
      return excess === null
    },
    settle: (socket, remote, now) => {
      const address = addressKey(remote)
      if (socket.destroyed) return null
      const excess = overAddress(now, address)
      if (excess !== null) return refuseExcess(socket, excess, remote)
      const passage = gate.arrive(address, (why) => refuseExcess(socket, why, remote))
      if (passage === null) return refuseExcess(socket, refusalWords(limitsOf(now)), remote)
      countAddress(address, socket, passage, nothingElse)
      return passage
    },
    refuse: (socket, cause, why, kind) => refuse(socket, cause, why, kind),
    dismiss: (socket, why) => {
      log.debug('connection_closed', { listener, remote: socket.remoteAddress, why })
      return turnAway(socket)
    },
    update: (next) => gate.update(limitsOf(next)),
    get load() {
      return { connections, accepted, handshakes: gate.counts, refused: { ...refused } }
    },
    close: () => {
      gate.close()
      refusals.close()
    },
  }
}

/** A connection that has entered is counted already. */
function nothingElse(): void {}

function limitsOf({ maxHandshakes, maxHandshakesWaiting: maxWaiting }: CrowdOptions): GateLimits {
  return { maxHandshakes, maxWaiting }
}

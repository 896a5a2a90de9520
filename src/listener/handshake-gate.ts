/**
 * Who may begin a TLS handshake, and when. A turn is for work: it is lost when the client lets us wait. While few are taken
 * a newcomer has one at once; past that it begins with the ClientHello. Behind the turns is a queue, fair by address;
 * behind the queue, refusal.
 */

import { createLanes, type Lane, type Place, type Standing } from './handshake-lanes.ts'

/** How wide the gate is. */
export interface GateLimits {
  /** Handshakes that have a turn at one time. */
  readonly maxHandshakes: number
  /** Connections that wait for one, those included that have just come and are still on their way to the handshake. */
  readonly maxWaiting: number
}

/** One connection on its way through the gate. */
export interface Passage {
  /**
   * A turn before the ClientHello is there: false unless so few are taken that nobody could miss it. To wait for the
   * ClientHello first, in JavaScript, costs a tenth of a login, and a session its memory as well (docs/performance.md).
   */
  turnAhead(): boolean
  /** For whom there was none: call when the ClientHello is there. Resolves with true at its turn, with false when it was given up. */
  turn(): Promise<boolean>
  /** The handshake is over, or the connection is. Idempotent. */
  leave(): void
}

/** What stands at the gate. */
export interface GateCounts {
  readonly inTurn: number
  /** Handshakes that lost their turn and go on. */
  readonly slow: number
  readonly waiting: number
  /** Connections that have just come, for which a place in the queue is kept. */
  readonly expected: number
}

/** The gate of one listener. It outlives configuration generations. */
export interface HandshakeGate {
  /** A connection from `address` (see `addressKey`); null when there is no room for it. `drop` ends it, when it is given up later. */
  arrive(address: string, drop: (why: string) => void): Passage | null
  update(limits: GateLimits): void
  readonly counts: GateCounts
  /** Forgets whoever is there; they are not dropped. */
  close(): void
}

/** How long a place in the queue is kept for a connection that has come and says nothing, milliseconds. */
export const expectMs = 1_000

/** How long a client may let its handshake wait before somebody else has the turn, milliseconds. */
export const turnMs = 100

/** How long one waits in the queue at most, milliseconds. Clients give up after some such time, and to serve them then is work lost. */
export const waitMs = 5_000

/** How often turns and waits are looked through while somebody waits, milliseconds. */
const sweepMs = 25

/** Handshakes without a turn, for each one with: they cost memory, and the oldest is given up for a newer one. */
export const slowFactor = 16

/**
 * Turns that begin in one turn of the event loop. Few, so that the loop comes round to accept newcomers several times
 * as fast as it serves them: they are then refused or queued here, where it is fair.
 */
const grantsPerLoop = 2

/** One address has at most one of so many turns, and at least one. */
export const addressShare = 4

/** Turns ahead of the ClientHello are one of so many: those who hold them may be silent, and the others are not theirs to hold. */
const aheadShare = 2

/** A gate that nobody is at. `now` counts milliseconds from anywhere. */
export function createHandshakeGate(first: GateLimits, now: () => number = () => performance.now()): HandshakeGate {
  let limits = first
  let sweeper: NodeJS.Timeout | null = null
  let granted = 0
  const lanes = createLanes()

  const shareOfAddress = () => Math.max(1, Math.ceil(limits.maxHandshakes / addressShare))
  const grant = () => {
    const share = shareOfAddress()
    while (lanes.inTurn.size < limits.maxHandshakes && granted < grantsPerLoop) {
      const place = lanes.nextWaiting(share)
      if (place === null) break
      if (granted === 0) setImmediate(grantAgain)
      granted += 1
      place.since = now()
      lanes.move(place, 'inTurn')
      place.settle?.(true)
    }
    if (lanes.waiting > 0) sweeper ??= setInterval(sweep, sweepMs)
    else stopSweeper()
  }
  const grantAgain = () => {
    granted = 0
    grant()
  }
  const stopSweeper = () => {
    if (sweeper !== null) clearInterval(sweeper)
    sweeper = null
  }
  const giveUp = (place: Place, why: string) => {
    lanes.move(place, 'gone')
    place.settle?.(false)
    place.drop(why)
  }
  const sweep = () => {
    const at = now()
    for (const place of lanes.inTurn) {
      if (at - place.since < turnMs) break
      lanes.move(place, 'slow')
    }
    for (const place of lanes.slow) {
      if (lanes.slow.size <= limits.maxHandshakes * slowFactor) break
      giveUp(place, 'the handshake was slow, and newer ones needed its place')
    }
    for (const place of lanes.waitingSince(at - waitMs)) giveUp(place, `waited ${waitMs} ms for the handshake`)
    grant()
  }
  /** Makes room for one more in the queue, at the cost of an address that has more of it; false when none has. */
  const makeRoom = (lane: Lane): boolean => {
    for (const place of lanes.expected) {
      if (now() - place.since < expectMs) break
      lanes.move(place, 'late')
    }
    if (lanes.waiting + lanes.expected.size < limits.maxWaiting) return true
    const victim = lanes.newestOfFullest(lane)
    if (victim === null) return false
    giveUp(victim, refusalWords(limits))
    return true
  }

  const desk: Desk = {
    turnAhead: (place) => {
      if (place.state !== 'expected' && place.state !== 'late') return false
      if (lanes.waiting > 0 || lanes.inTurn.size >= Math.floor(limits.maxHandshakes / aheadShare)) return false
      if (place.lane.inTurn >= shareOfAddress()) return false
      place.since = now()
      lanes.move(place, 'inTurn')
      return true
    },
    turn: (place) => {
      if (place.state !== 'expected' && place.state !== 'late') return Promise.resolve(false)
      if (place.state === 'late' && !makeRoom(place.lane)) {
        giveUp(place, refusalWords(limits))
        return Promise.resolve(false)
      }
      const turn = new Promise<boolean>((resolve) => {
        place.settle = resolve
      })
      place.since = now()
      lanes.move(place, 'waiting')
      grant()
      return turn
    },
    leave: (place) => {
      lanes.move(place, 'gone')
      place.settle?.(false)
      grant()
    },
  }

  return {
    get counts() {
      const { inTurn, slow, waiting, expected } = lanes
      return { inTurn: inTurn.size, slow: slow.size, waiting, expected: expected.size }
    },
    arrive: (address, drop) => {
      const lane = lanes.laneOf(address)
      if (!makeRoom(lane)) {
        lanes.release(lane)
        return null
      }
      const place = new Guest(desk, lane, now(), drop)
      lanes.move(place, 'expected')
      return place
    },
    update: (next) => {
      limits = next
      grant()
    },
    close: stopSweeper,
  }
}

/** What the gate does for those at it. */
interface Desk {
  turnAhead(place: Place): boolean
  turn(place: Place): Promise<boolean>
  leave(place: Place): void
}

/** A passage and its place in one small object, since it lives as long as its connection. */
class Guest implements Passage, Place {
  readonly lane: Lane
  state: Standing = 'new'
  since: number
  settle: ((granted: boolean) => void) | null = null
  drop: (why: string) => void
  readonly #desk: Desk

  constructor(desk: Desk, lane: Lane, since: number, drop: (why: string) => void) {
    this.#desk = desk
    this.lane = lane
    this.since = since
    this.drop = drop
  }

  turnAhead(): boolean {
    return this.#desk.turnAhead(this)
  }

  turn(): Promise<boolean> {
    return this.#desk.turn(this)
  }

  leave(): void {
    if (this.state === 'gone') return
    this.#desk.leave(this)
    this.settle = null
    this.drop = dropNobody
  }
}

function dropNobody(): void {}

/** Why a connection was refused at a full queue. */
export function refusalWords({ maxWaiting }: GateLimits): string {
  return `max_handshakes_waiting (${maxWaiting}) reached`
}

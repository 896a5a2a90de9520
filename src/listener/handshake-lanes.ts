/** Who stands where at the handshake gate: counts and orders by address. Decides nothing. */

/** Where a connection stands. `late` came long ago, said nothing, and has no place kept. */
export type Standing = 'new' | 'expected' | 'late' | 'waiting' | 'inTurn' | 'slow' | 'gone'

/** One connection. Only {@link Lanes.move} changes where it stands. */
export interface Place {
  readonly lane: Lane
  state: Standing
  /** When it came, joined the queue or got its turn. */
  since: number
  settle: ((granted: boolean) => void) | null
  readonly drop: (why: string) => void
}

/** All connections of one address. */
export interface Lane {
  readonly address: string
  readonly expected: Set<Place>
  readonly waiting: Set<Place>
  inTurn: number
  /** Connections that are counted nowhere else. */
  others: number
}

/** All lanes. Sets are in the order in which their places joined them. */
export interface Lanes {
  readonly expected: ReadonlySet<Place>
  readonly inTurn: ReadonlySet<Place>
  readonly slow: ReadonlySet<Place>
  readonly waiting: number
  laneOf(address: string): Lane
  /** Forgets a lane that nobody is in. */
  release(lane: Lane): void
  move(place: Place, to: Standing): void
  /** The first waiting place of the address whose turn it is, round robin; null when every address has `share` turns already. */
  nextWaiting(share: number): Place | null
  /** Whoever has waited since `moment` or longer. */
  waitingSince(moment: number): Place[]
  /**
   * A place in the queue of the address that has most of it. Null unless that is more than twice of what `lane` would have with
   * one more: among equals nobody who has begun gives way.
   */
  newestOfFullest(lane: Lane): Place | null
}

/** No lanes yet. */
export function createLanes(): Lanes {
  const lanes = new Map<string, Lane>()
  /** Lanes with somebody waiting; the first is next. */
  const round = new Set<Lane>()
  const expected = new Set<Place>()
  const inTurn = new Set<Place>()
  const slow = new Set<Place>()
  let waiting = 0

  const release = (lane: Lane) => {
    if (queued(lane) + lane.inTurn + lane.others === 0) lanes.delete(lane.address)
  }
  const out = (place: Place) => {
    const { lane } = place
    switch (place.state) {
      case 'new':
      case 'gone':
        return
      case 'expected':
        expected.delete(place)
        lane.expected.delete(place)
        return
      case 'waiting':
        waiting -= 1
        lane.waiting.delete(place)
        if (lane.waiting.size === 0) round.delete(lane)
        return
      case 'inTurn':
        inTurn.delete(place)
        lane.inTurn -= 1
        return
      case 'slow':
        slow.delete(place)
        lane.others -= 1
        return
      case 'late':
        lane.others -= 1
    }
  }
  const into = (place: Place) => {
    const { lane } = place
    switch (place.state) {
      case 'new':
        return
      case 'expected':
        expected.add(place)
        lane.expected.add(place)
        return
      case 'waiting':
        waiting += 1
        lane.waiting.add(place)
        round.add(lane)
        return
      case 'inTurn':
        inTurn.add(place)
        lane.inTurn += 1
        return
      case 'slow':
        slow.add(place)
        lane.others += 1
        return
      case 'late':
        lane.others += 1
        return
      case 'gone':
        release(lane)
    }
  }

  return {
    expected,
    inTurn,
    slow,
    get waiting() {
      return waiting
    },
    laneOf: (address) => {
      const lane = lanes.get(address) ?? { address, expected: new Set(), waiting: new Set(), inTurn: 0, others: 0 }
      lanes.set(address, lane)
      return lane
    },
    release,
    move: (place, to) => {
      out(place)
      place.state = to
      into(place)
    },
    nextWaiting: (share) => {
      for (const lane of round) {
        const [first] = lane.waiting
        if (first === undefined || lane.inTurn >= share) continue
        // To the end of the round, behind all other addresses.
        round.delete(lane)
        round.add(lane)
        return first
      }
      return null
    },
    waitingSince: (moment) => {
      const found: Place[] = []
      for (const lane of round) {
        for (const place of lane.waiting) {
          if (place.since > moment) break
          found.push(place)
        }
      }
      return found
    },
    newestOfFullest: (lane) => {
      let fullest = lane
      for (const other of lanes.values()) if (queued(other) > queued(fullest)) fullest = other
      if (queued(fullest) <= 2 * (queued(lane) + 1)) return null
      return lastOf(fullest.expected) ?? lastOf(fullest.waiting)
    },
  }
}

function queued(lane: Lane): number {
  return lane.expected.size + lane.waiting.size
}

function lastOf(places: ReadonlySet<Place>): Place | null {
  let last: Place | null = null
  for (const place of places) last = place
  return last
}

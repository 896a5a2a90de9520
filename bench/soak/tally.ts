/** What a soak has seen: counts, times by interval, and everything that was not as it should be. */

/** What was not as it must be. */
export interface Surprises {
  readonly total: number
  /** How many there were by kind of visit and first line. */
  readonly groups: Readonly<Record<string, number>>
  /** The first few in full. */
  readonly first: readonly string[]
}

/** What a visit tells. */
export interface Tally {
  /** One more of `what`. */
  count(what: string): void
  /** A duration of `what`, milliseconds. */
  time(what: 'login' | 'message', ms: number): void
  /** A visit of this kind did not go as it must. */
  surprise(kind: string, cause: unknown): void
  readonly counts: ReadonlyMap<string, number>
  readonly surprises: Surprises
  /** Gives the times since the last call. */
  takeTimes(): ReadonlyMap<string, readonly number[]>
}

const maxWords = 20
const maxGroups = 200
const maxGroupLength = 100
const maxWordLength = 1_500

/** Nothing seen yet. */
export function createTally(): Tally {
  const counts = new Map<string, number>()
  const first: string[] = []
  const groups = new Map<string, number>()
  let total = 0
  let times = new Map<string, number[]>()
  return {
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    time: (what, ms) => {
      const list = times.get(what)
      if (list === undefined) times.set(what, [ms])
      else list.push(ms)
    },
    surprise: (kind, cause) => {
      total += 1
      const words = cause instanceof Error ? cause.message : String(cause)
      const group = `${kind}: ${words.split('\n', 1)[0]?.slice(0, maxGroupLength)}`
      if (groups.has(group) || groups.size < maxGroups) groups.set(group, (groups.get(group) ?? 0) + 1)
      if (first.length < maxWords) first.push(`${kind}: ${words.slice(0, maxWordLength)}`)
    },
    counts,
    get surprises() {
      return { total, groups: Object.fromEntries(groups), first }
    },
    takeTimes: () => {
      const taken = times
      times = new Map()
      return taken
    },
  }
}

/** What a soak has seen: counts, times by interval, and everything that was not as it should be. */

/** What a visit tells. */
export interface Tally {
  /** One more of `what`. */
  count(what: string): void
  /** A duration of `what`, milliseconds. */
  time(what: 'login' | 'message', ms: number): void
  /** A visit of this kind did not go as it must. */
  surprise(kind: string, cause: unknown): void
  readonly counts: ReadonlyMap<string, number>
  /** Surprises by kind, and the words of the first few. */
  readonly surprises: { readonly total: number; readonly first: readonly string[] }
  /** Gives the times since the last call. */
  takeTimes(): ReadonlyMap<string, readonly number[]>
}

const maxWords = 20
const maxWordLength = 1_500

/** Nothing seen yet. */
export function createTally(): Tally {
  const counts = new Map<string, number>()
  const first: string[] = []
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
      if (first.length < maxWords) first.push(`${kind}: ${words.slice(0, maxWordLength)}`)
    },
    counts,
    get surprises() {
      return { total, first }
    },
    takeTimes: () => {
      const taken = times
      times = new Map()
      return taken
    },
  }
}

/** Visits at a rate, each by people whom nobody else is at the moment. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from './site.ts'
import { type Pair, type Place, type VisitKind, visitKinds } from './visits.ts'

/** How many come. */
export interface CrowdPlan {
  /** Those who come and go; an even number. */
  readonly people: readonly Person[]
  /** Visits that begin each second, on average. */
  readonly rate: number
  /** Ends the stream of visitors; who is there may finish. */
  readonly signal: AbortSignal
  /** Told when nobody is free or too many are there, so that a visit did not take place. */
  readonly onSkip: () => void
}

const maxVisits = 2_000
/** The longest pause between two looks at the clock. */
const maxNapMs = 50

/** Lets visitors come until the signal; resolves when the last is gone. Visits that go wrong are in the tally. */
export async function receiveCrowd(place: Place, { people, rate, signal, onSkip }: CrowdPlan): Promise<void> {
  const { random, tally } = place
  const free = pairsOf(people)
  const present = new Set<Promise<void>>()
  const begin = (pair: Pair) => {
    const { name, run } = pickKind(place)
    const visit = run(place, pair)
      .catch((cause: unknown) => tally.surprise(name, cause))
      .finally(() => {
        free.push(pair)
        present.delete(visit)
      })
    present.add(visit)
    tally.count('visits')
  }
  let dueAt = performance.now()
  while (!signal.aborted) {
    const nowMs = performance.now()
    if (dueAt > nowMs) {
      await sleep(Math.min(dueAt - nowMs, maxNapMs))
      continue
    }
    // Independent visitors: the time between two of them is exponentially distributed.
    dueAt += (-Math.log((random.below(1e6) + 1) / 1e6) * 1000) / rate
    const pair = present.size < maxVisits ? free.shift() : undefined
    if (pair === undefined) onSkip()
    else begin(pair)
  }
  await Promise.all(present)
}

function pairsOf(people: readonly Person[]): Pair[] {
  const pairs: Pair[] = []
  for (let at = 0; at + 1 < people.length; at += 2) {
    const [a, b] = people.slice(at, at + 2)
    if (a !== undefined && b !== undefined) pairs.push([a, b])
  }
  return pairs
}

function pickKind({ random }: Place): VisitKind {
  let left = random.below(visitKinds.reduce((sum, { weight }) => sum + weight, 0))
  for (const kind of visitKinds) {
    left -= kind.weight
    if (left < 0) return kind
  }
  throw new RangeError('no kind of visit')
}

/** The few numbers that a list of measurements is told in. */

/** Median, least and greatest of some measurements, and where the median of endlessly many would be. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  /** Between these two with a probability of at least 95 %; with fewer than six values no two can say so much, and it is all of them. */
  readonly likely: readonly [number, number]
}

/** The spread of at least one value; throws RangeError for none. */
export function spreadOf(values: readonly number[]): Spread {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  return { median: medianOf(values), min, max, likely: likelyMedian(values.toSorted((a, b) => a - b)) }
}

/**
 * The interval between two values, equally far from both ends, that holds the true median whatever the distribution: it lies
 * outside only where fewer than `outside` of as many tossed coins show heads, or tails.
 */
function likelyMedian(sorted: readonly number[]): readonly [number, number] {
  let outside = 0
  let below = 0
  for (let heads = 0, chance = 0.5 ** sorted.length; heads < sorted.length / 2; heads += 1) {
    below += chance
    if (below > 0.025) break
    outside = heads
    chance *= (sorted.length - heads) / (heads + 1)
  }
  return [sorted[outside] ?? Number.NaN, sorted[sorted.length - 1 - outside] ?? Number.NaN]
}

/** The middle value, or the mean of the two in the middle; throws RangeError for none. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  if (upper === undefined || lower === undefined) throw new RangeError('the median of nothing')
  return (lower + upper) / 2
}

/** Each value divided by its neighbour at the same place. */
export function ratiosOf(values: readonly number[], base: readonly number[]): number[] {
  return values.map((value, index) => value / (base[index] ?? Number.NaN))
}

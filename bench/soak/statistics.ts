/** The little arithmetic of a soak: quantiles, and a straight line with its uncertainty. */

/** The value below which this share of the list lies (nearest rank); NaN of an empty list. */
export function quantile(list: readonly number[], share: number): number {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** A straight line through points, by least squares. */
export interface Line {
  readonly slope: number
  /** Half the width of the interval that holds the true slope with 95 % confidence. */
  readonly slopeMargin: number
  readonly points: number
}

/** Fits a line; null with fewer than three points, which say nothing about how sure it is. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line | null {
  const count = points.length
  if (count < 3) return null
  const meanX = sum(points.map(([x]) => x)) / count
  const meanY = sum(points.map(([, y]) => y)) / count
  const spread = sum(points.map(([x]) => (x - meanX) ** 2))
  const slope = sum(points.map(([x, y]) => (x - meanX) * (y - meanY))) / spread
  const residual = sum(points.map(([x, y]) => (y - meanY - slope * (x - meanX)) ** 2))
  const deviation = Math.sqrt(residual / (count - 2) / spread)
  return { slope, slopeMargin: studentT975(count - 2) * deviation, points: count }
}

/** The 97.5 % quantile of Student's distribution, by its expansion in 1/degrees (within 1 % from 3 degrees on). */
export function studentT975(degrees: number): number {
  const exact = [12.706, 4.303]
  const z = 1.959964
  const series =
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  return exact[degrees - 1] ?? series
}

/** The median of `value` within each whole minute, with the minute. */
export function minuteMedians<T extends { readonly atSeconds: number }>(
  list: readonly T[],
  value: (item: T) => number,
): (readonly [minute: number, median: number])[] {
  const minutes = Map.groupBy(list, ({ atSeconds }) => Math.floor(atSeconds / 60))
  return [...minutes].map(([minute, items]) => [minute, quantile(items.map(value), 0.5)] as const)
}

function sum(list: readonly number[]): number {
  return list.reduce((total, value) => total + value, 0)
}

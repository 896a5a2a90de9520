/** Metrics whose series are bounded in number and cheap to count in: prom-client hashes the labels at every step. */

import { Counter, Gauge, type Histogram, type Registry } from 'prom-client'

/** Series of one metric; what comes beyond them is counted under `other` in every label. */
export const maxSeries = 2_000

/** What a bounded label says of values that it does not list. */
export const otherLabel = 'other'

/** What a metric is called. */
export interface MetricName<L extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly L[]
}

/** A counter, or a gauge that is counted up and down. Its values reach prom-client when they are asked for. */
export interface SeriesCounter {
  /** Values in the order of the label names. */
  add(labels: readonly string[], by?: number): void
}

/** A histogram. Its buckets reach prom-client when they are asked for. */
export interface SeriesHistogram {
  /** `seconds`, and the values of the labels in the order of their names. */
  observe(labels: readonly string[], seconds: number): void
}

interface Cell {
  readonly labels: readonly string[]
  value: number
}

interface HistogramCell {
  readonly labels: readonly string[]
  /** Of each bucket alone. */
  readonly counts: number[]
  count: number
  sum: number
}

/** A counter in `registry` that has no series yet. */
export function createSeriesCounter<L extends string>(registry: Registry, metric: MetricName<L>): SeriesCounter {
  const cells = new Map<string, Cell>()
  new Counter<L>({
    ...{ name: metric.name, help: metric.help, labelNames: [...metric.labelNames], registers: [registry] },
    collect() {
      this.reset()
      for (const { labels, value } of cells.values()) this.inc(labelled(metric.labelNames, labels), value)
    },
  })
  return counting(cells)
}

/** A gauge in `registry` that has no series yet. */
export function createSeriesGauge<L extends string>(registry: Registry, metric: MetricName<L>): SeriesCounter {
  const cells = new Map<string, Cell>()
  new Gauge<L>({
    ...{ name: metric.name, help: metric.help, labelNames: [...metric.labelNames], registers: [registry] },
    collect() {
      this.reset()
      for (const { labels, value } of cells.values()) this.set(labelled(metric.labelNames, labels), value)
    },
  })
  return counting(cells)
}

/** A histogram in `registry` that has no series yet. `buckets` are upper bounds in ascending order, seconds. */
export function createSeriesHistogram<L extends string>(
  registry: Registry,
  metric: MetricName<L> & { readonly buckets: readonly number[] },
): SeriesHistogram {
  const cells = new Map<string, HistogramCell>()
  const { name, help, labelNames, buckets } = metric
  const get = async () => ({
    ...{ name, help, type: 'histogram', aggregator: 'sum' },
    values: [...cells.values()].flatMap((cell) => samplesOf(metric, cell)),
  })
  // prom-client asks its own histograms in the same way, and these count several times dearer.
  const source = { name, help, type: 'histogram', labelNames, get }
  registry.registerMetric(source as unknown as Histogram)
  const open = (labels: readonly string[]): HistogramCell => ({
    labels,
    counts: buckets.map(() => 0),
    count: 0,
    sum: 0,
  })
  // Without labels there is one series, which is there from the start.
  if (labelNames.length === 0) cellOf(cells, [], open)
  return {
    observe: (labels, seconds) => {
      const cell = cellOf(cells, labels, open)
      const bucket = buckets.findIndex((bound) => seconds <= bound)
      if (bucket >= 0) cell.counts[bucket] = (cell.counts[bucket] ?? 0) + 1
      cell.count += 1
      cell.sum += seconds
    },
  }
}

/** The samples of one series, as the text format has them: each bucket holds those below it as well. */
function samplesOf(
  { name, labelNames, buckets }: MetricName<string> & { readonly buckets: readonly number[] },
  { labels, counts, count, sum }: HistogramCell,
) {
  const shared = labelled(labelNames, labels)
  let below = 0
  const samples = buckets.map((le, index) => {
    below += counts[index] ?? 0
    return { metricName: `${name}_bucket`, labels: { le, ...shared }, value: below }
  })
  return [
    ...samples,
    { metricName: `${name}_bucket`, labels: { le: '+Inf', ...shared }, value: count },
    { metricName: `${name}_sum`, labels: shared, value: sum },
    { metricName: `${name}_count`, labels: shared, value: count },
  ]
}

/** Values under the names of their labels. */
export function labelled<L extends string>(names: readonly L[], values: readonly string[]): Record<L, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])) as Record<L, string>
}

function counting(cells: Map<string, Cell>): SeriesCounter {
  return {
    add: (labels, by = 1) => {
      cellOf(cells, labels, openCell).value += by
    },
  }
}

function openCell(labels: readonly string[]): Cell {
  return { labels, value: 0 }
}

/** The cell of these labels, made where there is none yet; that of `other` where there are too many. */
function cellOf<C>(cells: Map<string, C>, labels: readonly string[], open: (labels: readonly string[]) => C): C {
  const key = labels.join('\0')
  const known = cells.get(key)
  if (known !== undefined) return known
  const isFull = cells.size >= maxSeries
  const kept = isFull ? labels.map(() => otherLabel) : [...labels]
  const place = isFull ? kept.join('\0') : key
  const cell = cells.get(place) ?? open(kept)
  cells.set(place, cell)
  return cell
}

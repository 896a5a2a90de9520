/** Metrics whose series are bounded in number and cheap to count in: prom-client hashes the labels at every step. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

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

/** A histogram whose children are kept: to find one by its labels costs more than to count in it. */
export interface SeriesHistogram {
  /** `seconds`, and the values of the labels in the order of their names. */
  observe(labels: readonly string[], seconds: number): void
}

interface Cell {
  readonly labels: readonly string[]
  value: number
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
  return counting(cells, metric)
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
  return counting(cells, metric)
}

/** A histogram in `registry` that has no series yet. `buckets` are upper bounds, seconds. */
export function createSeriesHistogram<L extends string>(
  registry: Registry,
  metric: MetricName<L> & { readonly buckets: readonly number[] },
): SeriesHistogram {
  const { name, help, labelNames } = metric
  const buckets = [...metric.buckets]
  const histogram = new Histogram<L>({ name, help, labelNames: [...labelNames], buckets, registers: [registry] })
  const children = new Map<string, { observe(value: number): void }>()
  return {
    observe: (labels, seconds) => {
      const key = labels.join('\0')
      const known = children.get(key)
      if (known !== undefined) return known.observe(seconds)
      const isFull = children.size >= maxSeries
      const child = histogram.labels(labelled(labelNames, isFull ? overflowOf(labelNames) : labels))
      if (!isFull) children.set(key, child)
      child.observe(seconds)
    },
  }
}

/** Values under the names of their labels. */
export function labelled<L extends string>(names: readonly L[], values: readonly string[]): Record<L, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])) as Record<L, string>
}

function counting(cells: Map<string, Cell>, { labelNames }: MetricName<string>): SeriesCounter {
  const open = (key: string, labels: readonly string[]): Cell => {
    const isFull = cells.size >= maxSeries
    const overflow = isFull ? overflowOf(labelNames) : labels
    const place = isFull ? overflow.join('\0') : key
    const cell = cells.get(place) ?? { labels: [...overflow], value: 0 }
    cells.set(place, cell)
    return cell
  }
  return {
    add: (labels, by = 1) => {
      const key = labels.join('\0')
      const cell = cells.get(key) ?? open(key, labels)
      cell.value += by
    },
  }
}

function overflowOf(labelNames: readonly string[]): readonly string[] {
  return labelNames.map(() => otherLabel)
}

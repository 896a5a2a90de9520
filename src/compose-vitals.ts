/** What a running server tells of itself: its metrics, and whether it is well. */

import type { ThrottleShift } from './compose-throttle.ts'
import type { Running } from './listeners.ts'
import { type Health, judgeHealth, watchBackends } from './observe/health.ts'
import type { PoolReading, Readings } from './observe/metrics.ts'
import { createPrometheus, type PrometheusMetrics } from './observe/prometheus.ts'

/** Where it is looked up, each time that somebody wants to know. */
export interface VitalSources {
  readonly running: () => ReadonlyMap<string, Running>
  /** Null before the start. */
  readonly throttle: () => ThrottleShift | null
  readonly pools: () => readonly PoolReading[]
  /** Lines of the log that could not be written. */
  readonly lostLogLines: () => number
  /** Null where sessions are kept elsewhere. */
  readonly isStoreWell: () => boolean | null
  /** Between start and stop. */
  readonly isServing: () => boolean
}

/** Metrics and health of one server. */
export interface Vitals {
  readonly metrics: PrometheusMetrics
  readonly health: () => Health
}

/** Nothing is counted yet. `now` in milliseconds since the epoch. */
export function createVitals(version: string, now: () => number, sources: VitalSources): Vitals {
  const prometheus = createPrometheus({ version, now })
  const backends = watchBackends()
  prometheus.read(() => takeReadings(sources))
  return {
    metrics: {
      ...prometheus,
      decisionMade: (decision) => {
        prometheus.decisionMade(decision)
        backends.heard(decision)
      },
    },
    health: () =>
      judgeHealth({
        isServing: sources.isServing(),
        listeners: [...sources.running()].map(([name, { listener }]) => ({ name, isWell: listener.isAccepting })),
        backends: backends.states(),
        isStoreWell: sources.isStoreWell(),
      }),
  }
}

const noLocks = { address: 0, certificate: 0, account: 0 }

function takeReadings({ running, throttle, pools, lostLogLines }: VitalSources): Readings {
  const all = [...running()]
  return {
    listeners: all.map(([name, { listener }]) => ({ name, ...listener.load })),
    locks: throttle()?.locks() ?? noLocks,
    pools: pools(),
    lostLogLines: lostLogLines(),
    certificates: all.flatMap(([listener, { shown }]) => shown.map((one) => ({ listener, ...one }))),
  }
}

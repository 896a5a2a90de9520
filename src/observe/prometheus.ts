/** Metrics as Prometheus wants them, in a registry of their own: nothing is shared with the program around. */

import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Decision } from './decision.ts'
import type { Metrics, Readings } from './metrics.ts'
import { createReadingGauges } from './prometheus-readings.ts'
import { createSeriesCounter, createSeriesGauge, createSeriesHistogram, otherLabel } from './prometheus-series.ts'

/** The text of one scrape. */
export interface Exposition {
  /** Media type with its parameters. */
  readonly type: string
  readonly text: string
}

/** Metrics that can be read. */
export interface PrometheusMetrics extends Metrics {
  /** Scrapes ask `source` from here on for what is not counted but read. */
  read(source: () => Readings): void
  /** Everything in Prometheus's text format. Metrics of the process begin with the first call. */
  scrape(): Promise<Exposition>
  /** What there is, for the page that documents it. */
  describe(): readonly MetricDescription[]
}

/** A metric without its values. */
export interface MetricDescription {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly help: string
  readonly labels: readonly string[]
}

/** What the metrics say of the program itself. */
export interface PrometheusParts {
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * The mechanisms that have a label of their own. A client may write whatever it likes into `<auth/>`, and no client decides
 * how many series there are.
 */
export const labelledMechanisms: ReadonlySet<string> = new Set([
  'EXTERNAL',
  'PLAIN',
  ...['SHA-1', 'SHA-224', 'SHA-256', 'SHA-384', 'SHA-512'].flatMap((hash) => [`SCRAM-${hash}`, `SCRAM-${hash}-PLUS`]),
])

/** What a label says where there is nothing to say; Prometheus takes an empty one for none at all. */
const noneLabel = 'none'

/** How often the event loop's delay is measured, milliseconds: at the usual 10 a server at rest would burn 0.7 % of a CPU for it. */
const eventLoopProbeMs = 50

/** Each of these makes a list of every open connection, at every scrape, to tell how long it is. */
const costly = ['resources', 'handles', 'requests'].flatMap((what) => [
  `nodejs_active_${what}`,
  `nodejs_active_${what}_total`,
])

const fastBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const handshakeBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const delayBuckets = [0.25, 0.5, 1, 2, 4, 8]

/** Metrics that have counted nothing. */
export function createPrometheus({ version, now }: PrometheusParts): PrometheusMetrics {
  const registry = new Registry()
  const gauges = createReadingGauges(registry, version)
  let source: (() => Readings) | null = null
  let isProcessWatched = false
  const watchProcess = () => {
    // Late, because it cannot be stopped: whoever never scrapes has no observers in the process.
    if (isProcessWatched) return
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopProbeMs })
    for (const name of costly) registry.removeSingleMetric(name)
    isProcessWatched = true
  }
  return {
    ...createLoginMetrics(registry),
    ...createConnectionMetrics(registry),
    ...createConfigMetrics(registry, gauges.configLoaded, now),
    read: (next) => {
      source = next
    },
    scrape: async () => {
      watchProcess()
      if (source !== null) gauges.set(source())
      return { type: registry.contentType, text: await registry.metrics() }
    },
    describe: () => {
      watchProcess()
      return registry.getMetricsAsArray().map(describeMetric)
    },
  }
}

function describeMetric(metric: object): MetricDescription {
  // prom-client's declarations leave out what its metrics carry.
  const { name, type, help, labelNames } = metric as MetricDescription & { readonly labelNames: readonly string[] }
  return { name, type, help, labels: labelNames }
}

function createLoginMetrics(registry: Registry): Pick<Metrics, 'decisionMade' | 'loginDelayed' | 'lockSet'> {
  const decisions = createSeriesCounter(registry, {
    name: 'signet_login_decisions_total',
    help: 'Login attempts by their outcome and its reason code.',
    labelNames: ['listener', 'transport', 'mechanism', 'outcome', 'reason'],
  })
  const durations = createSeriesHistogram(registry, {
    name: 'signet_login_duration_seconds',
    help: 'Time from the first message of the mechanism to the outcome.',
    labelNames: ['mechanism', 'outcome'],
    buckets: fastBuckets,
  })
  const verdicts = createSeriesCounter(registry, {
    name: 'signet_backend_verdicts_total',
    help: 'What backends answered when they were asked about a login.',
    labelNames: ['backend', 'verdict'],
  })
  const latencies = createSeriesHistogram(registry, {
    name: 'signet_backend_duration_seconds',
    help: 'Time that backends took to answer.',
    labelNames: ['backend'],
    buckets: fastBuckets,
  })
  const delays = createSeriesHistogram(registry, {
    name: 'signet_login_delay_seconds',
    help: 'Time that attempts were made to wait because of earlier failures.',
    labelNames: [],
    buckets: delayBuckets,
  })
  const locks = createSeriesCounter(registry, {
    name: 'signet_locks_total',
    help: 'Locks set because of repeated failures, by what was locked.',
    labelNames: ['by'],
  })
  return {
    decisionMade: (decision: Decision) => {
      const mechanism = mechanismLabel(decision.mechanism)
      const { listener, transport, outcome, tookMs } = decision
      const reason = outcome.kind === 'allow' ? noneLabel : outcome.code
      decisions.add([listener, transport, mechanism, outcome.kind, reason])
      durations.observe([mechanism, outcome.kind], tookMs / 1000)
      for (const { backend, verdict, tookMs: askedMs } of decision.backends) {
        verdicts.add([backend, verdict])
        latencies.observe([backend], askedMs / 1000)
      }
    },
    loginDelayed: (delayMs) => delays.observe([], delayMs / 1000),
    lockSet: (by) => locks.add([by]),
  }
}

function mechanismLabel(name: string): string {
  if (labelledMechanisms.has(name)) return name
  return name === '' ? noneLabel : otherLabel
}

type ConnectionMetrics = Pick<
  Metrics,
  'handshakeDone' | 'handshakeFailed' | 'sessionOpened' | 'sessionClosed' | 'streamEnded'
>

function createConnectionMetrics(registry: Registry): ConnectionMetrics {
  const handshakes = createSeriesCounter(registry, {
    name: 'signet_tls_handshakes_total',
    help: 'TLS handshakes that came to their end, by how.',
    labelNames: ['listener', 'result'],
  })
  const durations = createSeriesHistogram(registry, {
    name: 'signet_tls_handshake_duration_seconds',
    help: 'Time that handshakes took once they had their turn, the client included.',
    labelNames: ['listener'],
    buckets: handshakeBuckets,
  })
  const certificates = createSeriesCounter(registry, {
    name: 'signet_client_certificates_total',
    help: 'What handshakes found of the client certificate: chain status, and the reason code where it was refused.',
    labelNames: ['listener', 'status', 'reason'],
  })
  const opened = createSeriesCounter(registry, {
    name: 'signet_sessions_opened_total',
    help: 'Streams that were handed to a session after login.',
    labelNames: ['listener', 'transport'],
  })
  const sessions = createSeriesGauge(registry, {
    name: 'signet_sessions',
    help: 'Sessions that carry a stream now.',
    labelNames: ['listener', 'transport'],
  })
  const ended = createSeriesCounter(registry, {
    name: 'signet_streams_ended_total',
    help: 'Streams by the stream error that we ended them with, before login and after.',
    labelNames: ['listener', 'transport', 'stage', 'condition'],
  })
  return {
    handshakeDone: (listener, { status, code }, tookMs) => {
      handshakes.add([listener, 'done'])
      durations.observe([listener], tookMs / 1000)
      certificates.add([listener, status, code ?? noneLabel])
    },
    handshakeFailed: (listener) => handshakes.add([listener, 'failed']),
    sessionOpened: ({ listener, transport }) => {
      opened.add([listener, transport])
      sessions.add([listener, transport])
    },
    sessionClosed: ({ listener, transport }) => sessions.add([listener, transport], -1),
    streamEnded: ({ listener, transport }, stage, condition) =>
      ended.add([listener, transport, stage, condition ?? noneLabel]),
  }
}

function createConfigMetrics(
  registry: Registry,
  loaded: (atMs: number) => void,
  now: () => number,
): Pick<Metrics, 'configRead'> {
  const reads = createSeriesCounter(registry, {
    name: 'signet_config_reads_total',
    help: 'Configurations that were read, at the start and for reloads, and put in force or refused.',
    labelNames: ['result'],
  })
  return {
    configRead: (result) => {
      reads.add([result])
      if (result === 'done') loaded(now())
    },
  }
}

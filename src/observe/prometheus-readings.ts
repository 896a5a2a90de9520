/** Metrics that are read at the scrape, and not counted: what stands at listeners, locks, pools, certificates. */

import { Counter, Gauge, type Registry } from 'prom-client'
import { type Readings, refusalCauses } from './metrics.ts'

/** Where readings go. */
export interface ReadingGauges {
  /** Replaces what an earlier reading left, so that what is gone has no series any more. */
  set(readings: Readings): void
  /** A configuration was put in force, milliseconds since the epoch. */
  configLoaded(atMs: number): void
}

/** Gauges in `registry`; those without labels stand at 0. */
export function createReadingGauges(registry: Registry, version: string): ReadingGauges {
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge<L>({ name, help, labelNames, registers: [registry] })
  gauge('signet_build_info', 'The version that runs; always 1.', 'version').set({ version }, 1)
  const loaded = gauge('signet_config_loaded_timestamp_seconds', 'When the configuration in force was loaded.')
  const parts = [
    createListenerGauges(registry),
    createLockGauge(gauge('signet_locks', 'Locks in force because of repeated failures.', 'by')),
    createPoolGauge(gauge('signet_pool_connections', 'Open connections to a server of a pool.', 'pool', 'server')),
    createCertificateGauge(
      gauge(
        'signet_server_certificate_expiry_timestamp_seconds',
        'When a server certificate in use ends.',
        'listener',
        'server_name',
      ),
    ),
    createLossCounter(registry),
  ]
  return {
    set: (readings) => {
      for (const set of parts) set(readings)
    },
    configLoaded: (atMs) => loaded.set(atMs / 1000),
  }
}

type Setter = (readings: Readings) => void

function createListenerGauges(registry: Registry): Setter {
  const register = { registers: [registry] }
  const connections = new Gauge({
    name: 'signet_connections',
    help: 'Connections open now.',
    labelNames: ['listener'],
    ...register,
  })
  const accepted = new Counter({
    name: 'signet_connections_accepted_total',
    help: 'Connections that were taken.',
    labelNames: ['listener'],
    ...register,
  })
  const refused = new Counter({
    name: 'signet_connections_refused_total',
    help: 'Connections that were turned away, by why.',
    labelNames: ['listener', 'why'],
    ...register,
  })
  const handshakes = new Gauge({
    name: 'signet_tls_handshakes',
    help: 'TLS handshakes at the gate: at work, slow (without a turn), waiting for one, expected.',
    labelNames: ['listener', 'state'],
    ...register,
  })
  return ({ listeners }) => {
    for (const metric of [connections, accepted, refused, handshakes]) metric.reset()
    for (const { name: listener, handshakes: gate, ...load } of listeners) {
      connections.set({ listener }, load.connections)
      accepted.inc({ listener }, load.accepted)
      for (const why of refusalCauses) refused.inc({ listener, why }, load.refused[why])
      handshakes.set({ listener, state: 'working' }, gate.inTurn)
      handshakes.set({ listener, state: 'slow' }, gate.slow)
      handshakes.set({ listener, state: 'waiting' }, gate.waiting)
      handshakes.set({ listener, state: 'expected' }, gate.expected)
    }
  }
}

function createLockGauge(locks: Gauge<'by'>): Setter {
  return (readings) => {
    for (const [by, count] of Object.entries(readings.locks)) locks.set({ by }, count)
  }
}

function createPoolGauge(gauge: Gauge<'pool' | 'server'>): Setter {
  return ({ pools }) => {
    gauge.reset()
    for (const { pool, server, connections } of pools) gauge.inc({ pool, server }, connections)
  }
}

function createCertificateGauge(gauge: Gauge<'listener' | 'server_name'>): Setter {
  return ({ certificates }) => {
    gauge.reset()
    for (const { listener, serverName, notAfterMs } of certificates) {
      gauge.set({ listener, server_name: serverName ?? 'default' }, notAfterMs / 1000)
    }
  }
}

function createLossCounter(registry: Registry): Setter {
  const lost = new Counter({
    name: 'signet_log_lines_lost_total',
    help: 'Lines of the log that could not be written.',
    registers: [registry],
  })
  return ({ lostLogLines }) => {
    lost.reset()
    lost.inc(lostLogLines)
  }
}

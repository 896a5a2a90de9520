/** What is counted is what is printed; and no client decides how many series there are. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mechanismNames } from '../../src/auth/mechanism-options.ts'
import { resolvePassword } from '../../src/auth/passwords/options.ts'
import { noNameLists } from '../../src/auth/trusted-names-options.ts'
import { composeMechanisms } from '../../src/compose.ts'
import type { Readings } from '../../src/observe/metrics.ts'
import { createPrometheus, labelledMechanisms, type PrometheusMetrics } from '../../src/observe/prometheus.ts'
import { maxSeries } from '../../src/observe/prometheus-series.ts'
import { decisionOf } from './decisions.ts'
import { readSamples, samplesOf } from './exposition.ts'

const create = () => createPrometheus({ version: '1.2.3', now: () => 1_700_000_000_000 })

async function scraped(metrics: PrometheusMetrics, metric: string): Promise<Record<string, number>> {
  return samplesOf(readSamples((await metrics.scrape()).text), metric)
}

const noReadings: Readings = {
  listeners: [],
  locks: { address: 0, certificate: 0, account: 0 },
  pools: [],
  certificates: [],
  lostLogLines: 0,
}

describe('decisions', () => {
  test('each is counted once, by its outcome and reason', async () => {
    const metrics = create()
    metrics.decisionMade(decisionOf())
    metrics.decisionMade(decisionOf())
    metrics.decisionMade(decisionOf({ denied: 'authzid-mismatch', backends: [] }))
    metrics.decisionMade(decisionOf({ listener: 'http', transport: 'bosh', mechanism: 'PLAIN' }))
    assert.deepEqual(await scraped(metrics, 'signet_login_decisions_total'), {
      '{listener="c2s",transport="tcp",mechanism="EXTERNAL",outcome="allow",reason="none"}': 2,
      '{listener="c2s",transport="tcp",mechanism="EXTERNAL",outcome="deny",reason="authzid-mismatch"}': 1,
      '{listener="http",transport="bosh",mechanism="PLAIN",outcome="allow",reason="none"}': 1,
    })
  })

  test('their time is in seconds', async () => {
    const metrics = create()
    for (const tookMs of [3, 30]) metrics.decisionMade(decisionOf({ tookMs }))
    const labels = 'mechanism="EXTERNAL",outcome="allow"'
    const buckets = await scraped(metrics, 'signet_login_duration_seconds_bucket')
    const counts = ['0.0025', '0.005', '0.025', '0.05', '+Inf'].map((le) => buckets[`{le="${le}",${labels}}`])
    assert.deepEqual(counts, [0, 1, 1, 2, 2])
    assert.deepEqual(await scraped(metrics, 'signet_login_duration_seconds_sum'), { [`{${labels}}`]: 0.033 })
  })

  test('each backend that was asked has its verdict and its time', async () => {
    const metrics = create()
    const backends = [
      { backend: 'ldap', verdict: 'unknown', tookMs: 40 },
      { backend: 'http', verdict: 'unavailable', tookMs: 2000 },
    ] as const
    metrics.decisionMade(decisionOf({ denied: 'backend-unavailable', backends }))
    metrics.decisionMade(decisionOf())
    assert.deepEqual(await scraped(metrics, 'signet_backend_verdicts_total'), {
      '{backend="ldap",verdict="unknown"}': 1,
      '{backend="http",verdict="unavailable"}': 1,
      '{backend="pki",verdict="allow"}': 1,
    })
    assert.deepEqual(await scraped(metrics, 'signet_backend_duration_seconds_sum'), {
      '{backend="ldap"}': 0.04,
      '{backend="http"}': 2,
      '{backend="pki"}': 0.0002,
    })
  })

  test('a mechanism that is none shares one label with all others', async () => {
    const metrics = create()
    const names = ['EXTERNAL"} 1\nsignet_fake 1', '\\', 'external', 'SCRAM-SHA-1-PLUS-PLUS', '__proto__', '\u{1f600}']
    for (const mechanism of names) metrics.decisionMade(decisionOf({ mechanism, denied: 'mechanism-unknown' }))
    for (let n = 0; n < 5_000; n += 1) {
      metrics.decisionMade(decisionOf({ mechanism: `X-${n}`, denied: 'mechanism-unknown', backends: [] }))
    }
    metrics.decisionMade(decisionOf({ mechanism: '', denied: 'exchange-missing', backends: [] }))
    assert.deepEqual(await scraped(metrics, 'signet_login_decisions_total'), {
      '{listener="c2s",transport="tcp",mechanism="other",outcome="deny",reason="mechanism-unknown"}': 5_006,
      '{listener="c2s",transport="tcp",mechanism="none",outcome="deny",reason="exchange-missing"}': 1,
    })
  })

  test('every mechanism that can be configured has its own label', () => {
    const mechanisms = composeMechanisms({
      ...{ methods: ['pki'], mechanisms: mechanismNames, saslExternal: ['standard'], ownRules: [] },
      ...{ commonName: { prefix: '', suffix: '' }, trustedNames: noNameLists, password: resolvePassword(undefined) },
    })
    assert.equal(mechanisms.length, mechanismNames.length)
    assert.deepEqual(
      mechanisms.map(({ name }) => name).filter((name) => !labelledMechanisms.has(name)),
      [],
    )
  })
})

describe('series', () => {
  test('are bounded, and what comes beyond them is counted all the same', async () => {
    const metrics = create()
    for (let n = 0; n < maxSeries + 500; n += 1) metrics.handshakeFailed(`listener ${n}`)
    const series = await scraped(metrics, 'signet_tls_handshakes_total')
    assert.equal(Object.keys(series).length, maxSeries + 1)
    assert.equal(series['{listener="other",result="other"}'], 500)
  })

  test('of a histogram as well', async () => {
    const metrics = create()
    for (let n = 0; n < maxSeries + 3; n += 1) {
      metrics.decisionMade(decisionOf({ backends: [{ backend: `b${n}`, verdict: 'allow', tookMs: 1 }] }))
    }
    const series = await scraped(metrics, 'signet_backend_duration_seconds_count')
    assert.equal(Object.keys(series).length, maxSeries + 1)
    assert.equal(series['{backend="other"}'], 3)
  })

  test('of one registry are not those of another', async () => {
    const [one, other] = [create(), create()]
    one.lockSet('address')
    assert.deepEqual(await scraped(one, 'signet_locks_total'), { '{by="address"}': 1 })
    assert.deepEqual(await scraped(other, 'signet_locks_total'), {})
  })
})

describe('readings', () => {
  test('are taken at the scrape, and what is gone has no series', async () => {
    const metrics = create()
    const handshakes = { inTurn: 1, slow: 2, waiting: 3, expected: 4 }
    const refused = { limit: 5, proxy: 6, clear: 0 }
    let readings: Readings = {
      listeners: [{ name: 'c2s', connections: 7, accepted: 9, refused, handshakes }],
      locks: { address: 1, certificate: 0, account: 2 },
      pools: [
        { pool: 'ldap.default', server: 'a:389', connections: 2 },
        { pool: 'ldap.default', server: 'b:389', connections: 0 },
      ],
      certificates: [
        { listener: 'c2s', serverName: null, notAfterMs: 1_800_000_000_000 },
        { listener: 'c2s', serverName: 'b.example', notAfterMs: 1_900_000_000_500 },
      ],
      lostLogLines: 6,
    }
    metrics.read(() => readings)
    const first = readSamples((await metrics.scrape()).text)
    const own = (name: string) => samplesOf(first, name)
    assert.deepEqual(own('signet_connections'), { '{listener="c2s"}': 7 })
    assert.deepEqual(own('signet_connections_accepted_total'), { '{listener="c2s"}': 9 })
    assert.deepEqual(own('signet_connections_refused_total'), {
      '{listener="c2s",why="limit"}': 5,
      '{listener="c2s",why="proxy"}': 6,
      '{listener="c2s",why="clear"}': 0,
    })
    assert.deepEqual(own('signet_tls_handshakes'), {
      '{listener="c2s",state="working"}': 1,
      '{listener="c2s",state="slow"}': 2,
      '{listener="c2s",state="waiting"}': 3,
      '{listener="c2s",state="expected"}': 4,
    })
    assert.deepEqual(own('signet_locks'), { '{by="address"}': 1, '{by="certificate"}': 0, '{by="account"}': 2 })
    assert.deepEqual(own('signet_pool_connections'), {
      '{pool="ldap.default",server="a:389"}': 2,
      '{pool="ldap.default",server="b:389"}': 0,
    })
    assert.deepEqual(own('signet_server_certificate_expiry_timestamp_seconds'), {
      '{listener="c2s",server_name="default"}': 1_800_000_000,
      '{listener="c2s",server_name="b.example"}': 1_900_000_000.5,
    })
    assert.deepEqual(own('signet_log_lines_lost_total'), { '': 6 })
    readings = noReadings
    assert.deepEqual(await scraped(metrics, 'signet_connections'), {})
    assert.deepEqual(await scraped(metrics, 'signet_server_certificate_expiry_timestamp_seconds'), {})
    assert.deepEqual(await scraped(metrics, 'signet_pool_connections'), {})
  })

  test('the version, the configuration and the process are told without any', async () => {
    const metrics = create()
    metrics.configRead('done')
    metrics.configRead('refused')
    const samples = readSamples((await metrics.scrape()).text)
    assert.deepEqual(samplesOf(samples, 'signet_build_info'), { '{version="1.2.3"}': 1 })
    assert.deepEqual(samplesOf(samples, 'signet_config_loaded_timestamp_seconds'), { '': 1_700_000_000 })
    assert.deepEqual(samplesOf(samples, 'signet_config_reads_total'), { '{result="done"}': 1, '{result="refused"}': 1 })
    assert.ok((samples.get('process_resident_memory_bytes') ?? 0) > 1_000_000)
  })
})

/** Metrics are for those whom the operator named, and by default for this machine. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createMetricsHandler, type MetricsParts } from '../../src/listener/https/metrics-handler.ts'
import { metricsSection, resolveMetrics } from '../../src/listener/https/metrics-options.ts'
import { createPrometheus } from '../../src/observe/prometheus.ts'
import { readSamples } from './exposition.ts'
import { type Ask, type HandlerServer, serveHandler } from './serve-handler.ts'

const token = 'abcdefghij0123456789'
const metrics = createPrometheus({ version: '1', now: () => 0 })

let parts: MetricsParts
let server: HandlerServer
before(async () => {
  server = await serveHandler(createMetricsHandler(() => parts))
})
after(() => server[Symbol.asyncDispose]())

type Values = Parameters<typeof metricsSection.parse>[0]

/** The place is for reports of faults, which these values have none of. */
const nowhere = { at: () => assert.fail('a good range was refused') } as never

function serve(values: Values, scrape: MetricsParts['scrape'] = metrics.scrape): void {
  parts = { options: resolveMetrics(metricsSection.parse(values), nowhere), scrape }
}

interface Row {
  readonly says: string
  readonly options: Values
  readonly ask: Partial<Ask>
  readonly status: number
}

const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } })
const withToken = { bearer_token: token }
const network = { allowed_addresses: ['10.1.0.0/16', '2001:db8::/32', '192.0.2.7'] }
const refusals: readonly Row[] = [
  { says: 'a stranger', options: {}, ask: { remote: '203.0.113.5:4711' }, status: 403 },
  { says: 'a stranger by IPv6', options: {}, ask: { remote: '2001:db8::1:4711' }, status: 403 },
  { says: 'nobody knows who', options: {}, ask: { remote: 'unknown:0' }, status: 403 },
  { says: 'X-Forwarded-For', options: {}, ask: { headers: { 'x-forwarded-for': '203.0.113.5' } }, status: 403 },
  { says: 'Forwarded', options: {}, ask: { headers: { forwarded: 'for=203.0.113.5' } }, status: 403 },
  { says: 'Via', options: {}, ask: { headers: { via: '1.1 proxy' } }, status: 403 },
  { says: 'this machine, not on the list', options: network, ask: {}, status: 403 },
  { says: 'a neighbour of the list', options: network, ask: { remote: '10.2.0.1:1' }, status: 403 },
  { says: 'no token', options: withToken, ask: {}, status: 401 },
  { says: 'another token', options: withToken, ask: bearer(`${token}0`), status: 401 },
  { says: 'a part of the token', options: withToken, ask: bearer(token.slice(1)), status: 401 },
  {
    says: 'the token by another scheme',
    options: withToken,
    ask: { headers: { authorization: `Basic ${token}` } },
    status: 401,
  },
  { says: 'the token, from elsewhere', options: { ...network, ...withToken }, ask: bearer(token), status: 403 },
  {
    says: 'the right address, no token',
    options: { ...network, ...withToken },
    ask: { remote: '10.1.2.3:1' },
    status: 401,
  },
]
const admissions: readonly Row[] = [
  { says: 'this machine', options: {}, ask: {}, status: 200 },
  { says: 'this machine by IPv6', options: {}, ask: { remote: '::1:4711' }, status: 200 },
  { says: 'this machine by a socket for both', options: {}, ask: { remote: '::ffff:127.0.0.1:4711' }, status: 200 },
  { says: 'a range', options: network, ask: { remote: '10.1.255.255:1' }, status: 200 },
  { says: 'a range of IPv6', options: network, ask: { remote: '2001:db8:1::1:1' }, status: 200 },
  { says: 'an address', options: network, ask: { remote: '192.0.2.7:1' }, status: 200 },
  {
    says: 'an address that a trusted proxy reports',
    options: network,
    ask: { remote: '10.1.0.1:1', headers: { 'x-forwarded-for': '10.1.0.1' } },
    status: 200,
  },
  {
    says: 'the token, from anywhere',
    options: withToken,
    ask: { ...bearer(token), remote: '203.0.113.5:1' },
    status: 200,
  },
  {
    says: 'bearer in small letters',
    options: withToken,
    ask: { headers: { authorization: `bearer ${token}` } },
    status: 200,
  },
]

describe('metrics', () => {
  for (const { says, options, ask, status } of [...refusals, ...admissions]) {
    test(`answered ${status}: ${says}`, async () => {
      serve(options)
      const told = await server.ask({ target: '/metrics', ...ask })
      assert.equal(told.status, status)
      assert.equal(told.body.includes('signet_build_info'), status === 200)
      assert.equal(told.body.includes(token), false)
      assert.equal(told.headers['www-authenticate'], status === 401 ? 'Bearer realm="metrics"' : undefined)
    })
  }

  test('come in the text format, whole', async () => {
    serve({})
    const { headers, body } = await server.ask({ target: '/metrics' })
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(readSamples(body).get('signet_build_info{version="1"}'), 1)
  })

  test('for HEAD are not sent', async () => {
    serve({})
    const { status, headers, body } = await server.ask({ target: '/metrics', method: 'HEAD' })
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(body, '')
  })

  test('that cannot be read are said to be so, and the next scrape tries again', async () => {
    let calls = 0
    serve({}, () => {
      calls += 1
      return calls === 1 ? Promise.reject(new Error('secret path')) : metrics.scrape()
    })
    const { status, body } = await server.ask({ target: '/metrics' })
    assert.deepEqual([status, body], [500, 'the metrics cannot be read\n'])
    assert.equal((await server.ask({ target: '/metrics' })).status, 200)
  })
})

describe('bearer_token', () => {
  for (const value of ['', 'short', 'with spaces in between', 'nötnötnötnötnötnöt', `${token}\n`]) {
    test(`is not ${JSON.stringify(value)}`, () => {
      assert.equal(metricsSection.safeParse({ bearer_token: value }).success, false)
    })
  }
})

/** Health turns to failing when nobody is well served here, and back. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createHealthHandler } from '../../src/listener/https/health-handler.ts'
import { backendMemoryMs, type HealthFacts, judgeHealth, watchBackends } from '../../src/observe/health.ts'
import { decisionOf } from './decisions.ts'
import { serveHandler } from './serve-handler.ts'

const well: HealthFacts = {
  isServing: true,
  listeners: [
    { name: 'c2s', isWell: true },
    { name: 'http', isWell: true },
  ],
  backends: [{ name: 'pki', isWell: true }],
  isStoreWell: true,
}
const ill = (name: string) => ({ name, isWell: false })

interface Row {
  readonly says: string
  readonly facts: Partial<HealthFacts>
  readonly status: 'ok' | 'degraded' | 'failing'
  readonly problems: readonly string[]
}

const rows: readonly Row[] = [
  { says: 'all is well', facts: {}, status: 'ok', problems: [] },
  { says: 'sessions are kept elsewhere', facts: { isStoreWell: null }, status: 'ok', problems: [] },
  { says: 'no backend was asked of late', facts: { backends: [] }, status: 'ok', problems: [] },
  {
    says: 'the store',
    facts: { isStoreWell: false },
    status: 'failing',
    problems: ['the store of the session host cannot be written'],
  },
  {
    says: 'one listener of two',
    facts: { listeners: [ill('c2s'), { name: 'http', isWell: true }] },
    status: 'degraded',
    problems: ['listener c2s takes no connections'],
  },
  {
    says: 'every listener',
    facts: { listeners: [ill('c2s'), ill('http')] },
    status: 'failing',
    problems: [
      'no listener takes connections',
      'listener c2s takes no connections',
      'listener http takes no connections',
    ],
  },
  {
    says: 'one backend of two',
    facts: { backends: [{ name: 'pki', isWell: true }, ill('ldap')] },
    status: 'degraded',
    problems: ['backend ldap is unavailable'],
  },
  {
    says: 'every backend',
    facts: { backends: [ill('ldap')] },
    status: 'failing',
    problems: ['no backend answers', 'backend ldap is unavailable'],
  },
  {
    says: 'the server stops',
    facts: { isServing: false },
    status: 'failing',
    problems: ['the server is not in service'],
  },
]

describe('health', () => {
  for (const { says, facts, status, problems } of rows) {
    test(`${status}: ${says}`, () => assert.deepEqual(judgeHealth({ ...well, ...facts }), { status, problems }))
  }

  test('is 200 and 503 over HTTP, and turns back', async () => {
    let facts = well
    await using server = await serveHandler(createHealthHandler(() => () => judgeHealth(facts)))
    const told = async (target = '/health', method = 'GET') => {
      const { status, headers, body } = await server.ask({ target, method })
      assert.equal(headers['content-type'], 'application/json')
      assert.equal(headers['cache-control'], 'no-store')
      return [status, body === '' ? '' : JSON.parse(body)]
    }
    assert.deepEqual(await told(), [200, { status: 'ok' }])
    facts = { ...well, isStoreWell: false }
    const problems = ['the store of the session host cannot be written']
    assert.deepEqual(await told(), [503, { status: 'failing', problems }])
    assert.deepEqual(await told('/health', 'HEAD'), [503, ''])
    assert.deepEqual(await told('/health?live'), [200, { status: 'ok' }])
    assert.deepEqual(await told('/health?live=1'), [503, { status: 'failing', problems }])
    facts = { ...well, backends: [...well.backends, ill('ldap')] }
    assert.deepEqual(await told(), [200, { status: 'degraded', problems: ['backend ldap is unavailable'] }])
    facts = well
    assert.deepEqual(await told(), [200, { status: 'ok' }])
  })
})

describe('the watch over backends', () => {
  const asked = (backend: string, verdict: 'unknown' | 'unavailable' | 'deny') =>
    decisionOf({ denied: 'account-unknown', backends: [{ backend, verdict, tookMs: 1 }] })

  test('goes by the last answer', () => {
    const watch = watchBackends(() => 0)
    watch.heard(asked('ldap', 'unavailable'))
    assert.deepEqual(watch.states(), [ill('ldap')])
    watch.heard(asked('ldap', 'deny'))
    assert.deepEqual(watch.states(), [{ name: 'ldap', isWell: true }])
  })

  test('forgets, so that a server that gets no more logins is asked again', () => {
    let nowMs = 0
    const watch = watchBackends(() => nowMs)
    watch.heard(asked('ldap', 'unavailable'))
    nowMs = backendMemoryMs - 1
    assert.deepEqual(watch.states(), [ill('ldap')])
    nowMs = backendMemoryMs
    assert.deepEqual(watch.states(), [])
  })

  test('remembers so many backends', () => {
    const watch = watchBackends(() => 0)
    for (let count = 0; count < 150; count += 1) watch.heard(asked(`b${count}`, 'unknown'))
    assert.equal(watch.states().length, 100)
  })
})

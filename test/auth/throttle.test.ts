import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createThrottle, type ThrottleKeys, type ThrottleOptions } from '../../src/auth/throttle.ts'

const options: ThrottleOptions = {
  limits: {
    address: { freeFailures: 10, maxFailures: 20 },
    certificate: { freeFailures: 2, maxFailures: 5 },
    account: { freeFailures: 2, maxFailures: 5 },
  },
  windowMs: 1000,
  firstDelayMs: 100,
  maxDelayMs: 300,
  lockMs: 5000,
  maxEntries: 3,
}
const certificate = (name: string): ThrottleKeys => ({ address: null, certificate: name, account: null })
const alice: ThrottleKeys = { address: '192.0.2.1', certificate: 'aa', account: 'alice@localhost' }

test('the first failures are free, then each doubles the wait up to the limit, then the lock', () => {
  const throttle = createThrottle(options)
  const seen: unknown[] = []
  for (let count = 0; count < 5; count += 1) {
    seen.push(throttle.answer(certificate('aa'), count))
    throttle.failed(certificate('aa'), count)
  }
  seen.push(throttle.answer(certificate('aa'), 5))
  assert.deepEqual(seen, [
    { kind: 'free' },
    { kind: 'free' },
    { kind: 'free' },
    { kind: 'slow', delayMs: 100 },
    { kind: 'slow', delayMs: 200 },
    { kind: 'locked', by: 'certificate', untilMs: 5004 },
  ])
})

test('the failure that locks says so, once', () => {
  const throttle = createThrottle(options)
  const locks = Array.from({ length: 7 }, (_, nowMs) => throttle.failed(certificate('aa'), nowMs))
  assert.deepEqual(locks, [[], [], [], [], [{ by: 'certificate', key: 'aa', untilMs: 5004 }], [], []])
  assert.deepEqual(throttle.locks(10), { address: 0, certificate: 1, account: 0 })
})

test('a lock ends by itself, and all is forgotten then', () => {
  const throttle = createThrottle(options)
  for (let count = 0; count < 5; count += 1) throttle.failed(certificate('aa'), 0)
  assert.equal(throttle.answer(certificate('aa'), 4999).kind, 'locked')
  assert.equal(throttle.answer(certificate('aa'), 5000).kind, 'free')
  assert.deepEqual(throttle.locks(5000), { address: 0, certificate: 0, account: 0 })
  assert.deepEqual(throttle.failed(certificate('aa'), 5000), [])
})

test('failures are forgotten when the window is over', () => {
  const throttle = createThrottle(options)
  for (let count = 0; count < 4; count += 1) throttle.failed(certificate('aa'), 0)
  assert.equal(throttle.answer(certificate('aa'), 999).kind, 'slow')
  assert.equal(throttle.answer(certificate('aa'), 1000).kind, 'free')
})

test('each key is counted for itself, and the strictest answer counts', () => {
  const throttle = createThrottle(options)
  for (let count = 0; count < 5; count += 1) throttle.failed(alice, 0)
  assert.equal(throttle.answer({ ...alice, certificate: null, account: null }, 1).kind, 'free')
  assert.deepEqual(throttle.answer({ ...alice, certificate: 'bb' }, 1), {
    kind: 'locked',
    by: 'account',
    untilMs: 5000,
  })
  assert.equal(throttle.answer({ address: '192.0.2.2', certificate: 'bb', account: 'bob@localhost' }, 1).kind, 'free')
})

test('a login clears its certificate and account, and not the address, which others share', () => {
  const throttle = createThrottle(options)
  for (let count = 0; count < 12; count += 1) throttle.failed({ ...alice, account: null, certificate: null }, 0)
  for (let count = 0; count < 3; count += 1) throttle.failed({ ...alice, address: null }, 0)
  throttle.succeeded(alice)
  assert.equal(throttle.answer({ ...alice, address: null }, 1).kind, 'free')
  assert.equal(throttle.answer(alice, 1).kind, 'slow')
})

test('a flood of keys is forgotten from its oldest end', () => {
  const throttle = createThrottle(options)
  for (let count = 0; count < 5; count += 1) throttle.failed(certificate('first'), 0)
  for (const name of ['a', 'b', 'c']) throttle.failed(certificate(name), 1)
  assert.equal(throttle.answer(certificate('first'), 2).kind, 'free')
  assert.equal(throttle.locks(2).certificate, 0)
})

test('locks are counted by kind, and no longer than they last', () => {
  const throttle = createThrottle(options)
  for (let nowMs = 0; nowMs < 5; nowMs += 1) throttle.failed({ ...alice, address: null }, nowMs)
  for (let nowMs = 100; nowMs < 105; nowMs += 1) throttle.failed(certificate('bb'), nowMs)
  assert.deepEqual(throttle.locks(105), { address: 0, certificate: 2, account: 1 })
  assert.deepEqual(throttle.locks(5003), { address: 0, certificate: 2, account: 1 })
  assert.deepEqual(throttle.locks(5004), { address: 0, certificate: 1, account: 0 })
  throttle.succeeded(certificate('bb'))
  assert.deepEqual(throttle.locks(5004), { address: 0, certificate: 0, account: 0 })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthority } from '../../src/auth/authority.ts'
import type { AuthBackend } from '../../src/auth/contract.ts'
import { createThrottle, type ThrottleOptions } from '../../src/auth/throttle.ts'
import { createThrottleShift } from '../../src/compose-throttle.ts'
import { noMetrics } from '../../src/observe/metrics.ts'
import { ok } from '../../src/result.ts'
import { startAttempt } from '../../src/sasl/attempt.ts'
import { createLoginThrottle } from '../../src/sasl/login-throttle.ts'
import { plain } from '../../src/sasl/plain.ts'
import type { AttemptScene } from '../../src/sasl/scene.ts'

const options: ThrottleOptions = {
  limits: {
    address: { freeFailures: 50, maxFailures: 100 },
    certificate: { freeFailures: 50, maxFailures: 100 },
    account: { freeFailures: 1, maxFailures: 3 },
  },
  windowMs: 60_000,
  firstDelayMs: 40,
  maxDelayMs: 40,
  lockMs: 60_000,
  maxEntries: 100,
}

test('wrong passwords make the next one of that account wait, and then lock it', async () => {
  const throttle = createLoginThrottle(
    createThrottle(options),
    (address) => address,
    () => 0,
  )
  const asked: number[] = []
  const refuses: AuthBackend = {
    name: 'rdbms',
    takes: ['password'],
    judge: () => {
      asked.push(performance.now())
      return { kind: 'deny', code: 'password-wrong', why: '' }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  const tls = { version: 'TLSv1.3', cipher: '', resumed: false, serverName: null }
  const scene: AttemptScene = {
    ...{ listener: 'c2s', transport: 'tcp', verifyMode: 'none', domain: 'localhost', from: null, mechanisms: [plain] },
    channel: { transport: 'tcp', remote: '192.0.2.1:1', tls, peer: { kind: 'none' } },
    authority: createAuthority([refuses]),
    passwords: throttle.passwords,
  }
  const call = { deadline: performance.now() + 10_000, signal: AbortSignal.timeout(10_000) }
  const waits: number[] = []
  const codes: (string | null)[] = []
  for (let count = 0; count < 4; count += 1) {
    const attempt = startAttempt(scene, 'PLAIN', async () => ok(null))
    const started = performance.now()
    const step = await attempt.step(Buffer.from('\0alice\0wrong'), call)
    assert.equal(step.kind, 'denied')
    waits.push((asked[count] ?? started) - started)
    codes.push(step.decision.outcome.kind === 'deny' ? step.decision.outcome.code : null)
    throttle.after(scene, step.decision, attempt.claimed)
  }
  assert.deepEqual(codes, ['password-wrong', 'password-wrong', 'password-wrong', 'throttled-account'])
  assert.equal(asked.length, 3)
  // A timer never fires early by more than the clock's own grain, so the third password was judged behind its wait.
  assert.ok((waits[2] ?? 0) >= 38, `${waits[2]} ms`)
})

test('a configuration that is refused leaves the throttle in force, and one with the same options keeps it', () => {
  const shift = createThrottleShift(() => 0, noMetrics)
  const first = shift.of(options)
  shift.take(options)
  assert.notEqual(shift.of({ ...options, lockMs: 1 }), first)
  assert.equal(shift.of(options), first)
  shift.take(options)
  assert.equal(shift.of({ ...options }), first)
  shift.take(null)
  assert.equal(shift.of(null), null)
})

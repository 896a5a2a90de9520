/** Streams end when the certificate that let them in does (RFC 6120 §13.7.2.3), and no others. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CertificateClock } from '../../src/session/local/certificate-clock.ts'
import type { LocalHost } from '../../src/session/local/host.ts'
import { createMemoryConduit, headerOf, type MemoryConduit } from './memory-conduit.ts'
import { openTestHost } from './scene.ts'

async function carry(host: LocalHost, local: string, certificateNotAfter: number | null): Promise<MemoryConduit> {
  const account = { jid: { local, domain: 'localhost' }, certificateSha256: 'ab', certificateNotAfter }
  const call = { deadline: performance.now() + 10_000, signal: AbortSignal.timeout(10_000) }
  const opened = await host.open(account, { legacySession: false }, call)
  assert.ok(opened.ok)
  const conduit = createMemoryConduit()
  void opened.value.carry(conduit)
  conduit.bring({ kind: 'open', header: headerOf({}) })
  return conduit
}

test('each stream ends with its own certificate; those by password, and by one that goes on, stay', async () => {
  await using host = openTestHost({ now: Date.now })
  const start = Date.now()
  const [late, byPassword, lasting, soon] = await Promise.all([
    carry(host, 'late', start + 120),
    carry(host, 'by-password', null),
    carry(host, 'lasting', start + 2 ** 40),
    carry(host, 'soon', start + 60),
  ])
  const reset = { condition: 'reset', text: 'the certificate that logged you in is not valid any more' }
  assert.deepEqual(await soon.closed, reset)
  assert.ok(Date.now() >= start + 60, 'a second before its end it is good')
  assert.equal(late.isClosed, false)
  assert.deepEqual(await late.closed, reset)
  assert.deepEqual([byPassword.isClosed, lasting.isClosed], [false, false])
})

test('a stream that begins when the certificate is over already ends at once', async () => {
  await using host = openTestHost({ now: Date.now })
  const conduit = await carry(host, 'alice', Date.now() - 1)
  assert.equal((await conduit.closed)?.condition, 'reset')
})

/** A clock by a time of day that the test sets, and what it rang at. */
function handSet(nextDue: (nowMs: number) => number) {
  const hand = { now: 0, rung: [] as number[] }
  const clock = new CertificateClock(
    () => hand.now,
    (nowMs) => {
      hand.rung.push(nowMs)
      return nextDue(nowMs)
    },
  )
  return { hand, clock }
}

test('what is due in years is waited for in pieces, and nothing rings after the stop', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { hand, clock } = handSet((nowMs) => (nowMs < 2 ** 32 ? 2 ** 32 : Number.POSITIVE_INFINITY))
  clock.note(2 ** 32)
  clock.note(null)
  for (const [later, said] of [
    [2 ** 32 - 1, []],
    [2 ** 32, [2 ** 32]],
    [2 ** 33, [2 ** 32]],
  ] as const) {
    hand.now = later
    context.mock.timers.tick(60_000)
    assert.deepEqual(hand.rung, said)
  }
  clock.note(2 ** 34)
  clock.stop()
  hand.now = 2 ** 34
  context.mock.timers.tick(60_000)
  assert.equal(hand.rung.length, 1)
})

test('behind a night in which the machine slept, what ended meanwhile is over within a minute', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const hour = 3_600_000
  const { hand, clock } = handSet(() => Number.POSITIVE_INFINITY)
  clock.note(2 * hour)
  hand.now = 8 * hour
  context.mock.timers.tick(59_999)
  assert.deepEqual(hand.rung, [])
  context.mock.timers.tick(1)
  assert.deepEqual(hand.rung, [8 * hour])
})

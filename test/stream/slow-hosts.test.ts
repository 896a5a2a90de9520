/** Session hosts that let a login wait: it ends in time, with one record, and no session is left behind. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Call } from '../../src/observe/call.ts'
import { ok } from '../../src/result.ts'
import type { Account, HostedSession, SessionHost } from '../../src/session/contract.ts'
import { createCall } from '../../src/stream/call.ts'
import { openSession } from '../../src/stream/open-session.ts'
import { createMemoryServer, type MemoryServer } from './memory-login.ts'

const limitMs = 100
type Opened = Awaited<ReturnType<SessionHost['open']>>

/** A host that answers when it is told to; `deeds` are what becomes of its session. */
function slowHost() {
  const deeds: string[] = []
  const session: HostedSession = {
    carry: async (conduit) => {
      deeds.push('carried')
      await conduit.close()
    },
    abandon: () => void deeds.push('abandoned'),
  }
  const answer = Promise.withResolvers<Opened>()
  return { deeds, session, answer, open: () => answer.promise }
}

function outcomesOf({ decisions }: MemoryServer): unknown[] {
  return decisions.map(({ outcome }) => (outcome.kind === 'deny' ? [outcome.code, outcome.condition] : outcome.kind))
}

const patience = { timeout: 50 * limitMs }

test(
  'a host that never answers fails the login at the deadline; what it opens later is abandoned',
  patience,
  async () => {
    const { open, answer, session, deeds } = slowHost()
    const server = createMemoryServer({ open, limits: { authMs: limitMs } })
    const began = performance.now()
    const { written } = await server.login('right')
    const tookMs = performance.now() - began
    assert.ok(tookMs >= limitMs - 2 && tookMs < 20 * limitMs, `${tookMs} ms`)
    assert.deepEqual(outcomesOf(server), [['session-unavailable', 'temporary-auth-failure']])
    assert.match(written.at(-2) ?? '', /^<failure [^>]*><temporary-auth-failure\/>/)
    assert.deepEqual(server.counted, ['streamEnded negotiation null'])
    assert.deepEqual(deeds, [])
    answer.resolve(ok(session))
    await wait(1)
    assert.deepEqual(deeds, ['abandoned'])
    assert.equal(server.decisions.length, 1)
  },
)

test('a host that fails behind the deadline troubles nobody', async () => {
  const { open, answer } = slowHost()
  const server = createMemoryServer({ open, limits: { authMs: limitMs } })
  await server.login('right')
  answer.reject(new Error('gone'))
  await wait(1)
  assert.deepEqual(outcomesOf(server), [['session-unavailable', 'temporary-auth-failure']])
})

test('a session that is opened when the login time is over is abandoned, and the login is none', async () => {
  const { open, answer, session, deeds } = slowHost()
  const server = createMemoryServer({ open, limits: { loginMs: limitMs } })
  const over = server.login('right')
  await server.log.until('stream_error_sent', ({ condition }) => condition === 'connection-timeout')
  answer.resolve(ok(session))
  const { written } = await over
  assert.deepEqual(outcomesOf(server), [['login-too-late', 'temporary-auth-failure']])
  assert.deepEqual(deeds, ['abandoned'])
  assert.deepEqual(server.counted, ['streamEnded negotiation connection-timeout'])
  assert.ok(!written.join('').includes('<success'))
})

test('login time and deadline both over: one record, and the session is abandoned once', async () => {
  const { open, answer, session, deeds } = slowHost()
  const server = createMemoryServer({ open, limits: { loginMs: limitMs, authMs: 2 * limitMs } })
  await server.login('right')
  answer.resolve(ok(session))
  await wait(1)
  assert.deepEqual(outcomesOf(server), [['session-unavailable', 'temporary-auth-failure']])
  assert.deepEqual(deeds, ['abandoned'])
  assert.deepEqual(server.counted, ['streamEnded negotiation connection-timeout'])
})

test('a host that answers in time carries the stream, and no timer is left', async () => {
  const { open, answer, session, deeds } = slowHost()
  const server = createMemoryServer({ open, limits: { authMs: 10 * limitMs } })
  const timers = timersSet()
  const over = server.login('right')
  await wait(1)
  answer.resolve(ok(session))
  await over
  assert.deepEqual(outcomesOf(server), ['allow'])
  assert.deepEqual(deeds, ['carried'])
  assert.deepEqual(server.counted, ['sessionOpened', 'sessionClosed', 'streamEnded session null'])
  assert.equal(timersSet(), timers)
})

test('a host that lets nobody wait costs neither promise nor timer', () => {
  const { session } = slowHost()
  const answer = ok(session)
  const server = createMemoryServer({ open: () => answer })
  const timers = timersSet()
  const opened = openSession(account, createCall(limitMs), { policy: server.policy, clock: { isLate: false } })
  assert.equal(opened, answer)
  assert.equal(timersSet(), timers)
})

test('a host is not asked when the login time is over already', () => {
  const asked: Call[] = []
  const { policy } = createMemoryServer({
    open: (_account, _terms, call) => {
      asked.push(call)
      return ok(slowHost().session)
    },
  })
  const opened = openSession(account, createCall(limitMs), { policy, clock: { isLate: true } })
  assert.ok('ok' in opened && !opened.ok)
  assert.equal(opened.error.code, 'login-too-late')
  assert.deepEqual(asked, [])
})

const account: Account = {
  jid: { local: 'alice', domain: 'localhost' },
  certificateSha256: null,
  certificateNotAfter: null,
}

function timersSet(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

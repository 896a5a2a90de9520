/** The load generator counts right: what is no login of the certificate's own user is never one. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { generateLoad, holdSessions, type LoadReport } from '../../bench/generator.ts'
import { type BenchPki, makePki } from '../../bench/pki.ts'
import { buildPrograms, type Programs } from '../../bench/programs.ts'
import type { Decision } from '../../src/observe/decision.ts'
import type { LogFields } from '../../src/observe/log.ts'
import { type Lie, startLiar } from './liar.ts'
import { startSignet } from './signet.ts'

const clientCount = 20

let directory: string
let pki: BenchPki
let programs: Programs
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signet-generator-'))
  programs = await buildPrograms(join(directory, 'bin'))
  pki = await makePki(join(directory, 'pki'), clientCount)
})
after(() => rm(directory, { recursive: true, force: true }))

const target = (port: number) => ({ program: programs.loadGenerator, pki, port })
const webSocketTarget = (port: number) => ({ ...target(port), door: 'websocket' as const })
const boshTarget = (port: number) => ({ ...target(port), door: 'bosh' as const })

function userOf(fields: LogFields): string {
  const { outcome } = fields as unknown as Decision
  return outcome.kind === 'allow' ? outcome.jid : outcome.code
}

function counts({ started, succeeded, failed, failures, unclosed }: LoadReport) {
  return { started, succeeded, failed, failures, unclosed }
}

test('fifty logins to Signet are fifty logins, each with the JID of its certificate', async () => {
  await using signet = await startSignet(pki)
  const report = await generateLoad(target(signet.port), { logins: 50, concurrency: 5 })
  assert.deepEqual(counts(report), { started: 50, succeeded: 50, failed: 0, failures: {}, unclosed: 0 })
  assert.ok(report.p50Ms > 0 && report.p50Ms <= report.p99Ms && report.p99Ms <= report.maxMs)
  const users = signet.log.entries.flatMap(({ event, fields }) =>
    event === 'login_decision_made' ? [userOf(fields)] : [],
  )
  const expected = Array.from({ length: 50 }, (_, index) => `u${index % clientCount}@localhost`)
  assert.deepEqual(users.toSorted(), expected.toSorted())
})

const refused: readonly { what: string; plan: object; kind: string }[] = [
  { what: 'no certificate', plan: { show: 'none' }, kind: 'offer: stream:features lacks >EXTERNAL<' },
  { what: 'a certificate of another CA', plan: { show: 'stranger' }, kind: 'offer: stream:features lacks >EXTERNAL<' },
  { what: "somebody else's JID", plan: { authzid: 'u99@localhost' }, kind: 'auth: invalid-authzid' },
]

for (const { what, plan, kind } of refused) {
  test(`${what}: no login, and the reason`, async () => {
    await using signet = await startSignet(pki)
    const report = await generateLoad(target(signet.port), { logins: 3, ...plan })
    assert.deepEqual(counts(report), { started: 3, succeeded: 0, failed: 3, failures: { [kind]: 3 }, unclosed: 0 })
  })
}

test('fifty logins over WebSocket are fifty logins', async () => {
  await using signet = await startSignet(pki)
  const report = await generateLoad(webSocketTarget(signet.webPort), { logins: 50, concurrency: 5 })
  assert.deepEqual(counts(report), { started: 50, succeeded: 50, failed: 0, failures: {}, unclosed: 0 })
  const decisions = signet.log.entries.filter(({ event }) => event === 'login_decision_made')
  assert.equal(decisions.length, 50)
  assert.ok(decisions.every(({ fields }) => fields['transport'] === 'websocket' && userOf(fields).startsWith('u')))
})

for (const { what, plan, kind } of refused) {
  test(`${what}: no login over WebSocket either`, async () => {
    await using signet = await startSignet(pki)
    const report = await generateLoad(webSocketTarget(signet.webPort), { logins: 3, ...plan })
    assert.deepEqual(counts(report), { started: 3, succeeded: 0, failed: 3, failures: { [kind]: 3 }, unclosed: 0 })
  })
}

test('a port that does not speak WebSocket has no logins', async () => {
  await using liar = await startLiar(pki, 'none')
  const report = await generateLoad(webSocketTarget(liar.port), { logins: 2 })
  const failures = { 'upgrade: <?xml versio': 2 }
  assert.deepEqual(counts(report), { started: 2, succeeded: 0, failed: 2, failures, unclosed: 0 })
})

test('sessions over WebSocket stay, since their pings are answered', async () => {
  await using signet = await startSignet(pki)
  await using sessions = holdSessions(webSocketTarget(signet.webPort), [5, 10], false)
  assert.equal((await sessions.next()).held, 5)
  // A ping every second, and a second for its pong: who does not answer is gone after two.
  await sleep(2_500)
  const { held, lost } = await sessions.next()
  assert.deepEqual({ held, lost }, { held: 10, lost: 0 })
})

test('fifty logins over BOSH are fifty logins, and their sessions are closed', async () => {
  await using signet = await startSignet(pki)
  const report = await generateLoad(boshTarget(signet.webPort), { logins: 50, concurrency: 5 })
  assert.deepEqual(counts(report), { started: 50, succeeded: 50, failed: 0, failures: {}, unclosed: 0 })
  const named = (event: string) => signet.log.entries.filter((entry) => entry.event === event)
  const decisions = named('login_decision_made')
  assert.equal(decisions.length, 50)
  assert.ok(decisions.every(({ fields }) => fields['transport'] === 'bosh' && userOf(fields).startsWith('u')))
  assert.deepEqual(
    named('bosh_session_closed').map(({ fields }) => fields['end']),
    Array(50).fill('terminated'),
  )
})

for (const { what, plan, kind } of refused) {
  test(`${what}: no login over BOSH either`, async () => {
    await using signet = await startSignet(pki)
    const report = await generateLoad(boshTarget(signet.webPort), { logins: 3, ...plan })
    assert.deepEqual(counts(report), { started: 3, succeeded: 0, failed: 3, failures: { [kind]: 3 }, unclosed: 0 })
  })
}

test('sessions over BOSH stay, since a request is always open', async () => {
  await using signet = await startSignet(pki)
  await using sessions = holdSessions(boshTarget(signet.webPort), [5, 10], false)
  assert.equal((await sessions.next()).held, 5)
  // No request waits longer than a second: whoever asked once and not again is gone after six.
  await sleep(6_500)
  const { held, lost } = await sessions.next()
  assert.deepEqual({ held, lost }, { held: 10, lost: 0 })
})

test('sessions are held in steps and are there until the generator ends', async () => {
  await using signet = await startSignet(pki)
  await using sessions = holdSessions(target(signet.port), [5, 12], false)
  assert.equal((await sessions.next()).held, 5)
  assert.equal((await sessions.next()).held, 12)
  const { held, lost, failed } = await sessions.next()
  assert.deepEqual({ held, lost, failed }, { held: 12, lost: 0, failed: 0 })
})

const lies: readonly { lie: Lie; kind: string }[] = [
  { lie: 'wrong-user', kind: 'bind: wrong-jid' },
  { lie: 'no-resource', kind: 'bind: wrong-jid' },
  { lie: 'longer-user', kind: 'bind: wrong-jid' },
  { lie: 'wrong-id', kind: 'bind: not the result of our request' },
  { lie: 'bind-error', kind: 'bind: not the result of our request' },
  { lie: 'failure', kind: 'auth: not-authorized' },
  { lie: 'stream-error', kind: 'auth: policy-violation' },
  { lie: 'success-twice', kind: 'auth: more than one reply' },
  { lie: 'hang-up', kind: 'bind: the connection ended' },
]

for (const { lie, kind } of lies) {
  test(`a server that answers with ${lie} has let nobody in`, async () => {
    await using liar = await startLiar(pki, lie)
    const report = await generateLoad(target(liar.port), { logins: 2, direct: true })
    assert.deepEqual(counts(report), { started: 2, succeeded: 0, failed: 2, failures: { [kind]: 2 }, unclosed: 0 })
  })
}

test('the same server telling the truth lets everybody in', async () => {
  await using honest = await startLiar(pki, 'none')
  const { succeeded, failed } = await generateLoad(target(honest.port), { logins: 2, direct: true })
  assert.deepEqual({ succeeded, failed }, { succeeded: 2, failed: 0 })
})

const run = promisify(execFile)

for (const address of ['10.0.0.1', '192.0.2.1', '128.0.0.1', '0.0.0.0', '::1']) {
  test(`${address} is none of its business`, async () => {
    const args = ['--address', address, '--port', '5222', '--certs', pki.clients, '--ca', pki.ca]
    const refusal = await run(programs.loadGenerator, args).catch((error: unknown) => error)
    assert.ok(refusal instanceof Error && 'code' in refusal && 'stderr' in refusal)
    assert.equal(refusal.code, 64)
    assert.match(String(refusal.stderr), /--address .*(?:must be inside 127\.0\.0\.0\/8|wants? an IPv4 address)/)
  })
}

/** Guesses that are under way at the same time: no more of them are answered than one after another would be. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import type { Verdict } from '../../src/auth/contract.ts'
import { createThrottle, type ThrottleKind, type ThrottleLimits } from '../../src/auth/throttle.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { createLoginThrottle } from '../../src/sasl/login-throttle.ts'
import { addAccounts, filePool, testPasswords } from '../support/accounts.ts'
import { loginPlain } from '../support/password-login.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { clientFinal } from '../support/scram-client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { openClient, readError, type XmppClient } from '../support/xmpp-client.ts'
import { tlsOf } from './both-doors.ts'
import { createMemoryServer } from './memory-login.ts'

const domain = 'localhost'
const catalogue = createCatalogue(domain)
const guesses = 12
const maxFailures = 4
const many: ThrottleLimits = { freeFailures: 500, maxFailures: 1000 }
const few: ThrottleLimits = { freeFailures: maxFailures - 1, maxFailures }

let folder: string
let server: TestServer | null = null

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-guesses-'))
})
afterEach(async () => {
  await server?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function serve(counted: ThrottleKind): Promise<TestServer> {
  const database = filePool(folder)
  await addAccounts(database, domain, { alice: 'right', bob: 'right' })
  const limits = { address: many, certificate: many, account: many, [counted]: few }
  server = await startServer({
    catalogue,
    database,
    throttle: { limits, windowMs: 60_000, firstDelayMs: 1, maxDelayMs: 1, lockMs: 60_000, maxEntries: 100 },
    auth: { methods: ['rdbms', 'pki'], mechanisms: ['scram_sha256', 'plain', 'external'], password: testPasswords },
  })
  return server
}

function arrive(at: TestServer): Promise<XmppClient[]> {
  const options = { port: at.portOf('direct'), door: 'direct', domain } as const
  return Promise.all(Array.from({ length: guesses }, async () => (await openClient(options)).client))
}

/** Reason codes by their number, over all attempts of these connections. */
function tally(at: TestServer, clients: readonly XmppClient[]): Record<string, number> {
  return tallyOf(clients.flatMap((client) => at.decisionsOf(client)))
}

function tallyOf(decisions: readonly Decision[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome } of decisions) {
    const word = outcome.kind === 'deny' ? `${outcome.code} ${outcome.condition}` : 'allow'
    counts[word] = (counts[word] ?? 0) + 1
  }
  return counts
}

const answered = (lock: string) => ({
  'password-wrong not-authorized': maxFailures,
  [`${lock} temporary-auth-failure`]: guesses - maxFailures,
})

/** The last guess is the right one, and comes too late. */
const guess = (index: number): string => (index === guesses - 1 ? 'right' : `wrong${index}`)

for (const [counted, lock] of [
  ['account', 'throttled-account'],
  ['address', 'throttled-address'],
] as const) {
  test(`PLAIN, all at once, counted by ${counted}`, async () => {
    const at = await serve(counted)
    const clients = await arrive(at)
    const answers = await Promise.all(clients.map((client, index) => loginPlain(client, 'alice', guess(index))))
    assert.deepEqual(tally(at, clients), answered(lock))
    assert.deepEqual(new Set(answers.map(({ name }) => name)), new Set(['failure']))
    for (const client of clients) client.destroy()
  })
}

for (const [counted, lock] of [
  ['account', 'throttled-account'],
  ['address', 'throttled-address'],
] as const) {
  test(`PLAIN, judged in one turn of the event loop, counted by ${counted}`, async () => {
    const limits = { address: many, certificate: many, account: many, [counted]: few }
    const waits = { windowMs: 60_000, firstDelayMs: 1, maxDelayMs: 1, lockMs: 60_000 }
    const counts = createThrottle({ limits, ...waits, maxEntries: 100 })
    const questions: (() => void)[] = []
    const at = createMemoryServer({
      judge: (answer) => {
        const { promise, resolve } = Promise.withResolvers<Verdict>()
        questions.push(() => resolve(answer()))
        if (questions.length === guesses) for (const question of questions) question()
        return promise
      },
      open: () => assert.fail('somebody is let in'),
      throttle: createLoginThrottle(counts, () => 'one', Date.now),
    })
    const streams = await Promise.all(Array.from({ length: guesses }, (_, index) => at.login(guess(index), index)))
    assert.deepEqual(tallyOf(at.decisions), answered(lock))
    assert.ok(streams.every(({ written }) => written.some((markup) => markup.startsWith('<failure'))))
    assert.equal(at.log.entries.filter(({ event }) => event === 'login_lock_set').length, 1)
    assert.deepEqual(counts.locks(Date.now()), { address: 0, certificate: 0, account: 0, [counted]: 1 })
  })
}

test('SCRAM: proofs on challenges that were fetched before', async () => {
  const at = await serve('account')
  const clients = await arrive(at)
  const parts = {
    hash: 'sha256',
    gs2: 'n,,',
    bare: 'n=bob,r=fyko+d2lbbFgONRv9qkxdawL',
    binding: new Uint8Array(),
  } as const
  const challenges = await Promise.all(
    clients.map(async (client) => {
      const challenge = await client.auth({ text: parts.gs2 + parts.bare }, 'SCRAM-SHA-256')
      return Buffer.from(challenge.getText(), 'base64').toString()
    }),
  )
  for (const [index, client] of clients.entries()) {
    const { message } = await clientFinal({ ...parts, password: guess(index), challenge: challenges[index] ?? '' })
    const response = Buffer.from(message).toString('base64')
    client.send(`<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${response}</response>`)
    await client.element('failure')
  }
  assert.deepEqual(tally(at, clients), answered('throttled-account'))
  for (const client of clients) client.destroy()
})

test("the owner's certificate works meanwhile, and takes nothing back of what others tried", async () => {
  const at = await serve('account')
  const clients = await arrive(at)
  await Promise.all(clients.map((client) => loginPlain(client, 'alice', 'wrong')))
  for (const client of clients) client.destroy()
  const options = { port: at.portOf('direct'), door: 'direct', domain } as const
  const owner = await openClient({ ...options, tls: tlsOf(catalogue.get('one')) })
  assert.equal((await owner.client.auth('equals')).name, 'success')
  const guesser = await openClient(options)
  const answer = await loginPlain(guesser.client, 'alice', 'right')
  assert.equal(readError(answer).condition, 'temporary-auth-failure')
  owner.client.destroy()
  guesser.client.destroy()
})

test('clients without a certificate try nothing out: their address is not counted', async () => {
  const at = await serve('address')
  const clients = await arrive(at)
  for (const client of clients) {
    assert.equal(readError(await client.auth('equals')).condition, 'not-authorized')
  }
  assert.deepEqual(tally(at, clients), { 'certificate-missing not-authorized': guesses })
  for (const client of clients) {
    assert.equal((await loginPlain(client, 'alice', 'right')).name, 'success')
    client.destroy()
  }
})

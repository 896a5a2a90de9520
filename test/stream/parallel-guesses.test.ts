/** Guesses that are under way at the same time: no more of them are answered than one after another would be. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import type { ThrottleKind, ThrottleLimits } from '../../src/auth/throttle.ts'
import { addAccounts, filePool, testPasswords } from '../support/accounts.ts'
import { loginPlain } from '../support/password-login.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { clientFinal } from '../support/scram-client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { openClient, readError, type XmppClient } from '../support/xmpp-client.ts'
import { tlsOf } from './both-doors.ts'

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
  const counts: Record<string, number> = {}
  for (const client of clients) {
    for (const { outcome } of at.decisionsOf(client)) {
      const word = outcome.kind === 'deny' ? `${outcome.code} ${outcome.condition}` : 'allow'
      counts[word] = (counts[word] ?? 0) + 1
    }
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

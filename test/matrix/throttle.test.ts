/** The conformance matrix, throttling: courses of logins by what they are counted against × door, each step with its end. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { RdbmsPoolOptions } from '../../src/auth/backends/rdbms/options.ts'
import type { ThrottleLimits, ThrottleOptions } from '../../src/auth/throttle.ts'
import { addAccounts, filePool } from '../support/accounts.ts'
import { createReader, type EveryDoor, everyDoor, httpsWith, listenerOf, openDoor } from '../support/every-door.ts'
import { loginPlain } from '../support/password-login.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import type { StreamClient } from '../support/stream-client.ts'
import { readError } from '../support/xmpp-client.ts'
import { domain } from './certificates.ts'

const catalogue = createCatalogue(domain)
// Far above what a login takes, on a busy machine as well.
const delayMs = 1_000
const loose: ThrottleLimits = { freeFailures: 1_000, maxFailures: 2_000 }
const tight: ThrottleLimits = { freeFailures: 1, maxFailures: 3 }

function throttleBy(kind: keyof ThrottleOptions['limits']): ThrottleOptions {
  return {
    limits: { address: loose, certificate: loose, account: loose, [kind]: tight },
    ...{ windowMs: 60_000, firstDelayMs: delayMs, maxDelayMs: delayMs, lockMs: 60_000, maxEntries: 100 },
  }
}

/** What a client does: with whose certificate, as whom, or by which password. */
interface Step {
  readonly what: string
  readonly run: (client: StreamClient) => ReturnType<StreamClient['auth']>
  readonly certificate?: 'one' | 'two' | 'expired'
}

const asOther = (certificate: 'one' | 'two'): Step => ({
  ...{ what: `${certificate} as mallory`, certificate },
  run: (client) => client.auth({ text: `mallory@${domain}` }),
})
const asAlice = (certificate: 'one' | 'two'): Step => ({
  ...{ what: `${certificate} as alice`, certificate },
  run: (client) => client.auth({ text: `alice@${domain}` }),
})
const expired: Step = { what: 'expired', certificate: 'expired', run: (client) => client.auth('equals') }
const password = (local: string, text: string): Step => ({
  what: `${local} by ${text}`,
  run: (client) => loginPlain(client, local, text),
})

/** `code`, and `+` behind it where the answer had to wait. */
type Course = readonly (readonly [step: Step, end: string])[]

const courses: Readonly<Record<keyof ThrottleOptions['limits'], Course>> = {
  certificate: [
    [asOther('one'), 'invalid-authzid authzid-mismatch'],
    [asOther('one'), 'invalid-authzid authzid-mismatch'],
    [asOther('one'), 'invalid-authzid authzid-mismatch +'],
    [asAlice('one'), 'temporary-auth-failure throttled-certificate'],
    [asAlice('two'), 'success allow'],
    [password('alice', 'padthai'), 'success allow'],
  ],
  account: [
    [password('alice', 'one'), 'not-authorized password-wrong'],
    [password('alice', 'two'), 'not-authorized password-wrong'],
    [password('alice', 'three'), 'not-authorized password-wrong +'],
    [password('alice', 'padthai'), 'temporary-auth-failure throttled-account'],
    [password('bob', 'geheim'), 'success allow'],
    [asAlice('one'), 'success allow'],
    // The owner was here, and may not be the one who tries passwords.
    [password('alice', 'padthai'), 'temporary-auth-failure throttled-account'],
  ],
  address: [
    [expired, 'not-authorized chain-expired'],
    [password('alice', 'one'), 'not-authorized password-wrong'],
    [password('bob', 'one'), 'not-authorized password-wrong +'],
    [password('bob', 'geheim'), 'temporary-auth-failure throttled-address'],
    [expired, 'temporary-auth-failure throttled-address'],
    [asAlice('one'), 'success allow'],
  ],
}

// Most of the time is spent waiting for answers that are slow on purpose.
describe('throttling', { concurrency: 5 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-throttle-'))
  const database: RdbmsPoolOptions = filePool(folder)
  before(() => {
    const accounts = { alice: 'padthai', bob: 'geheim' }
    return addAccounts(database, domain, accounts, { format: 'plain', hashes: ['sha256'], iterations: 4096 })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** Each course by each door alone, and with every step by another door than the one before: a lock is one for all. */
  const ways: readonly (readonly [name: string, doorOf: (step: number) => EveryDoor])[] = [
    ...everyDoor.map((door) => [`by ${door}`, () => door] as const),
    ['from door to door', (step) => everyDoor[(step * 3) % everyDoor.length] ?? 'bosh'],
  ]
  for (const [kind, course] of Object.entries(courses)) {
    for (const [way, doorOf] of ways) {
      test(`of one ${kind}, ${way}: free, slow, locked, and who is not concerned`, async () => {
        await using server = await startServer({
          ...{ catalogue, database, throttle: throttleBy(kind as keyof typeof courses), https: httpsWith() },
          auth: { methods: ['pki', 'rdbms'], mechanisms: ['external', 'plain'] },
        })
        const seen: string[] = []
        for (const [index, [step]] of course.entries()) {
          seen.push(`${step.what}: ${await endOf(server, doorOf(index), step)}`)
        }
        assert.deepEqual(
          seen,
          course.map(([{ what }, end]) => `${what}: ${end}`),
        )
        const locks = server.log.entries.filter(({ event }) => event === 'login_lock_set')
        assert.deepEqual(
          locks.map(({ fields }) => fields['by']),
          [kind],
        )
      })
    }
  }
})

async function endOf(server: TestServer, door: EveryDoor, { certificate, run }: Step): Promise<string> {
  const { chainPem: cert, keyPem: key } = catalogue.get(certificate ?? 'one')
  const tls = certificate === undefined ? {} : { cert, key }
  const { client } = await openDoor({ port: server.portOf(listenerOf(door)), door, domain, tls })
  using _ = client
  const newDecisionsOf = createReader(server)
  const started = performance.now()
  const answer = await run(client)
  const waited = performance.now() - started >= delayMs
  const [decision, ...more] = newDecisionsOf(client)
  assert.ok(decision !== undefined && more.length === 0)
  const { outcome } = decision
  const condition = answer.name === 'success' ? 'success' : readError(answer).condition
  return `${condition} ${outcome.kind === 'deny' ? outcome.code : 'allow'}${waited ? ' +' : ''}`
}

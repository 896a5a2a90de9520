/** Exchanges that do not come to their end: each attempt has its one record all the same. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Decision } from '../../src/observe/decision.ts'
import { addAccounts, filePool, testPasswords } from '../support/accounts.ts'
import { type EveryDoor, httpsWith, listenerOf, openDoor } from '../support/every-door.ts'
import { loginPlain } from '../support/password-login.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import type { StreamClient } from '../support/stream-client.ts'
import { readError } from '../support/xmpp-client.ts'
import { onEveryDoor, tlsOf } from './both-doors.ts'

const domain = 'localhost'
const catalogue = createCatalogue(domain)
const maxLoginAttempts = 3
const firstMessage = { text: 'n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL' }

let folder: string
let server: TestServer

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signet-exchanges-'))
  const database = filePool(folder)
  await addAccounts(database, domain, { alice: 'right' })
  server = await startServer({
    catalogue,
    database,
    c2s: { maxLoginAttempts },
    https: httpsWith({ maxLoginAttempts }),
    auth: { methods: ['rdbms', 'pki'], mechanisms: ['scram_sha256', 'plain', 'external'], password: testPasswords },
  })
})
after(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function arrive(door: EveryDoor, tls = {}): Promise<StreamClient> {
  return (await openDoor({ port: server.portOf(listenerOf(door)), door, domain, tls })).client
}

async function challenged(door: EveryDoor): Promise<StreamClient> {
  const client = await arrive(door)
  assert.equal((await client.auth(firstMessage, 'SCRAM-SHA-256')).name, 'challenge')
  return client
}

function storyOf({ mechanism, outcome }: Decision): readonly string[] {
  return outcome.kind === 'deny' ? [mechanism, outcome.code, outcome.why] : [mechanism, 'allow']
}

onEveryDoor('an <auth/> in the middle of an exchange ends that one, and the new one is judged', async (door) => {
  using client = await challenged(door)
  assert.equal((await loginPlain(client, 'alice', 'right')).name, 'success')
  assert.deepEqual(server.decisionsOf(client).map(storyOf), [
    ['SCRAM-SHA-256', 'exchange-aborted', 'the client began anew'],
    ['PLAIN', 'allow'],
  ])
})

onEveryDoor('exchanges that are begun and left count as failed attempts of the stream', async (door) => {
  using client = await challenged(door)
  for (let begun = 1; begun < maxLoginAttempts; begun += 1) {
    assert.equal((await client.auth(firstMessage, 'SCRAM-SHA-256')).name, 'challenge')
  }
  assert.equal(readError(await client.auth(firstMessage, 'SCRAM-SHA-256')).condition, 'policy-violation')
  assert.deepEqual(
    server.decisionsOf(client).map(({ outcome }) => outcome.kind === 'deny' && outcome.code),
    Array(maxLoginAttempts).fill('exchange-aborted'),
  )
})

onEveryDoor('who leaves in the middle of an exchange leaves a record', async (door) => {
  const client = await challenged(door)
  client.destroy()
  // A session of BOSH outlives its connections; the record comes with its end.
  if (door === 'bosh') return
  const { fields } = await server.log.until('login_decision_made', ({ remote }) => remote === client.local)
  assert.deepEqual(storyOf(fields as unknown as Decision), ['SCRAM-SHA-256', 'exchange-aborted', 'the stream ended'])
})

onEveryDoor('whatever ends the stream in the middle of an exchange, it leaves one record', async (door) => {
  const enders = [
    ["<message xmlns='jabber:client'/>", 'not-authorized'],
    [`<other xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`, 'unsupported-stanza-type'],
  ] as const
  for (const [markup, condition] of enders) {
    using client = await challenged(door)
    client.send(markup)
    assert.equal(readError(await client.element('stream:error')).condition, condition)
    assert.deepEqual(server.decisionsOf(client).map(storyOf), [
      ['SCRAM-SHA-256', 'exchange-aborted', 'the stream ended'],
    ])
  }
})

onEveryDoor('the last of too many wrong proofs has one record, too', async (door) => {
  using client = await arrive(door)
  for (let tried = 0; tried < maxLoginAttempts; tried += 1) {
    assert.equal((await client.auth(firstMessage, 'SCRAM-SHA-256')).name, 'challenge')
    client.send(
      `<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${Buffer.from('c=biws').toString('base64')}</response>`,
    )
    assert.equal(readError(await client.element('failure')).condition, 'malformed-request')
  }
  assert.equal(readError(await client.element('stream:error')).condition, 'policy-violation')
  assert.deepEqual(
    server.decisionsOf(client).map(({ outcome }) => outcome.kind === 'deny' && outcome.code),
    Array(maxLoginAttempts).fill('response-malformed'),
  )
})

test('a login that is judged too late is none', async () => {
  const throttle = {
    limits: {
      address: { freeFailures: 50, maxFailures: 100 },
      certificate: { freeFailures: 0, maxFailures: 100 },
      account: { freeFailures: 50, maxFailures: 100 },
    },
    ...{ windowMs: 60_000, firstDelayMs: 600, maxDelayMs: 600, lockMs: 60_000, maxEntries: 100 },
  }
  await using slow = await startServer({ catalogue, throttle, c2s: { loginTimeoutMs: 400 } })
  const options = { port: slow.portOf('direct'), door: 'direct', domain, tls: tlsOf(catalogue.get('one')) } as const
  const { client } = await openDoor(options)
  assert.equal(readError(await client.auth({ text: `bob@${domain}` })).condition, 'invalid-authzid')
  assert.equal(readError(await client.auth('equals')).condition, 'connection-timeout')
  const late = await slow.log.until(
    'login_decision_made',
    ({ remote, authzid }) => remote === client.local && authzid === null,
  )
  const decision = late.fields as unknown as Decision
  assert.deepEqual(storyOf(decision), ['EXTERNAL', 'login-too-late', 'the stream had ended'])
  assert.equal(slow.log.entries.filter(({ event }) => event === 'session_opened').length, 0)
})

const goodbye =
  "<stream:error><connection-timeout xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" +
  "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>no answer</text></stream:error>"

for (const isLoggedIn of [false, true]) {
  test(`a client's stream error is its last word (logged in: ${isLoggedIn})`, async () => {
    const client = await arrive('direct', tlsOf(catalogue.get('one')))
    if (isLoggedIn) {
      assert.equal((await client.auth('equals')).name, 'success')
      await client.bind(domain)
    }
    client.send(goodbye)
    assert.equal((await client.next()).kind, 'footer')
    const whose = isLoggedIn ? `alice@${domain}` : client.local
    const { fields } = await server.log.until('stream_error_received', (said) =>
      [said['account'], said['remote']].includes(whose),
    )
    assert.deepEqual([fields['condition'], fields['text']], ['connection-timeout', 'no answer'])
  })
}

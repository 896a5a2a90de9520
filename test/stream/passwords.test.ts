/** Logins by password on the wire: every mechanism by every door, beside certificates on the same port. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { MechanismName } from '../../src/auth/mechanism-options.ts'
import { addAccounts, filePool, testPasswords } from '../support/accounts.ts'
import { type EveryDoor, everyDoor, httpsWith, listenerOf, openDoor } from '../support/every-door.ts'
import { loginPlain, loginScram, type ScramLogin, wireHashes } from '../support/password-login.ts'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { clientFinal } from '../support/scram-client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { authMarkup, type ClientTls, connectClient, mechanismsOf, readError } from '../support/xmpp-client.ts'
import { onEveryDoor, tlsOf } from './both-doors.ts'

const domain = 'signet.example'
const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'
const password = 'Tür, offen=1'
const mechanisms: readonly MechanismName[] = [
  ...(['scram_sha512_plus', 'scram_sha512', 'scram_sha384_plus', 'scram_sha384', 'scram_sha256_plus'] as const),
  ...(['scram_sha256', 'scram_sha224_plus', 'scram_sha224', 'scram_sha1_plus', 'scram_sha1'] as const),
  ...(['plain', 'external'] as const),
]
const scramNames = ['512', '384', '256', '224', '1'].flatMap((bits) => [`SCRAM-SHA-${bits}-PLUS`, `SCRAM-SHA-${bits}`])
const wrongText = /^the user name or the password is wrong \([0-9a-f-]{36}\)$/

let folder: string
let catalogue: Catalogue
let server: TestServer

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signet-passwords-'))
  catalogue = createCatalogue(domain)
  const database = filePool(folder)
  await addAccounts(database, domain, { alice: password, "o'connor": 'x' })
  await addAccounts(database, domain, { old: password }, { ...testPasswords, hashes: ['sha'] })
  server = await startServer({
    catalogue,
    database,
    c2s: { maxLoginAttempts: 5 },
    https: httpsWith({ maxLoginAttempts: 5 }),
    auth: { methods: ['rdbms', 'pki'], mechanisms, password: testPasswords },
  })
})

after(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

async function arrive(door: EveryDoor, tls: ClientTls = {}, more = '') {
  return openDoor({ port: server.portOf(listenerOf(door)), door, domain, tls, more })
}

async function assertIn(door: EveryDoor, login: Omit<ScramLogin, 'password' | 'username'>, tls: ClientTls = {}) {
  const { client } = await arrive(door, tls)
  const { last, isMutual } = await loginScram(client, { username: 'alice', password, ...login })
  assert.equal(last.name, 'success', last.toString())
  assert.ok(isMutual, 'the server did not prove that it knows the password')
  assert.match(await client.bind(domain), /^alice@signet\.example\//)
  assert.deepEqual(
    server.decisionsOf(client).map(({ outcome, backends }) => [outcome, backends.map(({ verdict }) => verdict)]),
    [[{ kind: 'allow', jid: `alice@${domain}`, via: 'password' }, ['found']]],
  )
  client.destroy()
}

/** A session of BOSH uses many connections: it can be bound to none of them. */
function canBind(door: EveryDoor): boolean {
  return door !== 'bosh'
}

for (const door of everyDoor) {
  describe(`SCRAM (${door})`, () => {
    for (const middle of Object.keys(wireHashes)) {
      const mechanism = `SCRAM-${middle}`
      test(mechanism, () => assertIn(door, { mechanism }))
      if (!canBind(door)) continue
      test(`${mechanism}-PLUS with tls-exporter`, () =>
        assertIn(door, { mechanism: `${mechanism}-PLUS`, binding: 'tls-exporter' }))
      test(`${mechanism}-PLUS with tls-server-end-point, in TLS 1.2`, () =>
        assertIn(door, { mechanism: `${mechanism}-PLUS`, binding: 'tls-server-end-point' }, { maxVersion: 'TLSv1.2' }))
    }
  })
}

for (const door of everyDoor.filter(canBind)) {
  test(`tls-unique, for clients that know nothing else (${door})`, async () => {
    const login = { mechanism: 'SCRAM-SHA-256-PLUS', binding: 'tls-unique' } as const
    await assertIn(door, login, { maxVersion: 'TLSv1.2' })
    await assertIn(door, login)
  })
}

onEveryDoor('what is offered, in the operator’s order, and what can be bound', async (door) => {
  const { client, features } = await arrive(door)
  const scram = scramNames.filter((name) => canBind(door) || !name.endsWith('-PLUS'))
  assert.deepEqual(mechanismsOf(features), [...scram, 'PLAIN'])
  const types = (element: typeof features) =>
    element
      .getChild('sasl-channel-binding', 'urn:xmpp:sasl-cb:0')
      ?.getChildren('channel-binding')
      .map(({ attrs }) => attrs['type'])
  const bound = (...names: readonly string[]) => (canBind(door) ? names : undefined)
  assert.deepEqual(types(features), bound('tls-exporter', 'tls-server-end-point'))
  client.destroy()
  const older = await arrive(door, { maxVersion: 'TLSv1.2' })
  assert.deepEqual(types(older.features), bound('tls-server-end-point', 'tls-unique'))
  older.client.destroy()
  const certified = await arrive(door, tlsOf(catalogue.get('one')))
  assert.deepEqual(mechanismsOf(certified.features), [...scram, 'PLAIN', 'EXTERNAL'])
  assert.equal((await certified.client.auth('equals')).name, 'success')
  certified.client.destroy()
})

onEveryDoor('PLAIN, with and without an authzid of one’s own', async (door) => {
  for (const authzid of ['', `alice@${domain}`]) {
    const { client } = await arrive(door)
    const answer = await loginPlain(client, 'ALICE', password, authzid)
    assert.equal(answer.toString(), "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".replaceAll("'", '"'))
    assert.match(await client.bind(domain), /^alice@/)
    client.destroy()
  }
})

test('in clear there is no password to be had', async () => {
  const client = await connectClient(server.portOf('starttls'))
  const features = await client.open(domain)
  assert.equal(mechanismsOf(features), null)
  assert.equal(features.getChild('sasl-channel-binding'), undefined)
  const answer = await loginPlain(client, 'alice', password)
  assert.equal(readError(answer).condition, 'encryption-required')
  client.destroy()
})

const wrong: readonly (readonly [string, Partial<ScramLogin>, string, string])[] = [
  ['a wrong password', { password: 'guess' }, 'not-authorized', 'password-wrong'],
  ['nobody', { username: 'nobody' }, 'not-authorized', 'account-unknown'],
  ['an account without this hash', { username: 'old' }, 'not-authorized', 'scram-secrets-missing'],
  ['a name that is none', { username: 'a@b' }, 'not-authorized', 'password-malformed'],
  ['somebody else', { authzid: `bob@${domain}` }, 'invalid-authzid', 'authzid-mismatch'],
  ['SQL', { username: "'or'1'='1" }, 'not-authorized', 'password-malformed'],
  ['SQL that is a name', { username: 'x`;drop_table_users;--' }, 'not-authorized', 'account-unknown'],
]

for (const [what, bent, condition, code] of wrong) {
  onEveryDoor(`refused: ${what}`, async (door) => {
    const { client } = await arrive(door)
    const login = { username: 'alice', password, ...bent }
    const { last } = await loginScram(client, { mechanism: 'SCRAM-SHA-256', ...login })
    const said = readError(last)
    assert.equal(said.condition, condition)
    if (condition === 'not-authorized') assert.match(said.text, wrongText)
    const [scram] = server.decisionsOf(client)
    assert.equal(scram?.outcome.kind === 'deny' && scram.outcome.code, code)
    const plain = await loginPlain(client, login.username, login.password, login.authzid)
    // The account that lacks a hash has a password all the same.
    if (login.username === 'old') assert.equal(plain.name, 'success')
    else
      assert.deepEqual(
        [readError(plain).condition, wrongText.test(readError(plain).text)],
        [condition, wrongText.test(said.text)],
      )
    client.destroy()
  })
}

const tampered: readonly (readonly [string, Partial<ScramLogin>, string, string])[] = [
  ['-PLUS was taken off the list', { flag: 'y' }, 'not-authorized', 'channel-binding-mismatch'],
  [
    'another connection',
    { ...{ mechanism: 'SCRAM-SHA-256-PLUS', binding: 'tls-exporter' }, data: Buffer.alloc(32) },
    'not-authorized',
    'channel-binding-mismatch',
  ],
  [
    'another server’s certificate',
    { ...{ mechanism: 'SCRAM-SHA-256-PLUS', binding: 'tls-server-end-point' }, data: Buffer.alloc(32) },
    'not-authorized',
    'channel-binding-mismatch',
  ],
  [
    'a changed header',
    { bend: (text) => text.replace('c=biws', 'c=eSws') },
    'not-authorized',
    'channel-binding-mismatch',
  ],
  [
    'a changed proof',
    { bend: (text) => text.replace(/p=(.)/, (_, first: string) => (first === '0' ? 'p=1' : 'p=0')) },
    'not-authorized',
    'password-wrong',
  ],
  ['-PLUS without binding', { mechanism: 'SCRAM-SHA-256-PLUS' }, 'malformed-request', 'response-malformed'],
]

/** Where nothing can be bound, -PLUS is no mechanism, and nobody has taken it off the list. */
function endAt(door: EveryDoor, { mechanism, flag }: Partial<ScramLogin>, end: string): string {
  if (canBind(door)) return end
  if (mechanism === 'SCRAM-SHA-256-PLUS') return 'invalid-mechanism mechanism-unknown'
  return flag === 'y' ? 'success allow' : end
}

for (const [what, bent, condition, code] of tampered) {
  onEveryDoor(`refused, where it can be told: ${what}`, async (door) => {
    const { client } = await arrive(door)
    const base = { mechanism: 'SCRAM-SHA-256', username: 'alice', password }
    const { last } = await loginScram(client, { ...base, ...bent })
    const said = last.name === 'success' ? 'success' : readError(last).condition
    const [decision, ...more] = server.decisionsOf(client)
    const judged = decision?.outcome.kind === 'deny' ? decision.outcome.code : decision?.outcome.kind
    assert.equal(`${said} ${judged}`, endAt(door, bent, `${condition} ${code}`))
    assert.equal(more.length, 0)
    client.destroy()
  })
}

onEveryDoor('a stream that says who it is from can be nobody else', async (door) => {
  for (const mechanism of ['SCRAM-SHA-1', 'PLAIN']) {
    const { client } = await arrive(door, {}, ` from='bob@${domain}'`)
    const text = mechanism === 'PLAIN' ? `\0alice\0${password}` : 'n,,n=alice,r=abc'
    client.send(authMarkup({ text }, mechanism))
    assert.equal((await client.streamError()).condition, 'invalid-from')
    client.destroy()
  }
})

onEveryDoor('nobody and somebody look alike until the end, and stay alike', async (door) => {
  const { client } = await arrive(door)
  const shape = /^r=fyko\+d2lbbFgONRv9qkxdawL[A-Za-z0-9+/]{24},s=([A-Za-z0-9+/]{22}==),i=4096$/
  const salts = []
  for (const username of ['nobody', 'nobody', 'alice', 'alice']) {
    const { challenge, last } = await loginScram(client, { mechanism: 'SCRAM-SHA-512', username, password: 'guess' })
    salts.push(shape.exec(challenge ?? '')?.[1])
    assert.match(readError(last).text, wrongText)
  }
  assert.ok(salts.every((salt) => salt !== undefined))
  assert.equal(salts[0], salts[1])
  assert.equal(salts[2], salts[3])
  assert.notEqual(salts[0], salts[2])
  client.destroy()
})

onEveryDoor('an exchange that is given up can be begun again', async (door) => {
  const { client } = await arrive(door)
  const first = await client.auth({ text: 'n,,n=alice,r=abc' }, 'SCRAM-SHA-1')
  assert.equal(first.name, 'challenge')
  client.send("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
  assert.equal(readError(await client.element('failure')).condition, 'aborted')
  const { last } = await loginScram(client, { mechanism: 'SCRAM-SHA-1', username: 'alice', password })
  assert.equal(last.name, 'success')
  client.destroy()
})

/** What a client says after `<auth/>` with nothing in it was answered with an empty challenge (RFC 6120 §6.4.2). */
const afterwards: readonly (readonly [mechanism: string, first: string])[] = [
  ['PLAIN', `\0alice\0${password}`],
  ['SCRAM-SHA-256', 'n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL'],
]

for (const [mechanism, first] of afterwards) {
  onEveryDoor(`${mechanism} of a client that waits to be asked`, async (door) => {
    const { client } = await arrive(door)
    const respond = (text: string) =>
      client.send(`<response xmlns='${sasl}'>${Buffer.from(text).toString('base64')}</response>`)
    const asked = await client.auth('absent', mechanism)
    assert.deepEqual([asked.name, asked.getText()], ['challenge', '='])
    respond(first)
    if (mechanism !== 'PLAIN') {
      const posed = await client.element('challenge')
      const challenge = Buffer.from(posed.getText(), 'base64').toString()
      const parts = { hash: 'sha256', password, gs2: 'n,,', bare: first.slice('n,,'.length), challenge } as const
      respond((await clientFinal({ ...parts, binding: new Uint8Array() })).message)
    }
    await client.element('success')
    assert.match(await client.bind(domain), /^alice@/)
    assert.deepEqual(
      server.decisionsOf(client).map(({ outcome }) => outcome.kind),
      ['allow'],
    )
    client.destroy()
  })
}

test('neither passwords nor keys are in the log', () => {
  const log = JSON.stringify(server.log.entries)
  for (const secret of [password, 'guess', Buffer.from(password).toString('base64'), 'pass_details', 'storedKey']) {
    assert.ok(!log.includes(secret), secret)
  }
  assert.ok(log.includes('SCRAM-SHA-256'))
})

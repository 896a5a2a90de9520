/** Sessions that came in by different doors are sessions of one server; and what a listener's options say holds for each door. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { SecureVersion, TLSSocket } from 'node:tls'
import type { C2sOptions } from '../../src/listener/c2s-options.ts'
import { type EveryDoor, everyDoor, httpsWith, listenerOf, openDoor, transportOf } from '../support/every-door.ts'
import { type Catalogue, type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { type HttpsPlan, startServer, type TestServer } from '../support/server.ts'
import type { StreamClient } from '../support/stream-client.ts'
import { type ClientTls, mechanismsOf, readError } from '../support/xmpp-client.ts'
import { domain } from './certificates.ts'

const catalogue: Catalogue = createCatalogue(domain)

function welcome(server: TestServer, door: EveryDoor, name: CatalogueName, more: ClientTls = {}) {
  const { chainPem: cert, keyPem: key } = catalogue.get(name)
  return openDoor({ door, port: server.portOf(listenerOf(door)), domain, tls: { cert, key, ...more } })
}

/** Logs in and binds a resource that is named after the door. */
async function enter(server: TestServer, door: EveryDoor, name: CatalogueName): Promise<StreamClient> {
  const { client } = await welcome(server, door, name)
  assert.equal((await client.auth('equals')).name, 'success')
  await client.bind(domain, door)
  return client
}

async function enterAll(server: TestServer, name: CatalogueName) {
  const clients = everyDoor.map(async (door) => [door, await enter(server, door, name)] as const)
  return new Map(await Promise.all(clients))
}

async function leave(client: StreamClient): Promise<void> {
  client.send('</stream:stream>')
  await client.closing()
}

/** Text that a careless door would change. */
const text = (what: string) => `${what}: <&>'" ]]>\n\t  🖖 ü`
const escaped = (what: string) => text(what).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const counts = ['first', 'second'] as const

function say(sender: StreamClient, sending: EveryDoor, to: string): void {
  for (const count of counts) {
    const body = `<body>${escaped(`${count} by ${sending}`)}</body>`
    sender.send(`<message to='${to}' id='${sending}-${count}' type='chat'>${body}</message>`)
  }
}

/** What all doors' sessions of `local` have said to one taker, by sender, in the order of its coming. */
async function hear(taker: StreamClient): Promise<ReadonlyMap<string, readonly string[]>> {
  const heard = new Map<string, readonly string[]>()
  for (let count = 0; count < everyDoor.length * counts.length; count++) {
    const message = await taker.element('message')
    const { from, id } = message.attrs
    heard.set(from, [...(heard.get(from) ?? []), `${id} ${message.getChildText('body')}`])
  }
  return heard
}

function saidBy(local: string): ReadonlyMap<string, readonly string[]> {
  const said = (door: EveryDoor) => counts.map((count) => `${door}-${count} ${text(`${count} by ${door}`)}`)
  return new Map(everyDoor.map((door) => [`${local}@${domain}/${door}`, said(door)]))
}

const byName = (heard: ReadonlyMap<string, readonly string[]>) => [...heard].sort(([a], [b]) => (a < b ? -1 : 1))

describe('sessions by all doors', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ catalogue, https: httpsWith() })
  })
  after(() => server[Symbol.asyncDispose]())

  test('chat: every door with every door, both ways, each message once and in order', async () => {
    const [alice, bob] = [await enterAll(server, 'one'), await enterAll(server, 'bob')]
    const ways = [
      ['alice', alice, 'bob', bob],
      ['bob', bob, 'alice', alice],
    ] as const
    for (const [from, senders, to, takers] of ways) {
      for (const [sending, sender] of senders) {
        for (const taking of takers.keys()) say(sender, sending, `${to}@${domain}/${taking}`)
      }
      for (const [taking, taker] of takers) assert.deepEqual(byName(await hear(taker)), byName(saidBy(from)), taking)
    }
    for (const client of [...alice.values(), ...bob.values()]) await leave(client)
  })

  test('of one account see each other come and go', async () => {
    const sessions = new Map<EveryDoor, StreamClient>()
    for (const door of everyDoor) {
      const client = await enter(server, door, 'one')
      client.send('<presence/>')
      // Its own, and those of all that are there already.
      const seen = [await client.element('presence')]
      for (const _ of sessions) seen.push(await client.element('presence'))
      const there = [...sessions.keys(), door].map((name) => `alice@${domain}/${name}`)
      assert.deepEqual(seen.map(({ attrs }) => attrs['from']).sort(), there.sort())
      for (const other of sessions.values()) {
        assert.equal((await other.element('presence')).attrs['from'], `alice@${domain}/${door}`)
      }
      sessions.set(door, client)
    }
    for (const [door, client] of sessions) {
      await leave(client)
      sessions.delete(door)
      for (const other of sessions.values()) {
        const { from, type } = (await other.element('presence')).attrs
        assert.deepEqual([from, type], [`alice@${domain}/${door}`, 'unavailable'])
      }
    }
  })

  test('get what was kept for them, once, whatever door it came by and goes by', async () => {
    using sender = await enter(server, 'direct', 'one')
    for (const door of everyDoor) {
      sender.send(`<message to='bob@${domain}' id='kept for ${door}' type='chat'><body>x</body></message>`)
      // Answered behind the message: it is kept by now.
      sender.send("<iq type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>")
      await sender.element('iq')
      const bob = await enter(server, door, 'bob')
      bob.send('<presence/>')
      assert.deepEqual(await messagesOf(bob), [`kept for ${door}`])
      await leave(bob)
    }
    const bob = await enter(server, 'direct', 'bob')
    bob.send('<presence/>')
    assert.deepEqual(await messagesOf(bob), [])
    await leave(bob)
  })
})

/** Identifiers of the messages that come before the answer to a ping. */
async function messagesOf(client: StreamClient): Promise<readonly string[]> {
  const found: string[] = []
  client.send("<iq type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>")
  for (;;) {
    const { name, attrs } = await client.element()
    if (name === 'message') found.push(attrs['id'])
    if (name === 'iq') return found
  }
}

describe('TLS of every version, with every kind of key', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ catalogue, https: httpsWith() })
  })
  after(() => server[Symbol.asyncDispose]())

  const versions: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3']
  const keys: readonly CatalogueName[] = ['rsa-2048', 'p-256', 'ed25519']
  for (const door of everyDoor) {
    for (const version of versions) {
      test(`${version} (${door})`, async () => {
        for (const key of keys) {
          const tls = { minVersion: version, maxVersion: version }
          const { client } = await welcome(server, door, key, tls)
          assert.equal((await client.auth('absent')).name, 'success', key)
          assert.match(await client.bind(domain), /^alice@/)
          await leave(client)
          const [decision, ...more] = server.decisionsOf(client)
          assert.deepEqual(
            [decision?.outcome.kind, decision?.transport, decision?.tls?.version, decision?.tls?.resumed, more.length],
            ['allow', transportOf[door], version, false, 0],
          )
        }
      })
    }
  }
})

describe('a TLS session that a client wants to resume', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ catalogue, https: httpsWith() })
  })
  after(() => server[Symbol.asyncDispose]())

  for (const door of everyDoor) {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      test(`gets a full handshake, and is judged anew: ${version} (${door})`, async () => {
        const tls = { minVersion: version, maxVersion: version, servername: domain }
        const first = await welcome(server, door, 'one', tls)
        assert.equal((await first.client.auth('equals')).name, 'success')
        const session = (first.client.socket as TLSSocket).getSession()
        assert.ok(session !== undefined, 'the client holds a session to try with')
        const again = await welcome(server, door, 'one', { ...tls, session })
        assert.equal((again.client.socket as TLSSocket).isSessionReused(), false)
        assert.equal((await again.client.auth('equals')).name, 'success')
        for (const { client } of [first, again]) client.destroy()
      })
    }
  }
})

describe('options of a listener', () => {
  /** Rules and methods of the general section, which HTTPS has its own of, or the other way round. */
  const ways = [
    ['c2s', ['starttls', 'direct']],
    ['https', ['websocket', 'bosh']],
  ] as const
  for (const [strict, doors] of ways) {
    const own = (options: Partial<HttpsPlan & C2sOptions>, of: string) => (of === strict ? options : {})

    test(`sasl_external of ${strict} holds by its doors, and by no other`, async () => {
      const options = { saslExternal: ['auth_id'] } as const
      await using server = await startServer({
        ...{ catalogue, c2s: own(options, 'c2s'), https: httpsWith(own(options, 'https')) },
      })
      for (const door of everyDoor) {
        const { client } = await welcome(server, door, 'one')
        const answer = await client.auth({ text: `bob@${domain}` })
        const isOwn = doors.some((name) => name === door)
        assert.equal(answer.name === 'success' ? 'in' : readError(answer).condition, isOwn ? 'in' : 'invalid-authzid')
        client.destroy()
      }
    })

    test(`allowed_auth_methods of ${strict} holds by its doors, and by no other`, async () => {
      const options = { allowedAuthMethods: [] } as const
      await using server = await startServer({
        ...{ catalogue, c2s: own(options, 'c2s'), https: httpsWith(own(options, 'https')) },
      })
      for (const door of everyDoor) {
        const { client, features } = await welcome(server, door, 'one')
        const isOwn = doors.some((name) => name === door)
        assert.deepEqual(mechanismsOf(features), isOwn ? null : ['EXTERNAL'])
        const answer = await client.auth('equals')
        assert.equal(answer.name === 'success' ? 'in' : readError(answer).condition, isOwn ? 'invalid-mechanism' : 'in')
        client.destroy()
      }
    })
  }
})

describe('max_login_attempts', () => {
  for (const limit of [1, 2, 5]) {
    test(`${limit}: so many failures, then the end of the stream, by every door`, async () => {
      await using server = await startServer({
        ...{ catalogue, c2s: { maxLoginAttempts: limit } },
        https: httpsWith({ maxLoginAttempts: limit }),
      })
      for (const door of everyDoor) {
        const { client } = await welcome(server, door, 'one')
        for (let count = 0; count < limit; count++) {
          assert.equal(readError(await client.auth({ text: `bob@${domain}` })).condition, 'invalid-authzid')
        }
        assert.equal((await client.streamError()).condition, 'policy-violation')
        assert.equal(server.decisionsOf(client).length, limit)
        client.destroy()
      }
    })
  }
})

/** What ends a stream before login, by every door: headers, waits, sizes, and the end of the server. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type EveryDoor, everyDoor, httpsWith, listenerOf, openDoor, reach } from '../support/every-door.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import type { StreamClient } from '../support/stream-client.ts'
import { authMarkup, readError } from '../support/xmpp-client.ts'
import { domain } from './certificates.ts'

const catalogue = createCatalogue(domain)
const { chainPem: cert, keyPem: key } = catalogue.get('one')
// Short, and yet far above what a login takes on a busy machine.
const shortMs = 1_500

const placeOf = (server: TestServer, door: EveryDoor) => ({
  ...{ door, port: server.portOf(listenerOf(door)), domain, tls: { cert, key, servername: domain } },
})

function onEach(name: string, body: (door: EveryDoor) => Promise<void>): void {
  for (const door of everyDoor) test(`${name} (${door})`, () => body(door))
}

function header(changes: Readonly<Record<string, string | null>>): string {
  const streams = 'http://etherx.jabber.org/streams'
  const all = { xmlns: 'jabber:client', 'xmlns:stream': streams, to: domain, version: '1.0', ...changes }
  const attributes = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}='${value}'`]))
  return `<stream:stream ${attributes.join(' ')}>`
}

/** By TCP and WebSocket; and by BOSH, where it has a word of its own. */
const refused: readonly (readonly [what: string, markup: string, condition: string, byBosh?: string])[] = [
  ['a domain that is not served', header({ to: 'elsewhere.example' }), 'host-unknown'],
  ['no to', header({ to: null }), 'host-unknown', 'improper-addressing'],
  ['an empty to', header({ to: '' }), 'host-unknown', 'improper-addressing'],
  ['a to that is no domain', header({ to: 'a@@b' }), 'host-unknown'],
  ['no version', header({ version: null }), 'unsupported-version'],
  ['version 0.9', header({ version: '0.9' }), 'unsupported-version'],
  ['a version that is no number', header({ version: 'one' }), 'unsupported-version'],
  ['a from that is no JID', header({ from: `al ice@${domain}` }), 'invalid-from'],
  ['a from without a user', header({ from: domain }), 'invalid-from'],
]

/** On an open stream, before login. */
const ends: readonly (readonly [what: string, markup: string, condition: string])[] = [
  ['a message', `<message to='bob@${domain}'><body>x</body></message>`, 'not-authorized'],
  ['a presence', '<presence/>', 'not-authorized'],
  ['an iq', "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>", 'not-authorized'],
  ['an element that nobody knows', "<hello xmlns='urn:example:x'/>", 'unsupported-stanza-type'],
  ['a stanza of servers', "<iq xmlns='jabber:server'/>", 'invalid-namespace'],
  ['an element that is too large', `<a xmlns='urn:x'>${'x'.repeat(20_000)}</a>`, 'policy-violation'],
  ['elements nested too deep', `<a xmlns='urn:x'>${'<b>'.repeat(100)}${'</b>'.repeat(100)}</a>`, 'policy-violation'],
]

describe('a stream', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ catalogue, https: httpsWith() })
  })
  after(() => server[Symbol.asyncDispose]())

  for (const [what, markup, condition, byBosh = condition] of refused) {
    onEach(`to be opened with ${what} ends with ${condition}`, async (door) => {
      using client = await reach(placeOf(server, door))
      client.send(markup)
      await client.header()
      assert.equal((await client.streamError()).condition, door === 'bosh' ? byBosh : condition)
      assert.deepEqual(server.decisionsOf(client), [])
    })
  }

  for (const [what, markup, condition] of ends) {
    onEach(`ends with ${condition} at ${what}`, async (door) => {
      const { client } = await openDoor(placeOf(server, door))
      client.send(markup)
      const expected = door === 'bosh' && condition === 'invalid-namespace' ? 'bad-request' : condition
      assert.equal((await client.streamError()).condition, expected)
      client.destroy()
    })
  }

  onEach('that says who it is from can be nobody else', async (door) => {
    const { client } = await openDoor({ ...placeOf(server, door), more: ` from='bob@${domain}'` })
    client.send(authMarkup('equals'))
    assert.equal((await client.streamError()).condition, 'invalid-from')
    const [decision, ...more] = server.decisionsOf(client)
    assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'stream-from-mismatch')
    assert.equal(more.length, 0)
    client.destroy()
  })
})

describe('waits', { concurrency: true }, () => {
  let impatient: TestServer
  let hurried: TestServer
  before(async () => {
    const step = { stateTimeoutMs: shortMs }
    const login = { loginTimeoutMs: shortMs }
    impatient = await startServer({ catalogue, c2s: step, https: httpsWith({}, step) })
    hurried = await startServer({ catalogue, c2s: login, https: httpsWith(login) })
  })
  after(async () => {
    await impatient[Symbol.asyncDispose]()
    await hurried[Symbol.asyncDispose]()
  })

  onEach('a client that falls silent after the features gets connection-timeout', async (door) => {
    const { client } = await openDoor(placeOf(impatient, door))
    assert.equal((await client.streamError()).condition, 'connection-timeout')
    client.destroy()
  })

  onEach('small steps do not win time: all of the login is under one limit', async (door) => {
    const { client } = await openDoor(placeOf(hurried, door))
    const steps = setInterval(() => client.send("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"), shortMs / 15)
    try {
      let answer = await client.element()
      for (let more = 30; more > 0 && answer.name === 'failure'; more--) answer = await client.element()
      assert.equal(readError(answer).condition, 'connection-timeout')
    } finally {
      clearInterval(steps)
      client.destroy()
    }
  })

  onEach('neither limit is felt after login', async (door) => {
    for (const server of [impatient, hurried]) {
      const client = await enter(server, door)
      const { client: other } = await openDoor(placeOf(server, door))
      // When this one has waited its time, the first has waited longer.
      assert.equal((await other.streamError()).condition, 'connection-timeout')
      client.send("<iq type='get' id='still'><ping xmlns='urn:xmpp:ping'/></iq>")
      assert.equal((await client.element('iq')).attrs['id'], 'still')
      for (const each of [client, other]) each.destroy()
    }
  })
})

test('a stop says system-shutdown to whoever is there, logged in or not, by every door', async () => {
  const server = await startServer({ catalogue, https: httpsWith() })
  const there: StreamClient[] = []
  for (const door of everyDoor) {
    there.push((await openDoor(placeOf(server, door))).client, await enter(server, door))
  }
  // Clients over BOSH always have a request open that can be answered.
  const errors = there.map((client) => client.streamError())
  const stopped = server[Symbol.asyncDispose]()
  for (const error of errors) assert.equal((await error).condition, 'system-shutdown')
  for (const client of there) client.destroy()
  await stopped
})

async function enter(server: TestServer, door: EveryDoor): Promise<StreamClient> {
  const { client } = await openDoor(placeOf(server, door))
  assert.equal((await client.auth('equals')).name, 'success')
  await client.bind(domain)
  return client
}

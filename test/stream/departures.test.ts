/** Clients that vanish at any point: no fault, no record too many, and the server goes on. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { type Door, doors, startServer, type TestServer } from '../support/server.ts'
import {
  authMarkup,
  connectClient,
  connectSecure,
  headerTo,
  openClient,
  type XmppClient,
} from '../support/xmpp-client.ts'
import { tlsOf } from './both-doors.ts'

const domain = 'signet.example'

let catalogue: Catalogue
let server: TestServer

before(async () => {
  catalogue = createCatalogue(domain)
  server = await startServer({ catalogue })
})

after(() => server[Symbol.asyncDispose]())

const optionsFor = (door: Door) => ({ port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) })

async function afterFeatures(door: Door): Promise<XmppClient> {
  return (await openClient(optionsFor(door))).client
}

async function afterSuccess(door: Door): Promise<XmppClient> {
  const client = await afterFeatures(door)
  assert.equal((await client.auth('equals')).name, 'success')
  return client
}

/** Where a client is when it goes, and the outcomes that are on record by then. */
const stages: readonly (readonly [where: string, reach: (door: Door) => Promise<XmppClient>, outcomes: string[]])[] = [
  ['before it says anything', (door) => connectClient(server.portOf(door)), []],
  [
    'in the middle of the handshake',
    async (door) => {
      const client = await connectClient(server.portOf(door))
      if (door === 'starttls') {
        await client.open(domain)
        await client.requestTls()
      }
      client.send(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00))
      return client
    },
    [],
  ],
  ['right behind the handshake', (door) => connectSecure(optionsFor(door)), []],
  ['behind the features', afterFeatures, []],
  [
    'in the middle of an element',
    async (door) => {
      const client = await afterFeatures(door)
      client.send("<auth xmlns='urn:ietf")
      return client
    },
    [],
  ],
  [
    'behind a failure',
    async (door) => {
      const client = await afterFeatures(door)
      await client.auth('equals', 'PLAIN')
      return client
    },
    ['deny'],
  ],
  ['behind the success', afterSuccess, ['allow']],
  [
    'behind the second header',
    async (door) => {
      const client = await afterSuccess(door)
      await client.open(domain)
      return client
    },
    ['allow'],
  ],
  [
    'behind the binding',
    async (door) => {
      const client = await afterSuccess(door)
      await client.bind(domain)
      return client
    },
    ['allow'],
  ],
]

/** The ways to go. */
const ways: readonly (readonly [how: string, leave: (client: XmppClient) => void])[] = [
  ['ends the connection', (client) => client.finish()],
  ['drops the connection', (client) => client.destroy()],
  ['resets the connection', (client) => client.reset()],
]

for (const door of doors) {
  for (const [how, leave] of ways) {
    describe(`a client that ${how} (${door})`, () => {
      for (const [where, reach, outcomes] of stages) {
        test(`${where} is gone, and that is all`, async () => {
          const faults = server.log.entries.filter(({ level }) => level === 'error').length
          using client = await reach(door)
          leave(client)
          await server.log.until('connection_closed', server.about(client))
          assert.deepEqual(
            server.decisionsOf(client).map(({ outcome }) => outcome.kind),
            outcomes,
          )
          assert.equal(server.log.entries.filter(({ level }) => level === 'error').length, faults)
        })
      }
      test('leaves its place to the next one', async () => {
        using client = await afterSuccess(door)
        assert.equal(await client.bind(domain, 'next'), `alice@${domain}/next`)
        client.send('</stream:stream>')
        await client.closing()
      })
    })
  }

  test(`a login that nobody waits for any more leaves no session behind (${door})`, async () => {
    const client = await afterFeatures(door)
    client.send(`${authMarkup('equals')}${headerTo(domain)}`)
    client.reset()
    await server.log.until('connection_closed', server.about(client))
    assert.deepEqual(
      server.log.entries.filter(({ event }) => event === 'signet_fault'),
      [],
    )
  })
}

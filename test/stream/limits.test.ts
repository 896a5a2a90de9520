/** Waits and counts before login: each has a limit, and each limit its stream error. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { type Door, startServer, type TestServer } from '../support/server.ts'
import {
  authMarkup,
  connectClient,
  connectSecure,
  headerTo,
  openClient,
  readError,
  type XmppClient,
} from '../support/xmpp-client.ts'
import { onBothDoors, thresholds, tlsOf } from './both-doors.ts'

const domain = 'signet.example'
const shortMs = 600
/** Well below the time that a server gives to clients that do not hang up. */
const lingerMs = 1_500

let catalogue: Catalogue
/** Gives up a client that takes `shortMs` for one step. */
let impatient: TestServer
/** Gives up a client that takes `shortMs` for all steps together. */
let hurried: TestServer

before(async () => {
  catalogue = createCatalogue(domain)
  impatient = await startServer({ catalogue, c2s: { stateTimeoutMs: shortMs } })
  hurried = await startServer({ catalogue, c2s: { loginTimeoutMs: shortMs } })
})

after(async () => {
  await impatient[Symbol.asyncDispose]()
  await hurried[Symbol.asyncDispose]()
})

const secureTo = (server: TestServer, door: Door): Promise<XmppClient> =>
  connectSecure({ port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) })

for (const place of thresholds(
  () => impatient,
  domain,
  () => tlsOf(catalogue.get('one')),
)) {
  describe(`a client that falls silent ${place.name}`, { concurrency: true }, () => {
    test('before its header gets connection-timeout', async () => {
      using client = await place.reach()
      await client.header()
      assert.equal((await client.streamError()).condition, 'connection-timeout')
    })
    test('is gone for good as soon as it hangs up in turn', async () => {
      using client = await place.reach()
      await client.open(domain)
      await client.streamError()
      const began = performance.now()
      client.finish()
      await impatient.log.until('connection_closed', impatient.about(client))
      // Else the server did not hear it, and waited out the time that it gives to those who linger.
      assert.ok(performance.now() - began < lingerMs)
    })
    test('in the middle of its header gets connection-timeout', async () => {
      using client = await place.reach()
      client.send('<stream:stream ')
      await client.header()
      assert.equal((await client.streamError()).condition, 'connection-timeout')
    })
    test('after the features gets connection-timeout', async () => {
      using client = await place.reach()
      await client.open(domain)
      assert.equal((await client.streamError()).condition, 'connection-timeout')
    })
    test('in the middle of an element gets connection-timeout', async () => {
      using client = await place.reach()
      await client.open(domain)
      client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'")
      assert.equal((await client.streamError()).condition, 'connection-timeout')
    })
    test('after a failure, as one client does for ever, gets connection-timeout', async () => {
      using client = await place.reach()
      await client.open(domain)
      client.send(authMarkup('equals', 'PLAIN'))
      await client.element('failure')
      assert.equal((await client.streamError()).condition, 'connection-timeout')
    })
  })
}

onBothDoors('small steps do not win time: all of the login is under one limit', async (door) => {
  using client = await secureTo(hurried, door)
  await client.open(domain)
  const abort = "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
  const steps = setInterval(() => client.send(abort), shortMs / 10)
  try {
    let answer = await client.element()
    for (let more = 30; more > 0 && answer.name === 'failure'; more--) answer = await client.element()
    assert.equal(readError(answer).condition, 'connection-timeout')
  } finally {
    clearInterval(steps)
  }
})

onBothDoors('white space does not win time either', async (door) => {
  using client = await secureTo(impatient, door)
  await client.open(domain)
  const spaces = setInterval(() => client.send(' '), shortMs / 10)
  try {
    assert.equal((await client.streamError()).condition, 'connection-timeout')
  } finally {
    clearInterval(spaces)
  }
})

test('a handshake of STARTTLS is under the limit of the login too, and hears no word in clear', async () => {
  using client = await connectClient(hurried.portOf('starttls'))
  await client.open(domain)
  await client.requestTls()
  await client.end()
  assert.ok(!client.transcript.some((line) => line.includes('stream:error')))
})

onBothDoors('neither limit is felt after login', async (door) => {
  for (const server of [impatient, hurried]) {
    using client = await secureTo(server, door)
    using other = await secureTo(server, door)
    await client.open(domain)
    assert.equal((await client.auth('equals')).name, 'success')
    await client.bind(domain)
    await other.open(domain)
    // When this one has waited its time, the first has waited longer.
    assert.equal((await other.streamError()).condition, 'connection-timeout')
    client.send("<iq type='get' id='still' to='signet.example'><ping xmlns='urn:xmpp:ping'/></iq>")
    assert.equal((await client.element('iq')).attrs['id'], 'still')
  }
})

describe('the number of connections', () => {
  for (const limit of ['maxConnections', 'maxConnectionsPerAddress'] as const) {
    onBothDoors(`has the limit ${limit}, and a place that was left is free again`, async (door) => {
      await using server = await startServer({ catalogue, c2s: { [limit]: 2 } })
      const port = server.portOf(door)
      using first = await secureTo(server, door)
      using second = await secureTo(server, door)
      await first.open(domain)
      await second.open(domain)
      using third = await connectClient(port)
      await third.end()
      const { fields } = await server.log.until('connection_refused')
      assert.match(String(fields['why']), limit === 'maxConnections' ? /max_connections / : /per_address/)
      first.send('</stream:stream>')
      await first.closing()
      await gone(server, first)
      using fourth = await secureTo(server, door)
      await fourth.open(domain)
    })
  }
})

/** Waits until the server has let go of a connection. */
async function gone(server: TestServer, client: XmppClient): Promise<void> {
  await server.log.until('connection_closed', server.about(client))
}

onBothDoors('a stop says system-shutdown to whoever is there, logged in or not', async (door) => {
  const server = await startServer({ catalogue })
  using stranger = await secureTo(server, door)
  await stranger.open(domain)
  const tls = tlsOf(catalogue.get('one'))
  const { client: user } = await openClient({ port: server.portOf(door), door, domain, tls })
  using _ = user
  await user.auth('equals')
  await user.bind(domain)
  const stopped = server[Symbol.asyncDispose]()
  assert.equal((await stranger.streamError()).condition, 'system-shutdown')
  assert.equal((await user.streamError()).condition, 'system-shutdown')
  stranger.destroy()
  user.destroy()
  await stopped
})

onBothDoors('a stop says system-shutdown even where no header was sent yet', async (door) => {
  const server = await startServer({ catalogue })
  // With TLS 1.2 the client is not through the handshake before the server is.
  const tls = { ...tlsOf(catalogue.get('one')), maxVersion: 'TLSv1.2' } as const
  using client = await (door === 'direct'
    ? connectSecure({ port: server.portOf(door), door, domain, tls })
    : connectClient(server.portOf(door)))
  client.send(headerTo(domain).slice(0, 30))
  await server.log.until('connection_opened', server.about(client))
  const stopped = server[Symbol.asyncDispose]()
  await client.header()
  assert.equal((await client.streamError()).condition, 'system-shutdown')
  const began = performance.now()
  client.destroy()
  await stopped
  assert.ok(performance.now() - began < lingerMs, 'nobody lingers who has hung up')
})

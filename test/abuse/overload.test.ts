/** The handshake gate at the doors: who is silent or slow holds nobody up, and past the queue there is refusal. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { type Door, doors, startServer, type TestServer } from '../support/server.ts'
import { connectClient, openClient, type XmppClient } from '../support/xmpp-client.ts'

const domain = 'signet.example'

let catalogue: Catalogue
/** One turn, two places. */
let narrow: TestServer
let hello: Buffer

before(async () => {
  catalogue = createCatalogue(domain)
  narrow = await startServer({ catalogue, c2s: { maxHandshakes: 1, maxHandshakesWaiting: 2 } })
  hello = await recordHello()
})

after(() => narrow[Symbol.asyncDispose]())

/** What a TLS client says first. */
async function recordHello(): Promise<Buffer> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connectTls({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername: domain })
  client.on('error', () => undefined)
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

/** A client that has come as far as the handshake, and says nothing. */
async function atTheHandshake(server: TestServer, door: Door): Promise<XmppClient> {
  const client = await connectClient(server.portOf(door))
  if (door === 'starttls') {
    await client.open(domain)
    await client.requestTls()
  }
  return client
}

async function logIn(server: TestServer, door: Door): Promise<string> {
  const { chainPem: cert, keyPem: key } = catalogue.get('one')
  const { client } = await openClient({ port: server.portOf(door), door, domain, tls: { cert, key } })
  using user = client
  assert.equal((await user.auth('equals')).name, 'success')
  return await user.bind(domain)
}

for (const door of doors) {
  describe(door, () => {
    test('a client that is silent where its handshake should be has no turn', async () => {
      using _ = await atTheHandshake(narrow, door)
      assert.match(await logIn(narrow, door), /^alice@/)
    })

    test('a client that is silent inside its ClientHello has none either', async () => {
      using client = await atTheHandshake(narrow, door)
      client.send(hello.subarray(0, hello.length - 1))
      assert.match(await logIn(narrow, door), /^alice@/)
    })

    test('a client that is silent inside its handshake loses it', async () => {
      using client = await atTheHandshake(narrow, door)
      client.socket.removeAllListeners('data')
      client.socket.write(hello)
      // The server's first flight: the turn has begun.
      await once(client.socket, 'data')
      assert.match(await logIn(narrow, door), /^alice@/)
    })

    test('clients that are silent at the handshake hold no turn that others need', async () => {
      await using server = await startServer({ catalogue, c2s: { maxHandshakes: 2 } })
      // The first has a turn ahead of its ClientHello; of the second, and of who logs in, the ClientHello is awaited.
      using _first = await atTheHandshake(server, door)
      using _second = await atTheHandshake(server, door)
      assert.match(await logIn(server, door), /^alice@/)
    })

    test('a connection that finds the queue full is closed at once, and the log says why', async () => {
      await using server = await startServer({ catalogue, c2s: { maxHandshakes: 1, maxHandshakesWaiting: 2 } })
      const port = server.portOf(door)
      using first = await connectClient(port)
      using second = await connectClient(port)
      await server.log.until('connection_opened', server.about(second))
      using third = await connectClient(port)
      await third.end()
      const { fields } = await server.log.until('connection_refused')
      assert.equal(fields['why'], 'max_handshakes_waiting (2) reached')
      first.destroy()
      await server.log.until('connection_closed', server.about(first))
      assert.match(await logIn(server, door), /^alice@/)
    })

    test('another address is let in at the cost of the one that fills the queue', async () => {
      await using server = await startServer({ catalogue, c2s: { maxHandshakes: 1, maxHandshakesWaiting: 4 } })
      const port = server.portOf(door)
      const greedy: XmppClient[] = []
      for (let count = 0; count < 4; count += 1) greedy.push(await connectClient(port))
      for (const client of greedy) await server.log.until('connection_opened', server.about(client))
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.3' })
      await once(socket, 'connect')
      await server.log.until('connection_opened', ({ remote }) => remote === `127.0.0.3:${socket.localPort}`)
      await server.log.until('connection_closed', server.about(greedy[3] ?? assert.fail()))
      assert.ok(!socket.destroyed)
      socket.destroy()
      for (const client of greedy) client.destroy()
    })
  })
}

/** The test client against a server that says what it is told to. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { type Element, parse } from 'ltx'
import { authMarkup, connectClient, readError, type XmppClient } from './xmpp-client.ts'

const features = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>"
const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='x'>"

/** Runs `body` with a client, and the server's end of its connection. */
async function withPair(body: (client: XmppClient, peer: Socket) => Promise<void>, limitMs = 5_000): Promise<void> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const accepted = once(server, 'connection')
  using client = await connectClient(address.port, '127.0.0.1', limitMs)
  const [peer] = (await accepted) as [Socket]
  peer.on('error', () => undefined)
  try {
    await body(client, peer)
  } finally {
    peer.destroy()
    server.close()
  }
}

test('items come in order, however they were sent', () =>
  withPair(async (client, peer) => {
    peer.write(`${header}${features.slice(0, 20)}`)
    assert.equal((await client.header()).get('id'), 'x')
    const waiting = client.element('stream:features')
    peer.write(`${features.slice(20)}<a/></stream:stream>`)
    await waiting
    assert.equal((await client.element()).name, 'a')
    peer.end()
    await client.closing()
  }))

test('a character that is cut in two comes out whole', () =>
  withPair(async (client, peer) => {
    const bytes = Buffer.from('<a>ü</a>')
    peer.write(bytes.subarray(0, 4))
    peer.write(bytes.subarray(4))
    assert.equal((await client.element('a')).getText(), 'ü')
  }))

test('another element than the expected one is a complaint with the transcript', () =>
  withPair(async (client, peer) => {
    client.send('<hello/>')
    peer.write('<b/>')
    await assert.rejects(client.element('a'), /expected <a>, got <b\/>\nC: <hello\/>\nS: <b\/>/)
  }))

test('silence is a complaint after the limit', () =>
  withPair(async (client) => {
    await assert.rejects(client.next(), /nothing came for 50 ms/)
  }, 50))

test('an end in order and an end by force are told apart', async () => {
  await withPair(async (client, peer) => {
    peer.end()
    assert.equal(await client.end(), null)
  })
  await withPair(async (client, peer) => {
    peer.resetAndDestroy()
    assert.equal(await client.end(), 'ECONNRESET')
  })
})

test('a stream error must be followed by the closing tag and the end', async () => {
  const ns = 'urn:ietf:params:xml:ns:xmpp-streams'
  const error = `<stream:error><conflict xmlns='${ns}'/><text xmlns='${ns}'>why</text></stream:error>`
  await withPair(async (client, peer) => {
    peer.end(`${error}</stream:stream>`)
    assert.deepEqual(await client.streamError(), { condition: 'conflict', text: 'why' })
  })
  await withPair(async (client, peer) => {
    peer.end(error)
    await assert.rejects(client.streamError(), /expected <\/stream:stream>, got the end/)
  })
})

test('an error in another form than RFC 6120 gives it is none', () => {
  const ns = 'urn:ietf:params:xml:ns:xmpp-sasl'
  const good = `<failure xmlns='${ns}'><aborted/><text xml:lang='en'>why</text></failure>`
  assert.deepEqual(readError(parse(good) as Element), { condition: 'aborted', text: 'why' })
  const bad = [
    `<failure xmlns='${ns}'/>`,
    `<failure xmlns='${ns}'><text/><aborted/></failure>`,
    `<failure xmlns='${ns}'><aborted/><not-authorized/></failure>`,
    `<failure xmlns='${ns}'><aborted xmlns='urn:x'/></failure>`,
    '<failure><aborted/></failure>',
    `<stream:error><conflict xmlns='${ns}'/></stream:error>`,
    '<stream:error><conflict/></stream:error>',
  ]
  for (const markup of bad) assert.throws(() => readError(parse(markup) as Element), /not the form of an error/, markup)
})

test('a handshake with somebody who speaks no TLS fails and says so', () =>
  withPair(async (client, peer) => {
    peer.write('hello, this is no TLS at all')
    assert.equal((await client.secure()).kind, 'failed')
  }))

test('<auth/> is written in each of its forms', () => {
  const open = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'"
  assert.equal(authMarkup('absent'), `${open}/>`)
  assert.equal(authMarkup('equals'), `${open}>=</auth>`)
  assert.equal(authMarkup({ text: 'ü' }), `${open}>w7w=</auth>`)
  assert.equal(authMarkup({ raw: '*' }), `${open}>*</auth>`)
})

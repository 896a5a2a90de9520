/** STARTTLS on the wire (RFC 6120 §5): what may be done in clear, and that nothing of it reaches the secured stream. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { authMarkup, connectClient, headerTo, openClient, readError, type XmppClient } from '../support/xmpp-client.ts'
import { tlsOf } from './both-doors.ts'

const domain = 'signet.example'
const tlsNs = 'urn:ietf:params:xml:ns:xmpp-tls'
const starttls = `<starttls xmlns='${tlsNs}'/>`
const handshakeTimeoutMs = 300

let catalogue: Catalogue
let server: TestServer
let optional: TestServer
/** Gives a handshake `handshakeTimeoutMs` and no more. */
let brief: TestServer

before(async () => {
  catalogue = createCatalogue(domain)
  server = await startServer({ catalogue })
  brief = await startServer({ catalogue, tls: { handshakeTimeoutMs } })
  optional = await startServer({ catalogue, starttls: 'starttls' })
})

after(async () => {
  await server[Symbol.asyncDispose]()
  await optional[Symbol.asyncDispose]()
  await brief[Symbol.asyncDispose]()
})

async function inClear(at: TestServer = server): Promise<XmppClient> {
  const client = await connectClient(at.portOf('starttls'))
  await client.open(domain)
  return client
}

/** The words in which the log says why this client got no TLS. */
async function reasonLogged(client: XmppClient, at: TestServer = server): Promise<string> {
  const { fields } = await at.log.until('tls_handshake_failed', at.about(client))
  return String(fields['why'])
}

test('in clear STARTTLS is all there is, and it is required', async () => {
  using client = await connectClient(server.portOf('starttls'))
  client.send(headerTo(domain))
  await client.header()
  const features = await client.next()
  assert.equal(
    features.kind === 'element' && features.raw,
    `<stream:features><starttls xmlns='${tlsNs}'><required/></starttls></stream:features>`,
  )
})

test('where it is not required there is still nothing else to do in clear', async () => {
  using client = await connectClient(optional.portOf('starttls'))
  client.send(headerTo(domain))
  await client.header()
  const features = await client.next()
  assert.equal(
    features.kind === 'element' && features.raw,
    `<stream:features><starttls xmlns='${tlsNs}'></starttls></stream:features>`,
  )
  client.send(authMarkup('equals'))
  assert.equal(readError(await client.element('failure')).condition, 'encryption-required')
})

test('a login in clear fails with encryption-required and has its record', async () => {
  using client = await inClear()
  client.send(authMarkup('equals'))
  assert.equal(readError(await client.element('failure')).condition, 'encryption-required')
  const [decision, ...more] = server.decisionsOf(client)
  assert.deepEqual(more, [])
  assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'tls-required')
  assert.equal(decision?.tls, null)
  await client.requestTls()
  const handshake = await client.secure(tlsOf(catalogue.get('one')))
  assert.equal(handshake.kind, 'secure')
  await client.open(domain)
  assert.equal((await client.auth('equals')).name, 'success')
})

test('three logins in clear are three failures', async () => {
  using client = await inClear()
  for (let count = 0; count < 3; count++) {
    client.send(authMarkup('equals'))
    await client.element('failure')
  }
  assert.equal((await client.streamError()).condition, 'policy-violation')
})

describe('bytes in clear behind <starttls/>', () => {
  const injected: readonly (readonly [what: string, data: string])[] = [
    ['a stream header', headerTo(domain)],
    ['a login', authMarkup('equals')],
    ['a header and a login', `${headerTo(domain)}${authMarkup('equals')}`],
    ['a second <starttls/>', starttls],
    ['half an element', '<iq'],
    ['one character', 'x'],
    ['a line end, which RFC 6120 §5.3.3 forbids here', '\n'],
    ['a ClientHello that does not wait for <proceed/>', '\x16\x03\x01\x02\x00\x01\x00'],
  ]
  for (const [what, data] of injected) {
    test(`are refused: ${what}`, async () => {
      using client = await inClear()
      client.send(Buffer.from(`${starttls}${data}`, 'latin1'))
      await client.end()
      assert.ok(!client.transcript.some((line) => line.includes('proceed')), 'TLS was never begun')
      assert.match(await reasonLogged(client), /injection/)
      assert.deepEqual(server.decisionsOf(client), [])
    })
  }
})

test('garbage instead of a handshake ends the connection with a reason in words', async () => {
  using client = await inClear()
  await client.requestTls()
  client.send(authMarkup('equals'))
  await client.end()
  assert.match(await reasonLogged(client), /not TLS|not a TLS handshake/)
  assert.deepEqual(server.decisionsOf(client), [])
})

test('a handshake that is never begun is given up at the limit', async () => {
  using client = await inClear(brief)
  await client.requestTls()
  await client.end()
  assert.match(await reasonLogged(client, brief), new RegExp(`longer than ${handshakeTimeoutMs} ms`))
})

test('on direct TLS too', async () => {
  using client = await connectClient(brief.portOf('direct'))
  client.send(Uint8Array.of(0x16, 0x03, 0x01))
  await client.end()
  assert.match(await reasonLogged(client, brief), new RegExp(`longer than ${handshakeTimeoutMs} ms`))
})

test('plain XMPP on the port of direct TLS ends with a reason in words', async () => {
  using client = await connectClient(server.portOf('direct'))
  client.send(headerTo(domain))
  await client.end()
  assert.match(await reasonLogged(client), /not TLS|not a TLS handshake/)
})

test('a client that leaves during the handshake is noticed', async () => {
  using client = await inClear()
  await client.requestTls()
  client.destroy()
  assert.match(await reasonLogged(client), /closed the connection/)
})

test('STARTTLS under TLS fails and ends the stream', async () => {
  const tls = tlsOf(catalogue.get('one'))
  const { client } = await openClient({ port: server.portOf('starttls'), door: 'starttls', domain, tls })
  using _ = client
  client.send(starttls)
  const answer = await client.next()
  assert.equal(answer.kind === 'element' && answer.raw, `<failure xmlns='${tlsNs}'/>`)
  await client.closing()
})

test('STARTTLS on direct TLS is an element nobody knows', async () => {
  const tls = tlsOf(catalogue.get('one'))
  const { client } = await openClient({ port: server.portOf('direct'), door: 'direct', domain, tls })
  using _ = client
  client.send(starttls)
  assert.equal((await client.streamError()).condition, 'unsupported-stanza-type')
})

test('what belongs to TLS but is no <starttls/> fails and ends the stream', async () => {
  using client = await inClear()
  client.send(`<proceed xmlns='${tlsNs}'/>`)
  assert.equal((await client.element('failure')).attrs['xmlns'], tlsNs)
  await client.closing()
})

test('the secured stream knows nothing of the one in clear', async () => {
  using client = await connectClient(server.portOf('starttls'))
  client.send(headerTo(domain, ` from='bob@${domain}'`))
  const before = await client.header()
  await client.element('stream:features')
  await client.requestTls()
  const handshake = await client.secure(tlsOf(catalogue.get('one')))
  assert.equal(handshake.kind, 'secure')
  client.send(headerTo(domain))
  const behind = await client.header()
  assert.notEqual(behind.get('id'), before.get('id'))
  assert.equal(behind.get('to'), undefined)
  await client.element('stream:features')
  assert.equal((await client.auth('equals')).name, 'success', 'a from that was said in clear counts for nothing')
})

test('under TLS the server waits for a header before it says anything', async () => {
  using client = await inClear()
  await client.requestTls()
  const handshake = await client.secure(tlsOf(catalogue.get('one')))
  assert.equal(handshake.kind, 'secure')
  client.send(authMarkup('equals'))
  await client.header()
  assert.equal((await client.streamError()).condition, 'invalid-namespace')
  assert.deepEqual(server.decisionsOf(client), [])
})

test('the connection is closed, not just the stream, when TLS ends', async () => {
  const tls = tlsOf(catalogue.get('one'))
  const { client } = await openClient({ port: server.portOf('starttls'), door: 'starttls', domain, tls })
  using _ = client
  client.send('</stream:stream>')
  await client.closing()
  if (!client.socket.closed) await once(client.socket, 'close', { signal: AbortSignal.timeout(10_000) })
})

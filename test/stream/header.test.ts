/** Stream headers, in every place where one is due: refused with the condition of RFC 6120 §4.9.3, or answered as §4.7 says. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { connectSecure, headerTo } from '../support/xmpp-client.ts'
import { headerRefusal, onBothDoors, thresholds, tlsOf } from './both-doors.ts'

const domain = 'signet.example'
const streams = 'http://etherx.jabber.org/streams'

/** A header of the usual form with some attributes replaced; null leaves one out. */
function header(changes: Readonly<Record<string, string | null>>): string {
  const all = { xmlns: 'jabber:client', 'xmlns:stream': streams, to: domain, version: '1.0', ...changes }
  const attributes = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}='${value}'`]))
  return `<stream:stream ${attributes.join(' ')}>`
}

const refused: readonly (readonly [what: string, markup: string, condition: string])[] = [
  ['a domain that is not served', header({ to: 'elsewhere.example' }), 'host-unknown'],
  ['no to', header({ to: null }), 'host-unknown'],
  ['a to that is no domain', header({ to: 'a@@b' }), 'host-unknown'],
  ['an empty to', header({ to: '' }), 'host-unknown'],
  ['no version', header({ version: null }), 'unsupported-version'],
  ['version 0.9', header({ version: '0.9' }), 'unsupported-version'],
  ['a version that is no number', header({ version: 'one' }), 'unsupported-version'],
  ['a from that is no JID', header({ from: `al ice@${domain}` }), 'invalid-from'],
  ['a from without a user', header({ from: domain }), 'invalid-from'],
  ['no content namespace', header({ xmlns: null }), 'invalid-namespace'],
  ['the content namespace of servers', header({ xmlns: 'jabber:server' }), 'invalid-namespace'],
  ['another stream namespace', header({ 'xmlns:stream': 'urn:example:streams' }), 'invalid-namespace'],
  ['a prefix that is not bound', header({ 'xmlns:stream': null }), 'bad-namespace-prefix'],
  ['a root that is no stream', header({}).replace('<stream:stream', '<stream:steam'), 'bad-format'],
  ['an encoding other than UTF-8', `<?xml version='1.0' encoding='ISO-8859-1'?>${header({})}`, 'unsupported-encoding'],
  ['a document type', `<!DOCTYPE stream [<!ENTITY a 'b'>]>${header({})}`, 'restricted-xml'],
  ['a comment before it', `<!-- hello -->${header({})}`, 'restricted-xml'],
  ['a processing instruction before it', `<?php x?>${header({})}`, 'restricted-xml'],
  ['an attribute twice', header({}).replace(' to=', " to='x' to="), 'not-well-formed'],
  ['another protocol', 'GET / HTTP/1.1\r\nHost: signet.example\r\n\r\n', 'not-well-formed'],
  ['more bytes than a header has', header({ from: `${'a'.repeat(20_000)}@${domain}` }), 'policy-violation'],
]

const answered: readonly (readonly [what: string, markup: string])[] = [
  ['no XML declaration', header({})],
  ['an XML declaration in double quotes', `<?xml version="1.0" encoding="utf-8"?>\n${header({}).replaceAll("'", '"')}`],
  ['a later minor version', header({ version: '1.1' })],
  ['a later major version', header({ version: '2.0' })],
  ['a domain in capitals', header({ to: domain.toUpperCase() })],
  ['an id, which one client sends', header({ id: 'tsung-1' })],
  ['a language and unknown attributes', header({ 'xml:lang': 'de', hello: 'world' })],
  ['its own from, bare', header({ from: `alice@${domain}` })],
  ['its own from, full', header({ from: `alice@${domain}/phone` })],
  ['streams as the default namespace', `<stream xmlns='${streams}' to='${domain}' version='1.0'>`],
]

let catalogue: Catalogue
let server: TestServer

before(async () => {
  catalogue = createCatalogue(domain)
  server = await startServer({ catalogue })
})

after(() => server[Symbol.asyncDispose]())

for (const place of thresholds(
  () => server,
  domain,
  () => tlsOf(catalogue.get('one')),
)) {
  describe(`a header ${place.name}`, () => {
    for (const [what, markup, condition] of refused) {
      test(`with ${what} gets ${condition}`, async () => {
        using client = await place.reach()
        assert.equal(await headerRefusal(client, markup), condition)
        assert.deepEqual(server.decisionsOf(client), [])
      })
    }
    for (const [what, markup] of answered) {
      test(`with ${what} is answered`, async () => {
        using client = await place.reach()
        client.send(markup)
        const reply = await client.header()
        assert.equal(reply.get('from'), domain)
        assert.equal(reply.get('version'), '1.0')
        assert.equal(reply.get('xmlns'), 'jabber:client')
        assert.equal((await client.element()).name, 'stream:features')
      })
    }
    test('arrives one byte at a time', async () => {
      using client = await place.reach()
      for (const byte of Buffer.from(headerTo(domain))) client.send(Uint8Array.of(byte))
      await client.header()
      await client.element('stream:features')
    })
  })
}

onBothDoors('a refusal is, to the letter, a header, an error with its text, and a closing tag', async (door) => {
  using client = await connectSecure({ port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) })
  client.send(header({ to: 'elsewhere.example' }))
  const [opened, error, closed] = [await client.next(), await client.next(), await client.next()]
  assert.match(
    opened.kind === 'header' ? opened.raw : '',
    /^<stream:stream xmlns='jabber:client' xmlns:stream='http:\/\/etherx\.jabber\.org\/streams' id='[\w-]+' from='signet\.example' xml:lang='en' version='1\.0'>$/,
  )
  const errors = 'urn:ietf:params:xml:ns:xmpp-streams'
  assert.equal(
    error.kind === 'element' && error.raw,
    `<stream:error><host-unknown xmlns='${errors}'/><text xmlns='${errors}' xml:lang='en'>this domain is not served here</text></stream:error>`,
  )
  assert.equal(closed.kind === 'footer' && closed.raw, '</stream:stream>')
  assert.equal(await client.end(), null)
})

onBothDoors('two streams never share an id', async (door) => {
  const options = { port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) }
  const ids = new Set<string | undefined>()
  for (let count = 0; count < 2; count++) {
    using client = await connectSecure(options)
    client.send(headerTo(domain))
    ids.add((await client.header()).get('id'))
  }
  assert.equal(ids.size, 2)
  assert.ok(!ids.has(undefined) && !ids.has(''))
})

onBothDoors('a from is answered with a to', async (door) => {
  using client = await connectSecure({ port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) })
  client.send(header({ from: `alice@${domain}` }))
  assert.equal((await client.header()).get('to'), `alice@${domain}`)
})

onBothDoors('a from of another user than the login is the end of the stream', async (door) => {
  using client = await connectSecure({ port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) })
  client.send(header({ from: `bob@${domain}` }))
  await client.header()
  await client.element('stream:features')
  client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
  assert.equal((await client.streamError()).condition, 'invalid-from')
  const [decision, ...more] = server.decisionsOf(client)
  assert.deepEqual(more, [])
  assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'stream-from-mismatch')
})

onBothDoors('a from of the user who logs in is no obstacle', async (door) => {
  using client = await connectSecure({ port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) })
  client.send(header({ from: `ALICE@${domain}/phone` }))
  await client.header()
  await client.element('stream:features')
  assert.equal((await client.auth('equals')).name, 'success')
})

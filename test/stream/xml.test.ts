/** What no XMPP stream may hold (RFC 6120 §11, §4.9.3), on an open stream before and after login. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { doors, startServer, type TestServer } from '../support/server.ts'
import { connectSecure, openClient } from '../support/xmpp-client.ts'
import { onBothDoors, refusalOf, thresholds, tlsOf } from './both-doors.ts'

const domain = 'signet.example'
const maxStanzaBytes = 20_000

const bytes = (...values: readonly number[]) => Buffer.concat([Buffer.from('<a xmlns="urn:x">'), Buffer.from(values)])
const nested = (levels: number) => `<a xmlns='urn:x'>${'<b>'.repeat(levels)}`
const attributes = (count: number) => Array.from({ length: count }, (_, index) => ` a${index}=''`).join('')

const forbidden: readonly (readonly [what: string, data: string | Uint8Array, condition: string])[] = [
  ['a comment', '<!-- hello -->', 'restricted-xml'],
  ['a comment inside an element', "<a xmlns='urn:x'><!-- hello -->", 'restricted-xml'],
  ['a processing instruction', '<?xml-stylesheet href="x"?>', 'restricted-xml'],
  ['a document type', '<!DOCTYPE a>', 'restricted-xml'],
  ['an entity that nobody defined', "<a xmlns='urn:x'>&copy;", 'restricted-xml'],
  ['a bare ampersand', "<a xmlns='urn:x'>a & b", 'not-well-formed'],
  ['tags that do not match', "<a xmlns='urn:x'></b>", 'not-well-formed'],
  ['a value without quotes', '<a b=c>', 'not-well-formed'],
  ['an attribute twice', "<a xmlns='urn:x' b='1' b='2'>", 'not-well-formed'],
  ['a prefix that is not bound', '<x:a>', 'not-well-formed'],
  ['a prefix of so many surrogates that half of one is cut off', `<${'\u{10000}'.repeat(80)}:x/>`, 'not-well-formed'],
  ['a control character', "<a xmlns='urn:x'>\u0001", 'not-well-formed'],
  ['a reference to a control character', "<a xmlns='urn:x'>&#1;", 'not-well-formed'],
  ['text between elements', 'hello<', 'bad-format'],
  ['UTF-8 with a broken sequence', bytes(0xc3, 0x28), 'unsupported-encoding'],
  ['UTF-8 in an overlong form', bytes(0xc0, 0xaf), 'unsupported-encoding'],
  ['UTF-8 that encodes a surrogate', bytes(0xed, 0xa0, 0x80), 'unsupported-encoding'],
  ['UTF-8 beyond the last character', bytes(0xf4, 0x90, 0x80, 0x80), 'unsupported-encoding'],
  ['a stray continuation byte', bytes(0x80), 'unsupported-encoding'],
  ['Latin-1', Buffer.from('<a xmlns="urn:x">Jürgen', 'latin1'), 'unsupported-encoding'],
  ['an element that is too large', `<a xmlns='urn:x'>${'x'.repeat(maxStanzaBytes)}`, 'policy-violation'],
  ['a start tag that is too large', `<a xmlns='urn:x' b='${'x'.repeat(maxStanzaBytes)}`, 'policy-violation'],
  ['elements nested too deep', nested(100), 'policy-violation'],
  ['too many attributes', `<a xmlns='urn:x'${attributes(100)}>`, 'policy-violation'],
  ['an element in no namespace', "<a xmlns=''/>", 'invalid-namespace'],
  ['a stanza of servers', "<iq xmlns='jabber:server'/>", 'invalid-namespace'],
]

let catalogue: Catalogue
let server: TestServer

before(async () => {
  catalogue = createCatalogue(domain)
  server = await startServer({ catalogue, c2s: { maxStanzaBytes } })
})

after(() => server[Symbol.asyncDispose]())

for (const place of thresholds(
  () => server,
  domain,
  () => tlsOf(catalogue.get('one')),
)) {
  describe(`a stream ${place.name}`, () => {
    for (const [what, data, condition] of forbidden) {
      test(`ends with ${condition} at ${what}`, async () => {
        using client = await place.reach()
        assert.equal(await refusalOf(client, domain, data), condition)
        assert.deepEqual(server.decisionsOf(client), [])
      })
    }
    for (const stanza of ['<iq type="get" id="1"><ping xmlns="urn:xmpp:ping"/></iq>', '<message/>', '<presence/>']) {
      test(`ends with not-authorized at a stanza: ${stanza.slice(0, 9)}`, async () => {
        using client = await place.reach()
        assert.equal(await refusalOf(client, domain, stanza), 'not-authorized')
      })
    }
    test('ends with unsupported-stanza-type at an element that nobody knows', async () => {
      using client = await place.reach()
      assert.equal(await refusalOf(client, domain, "<hello xmlns='urn:example:unknown'/>"), 'unsupported-stanza-type')
    })
    test('is closed in order when the client closes it', async () => {
      using client = await place.reach()
      await client.open(domain)
      client.send('</stream:stream>')
      await client.closing()
    })
    test('ends when the client goes without a word', async () => {
      using client = await place.reach()
      await client.open(domain)
      client.finish()
      const gone = await client.next()
      assert.ok(gone.kind === 'footer' || gone.kind === 'end')
    })
  })
}

for (const door of doors) {
  describe(`a session (${door})`, () => {
    for (const [what, data, condition] of forbidden) {
      // Whoever is logged in may nest and write more than a stranger.
      if (condition === 'policy-violation' && !what.includes('too large')) continue
      test(`ends with ${condition} at ${what}`, async () => {
        const options = { port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) }
        const { client } = await openClient(options)
        using _ = client
        await client.auth('equals')
        await client.bind(domain)
        client.send(data)
        assert.equal((await client.streamError()).condition, condition)
      })
    }
  })
}

onBothDoors('a character of four bytes survives being cut anywhere', async (door) => {
  const options = { port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) }
  const { client } = await openClient(options)
  using _ = client
  await client.auth('equals')
  const jid = await client.bind(domain, 'cut')
  const message = Buffer.from(`<message to='${jid}' type='chat' id='c'><body>héllo 𝄞 ✓</body></message>`)
  client.send('<presence/>')
  assert.equal((await client.element('presence')).attrs['from'], jid)
  for (const byte of message) client.send(Uint8Array.of(byte))
  assert.equal((await client.element('message')).getChildText('body'), 'héllo 𝄞 ✓')
})

onBothDoors('what is forbidden is forbidden one byte at a time', async (door) => {
  using client = await connectSecure({ port: server.portOf(door), door, domain, tls: tlsOf(catalogue.get('one')) })
  await client.open(domain)
  for (const byte of Buffer.from('<!DOCTYPE a>')) client.send(Uint8Array.of(byte))
  assert.equal((await client.streamError()).condition, 'restricted-xml')
})

/** The SASL exchange on the wire (RFC 6120 §6), in the forms that real clients use and in those that none should. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type EveryDoor, everyDoor, httpsWith, listenerOf, openDoor } from '../support/every-door.ts'
import { type Catalogue, type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import type { StreamClient } from '../support/stream-client.ts'
import {
  authMarkup,
  type ClientTls,
  headerTo,
  type InitialResponse,
  mechanismsOf,
  readError,
} from '../support/xmpp-client.ts'
import { onEveryDoor, tlsOf } from './both-doors.ts'

const domain = 'signet.example'
const ns = 'urn:ietf:params:xml:ns:xmpp-sasl'
const base64 = (data: string | Uint8Array) => Buffer.from(data).toString('base64')

let catalogue: Catalogue
let server: TestServer

before(async () => {
  catalogue = createCatalogue(domain)
  server = await startServer({ catalogue, https: httpsWith() })
})

after(() => server[Symbol.asyncDispose]())

function welcome(door: EveryDoor, tls: ClientTls) {
  return openDoor({ port: server.portOf(listenerOf(door)), door, domain, tls })
}

async function arrive(door: EveryDoor, certificate: CatalogueName = 'one'): Promise<StreamClient> {
  return (await welcome(door, tlsOf(catalogue.get(certificate)))).client
}

/** Reason codes of the attempts of this connection; `allow` for a login. */
function outcomesOf(client: StreamClient): readonly string[] {
  return server.decisionsOf(client).map(({ outcome }) => (outcome.kind === 'deny' ? outcome.code : 'allow'))
}

async function failureOf(client: StreamClient): Promise<string> {
  return readError(await client.element('failure')).condition
}

/** Every way to write "no authorization identity", or alice's, that some client is known to use. */
const accepted: readonly (readonly [client: string, markup: string])[] = [
  ['slixmpp, stanza: equals sign', `<auth xmlns='${ns}' mechanism='EXTERNAL'>=</auth>`],
  ['strophe.js with authcid: empty', `<auth xmlns='${ns}' mechanism='EXTERNAL'></auth>`],
  ['xmpp.js without authzid: empty tag', `<auth xmlns="${ns}" mechanism="EXTERNAL"/>`],
  ['gloox: bare JID', `<auth xmlns='${ns}' mechanism='EXTERNAL'>${base64(`alice@${domain}`)}</auth>`],
  ['Profanity: full JID', `<auth mechanism="EXTERNAL" xmlns="${ns}">${base64(`alice@${domain}/profanity`)}</auth>`],
  ['a prefix of its own', `<s:auth xmlns:s='${ns}' mechanism='EXTERNAL'>=</s:auth>`],
  ['unknown attributes', `<auth xmlns='${ns}' mechanism='EXTERNAL' hello='world'>=</auth>`],
]

/** Responses that name nobody, and why. */
const refused: readonly (readonly [what: string, response: InitialResponse, condition: string, code: string])[] = [
  ['a JID without localpart', { text: domain }, 'invalid-authzid', 'authzid-malformed'],
  ['an empty localpart', { text: `@${domain}` }, 'invalid-authzid', 'authzid-malformed'],
  ['an empty domain', { text: 'alice@' }, 'invalid-authzid', 'authzid-malformed'],
  ['an empty resource', { text: `alice@${domain}/` }, 'invalid-authzid', 'authzid-malformed'],
  ['a NUL', { text: `alice@${domain}\0` }, 'invalid-authzid', 'authzid-malformed'],
  ['PLAIN’s three parts', { text: `\0alice\0secret` }, 'invalid-authzid', 'authzid-malformed'],
  ['a line end', { text: `alice@${domain}\n` }, 'invalid-authzid', 'authzid-malformed'],
  ['a byte order mark', { text: `\ufeffalice@${domain}` }, 'invalid-authzid', 'authzid-malformed'],
  ['broken UTF-8', { raw: base64(Uint8Array.of(0x61, 0xc3, 0x28)) }, 'invalid-authzid', 'authzid-malformed'],
  ['a localpart that is too long', { text: `${'a'.repeat(1024)}@${domain}` }, 'invalid-authzid', 'authzid-malformed'],
  ['more bytes than a JID has', { text: 'a'.repeat(3072) }, 'malformed-request', 'response-too-long'],
  ['base64 without padding', { raw: 'YWxpY2U' }, 'incorrect-encoding', 'encoding-incorrect'],
  ['base64 with bits under the padding', { raw: 'YWxpY2V=' }, 'incorrect-encoding', 'encoding-incorrect'],
  ['base64url', { raw: '_-8=' }, 'incorrect-encoding', 'encoding-incorrect'],
  ['base64 in two lines', { raw: 'YWxp\nY2U=' }, 'incorrect-encoding', 'encoding-incorrect'],
  ['white space', { raw: ' ' }, 'incorrect-encoding', 'encoding-incorrect'],
  ['two equals signs', { raw: '==' }, 'incorrect-encoding', 'encoding-incorrect'],
  ['no base64 at all', { raw: '&lt;alice&gt;' }, 'incorrect-encoding', 'encoding-incorrect'],
]

for (const door of everyDoor) {
  describe(`<auth/> (${door})`, () => {
    for (const [what, markup] of accepted) {
      test(`is understood in the form of ${what}`, async () => {
        using client = await arrive(door)
        client.send(markup)
        const answer = await client.next()
        assert.equal(answer.kind === 'element' && answer.raw, `<success xmlns='${ns}'/>`)
        assert.match(await client.bind(domain), /^alice@signet\.example\/.+/)
        assert.deepEqual(outcomesOf(client), ['allow'])
      })
    }
    for (const [what, response, condition, code] of refused) {
      test(`fails with ${condition} at ${what}`, async () => {
        using client = await arrive(door)
        client.send(authMarkup(response))
        assert.equal(await failureOf(client), condition)
        assert.deepEqual(outcomesOf(client), [code])
        assert.equal((await client.auth('equals')).name, 'success', 'the stream stays open for another attempt')
        assert.deepEqual(outcomesOf(client), [code, 'allow'])
      })
    }
  })
}

onEveryDoor('a response of PLAIN, sent by mistake, is not on record', async (door) => {
  using client = await arrive(door)
  client.send(authMarkup({ text: '\0alice\0secret' }))
  assert.equal(await failureOf(client), 'invalid-authzid')
  client.send(authMarkup({ text: 'alice@' }))
  assert.equal(await failureOf(client), 'invalid-authzid')
  const records = server.decisionsOf(client)
  assert.deepEqual(
    records.map(({ authzid }) => authzid),
    [null, 'alice@'],
  )
  assert.doesNotMatch(JSON.stringify(records), /secret/)
})

for (const mechanism of ['PLAIN', 'SCRAM-SHA-1', 'external', 'EXTERNAL ', '']) {
  onEveryDoor(`mechanism ${JSON.stringify(mechanism)} is invalid-mechanism, and no end`, async (door) => {
    using client = await arrive(door)
    client.send(authMarkup({ text: '\0alice\0secret' }, mechanism))
    assert.equal(await failureOf(client), 'invalid-mechanism')
    assert.deepEqual(outcomesOf(client), ['mechanism-unknown'])
    assert.equal((await client.auth('equals')).name, 'success')
  })
}

onEveryDoor('an <auth/> without mechanism is invalid-mechanism', async (door) => {
  using client = await arrive(door)
  client.send(`<auth xmlns='${ns}'>=</auth>`)
  assert.equal(await failureOf(client), 'invalid-mechanism')
  assert.deepEqual(outcomesOf(client), ['mechanism-unknown'])
})

onEveryDoor('an unknown mechanism is refused as such, whatever comes with it', async (door) => {
  using client = await arrive(door)
  client.send(authMarkup({ raw: '*' }, 'PLAIN'))
  assert.equal(await failureOf(client), 'invalid-mechanism')
  assert.deepEqual(outcomesOf(client), ['mechanism-unknown'])
})

onEveryDoor('EXTERNAL is the only mechanism on offer', async (door) => {
  const { client, features } = await welcome(door, tlsOf(catalogue.get('one')))
  using _ = client
  assert.deepEqual(mechanismsOf(features), ['EXTERNAL'])
  assert.equal(features.getChild('starttls'), undefined)
  assert.equal(features.getChild('bind'), undefined)
})

onEveryDoor('without a certificate there is nothing on offer, and no empty list of it', async (door) => {
  const { client, features } = await welcome(door, {})
  using _ = client
  assert.equal(mechanismsOf(features), null)
  client.send(authMarkup('equals'))
  assert.equal(await failureOf(client), 'not-authorized')
  assert.deepEqual(outcomesOf(client), ['certificate-missing'])
})

onEveryDoor('the third failure is the last', async (door) => {
  using client = await arrive(door)
  for (const response of [{ text: `bob@${domain}` }, { raw: '*' }, { text: '@' }]) client.send(authMarkup(response))
  assert.equal(await failureOf(client), 'invalid-authzid')
  assert.equal(await failureOf(client), 'incorrect-encoding')
  assert.equal(await failureOf(client), 'invalid-authzid')
  assert.equal((await client.streamError()).condition, 'policy-violation')
  assert.deepEqual(outcomesOf(client), ['authzid-mismatch', 'encoding-incorrect', 'authzid-malformed'])
})

onEveryDoor('what comes behind the third failure is not heard', async (door) => {
  using client = await arrive(door)
  const attempts = [authMarkup('equals', 'PLAIN'), authMarkup('equals', 'PLAIN'), authMarkup('equals', 'PLAIN')]
  client.send(`${attempts.join('')}${authMarkup('equals')}`)
  for (let count = 0; count < 3; count++) assert.equal(await failureOf(client), 'invalid-mechanism')
  assert.equal((await client.streamError()).condition, 'policy-violation')
  assert.deepEqual(outcomesOf(client), ['mechanism-unknown', 'mechanism-unknown', 'mechanism-unknown'])
})

onEveryDoor('two failures do not stand in the way of the third attempt', async (door) => {
  using client = await arrive(door)
  for (const mechanism of ['SCRAM-SHA-1', 'PLAIN']) {
    client.send(authMarkup('equals', mechanism))
    assert.equal(await failureOf(client), 'invalid-mechanism')
  }
  assert.equal((await client.auth('equals')).name, 'success')
})

onEveryDoor('<abort/> after a failure is answered, as Gajim expects, and is no attempt', async (door) => {
  using client = await arrive(door, 'none')
  client.send(authMarkup('equals'))
  assert.equal(await failureOf(client), 'not-authorized')
  for (let count = 0; count < 4; count++) {
    client.send(`<abort xmlns='${ns}'/>`)
    assert.equal(await failureOf(client), 'aborted')
  }
  client.send('</stream:stream>')
  await client.closing()
  assert.deepEqual(outcomesOf(client), ['no-identity'])
})

onEveryDoor('<abort/> out of the blue is answered and changes nothing', async (door) => {
  using client = await arrive(door)
  client.send(`<abort xmlns='${ns}'/>`)
  assert.equal(await failureOf(client), 'aborted')
  assert.equal((await client.auth('equals')).name, 'success')
  assert.deepEqual(outcomesOf(client), ['allow'])
})

onEveryDoor('<response/> without an exchange fails with malformed-request', async (door) => {
  using client = await arrive(door)
  client.send(`<response xmlns='${ns}'>=</response>`)
  assert.equal(await failureOf(client), 'malformed-request')
  assert.deepEqual(outcomesOf(client), ['exchange-missing'])
  assert.equal((await client.auth('equals')).name, 'success')
})

for (const name of ['challenge', 'success', 'failure', 'mechanisms', 'hello']) {
  onEveryDoor(`<${name}/>, which is not a client's to send, ends the stream`, async (door) => {
    using client = await arrive(door)
    client.send(`<${name} xmlns='${ns}'/>`)
    assert.equal((await client.streamError()).condition, 'unsupported-stanza-type')
    assert.deepEqual(outcomesOf(client), [])
  })
}

for (const other of ['jabber:client', 'urn:ietf:params:xml:ns:xmpp-bind', 'urn:xmpp:sasl:2']) {
  onEveryDoor(`<auth/> in the namespace ${other} ends the stream`, async (door) => {
    using client = await arrive(door)
    client.send(`<auth xmlns='${other}' mechanism='EXTERNAL'>=</auth>`)
    assert.equal((await client.streamError()).condition, 'unsupported-stanza-type')
    assert.deepEqual(outcomesOf(client), [])
  })
}

onEveryDoor('login, new header and binding may come in one segment', async (door) => {
  using client = await arrive(door)
  const bind =
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>fast</resource></bind></iq>"
  client.send(`${authMarkup('equals')}${headerTo(domain)}${bind}`)
  await client.element('success')
  await client.header()
  const features = await client.element('stream:features')
  assert.equal(mechanismsOf(features), null, 'nobody logs in twice')
  assert.ok(features.getChild('bind', 'urn:ietf:params:xml:ns:xmpp-bind'))
  const result = await client.element('iq')
  assert.equal(result.getChild('bind')?.getChildText('jid'), `alice@${domain}/fast`)
})

onEveryDoor('white space keeps a connection alive anywhere between elements', async (door) => {
  using client = await arrive(door)
  client.send(' \n')
  client.send(`\t${authMarkup('absent')} \r\n`)
  await client.element('success')
  client.send('\n \n')
  assert.equal(await client.bind(domain, 'calm'), `alice@${domain}/calm`)
  client.send(' ')
  client.send(' </stream:stream>\n')
  await client.closing()
})

onEveryDoor(
  'after <success/> the old stream is over: a stanza without a new header ends the connection',
  async (door) => {
    using client = await arrive(door)
    client.send(authMarkup('equals'))
    await client.element('success')
    client.send("<iq type='get' id='1' xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'/></iq>")
    // Where no header was asked for, BOSH has no place for one.
    if (door !== 'bosh') await client.header()
    const { condition } = await client.streamError()
    assert.equal(condition, listenerOf(door) === 'https' ? 'bad-format' : 'invalid-namespace')
  },
)

onEveryDoor('the restarted stream must be to the same domain, and XML as strict as before', async (door) => {
  using client = await arrive(door)
  client.send(authMarkup('equals'))
  await client.element('success')
  client.send(headerTo('elsewhere.example'))
  await client.header()
  assert.equal((await client.streamError()).condition, 'host-unknown')
})

onEveryDoor('a second <auth/> after login is no login', async (door) => {
  using client = await arrive(door)
  await client.auth('equals')
  await client.bind(domain)
  client.send(authMarkup({ text: `bob@${domain}` }))
  assert.equal((await client.streamError()).condition, 'unsupported-stanza-type')
  assert.deepEqual(outcomesOf(client), ['allow'])
})

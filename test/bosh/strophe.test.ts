/** The requests of strophe.js as it writes them, with what it goes by in the answers. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type HttpAnswer, type HttpConnection, postOf } from '../support/http-connection.ts'
import { type Catalogue, type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { type Arena, openArena } from './arena.ts'
import { connectAs } from './raw-session.ts'

const domain = 'a.example'
const httpBind = 'xmlns="http://jabber.org/protocol/httpbind"'
const xmpp = 'xmlns:xmpp="urn:xmpp:xbosh"'
const external = '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="EXTERNAL"'
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** The library's side of one session. */
class Strophe {
  readonly #connection: HttpConnection
  #rid = 4_294_967_000
  #sid = ''

  constructor(connection: HttpConnection) {
    this.#connection = connection
  }

  async begin(): Promise<HttpAnswer> {
    const wishes = 'wait="60" hold="1" content="text/xml; charset=utf-8" ver="1.6" xmpp:version="1.0"'
    const answer = await this.#post(`to="${domain}" xml:lang="en" ${wishes} ${xmpp}`, '')
    this.#sid = / sid='([\w-]+)'/.exec(answer.text)?.[1] ?? ''
    return answer
  }

  say(payload: string, attributes = ''): Promise<HttpAnswer> {
    return this.#post(`sid="${this.#sid}" ${attributes}`, payload)
  }

  #post(attributes: string, payload: string): Promise<HttpAnswer> {
    this.#rid += 1
    const body = `<body rid="${this.#rid}" ${httpBind} ${attributes}${payload === '' ? '/>' : `>${payload}</body>`}`
    return this.#connection.ask(postOf('/http-bind', domain, body))
  }
}

/** What it writes without an identity, with an empty one, and with one; and who is in by it, or why nobody is. */
const rows: readonly (readonly [name: string, CatalogueName, auth: string, end: string])[] = [
  ['nothing', 'one', `${external}/>`, 'alice'],
  ['an empty text', 'one', `${external}></auth>`, 'alice'],
  ['an identity', 'one', `${external}>${base64(`alice@${domain}`)}</auth>`, 'alice'],
  ['an identity with a resource', 'one', `${external}>${base64(`alice@${domain}/converse`)}</auth>`, 'alice'],
  ['one of two identities', 'two', `${external}>${base64(`bob@${domain}`)}</auth>`, 'bob'],
  ['none of two identities', 'two', `${external}></auth>`, 'invalid-authzid'],
  ['another identity', 'one', `${external}>${base64(`bob@${domain}`)}</auth>`, 'invalid-authzid'],
  ['nothing, and the certificate neither', 'none', `${external}></auth>`, 'not-authorized'],
]

describe('strophe.js over BOSH', () => {
  let catalogue: Catalogue
  let arena: Arena
  before(async () => {
    catalogue = createCatalogue(domain)
    arena = await openArena({ catalogue, tls: true })
  })
  after(() => arena[Symbol.asyncDispose]())

  for (const [name, certificate, auth, end] of rows) {
    it(`says ${name}: ${end}`, async () => {
      using connection = await connectAs(arena.port, catalogue, certificate)
      const client = new Strophe(connection)
      const begun = await client.begin()
      assert.equal(begun.headers.get('content-type'), 'text/xml; charset=utf-8')
      assert.match(begun.text, /<stream:features>.*<mechanism>EXTERNAL<\/mechanism>/)
      const answered = await client.say(auth)
      if (end !== 'alice' && end !== 'bob') {
        assert.match(answered.text, new RegExp(`<failure [^>]*><${end}/><text `))
      } else {
        assert.match(answered.text, /^<body [^>]*><success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'\/><\/body>$/)
        const again = await client.say('', `to="${domain}" xml:lang="en" xmpp:restart="true" ${xmpp}`)
        assert.match(again.text, /<stream:features>.*<bind .*<session /)
        const wish = '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>'
        const bound = await client.say(`<iq type="set" id="_bind_auth_2" xmlns="jabber:client">${wish}</iq>`)
        assert.match(bound.text, new RegExp(`id='_bind_auth_2'.*<jid>${end}@a\\.example/[^<]+</jid>`))
        const session = '<session xmlns="urn:ietf:params:xml:ns:xmpp-session"/>'
        const opened = await client.say(`<iq type="set" id="_session_auth_2" xmlns="jabber:client">${session}</iq>`)
        assert.match(opened.text, /<iq [^>]*type='result'/)
      }
      const gone = await client.say('<presence xmlns="jabber:client" type="unavailable"/>', 'type="terminate"')
      assert.match(gone.text, /^<body type='terminate' /)
      const outcomes = arena.log.decisionsOf(connection.local).map(({ outcome }) => outcome)
      assert.equal(outcomes.length, 1)
      const [outcome] = outcomes
      assert.equal(outcome?.kind === 'deny' ? outcome.condition : outcome?.jid.replace(/@.*/, ''), end)
    })
  }
})

/** What stands between HTTP and the sessions: certificates, pages of other origins, sizes, pipelines, floods. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type HttpConnection, openConnection, postOf } from '../support/http-connection.ts'
import { type Catalogue, type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { type Arena, openArena, testTerms } from './arena.ts'
import { connectAs, ended, RawSession } from './raw-session.ts'
import { carrying, empty, terminal } from './scene.ts'

const domain = 'a.example'
const catalogue: Catalogue = createCatalogue(domain)
const message = (id: string, to: string) => `<message id='${id}' to='${to}' xmlns='jabber:client'/>`

const open = (arena: Arena, name: CatalogueName | null) => connectAs(arena.port, catalogue, name)

async function sessionOf(arena: Arena, name: CatalogueName): Promise<RawSession> {
  return new RawSession(await open(arena, name))
}

describe('the certificate of a session', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({ catalogue, tls: true })
  })
  after(() => arena[Symbol.asyncDispose]())

  const strangers: readonly (readonly [name: string, certificate: CatalogueName | null])[] = [
    ["somebody else's certificate", 'bob'],
    ['no certificate', null],
    ['a certificate that is refused', 'expired'],
  ]
  for (const [name, certificate] of strangers) {
    it(`is asked for on every connection: ${name} ends the connection, not the session`, async () => {
      const alice = await sessionOf(arena, 'one')
      const jid = await alice.enter()
      using stranger = await open(arena, certificate)
      const said = arena.log.until('bosh_request_refused', ({ remote }) => remote === stranger.local)
      const request = alice.next('', message('stolen', jid))
      const refused = await stranger.ask(request)
      assert.deepEqual(
        [refused.status, refused.text, refused.headers.get('connection')],
        [403, 'the session began with another certificate, or without one\n', 'close'],
      )
      await ended(stranger)
      assert.equal((await said).fields['code'], 'bosh-certificate-changed')
      // The request of the same rid, by whom the session belongs to, counts.
      const { text } = await alice.connection.ask(request)
      assert.equal(text, carrying(`<message xmlns='jabber:client' id='stolen' to='${jid}' from='${jid}'/>`))
      alice.connection.destroy()
    })
  }

  it('holds for repeats and for the end as well', async () => {
    const alice = await sessionOf(arena, 'one')
    await alice.enter()
    for (const request of [alice.again(), alice.next("type='terminate'")]) {
      using stranger = await open(arena, 'bob')
      assert.equal((await stranger.ask(request)).status, 403)
    }
    assert.equal((await alice.connection.ask(alice.again("type='terminate'"))).text, terminal(null))
    alice.connection.destroy()
  })

  it('may come over as many connections as the client likes', async () => {
    const alice = await sessionOf(arena, 'one')
    const jid = await alice.enter()
    for (const id of ['a', 'b', 'c']) {
      using other = await open(arena, 'one')
      const { text } = await other.ask(alice.next('', message(id, jid)))
      assert.equal(text, carrying(`<message xmlns='jabber:client' id='${id}' to='${jid}' from='${jid}'/>`))
    }
    alice.connection.destroy()
  })
})

describe('a session that began under TLS', () => {
  it('takes no request in clear', async () => {
    await using arena = await openArena({ catalogue, tls: false })
    const alice = new RawSession(await clearConnection(arena))
    await alice.begin()
    arena.clear()
    const plain = await openConnection({ port: arena.port, tls: null })
    const said = arena.log.until('bosh_request_refused')
    const refused = await plain.ask(alice.next())
    assert.deepEqual(
      [refused.status, refused.text],
      [403, 'the session began under TLS, and this request of it came in clear\n'],
    )
    await ended(plain)
    assert.equal((await said).fields['code'], 'bosh-session-in-clear')
  })
})

function clearConnection(arena: Arena): Promise<HttpConnection> {
  return openConnection({ port: arena.port, tls: null })
}

describe('a session identifier', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({ catalogue, tls: false })
  })
  after(() => arena[Symbol.asyncDispose]())

  it('cannot be chosen by the client', async () => {
    const session = new RawSession(await clearConnection(arena))
    session.sid = 'A'.repeat(32)
    assert.equal((await session.ask("to='a.example' ver='1.6' wait='60' hold='1'")).text, terminal('item-not-found'))
    session.sid = ''
    await session.begin()
    assert.notEqual(session.sid, 'A'.repeat(32))
    session.connection.destroy()
  })

  it('cannot be found by trying', async () => {
    const alice = new RawSession(await clearConnection(arena))
    const jid = await alice.enter()
    const guesser = new RawSession(await clearConnection(arena))
    for (let place = 0; place < 32; place += 1) {
      const other = alice.sid[place] === 'x' ? 'y' : 'x'
      guesser.sid = alice.sid.slice(0, place) + other + alice.sid.slice(place + 1)
      guesser.rid = alice.rid
      assert.equal((await guesser.ask()).text, terminal('item-not-found'))
    }
    const { text } = await alice.ask('', message('still-there', jid))
    assert.match(text, /still-there/)
    for (const { connection } of [alice, guesser]) connection.destroy()
  })
})

describe('web pages', () => {
  const preflight = (origin: string) =>
    `OPTIONS /http-bind HTTP/1.1\r\nHost: a.example\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: POST\r\n\r\n`
  const corsOf = ({ headers }: { readonly headers: ReadonlyMap<string, string> }) => [
    headers.get('access-control-allow-origin'),
    headers.get('access-control-allow-credentials'),
    headers.get('vary'),
  ]
  const listed = 'https://chat.example.org'
  const rows: readonly (readonly [name: string, origins: string[], origin: string, cors: unknown[] | null])[] = [
    ['of the same host', [], 'https://a.example', ['https://a.example', 'true', 'Origin']],
    ['of the same host in clear', [], 'http://a.example', null],
    ['of another port', [], 'https://a.example:8443', null],
    ['of another host', [], 'https://evil.example', null],
    ['of no host', [], 'null', null],
    ['that are listed', [listed], listed, [listed, 'true', 'Origin']],
    ['that begin like one that is listed', [listed], `${listed}.evil.example`, null],
    ['where all may come', ['*'], 'https://evil.example', ['*', undefined, undefined]],
  ]
  for (const [name, origins, origin, cors] of rows) {
    it(`${name}: ${cors === null ? 'no' : 'a'} session for pages`, async () => {
      await using arena = await openArena({ catalogue, tls: false, generation: { origins: { origins } } })
      using connection = await clearConnection(arena)
      const asked = await connection.ask(preflight(origin))
      const session = new RawSession(connection, { Origin: origin })
      const begun = await session.begin()
      if (cors === null) {
        assert.deepEqual([asked.status, begun.status], [403, 403])
        assert.deepEqual([corsOf(asked), corsOf(begun)].flat(), Array(6).fill(undefined))
        assert.equal(session.sid, '')
        return
      }
      assert.deepEqual(
        [asked.status, corsOf(asked), asked.headers.get('access-control-allow-methods')],
        [204, cors, 'POST'],
      )
      assert.deepEqual([begun.status, corsOf(begun)], [200, cors])
      assert.notEqual(session.sid, '')
    })
  }

  it('cannot make a page of an answer', async () => {
    await using arena = await openArena({ catalogue, tls: false })
    using connection = await clearConnection(arena)
    const { headers } = await new RawSession(connection).begin("content='text/html'")
    assert.deepEqual(
      ['content-type', 'content-security-policy', 'x-content-type-options', 'cache-control'].map((n) => headers.get(n)),
      ['text/html', "default-src 'none'; sandbox", 'nosniff', 'no-store'],
    )
  })
})

describe('HTTP', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({ catalogue, tls: false })
  })
  after(() => arena[Symbol.asyncDispose]())

  it('says to people what this is', async () => {
    using connection = await clearConnection(arena)
    const { status, text } = await connection.ask('GET /http-bind HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.deepEqual(
      [status, text],
      [200, 'XMPP over BOSH is spoken here (XEP-0124): give this address to an XMPP client.\n'],
    )
  })

  it('takes no encodings', async () => {
    using connection = await clearConnection(arena)
    assert.equal((await connection.ask(postOf('/', 'a', 'x', { 'Content-Encoding': 'gzip' }))).status, 415)
  })

  it('takes any content type, and chunks', async () => {
    using connection = await clearConnection(arena)
    const body =
      "<body rid='1' to='a.example' ver='1.6' xmlns='http://jabber.org/protocol/httpbind' xmlns:x='urn:xmpp:xbosh' x:version='1.0'/>"
    const chunks = [body.slice(0, 40), body.slice(40)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n'
    const { text } = await connection.ask(`${head}${chunks.join('')}0\r\n\r\n`)
    assert.match(text, /^<body sid='/)
  })

  it('has answers in the order of requests, on one connection', async () => {
    const alice = new RawSession(await clearConnection(arena))
    const jid = await alice.enter()
    const { connection } = alice
    const one = connection.ask(alice.next())
    const two = connection.ask(alice.next('', message('piped', jid)))
    assert.equal((await one).text, carrying(`<message xmlns='jabber:client' id='piped' to='${jid}' from='${jid}'/>`))
    const three = connection.ask(alice.next("type='terminate'"))
    assert.deepEqual([(await two).text, (await three).text], [empty, terminal(null)])
    connection.destroy()
  })

  it('may bring requests in the wrong order, which then wait for each other', async () => {
    const alice = new RawSession(await clearConnection(arena))
    const jid = await alice.enter(1)
    const first = alice.next('', message('first', jid))
    const second = alice.next('', message('second', jid))
    const answers = await Promise.all([alice.connection.ask(second), alice.connection.ask(first)])
    const ids = answers.map(({ text }) => [...text.matchAll(/ id='(\w+)'/g)].map(([, id]) => id))
    assert.deepEqual(ids, [[], ['first', 'second']])
    alice.connection.destroy()
  })

  it('lets a stranger send little, and whoever is in much', async () => {
    const large = 'x'.repeat(30_000)
    const stranger = new RawSession(await clearConnection(arena))
    await stranger.begin()
    const refused = await stranger.ask('', `<message xmlns='jabber:client'><body>${large}</body></message>`)
    assert.equal(refused.text, terminal('policy-violation'))
    await ended(stranger.connection)
    const alice = new RawSession(await clearConnection(arena))
    const jid = await alice.enter()
    const { text } = await alice.ask('', `<message xmlns='jabber:client' to='${jid}'><body>${large}</body></message>`)
    assert.ok(text.includes(large))
    const many = "<a xmlns='b'/>".repeat(300)
    const fine = await alice.ask('', `<message xmlns='jabber:client' to='${jid}'>${many}</message>`)
    assert.ok(fine.text.includes(many))
    alice.connection.destroy()
  })

  it('does not let a stranger send much in the name of somebody else', async () => {
    await using secured = await openArena({ catalogue, tls: true })
    const alice = await sessionOf(secured, 'one')
    await alice.enter()
    using bob = await open(secured, 'bob')
    const { text, headers } = await bob.ask(alice.next('', `<a xmlns='b'>${'x'.repeat(30_000)}</a>`))
    assert.deepEqual([text, headers.get('connection')], [terminal('policy-violation'), 'close'])
    alice.connection.destroy()
  })
})

describe('too many', () => {
  const payload =
    "<body type='terminate' condition='undefined-condition' xmlns='http://jabber.org/protocol/httpbind'>" +
    "<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></body>"
  for (const limit of ['maxSessions', 'maxSessionsPerAddress'] as const) {
    it(`sessions are refused, and there is room again when some have ended (${limit})`, async () => {
      await using arena = await openArena({ catalogue, tls: false, generation: { [limit]: 3 } })
      const sessions: RawSession[] = []
      for (let count = 0; count < 3; count += 1) {
        const session = new RawSession(await clearConnection(arena))
        await session.begin()
        sessions.push(session)
      }
      using connection = await clearConnection(arena)
      assert.equal((await new RawSession(connection).begin()).text, payload)
      await sessions[0]?.ask("type='terminate'")
      assert.match((await new RawSession(connection).begin()).text, / sid='/)
      for (const session of sessions) session.connection.destroy()
    })
  }
})

describe('a door elsewhere', () => {
  it('is named instead of a session', async () => {
    const seeOtherUri = 'https://chat.example.org/http-bind?a&b'
    const terms = { ...testTerms, seeOtherUri }
    await using arena = await openArena({ catalogue, tls: false, generation: { terms } })
    using connection = await clearConnection(arena)
    const { text } = await new RawSession(connection).begin()
    const uri = '<uri>https://chat.example.org/http-bind?a&amp;b</uri></body>'
    assert.equal(text, `${terminal('see-other-uri').slice(0, -2)}>${uri}`)
  })
})

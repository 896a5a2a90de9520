/** The authenticated stream: header, features, binding, and how it ends (RFC 6120 §4, §7). */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LocalHost } from '../../src/session/local/host.ts'
import type { StreamHeader } from '../../src/xml/stream-header.ts'
import { createMemoryConduit, headerOf, type MemoryConduit, parseElement } from './memory-conduit.ts'
import { carry, compare, errorStanza, online, openTestHost, playScene, takeNext } from './scene.ts'

const bindRequest = (content: string, id = 'b') =>
  `<iq type='set' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>${content}</bind></iq>`
const boundAs = (jid: string, id = 'b') =>
  `<iq type='result' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${jid}</jid></bind></iq>`

interface Opened {
  readonly conduit: MemoryConduit
  readonly over: Promise<void>
}

async function openStream(host: LocalHost, local = 'alice', header: Partial<StreamHeader> = {}): Promise<Opened> {
  const conduit = createMemoryConduit()
  const { over } = await carry(host, local, conduit)
  conduit.bring({ kind: 'open', header: headerOf(header) })
  return { conduit, over }
}

function send({ conduit }: Opened, markup: string): void {
  conduit.bring({ kind: 'element', element: parseElement(markup) })
}

async function bind(host: LocalHost, resource: string): Promise<Opened> {
  const opened = await openStream(host)
  send(opened, bindRequest(`<resource>${resource}</resource>`))
  compare(await takeNext(opened.conduit), boundAs(`alice@localhost/${resource}`), resource)
  return opened
}

async function endOf({ conduit, over }: Opened): Promise<string | null> {
  await over
  return (await conduit.closed)?.condition ?? null
}

const features = (session: string) =>
  `<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>${session}` +
  "<ver xmlns='urn:xmpp:features:rosterver'/><sub xmlns='urn:xmpp:features:pre-approval'/></stream:features>"

describe('header', () => {
  /** Header, and the stream error that it earns; null if the stream is opened. */
  const headers: readonly (readonly [Partial<StreamHeader>, string | null])[] = [
    [{ to: null }, 'host-unknown'],
    [{ to: 'example.org' }, 'host-unknown'],
    [{ to: 'other.localhost' }, 'host-unknown'],
    [{ to: '' }, 'host-unknown'],
    [{ version: null }, 'unsupported-version'],
    [{ version: '0.9' }, 'unsupported-version'],
    [{ version: 'two' }, 'unsupported-version'],
    [{ from: 'bob@localhost' }, 'invalid-from'],
    [{ from: 'localhost' }, 'invalid-from'],
    [{ from: '@' }, 'invalid-from'],
    [{ from: 'alice@localhost' }, null],
    [{ from: 'ALICE@localhost/x' }, null],
    [{ to: 'LOCALHOST', version: '1.1' }, null],
    [{ version: '2.0' }, null],
  ]
  for (const [header, condition] of headers) {
    it(`${JSON.stringify(header)}: ${condition ?? 'opened'}`, async () => {
      await using host = openTestHost({ domains: ['localhost', 'other.localhost'] })
      const opened = await openStream(host, 'alice', header)
      if (condition === null) opened.conduit.bring({ kind: 'end' })
      assert.equal(await endOf(opened), condition)
      const { answer } = opened.conduit
      assert.equal(answer?.from, 'localhost')
      assert.equal(answer?.features === '', condition !== null, 'features go with a good header only')
    })
  }

  it('the features, with the legacy session and without', async () => {
    await using host = openTestHost()
    const session = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>"
    for (const [legacySession, markup] of [
      [true, features(session)],
      [false, features('')],
    ] as const) {
      const conduit = createMemoryConduit()
      const { over } = await carry(host, 'alice', conduit, { legacySession })
      conduit.bring({ kind: 'open', header: headerOf({ from: 'alice@localhost' }) })
      conduit.bring({ kind: 'end' })
      await over
      assert.deepEqual(conduit.answer, { from: 'localhost', to: 'alice@localhost', features: markup })
    }
  })

  it("the stream's language goes with stanzas that name none", async () => {
    await using host = openTestHost()
    const alice = await openStream(host, 'alice', { lang: 'de' })
    send(alice, bindRequest('<resource>a</resource>'))
    await takeNext(alice.conduit)
    send(alice, "<message to='alice@localhost/a'><body>1</body></message>")
    send(alice, "<message to='alice@localhost/a' xml:lang='fr'><body>2</body></message>")
    const from = "from='alice@localhost/a' to='alice@localhost/a'"
    compare(await takeNext(alice.conduit), `<message xml:lang='de' ${from}><body>1</body></message>`, 'default')
    compare(await takeNext(alice.conduit), `<message xml:lang='fr' ${from}><body>2</body></message>`, 'own')
  })
})

describe('binding', () => {
  for (const content of ['', '<resource/>', '<required/>']) {
    it(`${content || 'nothing'} inside leaves the choice to the server, which makes it unguessable`, async () => {
      await using host = openTestHost()
      const chosen = new Set<string>()
      for (const id of ['1', '2']) {
        const opened = await openStream(host)
        send(opened, bindRequest(content, id))
        const bound = /<jid>alice@localhost\/([\da-f]{32})<\/jid>/.exec((await takeNext(opened.conduit)) ?? '')
        chosen.add(bound?.[1] ?? 'none')
      }
      assert.equal(chosen.size, 2)
      assert.ok(!chosen.has('none'))
    })
  }

  it('a resource of the client, prepared', async () => {
    await using host = openTestHost()
    const opened = await openStream(host)
    send(opened, bindRequest('<resource>u\u0308\u00a0x</resource>'))
    compare(await takeNext(opened.conduit), boundAs('alice@localhost/\u00fc x'), 'prepared')
  })

  /** What is refused and may be tried again. */
  const refusals: readonly (readonly [name: string, sent: string, attributes: string])[] = [
    ['a bad resource', bindRequest(`<resource>${'x'.repeat(1024)}</resource>`), "id='b'"],
    ['a request without id', "<iq type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", ''],
    ['a get', "<iq type='get' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "id='1'"],
  ]
  for (const [name, sent, attributes] of refusals) {
    it(`${name} is a bad request, and the next may be good`, async () => {
      await using host = openTestHost()
      const opened = await openStream(host)
      send(opened, sent)
      compare(await takeNext(opened.conduit), errorStanza('iq', 'bad-request', 'modify', attributes), name)
      send(opened, bindRequest('<resource>a</resource>'))
      compare(await takeNext(opened.conduit), boundAs('alice@localhost/a'), 'then')
    })
  }

  /** What ends the stream before a resource is bound. */
  const endings: readonly (readonly [sent: string, condition: string])[] = [
    ["<message to='bob@localhost'><body>hi</body></message>", 'not-authorized'],
    ['<presence/>', 'not-authorized'],
    ["<iq type='get' id='1' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>", 'not-authorized'],
    ["<iq type='set' id='1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", 'not-authorized'],
    ['<bind/>', 'unsupported-stanza-type'],
    ["<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>", 'unsupported-stanza-type'],
  ]
  for (const [sent, condition] of endings) {
    it(`${condition}: ${sent}`, async () => {
      await using host = openTestHost()
      const opened = await openStream(host)
      send(opened, sent)
      assert.equal(await endOf(opened), condition)
    })
  }

  it('too many bad requests end the stream', async () => {
    await using host = openTestHost({ limits: { maxBindAttempts: 2 } })
    const opened = await openStream(host)
    for (const id of ['1', '2'])
      send(opened, `<iq type='get' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`)
    assert.equal(await endOf(opened), 'policy-violation')
  })

  it('who binds nothing in time is sent away', async () => {
    await using host = openTestHost({ limits: { bindMs: 1 } })
    assert.equal(await endOf(await openStream(host)), 'connection-timeout')
  })

  it('the same resource again: the old session ends with conflict, is seen to go, and the new one stays', async () => {
    await using host = openTestHost()
    const other = await bind(host, 'b')
    send(other, '<presence/>')
    await takeNext(other.conduit)
    const old = await bind(host, 'a')
    send(old, '<presence/>')
    const presence = (fields: string) => `<presence ${fields} from='alice@localhost/a' to='alice@localhost/b'/>`
    compare(await takeNext(other.conduit), presence(''), 'comes')
    const fresh = await bind(host, 'a')
    assert.equal(await endOf(old), 'conflict')
    compare(await takeNext(other.conduit), presence("type='unavailable'"), 'goes')
    assert.equal(host.sessionCount, 2)
    send(fresh, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")
    compare(await takeNext(fresh.conduit), "<iq type='result' id='1' to='alice@localhost/a'/>", 'alive')
  })

  it('a session that was replaced is not listened to while it takes what is left for it', async () => {
    await using host = openTestHost()
    const other = await bind(host, 'b')
    const old = await bind(host, 'a')
    const { promise, resolve } = Promise.withResolvers<void>()
    old.conduit.gate = promise
    send(old, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")
    await takeNext(old.conduit)
    await bind(host, 'a')
    send(old, "<message to='alice@localhost/b'><body>too late</body></message>")
    resolve()
    assert.equal(await endOf(old), 'conflict')
    send(other, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")
    compare(await takeNext(other.conduit), "<iq type='result' id='1' to='alice@localhost/b'/>", 'nothing before')
  })

  it('a client that names the newest roster version gets an empty result', async () => {
    await using host = openTestHost()
    const alice = await bind(host, 'a')
    send(alice, "<iq type='get' id='1'><query xmlns='jabber:iq:roster' ver=''/></iq>")
    const version = /ver='([^']+)'/.exec((await takeNext(alice.conduit)) ?? '')?.[1]
    assert.ok(version !== undefined)
    send(alice, `<iq type='get' id='2'><query xmlns='jabber:iq:roster' ver='${version}'/></iq>`)
    compare(await takeNext(alice.conduit), "<iq type='result' id='2' to='alice@localhost/a'/>", 'unchanged')
  })

  it('one resource more than an account may have is refused; the same one again is not', async () => {
    await using host = openTestHost({ limits: { maxResources: 2 } })
    await bind(host, 'a')
    await bind(host, 'b')
    const third = await openStream(host)
    send(third, bindRequest('<resource>c</resource>'))
    compare(await takeNext(third.conduit), errorStanza('iq', 'resource-constraint', 'wait', "id='b'"), 'c')
    send(third, bindRequest('<resource>a</resource>'))
    compare(await takeNext(third.conduit), boundAs('alice@localhost/a'), 'a')
  })
})

describe('endings', () => {
  it('what is malformed ends the session with its condition', async () => {
    await using host = openTestHost()
    const alice = await bind(host, 'a')
    alice.conduit.bring({ kind: 'fault', condition: 'not-well-formed', why: 'unexpected <' })
    assert.equal(await endOf(alice), 'not-well-formed')
    assert.equal(host.sessionCount, 0)
  })

  it('answers that are under way still reach a client that closes its stream', async () => {
    await using host = openTestHost()
    const alice = await bind(host, 'a')
    const { promise, resolve } = Promise.withResolvers<void>()
    alice.conduit.gate = promise
    send(alice, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")
    send(alice, "<iq type='get' id='2'><ping xmlns='urn:xmpp:ping'/></iq>")
    alice.conduit.bring({ kind: 'close' })
    await takeNext(alice.conduit)
    resolve()
    assert.equal(await endOf(alice), null)
    assert.match(alice.conduit.received.join(), /id='2'/)
  })

  it('a client that takes nothing is not waited for', async () => {
    await using host = openTestHost({ limits: { drainMs: 1 } })
    const alice = await bind(host, 'a')
    alice.conduit.gate = new Promise(() => undefined)
    send(alice, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")
    alice.conduit.bring({ kind: 'close' })
    assert.equal(await endOf(alice), null)
  })

  it('a shutdown ends bound and unbound streams, and takes no more', async () => {
    const host = openTestHost()
    const bound = await bind(host, 'a')
    const unbound = await openStream(host)
    await host.closeAll('system-shutdown', 'back in a minute')
    assert.deepEqual(
      [await endOf(bound), await endOf(unbound), host.sessionCount],
      ['system-shutdown', 'system-shutdown', 0],
    )
    await assert.rejects(openStream(host), /the server is shutting down/)
    await host[Symbol.asyncDispose]()
  })

  it('a session opened before the shutdown and carried after it is told so', async () => {
    const host = openTestHost()
    const account = { jid: { local: 'alice', domain: 'localhost' }, certificateSha256: null, certificateNotAfter: null }
    const call = { deadline: Infinity, signal: new AbortController().signal }
    const opened = await host.open(account, { legacySession: true }, call)
    assert.ok(opened.ok)
    await host[Symbol.asyncDispose]()
    const conduit = createMemoryConduit()
    await opened.value.carry(conduit)
    assert.equal((await conduit.closed)?.condition, 'system-shutdown')
  })

  it('a domain that is not served any more: its streams end, others stay, new ones are not opened', async () => {
    await using host = openTestHost({ domains: ['localhost', 'example.org'] })
    const alice = await bind(host, 'a')
    host.setDomains(['example.org'])
    assert.equal(await endOf(alice), 'host-gone')
    await assert.rejects(openStream(host), /localhost is not served any more/)
    host.setDomains(['localhost'])
    await bind(host, 'a')
  })

  it('an abandoned session carries nothing, nor does one twice', async () => {
    await using host = openTestHost()
    const account = { jid: { local: 'alice', domain: 'localhost' }, certificateSha256: null, certificateNotAfter: null }
    const call = { deadline: Infinity, signal: new AbortController().signal }
    const opened = await host.open(account, { legacySession: true }, call)
    assert.ok(opened.ok)
    opened.value.abandon()
    const conduit = createMemoryConduit()
    await opened.value.carry(conduit)
    assert.equal((await conduit.closed)?.condition, 'internal-server-error')
  })

  it('a conduit that breaks in the middle of a write ends the session', async () => {
    await using host = openTestHost()
    const alice = await bind(host, 'a')
    alice.conduit.gate = Promise.reject(new Error('reset'))
    send(alice, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")
    assert.equal(await endOf(alice), null)
    assert.equal(host.sessionCount, 0)
  })
})

it('a client may close its stream while others write to it', () =>
  playScene({
    name: 'crossing',
    steps: [
      ...online('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<message to='bob@localhost/b'><body>1</body></message>"],
      ['bob/b', 'leaves'],
      ['alice/a', 'sends', "<message to='bob@localhost/b' type='chat'><body>2</body></message>"],
    ],
  }))

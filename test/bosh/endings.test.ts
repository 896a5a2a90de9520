/** How sessions pause, expire and end, and what old and cautious clients are told: XEP-0124 case by case, with the exact answers. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { carrying, empty, firstRid, Scene, type TestReply, terminal, usual } from './scene.ts'

const message = (text: string) => `<message xmlns='jabber:client'><body>${text}</body></message>`
const bare = (text: string) => `<message><body>${text}</body></message>`
const httpBind = "xmlns='http://jabber.org/protocol/httpbind'"
const texts = (...replies: readonly TestReply[]) => replies.map(({ text }) => text)

describe('pause', () => {
  it('lets all requests go, its own with nothing in it, and keeps the session for so long', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    void scene.transport.write(bare('hello'))
    const two = await scene.ask(2, "pause='120'")
    assert.deepEqual(texts(one, two), [carrying(message('hello')), empty])
    await scene.clock.pass(119_999)
    assert.equal(scene.end, null)
    await scene.clock.pass(1)
    assert.deepEqual(scene.end, { kind: 'expired' })
    assert.deepEqual(scene.read, ['end'])
  })

  it('ends with the next request', async () => {
    const scene = await Scene.begin()
    await scene.ask(1, "pause='120'")
    await scene.clock.pass(100_000)
    const two = await scene.ask(2)
    await scene.clock.pass(60_000)
    assert.equal(two.text, empty)
    await scene.clock.pass(29_999)
    assert.equal(scene.end, null)
    await scene.clock.pass(1)
    assert.deepEqual(scene.end, { kind: 'expired' })
  })

  it('may be shorter than the usual silence', async () => {
    const scene = await Scene.begin()
    await scene.ask(1, "pause='1'")
    await scene.clock.pass(1_000)
    assert.deepEqual(scene.end, { kind: 'expired' })
  })

  it('that is too long ends the session', async () => {
    const scene = await Scene.begin()
    assert.equal((await scene.ask(1, "pause='121'")).text, terminal('policy-violation'))
  })
})

describe('silence', () => {
  it('ends the session without a word', async () => {
    const scene = await Scene.begin()
    await scene.clock.pass(29_999)
    assert.equal(scene.end, null)
    await scene.clock.pass(1)
    assert.deepEqual(scene.end, { kind: 'expired' })
    assert.deepEqual(scene.read, ['end'])
    assert.equal((await scene.ask(1)).text, terminal('item-not-found'))
    assert.equal(scene.clock.timers, 0)
  })

  it('begins when the connection of the last request goes', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    await scene.clock.pass(20_000)
    await scene.lose(one)
    await scene.clock.pass(29_999)
    assert.equal(scene.end, null)
    await scene.clock.pass(1)
    assert.deepEqual(scene.end, { kind: 'expired' })
  })

  it('is over when the request comes again', async () => {
    const scene = await Scene.begin()
    await scene.lose(await scene.ask(1))
    await scene.clock.pass(29_000)
    const again = await scene.ask(1)
    await scene.clock.pass(10_000)
    assert.equal(scene.end, null)
    await scene.write(bare('hello'))
    assert.equal(again.text, carrying(message('hello')))
  })

  it('is what a missing request ends in, however many come behind it', async () => {
    const scene = await Scene.begin()
    const two = await scene.ask(2)
    await scene.clock.pass(30_000)
    assert.equal(two.text, terminal('item-not-found'))
    assert.deepEqual(scene.end, { kind: 'expired' })
  })
})

describe('a request without a connection', () => {
  it('takes nothing along', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    await scene.lose(one)
    await scene.write(bare('hello'))
    const again = await scene.ask(1)
    assert.equal(again.text, carrying(message('hello')))
  })

  it('gives way to one behind it that has one', async () => {
    const scene = await Scene.begin()
    await scene.lose(await scene.ask(1))
    await scene.clock.pass(5_000)
    const two = await scene.ask(2)
    await scene.write(bare('hello'))
    assert.equal(two.text, carrying(message('hello')))
    assert.equal((await scene.ask(1)).text, empty)
  })
})

describe('terminate', () => {
  it('is answered in kind, and what came with it is read first', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    const two = await scene.ask(2, "type='terminate'", "<presence xmlns='jabber:client' type='unavailable'/>")
    assert.deepEqual(texts(one, two), [empty, terminal(null)])
    assert.deepEqual(scene.read, ["<presence type='unavailable'/>", 'close'])
    assert.deepEqual(scene.end, { kind: 'terminated' })
    assert.equal((await scene.ask(3)).text, terminal('item-not-found'))
    assert.equal(scene.clock.timers, 0)
  })

  it('waits for what comes before it', async () => {
    const scene = await Scene.begin()
    const two = await scene.ask(2, "type='terminate'")
    assert.equal(scene.end, null)
    await scene.ask(1, '', message('last words'))
    assert.equal(two.text, terminal(null))
    assert.deepEqual(scene.read, [bare('last words'), 'close'])
  })
})

describe('the end from this side', () => {
  const rows: readonly (readonly [name: string, error: Parameters<Scene['transport']['close']>[0], answer: string])[] =
    [
      ['in order', undefined, terminal(null)],
      [
        'a stream error',
        { condition: 'conflict', text: 'replaced' },
        `<body type='terminate' condition='remote-stream-error' ${httpBind} xmlns:stream='http://etherx.jabber.org/streams'>` +
          "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" +
          "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>replaced</text></stream:error></body>",
      ],
      ['a domain that is served no more', { condition: 'host-gone' }, terminal('host-gone')],
      ['shutdown', { condition: 'system-shutdown' }, terminal('system-shutdown')],
      ['a fault of ours', { condition: 'internal-server-error' }, terminal('internal-server-error')],
      ['an unreachable server behind', { condition: 'remote-connection-failed' }, terminal('remote-connection-failed')],
    ]
  for (const [name, error, answer] of rows) {
    it(`is said to the open request: ${name}`, async () => {
      const scene = await Scene.begin()
      const one = await scene.ask(1)
      await scene.transport.close(error)
      assert.equal(one.text, answer)
      assert.equal(scene.end?.kind, 'closed')
      assert.equal(scene.clock.timers, 0)
    })
  }

  it('comes behind what was to be said', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    void scene.transport.write("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    const closed = scene.transport.close({ condition: 'system-shutdown' })
    assert.equal(one.text, carrying("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"))
    assert.equal((await scene.ask(2)).text, terminal('system-shutdown'))
    await closed
  })

  it('is kept for a client that has nothing open, as long as it may be silent', async () => {
    const scene = await Scene.begin()
    const closed = scene.transport.close({ condition: 'system-shutdown' })
    await scene.clock.pass(2_000)
    await closed
    await scene.clock.pass(20_000)
    assert.equal((await scene.ask(1)).text, terminal('system-shutdown'))
  })

  it('leaves nothing behind when nobody comes', async () => {
    const scene = await Scene.begin()
    void scene.transport.close({ condition: 'system-shutdown' })
    await scene.clock.pass(30_000)
    assert.equal(scene.clock.timers, 0)
    assert.equal(scene.end?.kind, 'expired')
  })

  it('refuses a session that was not there yet', async () => {
    for (const [attributes, condition] of [
      [usual, 'host-unknown'],
      [usual.replace("to='a.example'", ''), 'improper-addressing'],
    ] as const) {
      const scene = await Scene.begin({ attributes, reads: false })
      void scene.transport.close({ condition: 'host-unknown' })
      assert.equal(scene.first.text, terminal(condition))
    }
  })

  it('is by force where it must be', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    scene.transport.abort()
    assert.equal(one.text, terminal('system-shutdown'))
    await scene.over
    assert.deepEqual(scene.read, ['end'])
  })
})

describe('a client from before there were versions', () => {
  const old = "to='a.example' wait='60' hold='1'"
  it('is told by status of what it did wrong', async () => {
    const missing = await Scene.begin({ attributes: old })
    assert.equal((await missing.ask(9)).text, '404')
    const quick = await Scene.begin({ attributes: old })
    await quick.ask(1)
    assert.equal((await quick.ask(2)).text, '403')
  })

  it('is told of everything else as others are', async () => {
    const scene = await Scene.begin({ attributes: old })
    const one = await scene.ask(1)
    await scene.transport.close({ condition: 'system-shutdown' })
    assert.equal(one.text, terminal('system-shutdown'))
  })
})

describe('keys', () => {
  const chain: string[] = []
  for (let key = 'seed', n = 0; n < 10; n += 1) {
    key = createHash('sha1').update(key).digest('hex')
    chain.unshift(key)
  }
  const key = (n: number) => `key='${chain[n]}'`
  const begin = () => Scene.begin({ attributes: `${usual} newkey='${chain[0]}'` })

  it('are followed from one request to the next', async () => {
    const scene = await begin()
    for (let n = 1; n < 5; n += 1) await scene.ask(n, key(n), message('x'))
    assert.equal(scene.end, null)
    assert.equal(scene.read.length, 4)
  })

  it('are followed in the order of rids', async () => {
    const scene = await begin()
    await scene.ask(2, key(2), message('b'))
    await scene.ask(1, key(1), message('a'))
    assert.deepEqual(scene.read, [bare('a'), bare('b')])
  })

  it('may begin anew', async () => {
    const scene = await begin()
    await scene.ask(1, `${key(1)} newkey='${chain[5]}'`, message('a'))
    await scene.ask(2, key(6), message('b'))
    assert.deepEqual(scene.read, [bare('a'), bare('b')])
  })

  for (const [name, attributes] of [
    ['none', ''],
    ['the last one again', key(0)],
    ['one too many', key(2)],
  ] as const) {
    it(`end the session, and nothing of the request is read: ${name}`, async () => {
      const scene = await begin()
      assert.equal((await scene.ask(1, attributes, message('x'))).text, terminal('item-not-found'))
      assert.deepEqual([scene.end?.kind, scene.read], ['violated', ['end']])
    })
  }

  it('are shown again with a repeat', async () => {
    const scene = await begin()
    await scene.ask(1, key(1), message('a'))
    await scene.write(bare('secret'))
    assert.equal((await scene.ask(1, key(1))).text, carrying(message('secret')))
    assert.equal((await scene.ask(1, key(2))).text, terminal('item-not-found'))
  })
})

describe('acknowledgements', () => {
  const server = { serverAcks: true }
  it('say in the first answer that there are some', async () => {
    const scene = await Scene.begin({ terms: server })
    assert.match(scene.first.text ?? '', new RegExp(` ack='${firstRid}' `))
  })

  it('are given for requests behind the one that is answered', async () => {
    const scene = await Scene.begin({ terms: server })
    const one = await scene.ask(1)
    const two = await scene.ask(2, '', message('x'))
    assert.equal(one.text, `<body ack='${firstRid + 2}' ${httpBind}/>`)
    await scene.clock.pass(60_000)
    assert.equal(two.text, empty)
  })

  it('report an answer that was lost', async () => {
    const scene = await Scene.begin({ terms: server, attributes: `${usual} ack='1'` })
    const one = await scene.ask(1)
    await scene.write(bare('lost'))
    await scene.lose(one)
    await scene.clock.pass(1_500)
    const two = await scene.ask(2, `ack='${firstRid}'`, message('x'))
    assert.equal(two.text, `<body report='${firstRid + 1}' time='1500' ${httpBind}/>`)
    assert.equal((await scene.ask(1)).text, carrying(message('lost')))
  })

  it('report nothing that is only on its way', async () => {
    const scene = await Scene.begin({ terms: server, attributes: `${usual} ack='1'` })
    await scene.ask(1)
    await scene.write(bare('under way'))
    assert.equal((await scene.ask(2, `ack='${firstRid}'`, message('x'))).text, null)
  })
})

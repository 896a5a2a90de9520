/** The protocol of XEP-0124 case by case, with the exact answers. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { carrying, empty, Scene, type TestReply, terminal, usual } from './scene.ts'

const message = (text: string) => `<message xmlns='jabber:client'><body>${text}</body></message>`
const bare = (text: string) => `<message><body>${text}</body></message>`
const greeting = (attributes: string) =>
  `<body sid='SID' ${attributes} from='a.example' authid='stream-1' xmpp:version='1.0' xmpp:restartlogic='true'` +
  " xmlns:xmpp='urn:xmpp:xbosh' xmlns='http://jabber.org/protocol/httpbind'" +
  " xmlns:stream='http://etherx.jabber.org/streams'><stream:features/></body>"

const texts = (...replies: readonly TestReply[]) => replies.map(({ text }) => text)

describe('session creation', () => {
  const limits = "inactivity='30' polling='2' maxpause='120'"
  const rows: readonly (readonly [name: string, wishes: string, answer: string])[] = [
    ['the usual', usual, greeting(`wait='60' requests='2' hold='1' ${limits} ver='1.6'`)],
    [
      'less than can be had',
      usual.replace("wait='60'", "wait='10'"),
      greeting(`wait='10' requests='2' hold='1' ${limits} ver='1.6'`),
    ],
    [
      'more than can be had',
      usual.replace("wait='60' hold='1'", "wait='9999' hold='9'").replace('1.6', '1.99'),
      greeting(`wait='60' requests='3' hold='2' ${limits} ver='1.11'`),
    ],
    ['a newer protocol', usual.replace('1.6', '2.0'), greeting(`wait='60' requests='2' hold='1' ${limits} ver='1.11'`)],
    [
      'nothing said of wait and hold',
      "to='a.example' ver='1.6'",
      greeting(`wait='60' requests='2' hold='1' ${limits} ver='1.6'`),
    ],
    ['an old client', "to='a.example' wait='60' hold='1'", greeting(`wait='60' requests='2' hold='1' ${limits}`)],
    [
      'polling by hold',
      usual.replace("hold='1'", "hold='0'"),
      greeting(`wait='60' requests='2' hold='0' inactivity='60' polling='2' maxpause='120' ver='1.6'`),
    ],
    [
      'polling by wait',
      usual.replace("wait='60'", "wait='0'"),
      greeting(`wait='0' requests='2' hold='1' inactivity='60' polling='2' maxpause='120' ver='1.6'`),
    ],
  ]
  for (const [name, attributes, answer] of rows) {
    it(name, async () => {
      const scene = await Scene.begin({ attributes })
      assert.equal(scene.masked(scene.first.text), answer)
    })
  }

  it('gives each session an identifier of 192 random bits', async () => {
    const sids = await Promise.all(Array.from({ length: 100 }, async () => (await Scene.begin()).transport.sid))
    assert.equal(new Set(sids).size, 100)
    for (const sid of sids) assert.match(sid, /^[\w-]{32}$/)
  })

  it('answers in the content type that was asked for', async () => {
    const scene = await Scene.begin({ attributes: `${usual} content='text/html; charset=utf-8'` })
    assert.equal(scene.first.answer?.contentType, 'text/html; charset=utf-8')
    assert.equal((await scene.ask(1, "type='terminate'")).answer?.contentType, 'text/html; charset=utf-8')
  })

  it('makes a stream header of its attributes, and of those of a restart', async () => {
    const scene = await Scene.begin({ attributes: `${usual} xml:lang='de' from='alice@a.example'` })
    await scene.ask(1, '', "<iq xmlns='jabber:client' id='restart'/>")
    await scene.ask(2, "xmlns:x='urn:xmpp:xbosh' x:restart='true' to='a.example'")
    const header = { id: null, contentNamespace: 'jabber:client' }
    assert.deepEqual(scene.headers, [
      { ...header, from: 'alice@a.example', to: 'a.example', version: '1.0', lang: 'de' },
      { ...header, from: null, to: 'a.example', version: '1.0', lang: 'de' },
    ])
  })

  it('takes payload along with it', async () => {
    const scene = await Scene.begin({ payload: message('early') })
    assert.deepEqual(scene.read, [bare('early')])
  })
})

describe('holding', () => {
  it('waits for something to say', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    assert.equal(one.text, null)
    await scene.write(bare('hello'))
    assert.equal(one.text, carrying(message('hello')))
  })

  it('puts everything that is there into one body', async () => {
    const scene = await Scene.begin()
    await scene.write(bare('a') + bare('b'))
    await scene.write("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    const one = await scene.ask(1)
    assert.equal(
      one.text,
      carrying(`${message('a')}${message('b')}<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`),
    )
  })

  it('says nothing after `wait`', async () => {
    const scene = await Scene.begin({ attributes: usual.replace("wait='60'", "wait='10'") })
    const one = await scene.ask(1)
    await scene.clock.pass(9_999)
    assert.equal(one.text, null)
    await scene.clock.pass(1)
    assert.equal(one.text, empty)
    assert.equal(scene.end, null)
  })

  it('lets the older one go when there is one more than `hold`', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    const two = await scene.ask(2, '', message('x'))
    assert.deepEqual(texts(one, two), [empty, null])
    assert.deepEqual(scene.read, [bare('x')])
  })

  it('puts a quick answer into the older one', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    scene.onElement = () => void scene.transport.write(bare('reply'))
    const two = await scene.ask(2, '', message('x'))
    assert.deepEqual(texts(one, two), [carrying(message('reply')), null])
  })

  it('holds two where two were asked for', async () => {
    const scene = await Scene.begin({ attributes: usual.replace("hold='1'", "hold='2'") })
    const one = await scene.ask(1)
    await scene.clock.pass(3_000)
    const two = await scene.ask(2)
    await scene.clock.pass(3_000)
    assert.deepEqual(texts(one, two), [null, null])
    const three = await scene.ask(3, '', message('x'))
    assert.deepEqual(texts(one, two, three), [empty, null, null])
  })

  it('answers at once where nothing is to be held', async () => {
    for (const attributes of [usual.replace("hold='1'", "hold='0'"), usual.replace("wait='60'", "wait='0'")]) {
      const scene = await Scene.begin({ attributes })
      assert.equal((await scene.ask(1)).text, empty)
      await scene.write(bare('hello'))
      await scene.clock.pass(2_000)
      assert.equal((await scene.ask(2)).text, carrying(message('hello')))
    }
  })
})

describe('rids', () => {
  it('are handled in order, whatever order they come in', async () => {
    const scene = await Scene.begin()
    const two = await scene.ask(2, '', message('second'))
    assert.deepEqual(scene.read, [])
    const one = await scene.ask(1, '', message('first'))
    assert.deepEqual(scene.read, [bare('first'), bare('second')])
    assert.deepEqual(texts(one, two), [empty, null])
  })

  it('get the same answer when they come again', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1, '', message('x'))
    await scene.write(bare('hello'))
    const again = await scene.ask(1, '', message('x'))
    assert.deepEqual(texts(one, again), [carrying(message('hello')), carrying(message('hello'))])
    assert.deepEqual(scene.read, [bare('x')])
  })

  it('share the answer when they come again while they are held', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    const again = await scene.ask(1)
    assert.deepEqual(texts(one, again), [null, null])
    await scene.write(bare('hello'))
    assert.deepEqual(texts(one, again), [carrying(message('hello')), carrying(message('hello'))])
  })

  for (const offset of [3, 4, 1_000_000]) {
    it(`end the session ${offset} ahead`, async () => {
      const scene = await Scene.begin()
      assert.equal((await scene.ask(offset)).text, terminal('item-not-found'))
      const why = 'rid outside of the window'
      assert.deepEqual(scene.end, { kind: 'violated', condition: 'item-not-found', why })
    })
  }

  it('end the session when their answer is kept no more', async () => {
    const scene = await Scene.begin()
    for (let offset = 1; offset <= 5; offset += 1) await scene.ask(offset, '', message('x'))
    const kept = await Promise.all([2, 3, 4].map((offset) => scene.ask(offset)))
    assert.deepEqual(texts(...kept), [empty, empty, empty])
    assert.equal((await scene.ask(1)).text, terminal('item-not-found'))
    assert.equal(scene.end?.kind, 'violated')
  })
})

describe('too much', () => {
  it('of requests at one time ends the session', async () => {
    const scene = await Scene.begin()
    // Nothing has its turn between them, so that none is answered.
    const [one, two, three] = [scene.post(1), scene.post(2, '', message('x')), scene.post(3, '', message('y'))]
    await scene.clock.settle()
    const other = terminal('other-request')
    assert.deepEqual(texts(one, two, three), [other, other, terminal('policy-violation')])
    assert.equal(scene.end?.kind, 'violated')
  })

  it('is not one more to pause or to terminate', async () => {
    for (const attributes of ["pause='60'", "type='terminate'"]) {
      const scene = await Scene.begin()
      scene.post(1)
      scene.post(2, '', message('x'))
      const three = scene.post(3, attributes)
      await scene.clock.settle()
      assert.equal(three.text, attributes.startsWith('pause') ? empty : terminal(null))
    }
  })

  it('of empty requests ends the session when they come too quickly', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    await scene.clock.pass(1_999)
    assert.deepEqual(texts(one, await scene.ask(2)), [terminal('other-request'), terminal('policy-violation')])
  })

  it('are not two empty requests that have time between them', async () => {
    const scene = await Scene.begin()
    const one = await scene.ask(1)
    await scene.clock.pass(2_000)
    assert.deepEqual(texts(one, await scene.ask(2)), [empty, null])
  })

  it('of polling ends the session', async () => {
    const scene = await Scene.begin({ attributes: usual.replace("hold='1'", "hold='0'") })
    assert.equal((await scene.ask(1)).text, empty)
    await scene.clock.pass(1_999)
    assert.equal((await scene.ask(2)).text, terminal('policy-violation'))
  })

  it('is not a poll right behind one that brought something', async () => {
    const scene = await Scene.begin({ attributes: usual.replace("hold='1'", "hold='0'") })
    await scene.write(bare('hello'))
    assert.equal((await scene.ask(1)).text, carrying(message('hello')))
    assert.equal((await scene.ask(2)).text, empty)
  })

  it('of repeats ends the session', async () => {
    const scene = await Scene.begin()
    for (let times = 0; times < 4; times += 1) await scene.ask(1)
    assert.equal((await scene.ask(1)).text, terminal('policy-violation'))
  })

  it('unread ends the session, and before that requests wait for their answers', async () => {
    const scene = await Scene.begin({ reads: false })
    await scene.transport.read()
    await scene.transport.open({ from: 'a.example', to: null, id: 'stream-1' }, '<stream:features/>')
    await scene.clock.settle()
    // The limits of somebody who has not logged in.
    const large = message('x'.repeat(60_000))
    const replies: TestReply[] = []
    for (let offset = 1; offset <= 3; offset += 1) replies.push(await scene.ask(offset, '', large))
    assert.deepEqual(texts(...replies), [empty, null, null])
    const { kind } = await scene.transport.read()
    assert.equal(kind, 'element')
    await scene.clock.settle()
    assert.deepEqual(texts(...replies), [empty, empty, null])
    for (let offset = 4; scene.end === null && offset < 40; offset += 1) {
      // What is to be said to the client must get through, or both would wait for ever.
      await scene.write(bare('y'))
      await scene.ask(offset, '', large)
    }
    assert.deepEqual(scene.end, {
      kind: 'violated',
      condition: 'policy-violation',
      why: 'more unread than a session may have',
    })
  })
})

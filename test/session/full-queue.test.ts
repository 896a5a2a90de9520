/** What others send to a client whose queue is full: its sender hears of it or it waits, and the client stays (RFC 6120 §8.3.3.18). */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LocalHost } from '../../src/session/local/host.ts'
import type { LocalLimits } from '../../src/session/local/limits.ts'
import { type Client, chat, login, ping, untilNext } from './live-client.ts'
import { befriend, compare, errorStanza, online, openTestHost, playScene, takeNext } from './scene.ts'

const composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
const version = "<query xmlns='jabber:iq:version'/>"

/** What alice sends to bob, who has no room, and the one thing that comes back; null for nothing. */
const refusals: readonly (readonly [name: string, sent: string, answer: 'iq' | 'message' | 'presence' | null])[] = [
  ['a request', `<iq type='get' id='x' to='bob@localhost/b'>${version}</iq>`, 'iq'],
  ['a request that sets', `<iq type='set' id='x' to='bob@localhost/b'>${version}</iq>`, 'iq'],
  ['a result', "<iq type='result' id='x' to='bob@localhost/b'/>", null],
  ['an error', errorStanza('iq', 'not-allowed', 'cancel', "id='x' to='bob@localhost/b'"), null],
  ['a chat state', `<message type='chat' id='x' to='bob@localhost/b'>${composing}</message>`, 'message'],
  [
    'a message that must not be kept',
    "<message type='chat' id='x' to='bob@localhost/b'><body>x</body><no-store xmlns='urn:xmpp:hints'/></message>",
    'message',
  ],
  ['a message of a room', "<message type='groupchat' id='x' to='bob@localhost/b'><body>x</body></message>", 'message'],
  ['a headline', "<message type='headline' id='x' to='bob@localhost/b'><body>x</body></message>", null],
  ['an error message', errorStanza('message', 'not-allowed', 'cancel', "id='x' to='bob@localhost/b'"), null],
  ['a message that can wait', "<message id='x' to='bob@localhost/b'><body>x</body></message>", null],
  ['directed presence', "<presence id='x' to='bob@localhost/b'/>", null],
]

/** Bob, whose connection takes nothing; three headlines, of which his queue took two. */
async function fill(host: LocalHost): Promise<{ alice: Client; bob: Client; open: () => void }> {
  const alice = await login(host, 'alice', 'a')
  const bob = await login(host, 'bob', 'b')
  for (const client of [alice, bob]) await untilNext(client, '<presence/>')
  alice.send("<presence type='subscribe' to='bob@localhost'/>")
  await takeNext(bob.conduit)
  bob.send("<presence type='subscribed' to='alice@localhost'/>")
  await takeNext(alice.conduit)
  const { promise, resolve } = Promise.withResolvers<void>()
  bob.conduit.gate = promise
  for (const id of ['1', '2', '3']) alice.send(`<message type='headline' id='${id}' to='bob@localhost/b'/>`)
  await untilNext(alice, ping)
  const open = () => {
    bob.conduit.gate = null
    resolve()
  }
  return { alice, bob, open }
}

const limits: Partial<LocalLimits> = { maxOutboundStanzas: 4, drainMs: 1 }
const idOf = (markup: string | null) => /^<\w+ [^>]*\bid='([^']+)'/.exec(markup ?? '')?.[1]

describe('a full queue', () => {
  for (const [name, sent, answer] of refusals) {
    it(`${name}: ${answer === null ? 'passes in silence' : 'is refused to its sender'}`, async () => {
      await using host = openTestHost({ limits })
      const { alice, bob, open } = await fill(host)
      alice.conduit.received.length = 0
      alice.send(sent)
      if (answer !== null) {
        const from = `id='x' from='bob@localhost/b' to='alice@localhost/a'`
        compare(await takeNext(alice.conduit), errorStanza(answer, 'resource-constraint', 'wait', from), name)
      }
      alice.send(ping)
      assert.equal(idOf(await takeNext(alice.conduit)), 'p')
      open()
      bob.send(ping)
      const seen: (string | undefined)[] = []
      while (seen.at(-1) !== 'p') seen.push(idOf(await takeNext(bob.conduit)))
      assert.deepEqual(seen.slice(0, 2), ['1', '2'])
      assert.equal(seen.includes('3'), false)
      assert.equal(host.sessionCount, 2)
    })
  }

  it('messages that can wait come when there is room, in order, and nothing that came later before them', async () => {
    await using host = openTestHost({ limits })
    const { alice, bob, open } = await fill(host)
    for (let id = 11; id <= 15; id += 1) alice.send(chat(id))
    await untilNext(alice, ping)
    open()
    // Bob's own request shows that his queue is through; what alice sends then finds room again.
    bob.send(ping)
    const seen: (string | undefined)[] = []
    while (!seen.includes('15')) {
      seen.push(idOf(await takeNext(bob.conduit)))
      if (seen.length === 1) alice.send(chat(16))
    }
    seen.push(idOf(await takeNext(bob.conduit)))
    assert.deepEqual(
      seen.filter((id) => id !== 'p'),
      ['1', '2', '11', '12', '13', '14', '15', '16'],
    )
  })

  it('refuses a message that can wait when there is no place left to wait', async () => {
    await using host = openTestHost({ limits: { ...limits, maxOfflineMessages: 1 } })
    const { alice } = await fill(host)
    alice.send(chat(11))
    alice.send(chat(12))
    const from = "id='12' from='bob@localhost' to='alice@localhost/a'"
    compare(await takeNext(alice.conduit), errorStanza('message', 'resource-constraint', 'wait', from), 'the second')
  })

  it('of one resource is no loss where another takes the message', async () => {
    await using host = openTestHost({ limits })
    const { alice, bob } = await fill(host)
    const other = await login(host, 'bob', 'other')
    await untilNext(other, '<presence/>')
    await untilNext(other, ping)
    other.conduit.received.length = 0
    bob.conduit.received.length = 0
    alice.send(chat(11))
    assert.equal(idOf(await takeNext(other.conduit)), '11')
    assert.deepEqual(bob.conduit.received, [])
  })

  it('a flood of one user costs the other nothing but the flood: the session stays, and answers its own requests', async () => {
    await using host = openTestHost()
    const { alice, bob, open } = await fill(host)
    alice.conduit.received.length = 0
    for (let count = 0; count < 8000; count += 1) alice.send("<message type='headline' id='h' to='bob@localhost/b'/>")
    await untilNext(alice, ping)
    bob.send(ping)
    open()
    let count = 0
    while (idOf(await takeNext(bob.conduit)) !== 'p') count += 1
    assert.equal(count, 2048)
    assert.equal(host.sessionCount, 2)
  })

  it('of answers to its own requests is the end of a session', async () => {
    await using host = openTestHost({ limits: { ...limits, pauseOutboundBytes: 1_000_000 } })
    const { bob } = await fill(host)
    for (let count = 0; count < 3; count += 1) bob.send(ping)
    await bob.over
    assert.equal((await bob.conduit.closed)?.condition, 'resource-constraint')
  })
})

describe('roster pushes that find no room', () => {
  const push = (n: string, item: string) =>
    `<iq type='set' id='${n}' to='bob@localhost/b'><query xmlns='jabber:iq:roster'>${item}</query></iq>`

  it('come later, each contact once and as it is then', async () => {
    await using host = openTestHost({ limits: { maxOutboundStanzas: 4 } })
    const bob = await login(host, 'bob', 'b')
    await untilNext(bob, "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
    const other = await login(host, 'bob', 'other')
    const { promise, resolve } = Promise.withResolvers<void>()
    bob.conduit.gate = promise
    const set = (item: string) =>
      untilNext(other, `<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item ${item}/></query></iq>`)
    for (const name of ['1', '2', '3', '4', '5', '6']) await set(`jid='alice@localhost' name='${name}'`)
    await set("jid='carol@localhost'")
    await set("jid='carol@localhost' subscription='remove'")
    bob.conduit.gate = null
    resolve()
    for (const name of ['1', '2', '3', '4', '6']) {
      const item = `<item jid='alice@localhost' name='${name}' subscription='none'/>`
      compare(await takeNext(bob.conduit), push('{any}', item), name)
    }
    compare(await takeNext(bob.conduit), push('{any}', "<item jid='carol@localhost' subscription='remove'/>"), 'carol')
    bob.send(ping)
    assert.equal(idOf(await takeNext(bob.conduit)), 'p')
  })

  it('leave a version with the last of them only, so that who goes in between is behind', async () => {
    await using host = openTestHost({ limits: { maxOutboundStanzas: 2 } })
    const bob = await login(host, 'bob', 'b')
    await untilNext(bob, "<iq type='get' id='r'><query xmlns='jabber:iq:roster' ver=''/></iq>")
    const other = await login(host, 'bob', 'other')
    const { promise, resolve } = Promise.withResolvers<void>()
    bob.conduit.gate = promise
    for (const local of ['a', 'b', 'c', 'd']) {
      const item = `<item jid='${local}@localhost'/>`
      await untilNext(other, `<iq type='set' id='s'><query xmlns='jabber:iq:roster'>${item}</query></iq>`)
    }
    bob.conduit.gate = null
    resolve()
    const versions: (string | undefined)[] = []
    for (let count = 0; count < 4; count += 1) {
      versions.push(/ver='[\da-f]+-(\d+)'/.exec((await takeNext(bob.conduit)) ?? '')?.[1])
    }
    assert.deepEqual(versions, ['1', '2', undefined, '4'])
  })

  it('are not owed without bound', async () => {
    await using host = openTestHost({ limits: { maxOutboundStanzas: 1, maxRosterItems: 2 } })
    const bob = await login(host, 'bob', 'b')
    await untilNext(bob, "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
    const other = await login(host, 'bob', 'other')
    bob.conduit.gate = new Promise(() => undefined)
    for (const local of ['a', 'b', 'c', 'd']) {
      for (const more of ['', " subscription='remove'"]) {
        const item = `<item jid='${local}@localhost'${more}/>`
        await untilNext(other, `<iq type='set' id='s'><query xmlns='jabber:iq:roster'>${item}</query></iq>`)
      }
    }
    await bob.over
    assert.equal((await bob.conduit.closed)?.condition, 'resource-constraint')
  })
})

it('nobody who reads notices any of this', () =>
  playScene({
    name: 'room',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<message to='bob@localhost/b' type='headline'><body>1</body></message>"],
      [
        'bob/b',
        'gets',
        "<message to='bob@localhost/b' type='headline' from='alice@localhost/a'><body>1</body></message>",
      ],
    ],
  }))

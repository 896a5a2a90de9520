/** How often a session may write to the store: what is spent, on what, and when it comes back. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultLocalLimits } from '../../src/session/local/limits.ts'
import { createWriteBudget } from '../../src/session/local/write-budget.ts'
import { openTestHost, playScene, type Step } from './scene.ts'

const limits = { ...defaultLocalLimits, maxWriteBurst: 2, maxWritesPerSecond: 4 }
const spent = { condition: 'resource-constraint', text: 'too many changes in a short time' } as const

test('so many at once, then so many a second, and never more than at once', () => {
  const budget = createWriteBudget(limits, 1_000)
  const takenAt = (now: number) => budget.take(now)
  assert.deepEqual([takenAt(1_000), takenAt(1_000), takenAt(1_000)], [null, null, spent])
  assert.deepEqual([takenAt(1_249), takenAt(1_250), takenAt(1_250)], [spent, null, spent])
  assert.deepEqual([takenAt(61_000), takenAt(61_000), takenAt(61_000)], [null, null, spent])
})

test('a clock that is set back gives nothing', () => {
  const budget = createWriteBudget(limits, 10_000)
  assert.deepEqual([budget.take(10_000), budget.take(10_000)], [null, null])
  assert.deepEqual([budget.take(0), budget.take(200), budget.take(250)], [spent, spent, null])
})

const constraint =
  "<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" +
  "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>too many changes in a short time</text></error>"
const note = (id: string) =>
  `<iq id='${id}' type='set'><query xmlns='jabber:iq:private'><n xmlns='urn:n'>${id}</n></query></iq>`
const kept = (id: string): readonly Step[] => [
  ['alice/a', 'sends', note(id)],
  ['alice/a', 'gets', `<iq type='result' id='${id}' to='alice@localhost/a'/>`],
]
const refused = (stanza: string, to: string, attributes = ''): Step => [
  'alice/a',
  'gets',
  `<${stanza} type='error'${attributes}${to === '' ? '' : ` from='${to}'`} to='alice@localhost/a'>${constraint}</${stanza}>`,
]

/** What is refused once two notes are written, and what the client hears. */
const writes: readonly (readonly [name: string, sent: string, heard: Step])[] = [
  ['private data', note('3'), refused('iq', '', " id='3'")],
  [
    'the roster',
    "<iq id='3' type='set'><query xmlns='jabber:iq:roster'><item jid='bob@localhost'/></query></iq>",
    refused('iq', '', " id='3'"),
  ],
  ['a subscription', "<presence type='subscribe' to='bob@localhost'/>", refused('presence', 'bob@localhost')],
  [
    'a message for somebody who is away',
    "<message type='chat' to='bob@localhost'><body>b</body></message>",
    refused('message', 'bob@localhost'),
  ],
]

describe('what is written', () => {
  for (const [name, sent, heard] of writes) {
    test(name, async () => {
      const steps: readonly Step[] = [
        ['alice/a', 'enters'],
        ...kept('1'),
        ...kept('2'),
        ['alice/a', 'sends', sent],
        heard,
      ]
      await playScene({ name, steps }, { limits })
    })
  }

  test('reading costs nothing, nor does a message that is taken at once', async () => {
    const read = "<iq id='r' type='get'><query xmlns='jabber:iq:private'><n xmlns='urn:n'/></query></iq>"
    const answer =
      "<iq type='result' id='r' to='alice@localhost/a'><query xmlns='jabber:iq:private'><n xmlns='urn:n'>2</n></query></iq>"
    const message = "<message type='chat' to='alice@localhost/a'><body>b</body></message>"
    const steps: readonly Step[] = [
      ['alice/a', 'enters'],
      ...kept('1'),
      ...kept('2'),
      ['alice/a', 'sends', read],
      ['alice/a', 'gets', answer],
      ['alice/a', 'sends', message],
      ['alice/a', 'gets', message.replace("type='chat'", "type='chat' from='alice@localhost/a'")],
    ]
    await playScene({ name: 'free', steps }, { limits })
  })

  test('another session has its own', async () => {
    const host = openTestHost({ limits })
    const name = 'again'
    const first: readonly Step[] = [['alice/a', 'enters'], ...kept('1'), ...kept('2'), ['alice/a', 'sends', note('3')]]
    await playScene({ name, steps: [...first, refused('iq', '', " id='3'")] }, {}, host)
    await playScene({ name, steps: [['alice/a', 'enters'], ...kept('4')] }, {}, host)
    await host[Symbol.asyncDispose]()
  })
})

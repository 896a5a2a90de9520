/** Who may ask a client anything: those who see its presence, and nobody else can tell it from one that is not there (RFC 6121 §8.5.3.1). */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMemoryConduit, headerOf, parseElement } from './memory-conduit.ts'
import { befriend, carry, errorStanza, online, openTestHost, playScene, type Step, takeNext } from './scene.ts'

const version = "<query xmlns='jabber:iq:version'/>"

/** Alice asks one of bob's resources. */
const asks = (type = 'get', to = 'bob@localhost/b'): Step => [
  'alice/a',
  'sends',
  `<iq type='${type}' id='q' to='${to}'>${version}</iq>`,
]
/** It comes to bob, who answers. */
const isHeard = (type = 'get'): readonly Step[] => [
  ['bob/b', 'gets', `<iq type='${type}' id='q' from='alice@localhost/a' to='bob@localhost/b'>${version}</iq>`],
  ['bob/b', 'sends', "<iq type='result' id='q' to='alice@localhost/a'/>"],
  ['alice/a', 'gets', "<iq type='result' id='q' from='bob@localhost/b' to='alice@localhost/a'/>"],
]
/** She is told that there is no such resource, and bob hears nothing. */
const isUnheard: Step = [
  'alice/a',
  'gets',
  errorStanza('iq', 'service-unavailable', 'cancel', "id='q' from='bob@localhost/b' to='alice@localhost/a'"),
]

/** Bob lets alice see his presence; she does not let him see hers. */
const bobIsSeen: readonly Step[] = [
  ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
  ['bob/b', 'sends', "<presence type='subscribed' to='alice@localhost'/>"],
  ['*', 'forgets'],
]
const directed = (to: string, type = ''): readonly Step[] => [
  ['bob/b', 'sends', `<presence${type} to='${to}'/>`],
  ['*', 'forgets'],
]

const scenes: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  ['a stranger does not reach a client', [asks(), isUnheard, asks('set'), isUnheard]],
  [
    'a subscription both ways does',
    [...befriend('alice/a', 'bob/b'), asks(), ...isHeard(), asks('set'), ...isHeard('set')],
  ],
  ['a subscription of the asker does', [...bobIsSeen, asks(), ...isHeard()]],
  [
    'a subscription of the other way round does not',
    [
      ['bob/b', 'sends', "<presence type='subscribe' to='alice@localhost'/>"],
      ['alice/a', 'sends', "<presence type='subscribed' to='bob@localhost'/>"],
      ['*', 'forgets'],
      asks(),
      isUnheard,
    ],
  ],
  [
    'a request for one does not',
    [['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"], ['*', 'forgets'], asks(), isUnheard],
  ],
  [
    'one that was taken back does not',
    [
      ...bobIsSeen,
      ['bob/b', 'sends', "<presence type='unsubscribed' to='alice@localhost'/>"],
      ['*', 'forgets'],
      asks(),
      isUnheard,
    ],
  ],
  ['presence sent to the account directly does', [...directed('alice@localhost'), asks(), ...isHeard()]],
  ['presence sent to the resource directly does', [...directed('alice@localhost/a'), asks(), ...isHeard()]],
  ['presence sent to another resource does not', [...directed('alice@localhost/other'), asks(), isUnheard]],
  [
    'directed presence that was taken back does not',
    [...directed('alice@localhost'), ...directed('alice@localhost', " type='unavailable'"), asks(), isUnheard],
  ],
  [
    'nor does it behind the end of all presence',
    [
      ...directed('alice@localhost'),
      ['bob/b', 'sends', "<presence type='unavailable'/>"],
      ['*', 'forgets'],
      asks(),
      isUnheard,
    ],
  ],
  [
    'it opens the one resource that sent it',
    [
      ...online('bob/other'),
      ...directed('alice@localhost'),
      asks('get', 'bob@localhost/other'),
      [
        'alice/a',
        'gets',
        errorStanza('iq', 'service-unavailable', 'cancel', "id='q' from='bob@localhost/other' to='alice@localhost/a'"),
      ],
    ],
  ],
  [
    'answers pass between strangers',
    [
      ['alice/a', 'sends', "<iq type='result' id='r' to='bob@localhost/b'/>"],
      ['bob/b', 'gets', "<iq type='result' id='r' from='alice@localhost/a' to='bob@localhost/b'/>"],
      ['alice/a', 'sends', errorStanza('iq', 'service-unavailable', 'cancel', "id='e' to='bob@localhost/b'")],
      [
        'bob/b',
        'gets',
        errorStanza('iq', 'service-unavailable', 'cancel', "id='e' from='alice@localhost/a' to='bob@localhost/b'"),
      ],
    ],
  ],
  [
    'own resources reach each other, available or not',
    [
      ['alice/second', 'enters'],
      asks('get', 'alice@localhost/second'),
      [
        'alice/second',
        'gets',
        `<iq type='get' id='q' from='alice@localhost/a' to='alice@localhost/second'>${version}</iq>`,
      ],
    ],
  ],
]

describe('a request to a client', () => {
  for (const [name, steps] of scenes) {
    it(name, () => playScene({ name, steps: [...online('alice/a', 'bob/b'), ...steps] }))
  }

  it('is refused with the same words whether somebody is there or not', async () => {
    await using host = openTestHost()
    const conduits = { alice: createMemoryConduit(), bob: createMemoryConduit() }
    for (const [local, conduit] of Object.entries(conduits)) {
      await carry(host, local, conduit)
      conduit.bring({ kind: 'open', header: headerOf() })
      const bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind>"
      conduit.bring({ kind: 'element', element: parseElement(`<iq type='set' id='b'>${bind}</iq>`) })
      await takeNext(conduit)
    }
    const answers: (string | undefined)[] = []
    for (const to of ['bob@localhost/r', 'bob@localhost/nobody', 'nobody@localhost/r']) {
      conduits.alice.bring({
        kind: 'element',
        element: parseElement(`<iq type='get' id='q' to='${to}'>${version}</iq>`),
      })
      answers.push((await takeNext(conduits.alice))?.replace(to, 'whom'))
    }
    const [first, ...others] = answers
    assert.match(first ?? '', /<service-unavailable /)
    assert.deepEqual(others, [first, first])
    assert.deepEqual(conduits.bob.received, [])
  })
})

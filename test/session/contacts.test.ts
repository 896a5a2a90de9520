/** Roster and subscriptions on the wire (RFC 6121 §2, §3). */

import { describe, it } from 'node:test'
import { befriend, errorStanza, online, playScene, type Scene, type Step } from './scene.ts'

const alice = "to='alice@localhost/a'"
const roster = (items: string) => `<query xmlns='jabber:iq:roster'>${items}</query>`
const rosterSet = (id: string, item: string) => `<iq type='set' id='${id}'>${roster(item)}</iq>`
const push = (to: string, item: string) => `<iq type='set' id='{any}' to='${to}'>${roster(item)}</iq>`
const result = (id: string, to: string) => `<iq type='result' id='${id}' to='${to}'/>`

/** Asks for the roster, and what it then is. */
const expectRoster = (who: string, to: string, items: string): readonly Step[] => [
  [who, 'sends', "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"],
  [
    who,
    'gets',
    `<iq type='result' id='r' to='${to}'>${items === '' ? "<query xmlns='jabber:iq:roster'/>" : roster(items)}</iq>`,
  ],
]

/** Roster sets that are refused, and why. */
const refusals: readonly (readonly [name: string, item: string, condition: string, type: string])[] = [
  ['no item', '', 'bad-request', 'modify'],
  ['two items', "<item jid='a@localhost'/><item jid='b@localhost'/>", 'bad-request', 'modify'],
  ['no item but something else', "<entry jid='a@localhost'/>", 'bad-request', 'modify'],
  ['no jid', "<item name='Bob'/>", 'bad-request', 'modify'],
  ['a malformed jid', "<item jid='b ob@localhost'/>", 'jid-malformed', 'modify'],
  ['the account itself', "<item jid='alice@localhost'/>", 'not-allowed', 'cancel'],
  ['a name that is too long', `<item jid='bob@localhost' name='${'n'.repeat(1024)}'/>`, 'not-acceptable', 'modify'],
  ['a group without name', "<item jid='bob@localhost'><group/></item>", 'not-acceptable', 'modify'],
  [
    'a group name that is too long',
    `<item jid='bob@localhost'><group>${'n'.repeat(1024)}</group></item>`,
    'not-acceptable',
    'modify',
  ],
  ['a group twice', "<item jid='bob@localhost'><group>x</group><group>x</group></item>", 'bad-request', 'modify'],
  [
    'too many groups',
    `<item jid='bob@localhost'>${Array.from({ length: 21 }, (_, n) => `<group>${n}</group>`).join('')}</item>`,
    'not-acceptable',
    'modify',
  ],
  ['the removal of nobody', "<item jid='bob@localhost' subscription='remove'/>", 'item-not-found', 'cancel'],
]

describe('roster sets that are refused', () => {
  for (const [name, item, condition, type] of refusals) {
    const steps: Step[] = [
      ...online('alice/a'),
      ['alice/a', 'sends', rosterSet('1', item)],
      ['alice/a', 'gets', errorStanza('iq', condition, type, `id='1' ${alice}`)],
      ...expectRoster('alice/a', 'alice@localhost/a', ''),
    ]
    it(name, () => playScene({ name, steps }))
  }

  it('one item more than there is room for; a change of one that is there is none', () =>
    playScene(
      {
        name: 'full',
        steps: [
          ['alice/a', 'enters'],
          ['alice/a', 'sends', rosterSet('1', "<item jid='bob@localhost'/>")],
          ['alice/a', 'sends', rosterSet('2', "<item jid='carol@localhost'/>")],
          ['alice/a', 'sends', rosterSet('3', "<item jid='bob@localhost' name='Bob'/>")],
          ['alice/a', 'sends', "<presence type='subscribe' to='carol@localhost' id='4'/>"],
          ['alice/a', 'gets', result('1', 'alice@localhost/a')],
          ['alice/a', 'gets', errorStanza('iq', 'resource-constraint', 'wait', `id='2' ${alice}`)],
          ['alice/a', 'gets', result('3', 'alice@localhost/a')],
          [
            'alice/a',
            'gets',
            "<presence type='error' id='4' from='carol@localhost' to='alice@localhost/a'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
          ],
        ],
      },
      { limits: { maxRosterItems: 1 } },
    ))
})

const rosterScenes: readonly Scene[] = [
  {
    name: 'an item is added, changed and removed; only resources that asked hear of it',
    steps: [
      ['alice/a', 'enters'],
      ['alice/b', 'enters'],
      ['alice/c', 'enters'],
      ...expectRoster('alice/a', 'alice@localhost/a', ''),
      ...expectRoster('alice/b', 'alice@localhost/b', ''),
      [
        'alice/c',
        'sends',
        rosterSet(
          '1',
          "<item jid='BOB@localhost/x' name='Bob &amp; Co' subscription='both' ask='subscribe'><group>Work</group></item>",
        ),
      ],
      ['alice/c', 'gets', result('1', 'alice@localhost/c')],
      [
        'alice/a',
        'gets',
        push(
          'alice@localhost/a',
          "<item jid='bob@localhost' name='Bob &amp; Co' subscription='none'><group>Work</group></item>",
        ),
      ],
      [
        'alice/b',
        'gets',
        push(
          'alice@localhost/b',
          "<item jid='bob@localhost' name='Bob &amp; Co' subscription='none'><group>Work</group></item>",
        ),
      ],
      ['alice/a', 'sends', rosterSet('2', "<item jid='bob@localhost'/>")],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='none'/>")],
      ['alice/a', 'gets', result('2', 'alice@localhost/a')],
      ['alice/b', 'gets', push('alice@localhost/b', "<item jid='bob@localhost' subscription='none'/>")],
      ...expectRoster('alice/c', 'alice@localhost/c', "<item jid='bob@localhost' subscription='none'/>"),
      ['alice/a', 'sends', rosterSet('3', "<item jid='bob@localhost' subscription='remove'/>")],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='remove'/>")],
      ['alice/a', 'gets', result('3', 'alice@localhost/a')],
      ['alice/b', 'forgets'],
      ['alice/c', 'forgets'],
      ...expectRoster('alice/a', 'alice@localhost/a', ''),
    ],
  },
  {
    name: 'versions: told when asked for, and a client that names the newest gets nothing',
    steps: [
      ['alice/a', 'enters'],
      ['alice/a', 'sends', "<iq type='get' id='1'><query xmlns='jabber:iq:roster' ver=''/></iq>"],
      [
        'alice/a',
        'gets',
        "<iq type='result' id='1' to='alice@localhost/a'><query xmlns='jabber:iq:roster' ver='{any}'/></iq>",
      ],
      ['alice/a', 'sends', rosterSet('2', "<item jid='bob@localhost'/>")],
      [
        'alice/a',
        'gets',
        "<iq type='set' id='{any}' to='alice@localhost/a'><query xmlns='jabber:iq:roster' ver='{any}'><item jid='bob@localhost' subscription='none'/></query></iq>",
      ],
      ['alice/a', 'gets', result('2', 'alice@localhost/a')],
      ['alice/a', 'sends', "<iq type='get' id='3'><query xmlns='jabber:iq:roster' ver='0'/></iq>"],
      [
        'alice/a',
        'gets',
        "<iq type='result' id='3' to='alice@localhost/a'><query xmlns='jabber:iq:roster' ver='{any}'><item jid='bob@localhost' subscription='none'/></query></iq>",
      ],
    ],
  },
]

describe('roster', () => {
  for (const scene of rosterScenes) it(scene.name, () => playScene(scene))
})

const subscriptionScenes: readonly Scene[] = [
  {
    name: 'asked, granted: pushes on both sides, then the presence of the one asked',
    steps: [
      ...online('alice/a', 'bob/b'),
      [
        'alice/a',
        'sends',
        "<presence type='subscribe' to='bob@localhost/x' id='s'><status>It is me</status></presence>",
      ],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='none' ask='subscribe'/>")],
      [
        'bob/b',
        'gets',
        "<presence type='subscribe' from='alice@localhost' to='bob@localhost' id='s'><status>It is me</status></presence>",
      ],
      ...expectRoster('bob/b', 'bob@localhost/b', ''),
      ['bob/b', 'sends', "<presence type='subscribed' to='alice@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='from'/>")],
      ['alice/a', 'gets', "<presence type='subscribed' from='bob@localhost' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='to'/>")],
      ['alice/a', 'gets', "<presence from='bob@localhost/b' to='alice@localhost'/>"],
    ],
  },
  {
    name: 'asked, denied',
    steps: [
      ...online('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['*', 'forgets'],
      ['bob/b', 'sends', "<presence type='unsubscribed' to='alice@localhost'/>"],
      ['alice/a', 'gets', "<presence type='unsubscribed' from='bob@localhost' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='none'/>")],
      ...expectRoster('bob/b', 'bob@localhost/b', ''),
    ],
  },
  {
    name: 'a request waits for the next available presence, and until it is answered',
    steps: [
      ...online('bob/b'),
      ['bob/b', 'vanishes'],
      ...online('alice/a'),
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['alice/a', 'forgets'],
      ['bob/b', 'enters'],
      ['bob/b', 'sends', '<presence/>'],
      ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'/>"],
      ['bob/b', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/b', 'vanishes'],
      ['bob/c', 'enters'],
      ['bob/c', 'sends', '<presence/>'],
      ['bob/c', 'gets', "<presence from='bob@localhost/c' to='bob@localhost/c'/>"],
      ['bob/c', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/c', 'sends', "<presence type='subscribed' to='alice@localhost'/>"],
      ['*', 'forgets'],
      ['bob/d', 'enters'],
      ['bob/d', 'sends', '<presence><priority>-1</priority></presence>'],
      ['bob/d', 'gets', "<presence from='bob@localhost/d' to='bob@localhost/d'><priority>-1</priority></presence>"],
      ['bob/d', 'gets', "<presence from='bob@localhost/c' to='bob@localhost/d'/>"],
      ['*', 'forgets'],
    ],
  },
  {
    name: 'a request to an account before its first login waits for that login',
    steps: [
      ...online('alice/a'),
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='none' ask='subscribe'/>")],
      ['bob/b', 'enters'],
      ['bob/b', 'sends', '<presence/>'],
      ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'/>"],
      ['bob/b', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
    ],
  },
  {
    name: 'a request that was granted before is granted again by the server',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['alice/a', 'gets', "<presence from='bob@localhost/b' to='alice@localhost'/>"],
    ],
  },
  {
    name: 'a pre-approval answers the request that comes later',
    steps: [
      ...online('alice/a', 'bob/b'),
      ['bob/b', 'sends', "<presence type='subscribed' to='alice@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='none' approved='true'/>")],
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='from' approved='true'/>")],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='none' ask='subscribe'/>")],
      ['alice/a', 'gets', "<presence type='subscribed' from='bob@localhost' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='to'/>")],
      ['alice/a', 'gets', "<presence from='bob@localhost/b' to='alice@localhost'/>"],
    ],
  },
  {
    name: 'unsubscribe: the one left says so, and is not seen any more',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='unsubscribe' to='bob@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='from'/>")],
      ['alice/a', 'gets', "<presence type='unavailable' from='bob@localhost/b' to='alice@localhost'/>"],
      ['bob/b', 'gets', "<presence type='unsubscribe' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='to'/>")],
      ['bob/b', 'sends', '<presence><show>away</show></presence>'],
      ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'><show>away</show></presence>"],
    ],
  },
  {
    name: 'unsubscribed: the end of the presence comes before the end of the subscription',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['bob/b', 'sends', "<presence type='unsubscribed' to='alice@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='to'/>")],
      ['alice/a', 'gets', "<presence type='unavailable' from='bob@localhost/b' to='alice@localhost'/>"],
      ['alice/a', 'gets', "<presence type='unsubscribed' from='bob@localhost' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='from'/>")],
    ],
  },
  {
    name: 'removing a contact ends both subscriptions on both sides',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', rosterSet('1', "<item jid='bob@localhost' subscription='remove'/>")],
      ['bob/b', 'gets', "<presence type='unavailable' from='alice@localhost/a' to='bob@localhost'/>"],
      ['bob/b', 'gets', "<presence type='unsubscribed' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='from'/>")],
      ['bob/b', 'gets', "<presence type='unsubscribe' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='none'/>")],
      ['alice/a', 'gets', "<presence type='unavailable' from='bob@localhost/b' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='remove'/>")],
      ['alice/a', 'gets', result('1', 'alice@localhost/a')],
    ],
  },
  {
    name: 'a subscription to oneself is nothing',
    steps: [
      ...online('alice/a'),
      ['alice/a', 'sends', "<presence type='subscribe' to='alice@localhost'/>"],
      ...expectRoster('alice/a', 'alice@localhost/a', ''),
    ],
  },
  {
    name: 'answers that nobody asked for change nothing on the other side',
    steps: [
      ...online('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='unsubscribed' to='bob@localhost'/>"],
      ['alice/a', 'sends', "<presence type='unsubscribe' to='bob@localhost'/>"],
      ...expectRoster('bob/b', 'bob@localhost/b', ''),
      ...expectRoster('alice/a', 'alice@localhost/a', ''),
    ],
  },
]

describe('subscriptions', () => {
  for (const scene of subscriptionScenes) it(scene.name, () => playScene(scene))

  it('one request more than may wait is dropped', () =>
    playScene(
      {
        name: 'pending',
        steps: [
          ['bob/b', 'enters'],
          ['bob/b', 'vanishes'],
          ['alice/a', 'enters'],
          ['carol/c', 'enters'],
          ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
          ['carol/c', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
          ['bob/b', 'enters'],
          ['bob/b', 'sends', '<presence/>'],
          ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'/>"],
          ['bob/b', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
        ],
      },
      { limits: { maxPendingRequests: 1 } },
    ))

  it('a request that is too large is kept without its contents', () =>
    playScene(
      {
        name: 'large',
        steps: [
          ...online('alice/a', 'bob/b'),
          [
            'alice/a',
            'sends',
            `<presence type='subscribe' to='bob@localhost'><status>${'x'.repeat(100)}</status></presence>`,
          ],
          ['alice/a', 'forgets'],
          ['bob/b', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
        ],
      },
      { limits: { maxPendingRequestBytes: 100 } },
    ))
})

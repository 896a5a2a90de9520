/** The roster on the wire (RFC 6121 §2). */

import { describe, it } from 'node:test'
import { expectRoster, push, result, rosterSet } from './roster-markup.ts'
import { errorStanza, online, playScene, type Scene, type Step } from './scene.ts'

const alice = "to='alice@localhost/a'"

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

/** Requests to the server, to accounts and to other clients, on the wire (RFC 6120 §10, RFC 6121 §8). */

import { describe, it } from 'node:test'
import { befriend, errorStanza, online, playScene, type Scene, type Step } from './scene.ts'

const alice = "to='alice@localhost/a'"

/** What alice sends, bound as `a` and not available, and the one thing that comes back; null for nothing. */
const answers: readonly (readonly [name: string, sent: string, answer: string | null])[] = [
  // the server itself
  [
    'a ping',
    "<iq id='1' type='get' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
    `<iq type='result' id='1' from='localhost' ${alice}/>`,
  ],
  [
    'a ping to nobody',
    "<iq id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
    `<iq type='result' id='1' ${alice}/>`,
  ],
  [
    'a ping that sets',
    "<iq id='1' type='set' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
    errorStanza('iq', 'service-unavailable', 'cancel', `id='1' from='localhost' ${alice}`),
  ],
  [
    'the version',
    "<iq id='1' type='get' to='localhost'><query xmlns='jabber:iq:version'/></iq>",
    `<iq type='result' id='1' from='localhost' ${alice}><query xmlns='jabber:iq:version'><name>Signet</name><version>1.2.3</version></query></iq>`,
  ],
  [
    'the time',
    "<iq id='1' type='get' to='localhost'><time xmlns='urn:xmpp:time'/></iq>",
    `<iq type='result' id='1' from='localhost' ${alice}><time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>2026-01-02T00:00:00.000Z</utc></time></iq>`,
  ],
  [
    'the legacy session',
    "<iq id='1' type='set'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
    `<iq type='result' id='1' ${alice}/>`,
  ],
  [
    'the legacy session of the domain',
    "<iq id='1' type='set' to='localhost'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
    `<iq type='result' id='1' from='localhost' ${alice}/>`,
  ],
  [
    'a second resource',
    "<iq id='1' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    errorStanza('iq', 'not-allowed', 'cancel', `id='1' ${alice}`),
  ],
  [
    'something that nobody knows',
    "<iq id='1' type='get' to='localhost'><query xmlns='urn:example:nothing'/></iq>",
    errorStanza('iq', 'service-unavailable', 'cancel', `id='1' from='localhost' ${alice}`),
  ],
  [
    'the vCard of the own account',
    "<iq id='1' type='get'><vCard xmlns='vcard-temp'/></iq>",
    errorStanza('iq', 'service-unavailable', 'cancel', `id='1' ${alice}`),
  ],
  [
    'the roster, asked of the server',
    "<iq id='1' type='get' to='localhost'><query xmlns='jabber:iq:roster'/></iq>",
    errorStanza('iq', 'service-unavailable', 'cancel', `id='1' from='localhost' ${alice}`),
  ],
  [
    'a message to the server',
    "<message to='localhost'><body>hello?</body></message>",
    errorStanza('message', 'service-unavailable', 'cancel', `from='localhost' ${alice}`),
  ],
  ['presence to the server', "<presence to='localhost'/>", null],
  // discovery
  [
    'disco#info of the server',
    "<iq id='1' type='get' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    `<iq type='result' id='1' from='localhost' ${alice}><query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im' name='Signet'/><feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/><feature var='jabber:iq:private'/><feature var='jabber:iq:roster'/><feature var='jabber:iq:version'/><feature var='msgoffline'/><feature var='urn:xmpp:ping'/><feature var='urn:xmpp:time'/></query></iq>`,
  ],
  [
    'disco#info of the account',
    "<iq id='1' type='get' to='alice@localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    `<iq type='result' id='1' from='alice@localhost' ${alice}><query xmlns='http://jabber.org/protocol/disco#info'><identity category='account' type='registered'/><feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/><feature var='jabber:iq:private'/><feature var='jabber:iq:roster'/><feature var='urn:xmpp:ping'/></query></iq>`,
  ],
  [
    'disco#info of a node',
    "<iq id='1' type='get' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info' node='x'/></iq>",
    errorStanza('iq', 'item-not-found', 'cancel', `id='1' from='localhost' ${alice}`),
  ],
  [
    'disco#items of the server',
    "<iq id='1' type='get' to='localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
    `<iq type='result' id='1' from='localhost' ${alice}><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`,
  ],
  // other people
  [
    'disco#info of an account that exists',
    "<iq id='1' type='get' to='bob@localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    errorStanza('iq', 'service-unavailable', 'cancel', `id='1' from='bob@localhost' ${alice}`),
  ],
  [
    'disco#info of an account that does not',
    "<iq id='1' type='get' to='nobody@localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    errorStanza('iq', 'service-unavailable', 'cancel', `id='1' from='nobody@localhost' ${alice}`),
  ],
  [
    'a request to a resource that is not there',
    "<iq id='1' type='get' to='bob@localhost/x'><ping xmlns='urn:xmpp:ping'/></iq>",
    errorStanza('iq', 'service-unavailable', 'cancel', `id='1' from='bob@localhost/x' ${alice}`),
  ],
  ['a result to a resource that is not there', "<iq id='1' type='result' to='bob@localhost/x'/>", null],
  [
    'the private data of somebody else',
    "<iq id='1' type='get' to='bob@localhost'><query xmlns='jabber:iq:private'><roster xmlns='roster:delimiter'/></query></iq>",
    errorStanza('iq', 'service-unavailable', 'cancel', `id='1' from='bob@localhost' ${alice}`),
  ],
  [
    'the roster of somebody else',
    "<iq id='1' type='set' to='bob@localhost'><query xmlns='jabber:iq:roster'><item jid='x@localhost'/></query></iq>",
    errorStanza('iq', 'service-unavailable', 'cancel', `id='1' from='bob@localhost' ${alice}`),
  ],
]

describe('one request, one answer', () => {
  for (const [name, sent, answer] of answers) {
    const steps: Step[] = [
      ['bob/b', 'enters'],
      ['alice/a', 'enters'],
      ['alice/a', 'sends', sent],
    ]
    if (answer !== null) steps.push(['alice/a', 'gets', answer])
    it(name, () => playScene({ name, steps }))
  }
})

const scenes: readonly Scene[] = [
  {
    name: 'requests and answers go from client to client, with the sender stamped on',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<iq type='get' id='1' to='bob@localhost/b'><ping xmlns='urn:xmpp:ping'/></iq>"],
      [
        'bob/b',
        'gets',
        "<iq type='get' id='1' from='alice@localhost/a' to='bob@localhost/b'><ping xmlns='urn:xmpp:ping'/></iq>",
      ],
      ['bob/b', 'sends', "<iq type='result' id='1' from='bob@localhost' to='alice@localhost/a'/>"],
      ['alice/a', 'gets', "<iq type='result' id='1' from='bob@localhost/b' to='alice@localhost/a'/>"],
    ],
  },
  {
    name: 'private data: empty, kept, replaced, apart from other names and other accounts',
    steps: [
      ['alice/a', 'enters'],
      ['bob/b', 'enters'],
      [
        'alice/a',
        'sends',
        "<iq type='get' id='1'><query xmlns='jabber:iq:private'><roster xmlns='roster:delimiter'/></query></iq>",
      ],
      [
        'alice/a',
        'gets',
        "<iq type='result' id='1' to='alice@localhost/a'><query xmlns='jabber:iq:private'><roster xmlns='roster:delimiter'/></query></iq>",
      ],
      [
        'alice/a',
        'sends',
        "<iq type='set' id='2'><query xmlns='jabber:iq:private'><roster xmlns='roster:delimiter'>::</roster></query></iq>",
      ],
      ['alice/a', 'gets', "<iq type='result' id='2' to='alice@localhost/a'/>"],
      [
        'alice/a',
        'sends',
        "<iq type='set' id='3'><query xmlns='jabber:iq:private'><roster xmlns='roster:delimiter'>&lt;/</roster></query></iq>",
      ],
      ['alice/a', 'gets', "<iq type='result' id='3' to='alice@localhost/a'/>"],
      [
        'alice/a',
        'sends',
        "<iq type='get' id='4' to='alice@localhost'><query xmlns='jabber:iq:private'><roster xmlns='roster:delimiter'/></query></iq>",
      ],
      [
        'alice/a',
        'gets',
        "<iq type='result' id='4' from='alice@localhost' to='alice@localhost/a'><query xmlns='jabber:iq:private'><roster xmlns='roster:delimiter'>&lt;/</roster></query></iq>",
      ],
      [
        'alice/a',
        'sends',
        "<iq type='get' id='5'><query xmlns='jabber:iq:private'><roster xmlns='roster:other'/></query></iq>",
      ],
      [
        'alice/a',
        'gets',
        "<iq type='result' id='5' to='alice@localhost/a'><query xmlns='jabber:iq:private'><roster xmlns='roster:other'/></query></iq>",
      ],
      [
        'bob/b',
        'sends',
        "<iq type='get' id='6'><query xmlns='jabber:iq:private'><roster xmlns='roster:delimiter'/></query></iq>",
      ],
      [
        'bob/b',
        'gets',
        "<iq type='result' id='6' to='bob@localhost/b'><query xmlns='jabber:iq:private'><roster xmlns='roster:delimiter'/></query></iq>",
      ],
    ],
  },
  {
    name: 'private data: what is refused',
    steps: [
      ['alice/a', 'enters'],
      ['alice/a', 'sends', "<iq type='get' id='1'><query xmlns='jabber:iq:private'/></iq>"],
      ['alice/a', 'gets', errorStanza('iq', 'bad-request', 'modify', `id='1' ${alice}`)],
      ['alice/a', 'sends', "<iq type='set' id='2'><query xmlns='jabber:iq:private'><own/></query></iq>"],
      ['alice/a', 'gets', errorStanza('iq', 'not-acceptable', 'modify', `id='2' ${alice}`)],
      [
        'alice/a',
        'sends',
        "<iq type='get' id='3'><query xmlns='jabber:iq:private'><a xmlns='urn:a'/><b xmlns='urn:b'/></query></iq>",
      ],
      ['alice/a', 'gets', errorStanza('iq', 'not-acceptable', 'modify', `id='3' ${alice}`)],
    ],
  },
]

describe('requests', () => {
  for (const scene of scenes) it(scene.name, () => playScene(scene))

  it('private data: a full store refuses whole sets', () =>
    playScene(
      {
        name: 'full',
        steps: [
          ['alice/a', 'enters'],
          [
            'alice/a',
            'sends',
            "<iq type='set' id='1'><query xmlns='jabber:iq:private'><a xmlns='urn:a'>1</a></query></iq>",
          ],
          ['alice/a', 'gets', `<iq type='result' id='1' ${alice}/>`],
          [
            'alice/a',
            'sends',
            "<iq type='set' id='2'><query xmlns='jabber:iq:private'><a xmlns='urn:a'>2</a><b xmlns='urn:b'/></query></iq>",
          ],
          ['alice/a', 'gets', errorStanza('iq', 'resource-constraint', 'wait', `id='2' ${alice}`)],
          [
            'alice/a',
            'sends',
            "<iq type='get' id='3'><query xmlns='jabber:iq:private'><a xmlns='urn:a'/></query></iq>",
          ],
          [
            'alice/a',
            'gets',
            `<iq type='result' id='3' ${alice}><query xmlns='jabber:iq:private'><a xmlns='urn:a'>1</a></query></iq>`,
          ],
        ],
      },
      { limits: { maxPrivateItems: 1 } },
    ))
})

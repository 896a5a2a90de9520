/** Stanza rules and requests to the server, on the wire (RFC 6120 §8, §10). */

import { describe, it } from 'node:test'
import { errorStanza, online, playScene, type Scene, type Step } from './scene.ts'

const alice = "to='alice@localhost/a'"

/** What alice sends, bound as `a` and not available, and the one thing that comes back; null for nothing. */
const answers: readonly (readonly [name: string, sent: string, answer: string | null])[] = [
  // malformed
  [
    'an iq without id',
    "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
    errorStanza('iq', 'bad-request', 'modify', alice),
  ],
  [
    'an iq without type',
    "<iq id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
    errorStanza('iq', 'bad-request', 'modify', `id='1' ${alice}`),
  ],
  [
    'an iq of unknown type',
    "<iq id='1' type='ask'><ping xmlns='urn:xmpp:ping'/></iq>",
    errorStanza('iq', 'bad-request', 'modify', `id='1' ${alice}`),
  ],
  ['a request without child', "<iq id='1' type='get'/>", errorStanza('iq', 'bad-request', 'modify', `id='1' ${alice}`)],
  [
    'a request with two children',
    "<iq id='1' type='get'><ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/></iq>",
    errorStanza('iq', 'bad-request', 'modify', `id='1' ${alice}`),
  ],
  [
    'a malformed request to another client',
    "<iq id='1' type='get' to='bob@localhost/b'/>",
    errorStanza('iq', 'bad-request', 'modify', `id='1' from='bob@localhost/b' ${alice}`),
  ],
  [
    'an iq to a malformed JID',
    "<iq id='1' type='get' to='a b@localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
    errorStanza('iq', 'jid-malformed', 'modify', `id='1' from='localhost' ${alice}`),
  ],
  [
    'a message to a malformed JID',
    "<message id='1' to='@localhost'/>",
    errorStanza('message', 'jid-malformed', 'modify', `id='1' from='localhost' ${alice}`),
  ],
  [
    'a presence to a malformed JID',
    "<presence to='localhost/'/>",
    errorStanza('presence', 'jid-malformed', 'modify', `from='localhost' ${alice}`),
  ],
  ['an error to a malformed JID', "<message type='error' to='@localhost'/>", null],
  ['a result without id', "<iq type='result'/>", null],
  // answers of clients to the server
  ['a result to the server', "<iq type='result' id='1' to='localhost'/>", null],
  ['a result to nobody', "<iq type='result' id='1'/>", null],
  ['an error to the server', "<iq type='error' id='1' to='localhost'/>", null],
  // other domains
  [
    'an iq to another domain',
    "<iq id='1' type='get' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>",
    errorStanza('iq', 'remote-server-not-found', 'cancel', `id='1' from='example.org' ${alice}`),
  ],
  ['a result to another domain', "<iq id='1' type='result' to='example.org'/>", null],
  [
    'a message to another domain',
    "<message id='1' to='x@example.org'/>",
    errorStanza('message', 'remote-server-not-found', 'cancel', `id='1' from='x@example.org' ${alice}`),
  ],
  [
    'presence to another domain',
    "<presence to='room@conference.example.org/a'/>",
    errorStanza('presence', 'remote-server-not-found', 'cancel', `from='room@conference.example.org/a' ${alice}`),
  ],
  [
    'a subscription to another domain',
    "<presence type='subscribe' to='x@example.org'/>",
    errorStanza('presence', 'remote-server-not-found', 'cancel', `from='x@example.org' ${alice}`),
  ],
  ['unavailable presence to another domain', "<presence type='unavailable' to='x@example.org'/>", null],
  ['a probe to another domain', "<presence type='probe' to='x@example.org'/>", null],
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
  // presence
  ['presence of unknown type', "<presence type='gone'/>", errorStanza('presence', 'bad-request', 'modify', alice)],
  [
    'a priority that is too high',
    '<presence><priority>128</priority></presence>',
    errorStanza('presence', 'bad-request', 'modify', alice),
  ],
  [
    'a priority that is too low',
    '<presence><priority>-129</priority></presence>',
    errorStanza('presence', 'bad-request', 'modify', alice),
  ],
  [
    'a priority that is no number',
    '<presence><priority>high</priority></presence>',
    errorStanza('presence', 'bad-request', 'modify', alice),
  ],
  [
    'two priorities',
    '<presence><priority>1</priority><priority>2</priority></presence>',
    errorStanza('presence', 'bad-request', 'modify', alice),
  ],
  [
    'a presence too large to multiply',
    `<presence><status>${'x'.repeat(9000)}</status></presence>`,
    errorStanza('presence', 'policy-violation', 'modify', alice),
  ],
  ['a subscription to nobody', "<presence type='subscribe'/>", errorStanza('presence', 'bad-request', 'modify', alice)],
  // from
  [
    'the bare JID as from',
    "<iq from='alice@localhost' id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
    `<iq type='result' id='1' ${alice}/>`,
  ],
  [
    'the full JID as from',
    "<iq from='ALICE@LocalHost/a' id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
    `<iq type='result' id='1' ${alice}/>`,
  ],
]

describe('one stanza, one answer', () => {
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

/** What alice sends and the stream error that it earns. */
const endings: readonly (readonly [sent: string, condition: string])[] = [
  ["<iq from='bob@localhost' id='1' type='get'><ping xmlns='urn:xmpp:ping'/></iq>", 'invalid-from'],
  ["<message from='alice@localhost/b' to='bob@localhost'/>", 'invalid-from'],
  ["<presence from='alice@example.org'/>", 'invalid-from'],
  ["<presence from='localhost'/>", 'invalid-from'],
  ["<presence from='@'/>", 'invalid-from'],
  ['<invitation/>', 'unsupported-stanza-type'],
  ["<enable xmlns='urn:xmpp:sm:3'/>", 'unsupported-stanza-type'],
  ["<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>", 'unsupported-stanza-type'],
]

describe('what ends the stream', () => {
  for (const [sent, condition] of endings) {
    const steps: Step[] = [
      ['alice/a', 'enters'],
      ['alice/a', 'sends', sent],
      ['alice/a', 'is ended with', condition],
    ]
    it(`${condition}: ${sent}`, () => playScene({ name: condition, steps }))
  }
})

const scenes: readonly Scene[] = [
  {
    name: 'requests and answers go from client to client, with the sender stamped on',
    steps: [
      ...online('alice/a', 'bob/b'),
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

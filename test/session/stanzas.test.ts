/** Stanza rules on the wire (RFC 6120 §8, §10). */

import { describe, it } from 'node:test'
import { errorStanza, playScene, type Step } from './scene.ts'

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

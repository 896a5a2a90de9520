/** Stanzas for sessions: those that the server knows, with attributes and children of others, and broken ones. */

import type { Random } from '../support/pki/random.ts'
import { mutateText, randomText } from './mutate.ts'

const addresses = [
  ...[
    'alice@localhost',
    'bob@localhost',
    'alice@localhost/a',
    'bob@localhost/b',
    'alice@localhost/c',
    'localhost',
    'localhost/x',
  ],
  ...[
    '',
    '@',
    'nobody@localhost',
    'alice@elsewhere.example',
    'ALICE@LOCALHOST/a',
    'bob@localhost/none',
    '/',
    'a@b@c',
    'é@localhost',
  ],
]
const types: Readonly<Record<string, readonly string[]>> = {
  iq: ['get', 'set', 'result', 'error', '', 'x'],
  message: ['chat', 'normal', 'headline', 'groupchat', 'error', '', 'x'],
  presence: ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed', 'unavailable', 'probe', 'error', 'x'],
}
const payloads = [
  "<query xmlns='jabber:iq:roster'/>",
  "<query xmlns='jabber:iq:roster'><item jid='bob@localhost' name='B'><group>g</group></item></query>",
  "<query xmlns='jabber:iq:roster'><item jid='bob@localhost' subscription='remove'/></query>",
  "<query xmlns='jabber:iq:roster'><item jid='@'/><item/></query>",
  "<query xmlns='jabber:iq:private'><x xmlns='urn:x'>y</x></query>",
  "<query xmlns='jabber:iq:private'><x xmlns='urn:x'/></query>",
  "<query xmlns='jabber:iq:version'/>",
  "<query xmlns='http://jabber.org/protocol/disco#info' node='n'/>",
  "<query xmlns='http://jabber.org/protocol/disco#items'/>",
  "<time xmlns='urn:xmpp:time'/>",
  "<ping xmlns='urn:xmpp:ping'/>",
  "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>",
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>a</resource></bind>",
  "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>\t&#x200d;</resource></bind>",
  '<body>hello</body>',
  "<body xml:lang='de'>hallo</body><subject/>",
  "<active xmlns='http://jabber.org/protocol/chatstates'/>",
  "<no-store xmlns='urn:xmpp:hints'/>",
  '<priority>5</priority><show>away</show>',
  '<priority>-129</priority>',
  '<priority>x</priority><priority/>',
  "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
  "<enable xmlns='urn:xmpp:carbons:2'/>",
  "<x xmlns='urn:x' constructor='1'>&amp;&#13;]]&gt;</x>",
]
const pieces = [
  "'",
  '<',
  '>',
  '&',
  '/>',
  '</',
  'xmlns=',
  'to=',
  "type='get'",
  'jabber:client',
  '😀',
  '&#13;',
  '<body>',
  '</body>',
  '<x/>',
]

/** Some stanzas in one text. */
export function stanzasOf(random: Random): string {
  const text = randomText(random, [stanzaOf(random), stanzaOf(random)], 2)
  return random.chance(0.05) ? mutateText(random, text, pieces) : text
}

function stanzaOf(random: Random): string {
  if (random.chance(0.02))
    return random.pick(["<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "<r xmlns='urn:xmpp:sm:3'/>", '<x/>'])
  const name = random.pick(['iq', 'message', 'presence'])
  const kinds = random.chance(0.95) ? (types[name] ?? []) : ['get', 'subscribe', 'chat']
  const attributes = [
    random.chance(0.9) ? `id='${random.below(5)}'` : '',
    random.chance(0.8) ? `type='${random.pick(kinds)}'` : '',
    random.chance(0.6) ? `to='${random.pick(addresses)}'` : '',
    random.chance(0.05) ? `from='${random.pick(addresses)}'` : '',
    random.chance(0.05) ? "xml:lang='en'" : '',
  ]
  return `<${name} ${attributes.join(' ')}>${randomText(random, payloads, random.chance(0.8) ? 1 : 3)}</${name}>`
}

/** Requests of a BOSH session: those that clients make, in orders that they do not, and broken ones. */

import type { Random } from '../support/pki/random.ts'
import { packFrames } from './frames.ts'
import { mutateText } from './mutate.ts'
import { stanzasOf } from './session-generator.ts'

/** What is done beside a request, by the bits of its first octet. */
export const deeds = { cut: 1, wait: 2, write: 4, writeMuch: 8, restart: 16, repeat: 32 } as const

const attributes = [
  ...['', '', '', "type='terminate'", "type='error'", "type='x'", "pause='10'", "pause='121'", "pause='0'"],
  ...["ack='{rid-1}'", "ack='{rid-2}'", "ack='{rid}'", "ack='x'", "key='{key}'", "key='' newkey='{key}'"],
  ...["newkey='{key}'", "xml:lang='de'", "to='a.example'", "from='alice@a.example'", "to=''"],
  ...["xmlns:x='urn:xmpp:xbosh' x:restart='true'", "xmlns:x='urn:xmpp:xbosh' x:restart='false' x:version='1.0'"],
]
const wishes = [
  ...["ver='1.6'", "ver='1'", '', "wait='60'", "wait='0'", "wait='-1'", "hold='1'", "hold='0'", "hold='99'", "ack='1'"],
  ...["content='text/html'", "content='a'", "newkey='{key}'", "xmlns:x='urn:xmpp:xbosh' x:version='1.0'"],
]
const rids = [
  ...Array(12).fill('{rid+1}'),
  '{rid+2}',
  '{rid+2}',
  '{rid}',
  '{rid-1}',
  '{rid-3}',
  '{rid+3}',
  '{rid+9}',
  '0',
  'x',
]
const payloads = [
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
  "<a xmlns='urn:x' xmlns:y='urn:y' y:z='1'><b xmlns=''/></a>",
  '<message><body>x</body></message>',
  "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>",
  '<!-- -->',
  'text',
  '&amp;',
  ' \n',
]
const pieces = [
  "'",
  '"',
  '<',
  '>',
  '&',
  '/>',
  '</body>',
  '<body>',
  ' ',
  'xmlns=',
  "rid='1'",
  "sid='x'",
  '\u0000',
  'é',
  '{sid}',
  '{rid}',
]

/** The requests of one session as one input: a frame each. */
export function requestsOf(random: Random): Uint8Array {
  const count = 3 + random.below(10)
  return packFrames(Array.from({ length: count }, (_, index) => frameOf(random, index === 0 && random.chance(0.95))))
}

function frameOf(random: Random, isFirst: boolean): Uint8Array {
  const deed = isFirst || random.chance(0.5) ? 0 : random.below(64)
  const text = isFirst ? creationOf(random) : requestOf(random)
  return Buffer.concat([
    Buffer.from([deed]),
    Buffer.from(random.chance(0.15) ? mutateText(random, text, pieces) : text),
  ])
}

function creationOf(random: Random): string {
  const some = wishes.filter(() => random.chance(0.3)).join(' ')
  return `<body xmlns='http://jabber.org/protocol/httpbind' rid='{rid}' to='a.example' ver='1.6' ${deduplicated(some)}/>`
}

function requestOf(random: Random): string {
  const some = Array.from({ length: random.below(2) }, () => random.pick(attributes)).join(' ')
  const content = random.chance(0.6) ? '' : random.chance(0.5) ? random.pick(payloads) : stanzasOf(random)
  return `<body xmlns='http://jabber.org/protocol/httpbind' rid='${random.pick(rids)}' sid='{sid}' ${some}>${content}</body>`
}

/** No name twice, or nothing would ever be well-formed. */
function deduplicated(text: string): string {
  const seen = new Set(['ver', 'to'])
  return [...text.matchAll(/([\w:]+)='[^']*'/g)]
    .filter(([, name = '']) => !seen.has(name) && seen.add(name))
    .map(([whole]) => whole)
    .join(' ')
}

/** Clients over WebSocket: most know the way and the framing, and lose one or the other somewhere. */

import type { Random } from '../support/pki/random.ts'
import { begin, binary, close, frame, inPieces, opcodes, ping, pong, text } from '../websocket/frames.ts'
import { mutateBytes, mutateText } from './mutate.ts'

const framing = 'urn:ietf:params:xml:ns:xmpp-framing'
const open = `<open xmlns='${framing}' to='a.example' version='1.0'/>`
const auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"
const stanzas = [
  "<iq xmlns='jabber:client' type='get' id=' xmlns='><ping xmlns='urn:xmpp:ping'/></iq>",
  "<message xmlns='jabber:client' to='a'><body>x &lt; é 🖖</body></message>",
  "<presence xmlns='jabber:client'/>",
  "<message xmlns='u'><a xmlns=''/><b xmlns='jabber:client'/></message>",
  "<m:iq xmlns:m='jabber:client' m:a='1' xml:lang='de'/>",
  "<x xmlns='http://etherx.jabber.org/streams'/>",
  "<s:features xmlns:s='http://etherx.jabber.org/streams'/>",
]
const others = [
  '',
  ' ',
  '<',
  '<message/>',
  open,
  auth,
  open + open,
  `<close xmlns='${framing}'/>`,
  `<x xmlns='${framing}'/>`,
  "<?xml version='1.0'?>",
  `<?xml version='1.0'?>${open}`,
  '</stream:stream>',
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='a.example' version='1.0'>",
  "<iq xmlns='jabber:server'/>",
  '<!-- -->',
  'é',
]
const vocabulary = ['<', '>', '/', '=', "'", ' ', '&lt;', '&', 'xmlns', ':', 'é', '🖖', '\u0000', ']]>', '<![CDATA[']

/** Chunks of bytes behind the handshake, in the order in which they arrive. */
export function clientChunks(random: Random): Uint8Array[] {
  const way = [open, auth, open, ...Array.from({ length: random.below(5) }, () => random.pick(stanzas))]
  const messages = way.slice(0, random.chance(0.6) ? way.length : 1 + random.below(way.length))
  for (let left = random.below(3); left > 0; left -= 1) {
    messages.splice(random.below(messages.length + 1), random.below(2), somethingElse(random))
  }
  const frames = messages.flatMap((message) => framed(random, message))
  for (let left = random.below(4); left > 0; left -= 1) {
    frames.splice(random.below(frames.length + 1), random.chance(0.1) ? 1 : 0, someFrame(random))
  }
  const whole = Buffer.concat(frames)
  const bytes = random.chance(0.25) ? mutateBytes(random, whole) : whole
  return random.chance(0.3) ? [bytes] : divided(random, bytes)
}

function somethingElse(random: Random): string {
  return random.chance(0.5) ? random.pick(others) : mutateText(random, random.pick(stanzas), vocabulary)
}

function framed(random: Random, message: string): Buffer[] {
  if (random.chance(0.7)) return [text(message)]
  const pieces = inPieces(message, 1 + random.below(40))
  if (random.chance(0.5)) pieces.splice(random.below(pieces.length + 1), 0, ping('p'))
  return pieces
}

function someFrame(random: Random): Buffer {
  switch (random.below(9)) {
    case 0:
      return binary(random.pick(stanzas))
    case 1:
      return ping('x'.repeat(random.pick([0, 1, 125, 126])))
    case 2:
      return pong('x')
    case 3:
      return close(
        random.pick([null, 0, 1000, 1001, 1005, 1006, 1014, 1015, 2999, 3000, 4999, 5000]),
        random.pick(['', 'bye', '\u00e9']),
      )
    case 4:
      return frame({
        opcode: random.below(16),
        rsv: random.pick([0, 0, 1, 4]),
        fin: random.chance(0.7),
        payload: random.pick(['', 'x']),
      })
    case 5:
      return frame({
        opcode: opcodes.text,
        payload: Buffer.from(random.pick(['c3', 'eda080', 'c3a9', 'f0908080', 'ff']), 'hex'),
      })
    case 6:
      return begin(random.pick(stanzas).slice(0, random.below(20)))
    case 7:
      return frame({
        opcode: opcodes.text,
        payload: random.pick(stanzas),
        lengthBytes: random.pick([2, 8]),
        mask: random.pick([null, [0, 0, 0, 0], [1, 2, 3, 4]] as const),
      })
    default:
      return frame({
        opcode: opcodes.text,
        length: random.pick([126n, 10_001n, 262_145n, 1n << 32n, 1n << 53n, 1n << 63n]),
      })
  }
}

function divided(random: Random, bytes: Buffer): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = random.chance(0.2) ? 1 + random.below(3) : 1 + random.below(200)
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

/** Section 6 of the Autobahn test suite: what is UTF-8, whole and in pieces; and what is UTF-8 and still no XML. */

import { begin, chopped, inPieces, last, more, text } from './frames.ts'
import { echo, type FramingCase } from './framing-cases.ts'
import type { Seen } from './raw-peer.ts'

const [before = '', after = ''] = echo('|').out.split('|')
const [backBefore = '', backAfter = ''] = echo('|').back.split('|')

/** The message whose body is these bytes. */
const around = (body: Uint8Array) => Buffer.concat([Buffer.from(before), body, Buffer.from(after)])
const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex')

const refused: readonly Seen[] = ['error unsupported-encoding', 'close', 'Close 1007', 'end']
const noXml: readonly Seen[] = ['error not-well-formed', 'close', 'Close 1002', 'end']

const sound = (id: string, what: string, digits: string): FramingCase => {
  const body = hex(digits)
  return {
    id,
    what,
    pieces: [text(around(body))],
    seen: [`${backBefore}${body.toString('utf8')}${backAfter}`],
    isOver: false,
  }
}
const unsound = (id: string, what: string, digits: string): FramingCase => ({
  ...{ id, what, pieces: [text(around(hex(digits)))], seen: refused },
  isOver: true,
})
const forbidden = (id: string, what: string, digits: string): FramingCase => ({
  ...{ id, what, pieces: [text(around(hex(digits)))], seen: noXml },
  isOver: true,
})

/** Greek with accents: two and three bytes a character. */
const greek = 'ce ba e1 bd b9 cf 83 ce bc ce b5'
const greekMessage = around(hex(greek))
const greekBack = `${backBefore}${hex(greek).toString('utf8')}${backAfter}`
const brokenMessage = around(hex(`${greek} ed a0 80 65 64 69 74 65 64`))

const pieces: readonly FramingCase[] = [
  { id: '6.1.2', what: 'three empty pieces', pieces: [begin(''), more(''), last('')], seen: noXml, isOver: true },
  {
    id: '6.1.3',
    what: 'empty, full, empty',
    pieces: [begin(''), more(greekMessage), last('')],
    seen: [greekBack],
    isOver: false,
  },
  { id: '6.2.1', what: 'in one frame', pieces: [text(greekMessage)], seen: [greekBack], isOver: false },
  {
    id: '6.2.2',
    what: 'in two pieces between characters',
    pieces: inPieces(greekMessage, Buffer.byteLength(before) + 2),
    seen: [greekBack],
    isOver: false,
  },
  { id: '6.2.3', what: 'a piece for each byte', pieces: inPieces(greekMessage, 1), seen: [greekBack], isOver: false },
  {
    id: '6.2.4',
    what: 'chopped inside of characters',
    pieces: chopped(text(greekMessage), 3),
    seen: [greekBack],
    isOver: false,
  },
  { id: '6.3.1', what: 'a surrogate, in one frame', pieces: [text(brokenMessage)], seen: refused, isOver: true },
  {
    id: '6.3.2',
    what: 'a surrogate, a piece for each byte',
    pieces: inPieces(brokenMessage, 1),
    seen: refused,
    isOver: true,
  },
]

/** 6.6: every beginning of a text; only those that end between characters are UTF-8. */
const beginnings: readonly FramingCase[] = Array.from({ length: hex(greek).length - 1 }, (_, at) => {
  const part = hex(greek).subarray(0, at + 1)
  const isWhole = [2, 5, 7, 9].includes(part.length)
  return (isWhole ? sound : unsound)('6.6', `the first ${part.length} bytes of a text`, part.toString('hex'))
})

const boundaries: readonly FramingCase[] = [
  sound('6.5', 'five characters', 'ce ba e1 bd b9 f0 9f 96 96 c3 a4 61'),
  forbidden('6.7.1', 'U+0000, which XML forbids', '00'),
  sound('6.7.2', 'U+0080', 'c2 80'),
  sound('6.7.3', 'U+0800', 'e0 a0 80'),
  sound('6.7.4', 'U+10000', 'f0 90 80 80'),
  unsound('6.8.1', 'the first of five bytes', 'f8 88 80 80 80'),
  unsound('6.8.2', 'the first of six bytes', 'fc 84 80 80 80 80'),
  sound('6.9.1', 'U+007F', '7f'),
  sound('6.9.2', 'U+07FF', 'df bf'),
  forbidden('6.9.3', 'U+FFFF, which XML forbids', 'ef bf bf'),
  sound('6.9.4', 'U+10FFFF', 'f4 8f bf bf'),
  unsound('6.10.1', 'the last of four bytes', 'f7 bf bf bf'),
  unsound('6.10.2', 'the last of five bytes', 'fb bf bf bf bf'),
  unsound('6.10.3', 'the last of six bytes', 'fd bf bf bf bf bf'),
  sound('6.11.1', 'U+D7FF', 'ed 9f bf'),
  sound('6.11.2', 'U+E000', 'ee 80 80'),
  sound('6.11.3', 'U+FFFD', 'ef bf bd'),
  sound('6.11.4', 'U+10FFFF again', 'f4 8f bf bf'),
  unsound('6.11.5', 'U+110000', 'f4 90 80 80'),
]

const stray: readonly FramingCase[] = [
  ...['80', 'bf', '80 bf', '80 bf 80', '80 bf 80 bf', '80 bf 80 bf 80', '80 bf 80 bf 80 bf'].map((digits) =>
    unsound('6.12', `continuation ${digits}`, digits),
  ),
  ...['c2 20', 'df 20', 'e0 20', 'ef 20', 'f0 20', 'f4 20', 'f8 20', 'fc 20'].map((digits) =>
    unsound('6.13', `a start alone: ${digits}`, digits),
  ),
  ...['c2', 'e0 80', 'e0 a0', 'f0 80 80', 'f0 90 80', 'f8 80 80 80', 'df', 'ef bf', 'f7 bf bf', 'fb bf bf bf'].map(
    (digits) => unsound('6.14', `the last byte missing: ${digits}`, digits),
  ),
  unsound(
    '6.15',
    'all of them in a row',
    'c0 e0 80 f0 80 80 f8 80 80 80 fc 80 80 80 80 df ef bf f7 bf bf fb bf bf bf fd bf bf bf bf',
  ),
  ...['fe', 'ff', 'fe fe ff ff'].map((digits) => unsound('6.16', `impossible ${digits}`, digits)),
]

const overlong: readonly FramingCase[] = [
  ...['c0 af', 'e0 80 af', 'f0 80 80 af', 'f8 80 80 80 af', 'fc 80 80 80 80 af'].map((digits) =>
    unsound('6.17', `a slash as ${digits}`, digits),
  ),
  ...['c1 bf', 'e0 9f bf', 'f0 8f bf bf', 'f8 87 bf bf bf', 'fc 83 bf bf bf bf'].map((digits) =>
    unsound('6.18', `the longest detour ${digits}`, digits),
  ),
  ...['c0 80', 'e0 80 80', 'f0 80 80 80', 'f8 80 80 80 80', 'fc 80 80 80 80 80'].map((digits) =>
    unsound('6.19', `U+0000 as ${digits}`, digits),
  ),
]

const surrogates = ['ed a0 80', 'ed ad bf', 'ed ae 80', 'ed af bf', 'ed b0 80', 'ed be 80', 'ed bf bf']
const pairs = [
  'ed a0 80 ed b0 80',
  'ed a0 80 ed bf bf',
  'ed ad bf ed b0 80',
  'ed ad bf ed bf bf',
  'ed ae 80 ed b0 80',
  'ed ae 80 ed bf bf',
  'ed af bf ed b0 80',
  'ed af bf ed bf bf',
]

/** 6.22: U+xFFFE and U+xFFFF of all planes. XML forbids those of the first alone (XML 1.0 §2.2). */
const noncharacters: readonly FramingCase[] = Array.from({ length: 17 }, (_, plane) => plane).flatMap((plane) =>
  [0xfffe, 0xffff].map((low) => {
    const digits = Buffer.from(String.fromCodePoint(plane * 0x10000 + low)).toString('hex')
    return (plane === 0 ? forbidden : sound)('6.22', `U+${(plane * 0x10000 + low).toString(16)}`, digits)
  }),
)

/** All of them. */
export const utf8Cases: readonly FramingCase[] = [
  ...pieces,
  ...beginnings,
  ...boundaries,
  ...stray,
  ...overlong,
  ...surrogates.map((digits) => unsound('6.20', `half a pair: ${digits}`, digits)),
  ...pairs.map((digits) => unsound('6.21', `a pair: ${digits}`, digits)),
  ...noncharacters,
  sound('6.23', 'U+FFFD', 'ef bf bd'),
]

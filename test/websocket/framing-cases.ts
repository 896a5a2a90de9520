/**
 * Cases of the Autobahn test suite for WebSocket, sections 1 to 5, 7, 9 and 10, by their numbers, told in XMPP: what that
 * suite has echoed is a message that alice sends to herself. Section 6 stands in `utf8-cases.ts`. Left out, because
 * there is nothing of the kind: 1.2 (sizes of binary messages: the first one ends the stream, see 1.2.1), 6.4 (how early
 * broken UTF-8 is noticed, which the RFC leaves open), 9.2 and 9.4 (the same as 9.1 and 9.3 in binary), 9.7 and 9.8
 * (speed: the benchmark's business), 12 and 13 (compression, which is never agreed to: see 13.1.1).
 */

import { begin, binary, chopped, close, frame, inPieces, last, more, opcodes, ping, pong, text } from './frames.ts'
import type { Seen } from './raw-peer.ts'

/** One case: what is written, piece by piece, on a session that works, and everything that comes of it. */
export interface FramingCase {
  readonly id: string
  readonly what: string
  readonly pieces: readonly Uint8Array[]
  /** Before the answer to a last ping, if the session lives on; to the end, if not. */
  readonly seen: readonly Seen[]
  readonly isOver: boolean
}

/** Largest message that the session under test takes, bytes. */
export const maxMessageBytes = 262_144

/** A message to herself of exactly `bytes` bytes, with what she gets. */
export function echo(bytes: number | string): { readonly out: string; readonly back: string } {
  const wrap = (body: string, from: string) =>
    `<message xmlns='jabber:client' to='alice@a.example/raw'${from}><body>${body}</body></message>`
  const body = typeof bytes === 'string' ? bytes : 'x'.repeat(bytes - Buffer.byteLength(wrap('', '')))
  return { out: wrap(body, ''), back: wrap(body, " from='alice@a.example/raw'") }
}

const goodbye = (condition: string, code: number): readonly Seen[] => [
  `error ${condition}`,
  'close',
  `Close ${code}`,
  'end',
]
const broken = goodbye('undefined-condition', 1002)
const hello = echo('Hello-µ@ßöäüàá-UTF-8!!')
const greeting = [text(hello.out)]

const lives = (id: string, what: string, pieces: readonly Uint8Array[], seen: readonly Seen[]): FramingCase => ({
  ...{ id, what, pieces, seen },
  isOver: false,
})
const ends = (id: string, what: string, pieces: readonly Uint8Array[], seen: readonly Seen[]): FramingCase => ({
  ...{ id, what, pieces, seen },
  isOver: true,
})

function sized(id: string, bytes: number): FramingCase {
  const { out, back } = echo(bytes)
  return lives(id, `a message of ${bytes} bytes`, [text(out)], [back])
}

const framing: readonly FramingCase[] = [
  ends('1.1.1', 'an empty message', [text('')], goodbye('not-well-formed', 1002)),
  sized('1.1.2', 125),
  sized('1.1.3', 126),
  sized('1.1.4', 127),
  sized('1.1.5', 128),
  sized('1.1.6', 65_535),
  sized('1.1.7', 65_536),
  lives('1.1.8', '65536 bytes in chops of 997', chopped(text(echo(65_536).out), 997), [echo(65_536).back]),
  ends('1.2.1', 'a binary message', [binary('')], goodbye('bad-format', 1003)),
  ends('1.2.2', 'an element as a binary message', [binary(hello.out)], goodbye('bad-format', 1003)),
]

const longest = 'x'.repeat(125)
const pings: readonly FramingCase[] = [
  lives('2.1', 'a ping', [ping()], ['pong']),
  lives('2.2', 'a ping with text', [ping('Hello')], ['pong 48656c6c6f']),
  lives('2.3', 'a ping with bytes', [ping(Buffer.from('00fffefdfcfb00ff', 'hex'))], ['pong 00fffefdfcfb00ff']),
  lives('2.4', 'a ping of 125 bytes', [ping(longest)], [`pong ${'78'.repeat(125)}`]),
  ends('2.5', 'a ping of 126 bytes', [ping('x'.repeat(126))], broken),
  lives('2.6', 'a ping of 125 bytes, byte by byte', chopped(ping(longest), 1), [`pong ${'78'.repeat(125)}`]),
  lives('2.7', 'a pong that nobody asked for', [pong()], []),
  lives('2.8', 'a pong with a payload', [pong('unsolicited')], []),
  lives('2.9', 'a pong, then a ping', [pong('x'), ping('p')], ['pong 70']),
  lives(
    '2.10',
    'ten pings',
    Array.from({ length: 10 }, (_, at) => ping(`${at}`)),
    Array.from({ length: 10 }, (_, at) => `pong 3${at}`),
  ),
  lives(
    '2.11',
    'ten pings byte by byte',
    chopped(Buffer.concat(Array.from({ length: 10 }, () => ping('x'))), 1),
    Array(10).fill('pong 78'),
  ),
]

const bad = (opcode: number, rsv: number) => frame({ opcode, rsv, payload: hello.out })
const reserved: readonly FramingCase[] = [
  ends('3.1', 'reserved bits 1', [bad(opcodes.text, 4)], broken),
  ends(
    '3.2',
    'a message, one with reserved bits 2, a ping',
    [...greeting, bad(opcodes.text, 2), ping()],
    [hello.back, ...broken],
  ),
  ends(
    '3.3',
    'the same in one chunk',
    [Buffer.concat([...greeting, bad(opcodes.text, 3), ping()])],
    [hello.back, ...broken],
  ),
  ends('3.4', 'the same byte by byte', chopped(Buffer.concat([...greeting, bad(opcodes.text, 4), ping()]), 1), [
    hello.back,
    ...broken,
  ]),
  ends('3.5', 'a binary message with reserved bits', [bad(opcodes.binary, 5)], broken),
  ends('3.6', 'a ping with reserved bits', [frame({ opcode: opcodes.ping, rsv: 6 })], broken),
  ends('3.7', 'a Close frame with reserved bits', [frame({ opcode: opcodes.close, rsv: 7 })], broken),
]

const unknown: readonly FramingCase[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
  ends(`4.${opcode < 8 ? 1 : 2}.1`, `opcode ${opcode}`, [frame({ opcode })], broken),
  ends(
    `4.${opcode < 8 ? 1 : 2}.3`,
    `a message, then opcode ${opcode} with a payload`,
    [...greeting, frame({ opcode, payload: 'x' }), ping()],
    [hello.back, ...broken],
  ),
])

const [front, middle, back] = [hello.out.slice(0, 30), hello.out.slice(30, 60), hello.out.slice(60)]
const inTwo = [begin(front), last(middle + back)]
const fragments: readonly FramingCase[] = [
  ends('5.1', 'a ping in two pieces', [frame({ opcode: opcodes.ping, fin: false }), last('')], broken),
  ends('5.2', 'a pong in two pieces', [frame({ opcode: opcodes.pong, fin: false }), last('')], broken),
  lives('5.3', 'a message in two pieces', inTwo, [hello.back]),
  lives('5.4', 'the same in one chunk', [Buffer.concat(inTwo)], [hello.back]),
  lives('5.5', 'the same byte by byte', chopped(Buffer.concat(inTwo), 1), [hello.back]),
  lives('5.6', 'a ping between two pieces', [begin(front), ping('p'), last(middle + back)], ['pong 70', hello.back]),
  lives(
    '5.7',
    'the same in one chunk',
    [Buffer.concat([begin(front), ping('p'), last(middle + back)])],
    ['pong 70', hello.back],
  ),
  lives('5.8', 'the same byte by byte', chopped(Buffer.concat([begin(front), ping('p'), last(middle + back)]), 1), [
    'pong 70',
    hello.back,
  ]),
  ends('5.9', 'the end of nothing', [last('x'), ...greeting], broken),
  ends('5.10', 'the same in one chunk', [Buffer.concat([last('x'), ...greeting])], broken),
  ends('5.11', 'the same byte by byte', chopped(Buffer.concat([last('x'), ...greeting]), 1), broken),
  ends('5.12', 'a piece of nothing', [more('x'), ...greeting], broken),
  ends('5.13', 'the same in one chunk', [Buffer.concat([more('x'), ...greeting])], broken),
  ends('5.14', 'the same byte by byte', chopped(Buffer.concat([more('x'), ...greeting]), 1), broken),
  ends(
    '5.15',
    'a message in two pieces, then a piece of nothing',
    [...inTwo, more('x'), ...greeting],
    [hello.back, ...broken],
  ),
  ends('5.16', 'a piece of nothing, then a message in pieces', [more('x'), begin(front), last(middle + back)], broken),
  ends('5.17', 'the end of nothing, then a message in pieces', [last('x'), begin(front), last(middle + back)], broken),
  ends('5.18', 'a message inside of a message', [begin(front), text(middle)], broken),
  lives(
    '5.19',
    'a message in pieces between pings',
    [begin(front), more(''), ping('1'), more(middle), ping('2'), last(back)],
    ['pong 31', 'pong 32', hello.back],
  ),
  lives(
    '5.20',
    'the same byte by byte',
    chopped(Buffer.concat([begin(front), ping('1'), more(middle), ping('2'), last(back)]), 1),
    ['pong 31', 'pong 32', hello.back],
  ),
]

const valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
const invalid = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
const closing: readonly FramingCase[] = [
  // Browsers throw away what comes behind their Close frame: a stanza written then would be lost, and count as delivered.
  ends(
    '7.1.1',
    'a message and Close at once: nothing more is said',
    [Buffer.concat([...greeting, close(1000)])],
    ['Close 1000', 'end'],
  ),
  ends('7.1.2', 'two Close frames', [Buffer.concat([close(1000), close(1000)])], ['Close 1000', 'end']),
  ends('7.1.3', 'a ping behind Close', [Buffer.concat([close(1000), ping()])], ['Close 1000', 'end']),
  ends('7.1.4', 'a message behind Close', [Buffer.concat([close(1000), ...greeting])], ['Close 1000', 'end']),
  ends(
    '7.1.5',
    'half a message, Close, the other half',
    [Buffer.concat([begin(front), close(1000), last(back)])],
    ['Close 1000', 'end'],
  ),
  ends('7.3.1', 'Close without a code', [close(null)], ['Close', 'end']),
  ends('7.3.2', 'Close with half a code', [frame({ opcode: opcodes.close, payload: Buffer.from([3]) })], broken),
  ends('7.3.3', 'Close with a code', [close(1000)], ['Close 1000', 'end']),
  ends('7.3.4', 'Close with a reason', [close(1000, 'Hello')], ['Close 1000', 'end']),
  ends('7.3.5', 'Close with the longest reason', [close(1000, 'x'.repeat(123))], ['Close 1000', 'end']),
  ends('7.3.6', 'Close with too long a reason', [close(1000, 'x'.repeat(124))], broken),
  ends(
    '7.5.1',
    'Close with a reason that is not UTF-8',
    [close(1000, Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex'))],
    goodbye('unsupported-encoding', 1007),
  ),
  ...valid.map((code) => ends('7.7', `Close ${code}`, [close(code)], [`Close ${code}`, 'end'])),
  ...invalid.map((code) => ends(code < 5000 ? '7.9' : '7.13', `Close ${code}`, [close(code)], broken)),
]

const tooBig = goodbye('policy-violation', 1009)
const atLimit = echo(maxMessageBytes)
const overLimit = echo(maxMessageBytes + 1)
const limits: readonly FramingCase[] = [
  sized('9.1', maxMessageBytes - 1),
  sized('9.1', maxMessageBytes),
  ends('9.1', 'a message one byte too long', [text(overLimit.out)], tooBig),
  ends('9.1', 'the head of a message one byte too long', [text(overLimit.out).subarray(0, 14)], tooBig),
  ends('9.1', 'a message of 2^63 bytes', [frame({ opcode: opcodes.text, length: 1n << 63n })], tooBig),
  ends('9.1', 'a message of 2^53 bytes', [frame({ opcode: opcodes.text, length: 1n << 53n })], tooBig),
  lives('9.3', 'the longest message in pieces of 1 KiB', inPieces(atLimit.out, 1024), [atLimit.back]),
  ends('9.3', 'one byte too many in pieces of 1 KiB', [Buffer.concat(inPieces(overLimit.out, 1024))], tooBig),
  ends(
    '9.3',
    'more pieces than anybody needs',
    [Buffer.concat([begin('<'), ...Array(1100).fill(more(''))])],
    goodbye('policy-violation', 1008),
  ),
  lives('9.5', 'the longest message in chops of 4 KiB', chopped(text(atLimit.out), 4096), [atLimit.back]),
  lives('10.1.1', '65536 bytes in pieces of 1300', inPieces(echo(65_536).out, 1300), [echo(65_536).back]),
]

const masks: readonly FramingCase[] = [
  ends(
    '5.1 of the RFC',
    'a message without a mask',
    [frame({ opcode: opcodes.text, payload: hello.out, mask: null })],
    broken,
  ),
  ends('5.1 of the RFC', 'a ping without a mask', [frame({ opcode: opcodes.ping, mask: null })], broken),
  ends('5.1 of the RFC', 'Close without a mask', [frame({ opcode: opcodes.close, mask: null })], broken),
  lives(
    '5.3 of the RFC',
    'a mask of zeros',
    [frame({ opcode: opcodes.text, payload: hello.out, mask: [0, 0, 0, 0] })],
    [hello.back],
  ),
  ends(
    '13.1.1',
    'a compressed message',
    [frame({ opcode: opcodes.text, rsv: 4, payload: Buffer.from('f248cdc9c90700', 'hex') })],
    broken,
  ),
]

/** All of them. */
export const framingCases: readonly FramingCase[] = [
  ...framing,
  ...pings,
  ...reserved,
  ...unknown,
  ...fragments,
  ...closing,
  ...limits,
  ...masks,
]

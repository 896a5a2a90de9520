/** What is read as a reply and what is not, however it comes in pieces. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxReplyHeaderBytes } from '../../src/auth/backends/http/exchange.ts'
import { type Reading, ReplyReader } from '../../src/auth/backends/http/reply-reader.ts'

const reply = (lines: string, body = ''): string => `HTTP/1.1 200 OK\r\n${lines}\r\n${body}`

/** `status type body`, or the fault; then how long the connection is kept. */
function said(reading: Reading): string {
  if (reading.kind === 'more') return 'more'
  const { result, keepMs } = reading
  const answer = result.ok ? `${result.value.status} ${result.value.type} ${result.value.body}` : result.error.why
  return `${answer} / ${keepMs}`
}

/** What comes of a text in pieces of one size, and of the end behind it. */
function readInPieces(text: string, size: number): string {
  const reader = new ReplyReader()
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) {
    const reading = reader.read(bytes.subarray(at, at + size))
    // What comes behind is seen only by whoever has it in the same piece.
    if (reading.kind === 'done') return said(reading)
  }
  return said(reader.end())
}

const sound: readonly [string, string, string][] = [
  ['a length', reply('Content-Length: 4\r\n', 'true'), '200  true / null'],
  [
    'a type with parameters',
    reply('content-length: 0\r\ncontent-type: Text/HTML; charset=x\r\n'),
    '200 text/html  / null',
  ],
  [
    'chunks',
    reply('transfer-encoding: Chunked\r\n', '2;x=y\r\ntr\r\n2 \r\nue\r\n0\r\nx: y\r\n\r\n'),
    '200  true / null',
  ],
  ['neither, up to the end', reply('x: y\r\n', 'true'), '200  true / 0'],
  ['no header at all', reply(''), '200   / 0'],
  ['no reason', 'HTTP/1.1 204\r\n\r\n', '204   / null'],
  ['a reason with octets', 'HTTP/1.1 404 Nicht \xe4hnlich\r\ncontent-length: 0\r\n\r\n', '404   / null'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok', '200  ok / 0'],
  ['HTTP/1.0 that stays', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: Keep-Alive\r\n\r\nok', '200  ok / null'],
  ['a close', reply('content-length: 2\r\nconnection: x, close\r\n', 'ok'), '200  ok / 0'],
  ['a time to keep it', reply('content-length: 2\r\nkeep-alive: timeout=5, max=9\r\n', 'ok'), '200  ok / 3000'],
  ['a time that is over', reply('content-length: 2\r\nkeep-alive: timeout=1\r\n', 'ok'), '200  ok / 0'],
  [
    'hints before it',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\na: b\r\n\r\n${reply('content-length: 2\r\n', 'ok')}`,
    '200  ok / null',
  ],
  ['an encoding that is none', reply('content-encoding: identity\r\ncontent-length: 2\r\n', 'ok'), '200  ok / null'],
  ['the character of what is no character', reply('content-length: 3\r\n', '\xef\xbf\xbd'), '200  \ufffd / null'],
  ['204 with a length', 'HTTP/1.1 204 X\r\ncontent-length: 4\r\n\r\n', '204   / 0'],
  ['blanks around values', reply('content-length:\t 2 \t\r\n', 'ok'), '200  ok / null'],
]

const junk = 'the reply is not HTTP / 0'
const otherLength = 'the reply is not as long as it says / 0'
const closed = 'the service closed the connection / 0'

const unsound: readonly [string, string, string][] = [
  ['a bare line feed', 'HTTP/1.1 200 OK\ncontent-length: 0\r\n\r\n', junk],
  ['a bare line feed in a value', reply('x: a\nb\r\ncontent-length: 0\r\n'), junk],
  ['a bare carriage return', reply('x: a\rb\r\ncontent-length: 0\r\n'), junk],
  ['NUL in a value', reply('x: a\0b\r\ncontent-length: 0\r\n'), junk],
  ['a space before the colon', reply('content-length : 0\r\n'), junk],
  ['a line that goes on', reply('x: y\r\n content-length: 0\r\n'), junk],
  ['a field without a name', reply(': y\r\ncontent-length: 0\r\n'), junk],
  ['a field without a colon', reply('content-length\r\n'), junk],
  ['another protocol', 'HTTP/1.1 101 X\r\n\r\n', junk],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n', junk],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n', junk],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', junk],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', junk],
  ['a status below all', 'HTTP/1.1 099 OK\r\n\r\n', junk],
  ['two lengths', reply('content-length: 2\r\ncontent-length: 2\r\n', 'ok'), otherLength],
  ['an empty length', reply('content-length: \r\n'), otherLength],
  ['a list of lengths', reply('content-length: 2, 2\r\n', 'ok'), junk],
  ['a negative length', reply('content-length: -2\r\n', 'ok'), junk],
  ['a length with a sign', reply('content-length: +2\r\n', 'ok'), junk],
  ['a length past all counting', reply(`content-length: ${'9'.repeat(16)}\r\n`), junk],
  ['a length and chunks', reply('transfer-encoding: chunked\r\ncontent-length: 5\r\n', '0\r\n\r\n'), junk],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', junk],
  ['chunks inside of something', reply('transfer-encoding: gzip, chunked\r\n', '0\r\n\r\n'), junk],
  ['two codings', reply('transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n', '0\r\n\r\n'), junk],
  ['a chunk without a size', reply('transfer-encoding: chunked\r\n', '\r\nok\r\n0\r\n\r\n'), junk],
  ['a chunk with a strange size', reply('transfer-encoding: chunked\r\n', '0x2\r\nok\r\n0\r\n\r\n'), junk],
  ['a chunk longer than its size', reply('transfer-encoding: chunked\r\n', '2\r\noka\r\n0\r\n\r\n'), junk],
  ['a chunk line without an end', reply('transfer-encoding: chunked\r\n', '0'.repeat(1_100)), junk],
  ['chunks without an end', reply('transfer-encoding: chunked\r\n', '2\r\nok\r\n'), closed],
  ['less than its length', reply('content-length: 5\r\n', 'true'), closed],
  ['half a header', 'HTTP/1.1 200 OK\r\ncontent-', closed],
  [
    'a long header',
    reply(`x: ${'y'.repeat(maxReplyHeaderBytes)}\r\n`),
    `the header of the reply is longer than ${maxReplyHeaderBytes} bytes / 0`,
  ],
]

for (const [name, text, expected] of [...sound, ...unsound]) {
  test(`${name}: ${expected}`, () => {
    for (const size of [text.length, 1, 2, 3, 7, 64]) assert.equal(readInPieces(text, size), expected, `by ${size}`)
  })
}

test('one reader, one reply after the other', () => {
  const reader = new ReplyReader()
  for (const body of ['one', 'two', 'three']) {
    assert.equal(said(reader.read(Buffer.from(reply('content-length: 9\r\n', body)))), 'more')
    assert.ok(reader.hasBegun)
    const rest = Buffer.from('.'.repeat(9 - body.length))
    assert.equal(said(reader.read(rest)), `200  ${body}${rest} / null`)
    assert.ok(!reader.hasBegun)
  }
})

test('what comes behind a reply ends the connection', () => {
  const text = reply('content-length: 2\r\n', 'ok')
  assert.equal(said(new ReplyReader().read(Buffer.from(`${text}${text}`))), '200  ok / 0')
})

/** Requests that two parsers could read in two ways are read by none: a 4xx, and the end of the connection. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { type Arena, echo, mountAt, openArena, openClear } from './arena.ts'
import { untilClosed } from './https-client.ts'

const catalogue = createCatalogue('example.org')
let arena: Arena
let served: string[] = []

before(async () => {
  const handle: typeof echo.handle = (visit, response) => {
    served.push(visit.path)
    echo.handle(visit, response)
  }
  arena = await openArena({
    catalogue,
    mounts: [mountAt('/echo', { handle }), mountAt('/hidden', { handle }), mountAt('/get', { methods: ['GET'] })],
  })
})
after(() => arena[Symbol.asyncDispose]())

const hidden = 'GET /hidden HTTP/1.1\r\nHost: example.org\r\n\r\n'
const post = (fields: string, body = '') => `POST /echo HTTP/1.1\r\nHost: example.org\r\n${fields}\r\n\r\n${body}`

/** By what is wrong: the bytes, and the status; null where the connection just ends. */
const vectors: readonly (readonly [name: string, bytes: string, status: number | null])[] = [
  [
    'both lengths',
    post(`Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${hidden}`),
    400,
  ],
  [
    'both lengths, the other way round',
    post('Transfer-Encoding: chunked\r\nContent-Length: 5', `0\r\n\r\n${hidden}`),
    400,
  ],
  ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${hidden.length}`, hidden), 400],
  ['the same length twice', post('Content-Length: 1\r\nContent-Length: 1', `x${hidden}`), 400],
  ['a list of lengths', post('Content-Length: 1, 1', `x${hidden}`), 400],
  ['a length with a sign', post('Content-Length: +1', `x${hidden}`), 400],
  ['a length in hexadecimal', post('Content-Length: 0x1', `x${hidden}`), 400],
  ['a negative length', post('Content-Length: -1', hidden), 400],
  ['a length beyond all numbers', post('Content-Length: 99999999999999999999', 'x'), 400],
  ['an unknown coding', post('Transfer-Encoding: xchunked', `0\r\n\r\n${hidden}`), 400],
  ['a coding behind chunked', post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${hidden}`), 400],
  ['chunked twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', `0\r\n\r\n${hidden}`), 400],
  ['a space before the colon', post('Content-Length : 5', `12345${hidden}`), 400],
  ['a folded field', post('X-Folded: a\r\n b\r\nContent-Length: 0', hidden), 400],
  ['a folded coding', post('Transfer-Encoding:\r\n chunked', `0\r\n\r\n${hidden}`), 400],
  ['lines that end in LF', `GET /echo HTTP/1.1\nHost: example.org\n\n${hidden}`, 400],
  ['one line that ends in LF', `GET /echo HTTP/1.1\r\nHost: example.org\nX-A: b\r\n\r\n${hidden}`, 400],
  ['a bare CR', `GET /echo HTTP/1.1\r\nHost: example.org\r\nX-A: a\rb\r\n\r\n${hidden}`, 400],
  ['NUL in a field', `GET /echo HTTP/1.1\r\nHost: example.org\r\nX-A: a\0b\r\n\r\n${hidden}`, 400],
  ['a field without a name', `GET /echo HTTP/1.1\r\nHost: example.org\r\n: x\r\n\r\n${hidden}`, 400],
  ['a space before the first field', `GET /echo HTTP/1.1\r\n Host: example.org\r\n\r\n${hidden}`, 400],
  ['no Host', `GET /echo HTTP/1.1\r\n\r\n${hidden}`, 400],
  ['two Hosts', `GET /echo HTTP/1.1\r\nHost: example.org\r\nHost: example.org\r\n\r\n${hidden}`, 400],
  ['a Host that is none', `GET /echo HTTP/1.1\r\nHost: exa mple.org\r\n\r\n${hidden}`, 400],
  ['a Host with a user', `GET /echo HTTP/1.1\r\nHost: a@example.org\r\n\r\n${hidden}`, 400],
  ['a target that is no path', `GET echo HTTP/1.1\r\nHost: example.org\r\n\r\n${hidden}`, 400],
  ['a space in the target', `GET /ec ho HTTP/1.1\r\nHost: example.org\r\n\r\n${hidden}`, 400],
  ['HTTP/0.9', 'GET /echo\r\n\r\n', 400],
  ['HTTP/1.2', `GET /echo HTTP/1.2\r\nHost: example.org\r\n\r\n${hidden}`, 400],
  ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['a chunk with a bad length', post('Transfer-Encoding: chunked', `5x\r\n12345\r\n0\r\n\r\n${hidden}`), 400],
  ['a chunk longer than it says', post('Transfer-Encoding: chunked', `1\r\n12\r\n0\r\n\r\n${hidden}`), 400],
  ['a chunk that ends in LF', post('Transfer-Encoding: chunked', `1\nx\n0\n\n${hidden}`), 400],
  [
    'a body of GET',
    `GET /echo HTTP/1.1\r\nHost: example.org\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    400,
  ],
  [
    'a body of GET in chunks',
    `GET /echo HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    400,
  ],
  ['an unknown method', `HELO /echo HTTP/1.1\r\nHost: example.org\r\n\r\n${hidden}`, 400],
  ['a tunnel', `CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n${hidden}`, null],
  ['TLS where none is', '\x16\x03\x01\x00\xa5\x01\x00\x00', 400],
  ['XMPP', "<stream:stream xmlns='jabber:client'>", 400],
]

describe('requests of two meanings', () => {
  for (const [name, bytes, status] of vectors) {
    test(name, async () => {
      served = []
      const socket = await openClear(arena.port)
      const all = untilClosed(socket)
      socket.write(bytes, 'latin1')
      const reply = await all
      const answers = reply.split(/^HTTP\/1\.1 /m).slice(1)
      assert.equal(served.includes('/hidden'), false, 'the second request was served')
      assert.deepEqual(
        answers.map((one) => Number(one.slice(0, 3))),
        status === null ? [] : [status],
      )
      if (status !== null) assert.match(reply, /\r\nconnection: close\r\n/i)
    })
  }
})

describe('one request has one answer', () => {
  const late: readonly (readonly [what: string, path: string, rest: string])[] = [
    ['404, and a chunk that is none', '/nothing', 'zz\r\n'],
    ['405, and a chunk that is none', '/get', 'zz\r\n'],
    ['404, and trailers that are too long', '/nothing', `0\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`],
  ]
  for (const [what, path, rest] of late) {
    test(`${what}, behind it: the connection ends without another`, async () => {
      const socket = await openClear(arena.port)
      const answered = once(socket, 'data')
      socket.write(`POST ${path} HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n`)
      const [first] = (await answered) as [Buffer]
      const all = untilClosed(socket)
      socket.write(rest)
      assert.deepEqual(`${first}${await all}`.match(/^HTTP\/1\.1 \d+/gm), [`HTTP/1.1 ${what.slice(0, 3)}`])
    })
  }
})

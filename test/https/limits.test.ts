/** Every limit of HTTP holds, in clear and behind TLS: none of them does so by itself on a server that does not listen. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { type Arena, echo, mountAt, openArena, openClear } from './arena.ts'
import { openRaw, untilClosed } from './https-client.ts'

const catalogue = createCatalogue('example.org')

const limits = {
  headersMs: 300,
  requestMs: 600,
  idleMs: 300,
  takeMs: 300,
  checkEveryMs: 50,
  lingerMs: 300,
  maxHeaderBytes: 2_000,
  maxHeaders: 20,
  maxBodyBytes: 1_000,
  maxInFlight: 4,
  maxRequests: 6,
}

/** More than the kernel takes for a client that does not read. */
const huge = Buffer.alloc(16_000_000, 'x')

for (const tls of [false, true]) {
  describe(tls ? 'behind TLS' : 'in clear', () => {
    let arena: Arena
    let handled = 0

    before(async () => {
      const count = () => {
        handled += 1
      }
      arena = await openArena({
        catalogue,
        tls,
        limits,
        mounts: [
          mountAt('/echo', echo),
          mountAt('/silent', { handle: count }),
          mountAt('/upgraded', {
            handle: (_visit, response) => response.end(),
            upgrade: (_visit, socket, head) => {
              socket.on('error', () => undefined).write('HTTP/1.1 101 Else\r\n\r\n')
              if (head.length > 0) socket.write(head)
              socket.on('data', (part) => socket.write(part))
            },
          }),
          mountAt('/late', { handle: (_visit, response) => void setTimeout(() => response.end(), 50) }),
          mountAt('/huge', { handle: (_visit, response) => response.end(huge) }),
          mountAt('/begun', {
            handle: (_visit, response) => response.writeHead(200, { 'content-length': 9 }).write('begun'),
          }),
        ],
      })
    })
    after(() => arena[Symbol.asyncDispose]())

    const open = () => (tls ? openRaw({ port: arena.port, catalogue }) : openClear(arena.port))
    /** What comes until the end, and after how many milliseconds that is. */
    const send = async (text: string) => {
      const socket = await open()
      const began = performance.now()
      const all = untilClosed(socket)
      socket.write(text, 'latin1')
      return { reply: await all, tookMs: performance.now() - began }
    }
    const status = (reply: string) => reply.split('\r\n')[0]
    const body = (reply: string) => reply.slice(reply.indexOf('\r\n\r\n') + 4)
    const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: example.org\r\n${fields}\r\n`

    test('a client that says nothing', async () => {
      const { reply, tookMs } = await send('')
      assert.equal(status(reply), 'HTTP/1.1 408 Request Timeout')
      assert.equal(body(reply), 'the request took too long\n')
      assert.ok(tookMs >= 250 && tookMs < 3_000, `${tookMs}`)
    })

    test('a header that does not end', async () => {
      const { reply, tookMs } = await send('GET /echo HTTP/1.1\r\nHost: exam')
      assert.equal(status(reply), 'HTTP/1.1 408 Request Timeout')
      assert.ok(tookMs < 3_000)
    })

    test('a header that comes byte by byte', async () => {
      const socket = await open()
      const all = untilClosed(socket)
      const text = get('/echo', `X-Slow: ${'x'.repeat(500)}\r\n`)
      let at = 0
      const drip = setInterval(() => socket.write(text[at++] ?? ''), 20)
      const reply = await all
      clearInterval(drip)
      assert.equal(status(reply), 'HTTP/1.1 408 Request Timeout')
      assert.ok(at < 200, `${at}`)
    })

    test('a body that does not end', async () => {
      const { reply, tookMs } = await send(
        'POST /echo HTTP/1.1\r\nHost: example.org\r\nContent-Length: 10\r\n\r\n12345',
      )
      assert.equal(status(reply), 'HTTP/1.1 408 Request Timeout')
      assert.ok(tookMs >= 550 && tookMs < 3_000, `${tookMs}`)
    })

    test('a body that comes byte by byte', async () => {
      const socket = await open()
      const all = untilClosed(socket)
      socket.write('POST /echo HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n')
      const drip = setInterval(() => socket.write('1\r\nx\r\n'), 30)
      const reply = await all
      clearInterval(drip)
      assert.equal(status(reply), 'HTTP/1.1 408 Request Timeout')
    })

    test('an idle connection', async () => {
      const { reply, tookMs } = await send(get('/echo'))
      assert.equal(status(reply), 'HTTP/1.1 200 OK')
      assert.ok(tookMs >= 250 && tookMs < 3_000, `${tookMs}`)
    })

    test('an answer that is long in coming is waited for', async () => {
      const socket = await open()
      let isClosed = false
      socket.once('close', () => {
        isClosed = true
      })
      const before = handled
      socket.write(get('/silent'))
      // Longer than every other limit here.
      await new Promise((resolve) => setTimeout(resolve, 900))
      assert.equal(handled, before + 1)
      assert.equal(isClosed, false)
      socket.destroy()
    })

    /** Uses a connection, so that Node has a clock for its idleness, and then keeps it busy for longer than every limit. */
    const stays = async (again: string, answer: string) => {
      const socket = await open()
      let isClosed = false
      socket.once('close', () => {
        isClosed = true
      })
      socket.write(get('/echo'))
      await once(socket, 'data')
      socket.write(again)
      if (answer !== '') assert.equal(String((await once(socket, 'data'))[0]), answer)
      await new Promise((resolve) => setTimeout(resolve, 900))
      assert.equal(isClosed, false)
      return socket
    }

    test('the second answer is waited for like the first', async () => {
      const socket = await stays(get('/silent'), '')
      socket.destroy()
    })

    test('a connection that has become something else has no limits of HTTP', async () => {
      const upgrade = get('/upgraded', 'Connection: Upgrade\r\nUpgrade: else\r\n')
      const socket = await stays(upgrade, 'HTTP/1.1 101 Else\r\n\r\n')
      socket.write('ping')
      assert.equal(String((await once(socket, 'data'))[0]), 'ping')
      socket.destroy()
    })

    test('an upgrade to what nobody offers is a request like any other', async () => {
      const { reply } = await send(get('/echo', 'Connection: Upgrade, close\r\nUpgrade: h2c\r\n'))
      assert.equal(status(reply), 'HTTP/1.1 200 OK')
    })

    test('an upgrade behind requests that wait is none', async () => {
      const upgrade = get('/upgraded', 'Connection: Upgrade\r\nUpgrade: else\r\n')
      const { reply } = await send(`${get('/late')}${upgrade}`)
      assert.deepEqual(reply.match(/^HTTP\/1\.1 \d+/gm), ['HTTP/1.1 200', 'HTTP/1.1 200'])
    })

    test('an answer that nobody takes', async () => {
      const socket = await open()
      socket.write(get('/huge'))
      socket.pause()
      const refused = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      await arena.log.until('connection_closed', ({ remote }) => remote === `127.0.0.1:${socket.localPort}`)
      socket.resume()
      await refused
    })

    test('a fault behind an answer that has begun ends the connection', async () => {
      const socket = await open()
      socket.write(get('/begun'))
      const [first] = (await once(socket, 'data')) as [Buffer]
      const rest = untilClosed(socket)
      socket.write('\0\r\n\r\n')
      assert.equal(body(`${first}${await rest}`), 'begun')
    })

    test('a long header', async () => {
      const { reply } = await send(get('/echo', `X-Long: ${'x'.repeat(2_000)}\r\n`))
      assert.equal(status(reply), 'HTTP/1.1 431 Request Header Fields Too Large')
    })

    test('a long target', async () => {
      const { reply } = await send(get(`/${'x'.repeat(2_000)}`))
      assert.equal(status(reply), 'HTTP/1.1 431 Request Header Fields Too Large')
    })

    test('many fields', async () => {
      // With Host, 20 are taken.
      const fields = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: x\r\n`).join('')
      const { reply } = await send(get('/echo', fields(20)))
      assert.equal(status(reply), 'HTTP/1.1 431 Request Header Fields Too Large')
      assert.equal(body(reply), 'too many header fields\n')
      const most = await send(get('/echo', fields(19)))
      assert.equal(status(most.reply), 'HTTP/1.1 200 OK')
    })

    test('a body that is announced to be too long', async () => {
      const { reply } = await send('POST /echo HTTP/1.1\r\nHost: example.org\r\nContent-Length: 1001\r\n\r\n')
      assert.equal(status(reply), 'HTTP/1.1 413 Payload Too Large')
      assert.equal(body(reply), 'the body is longer than 1000 bytes\n')
    })

    test('a body that is too long, and comes', async () => {
      const { reply, tookMs } = await send(
        `POST /echo HTTP/1.1\r\nHost: example.org\r\nContent-Length: 500000\r\n\r\n${'x'.repeat(500_000)}`,
      )
      assert.equal(status(reply), 'HTTP/1.1 413 Payload Too Large')
      assert.equal(body(reply), 'the body is longer than 1000 bytes\n')
      assert.ok(tookMs < limits.lingerMs, `${tookMs}`)
    })

    test('a body in chunks that becomes too long', async () => {
      const chunk = `190\r\n${'x'.repeat(400)}\r\n`
      const { reply } = await send(
        `POST /echo HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`,
      )
      assert.equal(status(reply), 'HTTP/1.1 413 Payload Too Large')
    })

    test('requests in a row, and then no more', async () => {
      const socket = await open()
      const closed = once(socket, 'close')
      const answers: string[] = []
      for (let count = 0; count < limits.maxRequests; count += 1) {
        socket.write(get('/echo'))
        const [part] = (await once(socket, 'data')) as [Buffer]
        answers.push(part.toString())
      }
      assert.deepEqual(
        answers.map((answer) => [status(answer), /\r\nConnection: (\S+)/i.exec(answer)?.[1]]),
        [...Array(limits.maxRequests - 1).fill(['HTTP/1.1 200 OK', 'keep-alive']), ['HTTP/1.1 200 OK', 'close']],
      )
      await closed
    })

    test('requests that wait for their answers', async () => {
      const before = handled
      const { reply } = await send(get('/silent').repeat(6))
      assert.equal(reply, '')
      assert.ok(handled - before <= limits.maxInFlight, `${handled - before}`)
      const { fields } = await arena.log.until(
        'http_request_refused',
        ({ why }) => why === 'too many requests under way',
      )
      assert.equal(fields['listener'], 'https')
    })

    test('requests that wait, whatever they expect', async () => {
      const { reply } = await send(`${get('/silent')}${get('/echo', 'Expect: wonders\r\n').repeat(5)}`)
      assert.equal(reply, '')
    })

    test('requests that wait behind the refusal that is to be the last answer', async () => {
      const { reply } = await send(`${get('/silent')}${get('/echo', 'Host: another\r\n')}${get('/echo').repeat(5)}`)
      assert.equal(reply, '')
    })

    test('an expectation that nobody knows is passed over', async () => {
      const { reply } = await send(get('/echo', 'Expect: wonders\r\nConnection: close\r\n'))
      assert.equal(status(reply), 'HTTP/1.1 200 OK')
    })

    test('requests that wait, and more than are taken from a connection', async () => {
      const socket = await open()
      const all = untilClosed(socket)
      for (let count = 0; count < limits.maxRequests - 1; count += 1) {
        const answered = once(socket, 'data')
        socket.write(get('/echo'))
        await answered
      }
      socket.write(get('/silent').repeat(6))
      assert.equal((await all).match(/^HTTP\/1\.1 200/gm)?.length, limits.maxRequests - 1)
    })
  })
}

/** Connections between two questions: what comes unasked, how long they are kept, and how they end. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createHttpPool, type HttpPool } from '../../src/auth/backends/http/pool.ts'

const question = { method: 'GET', path: '/get_certs', headers: {}, body: null } as const

const ok = (body: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`

/** A pool of one connection to a service that gets each connection with its number; its questions begin it. */
async function poolOf(context: TestContext, react: (socket: Socket, connection: number) => void): Promise<HttpPool> {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    const number = connections
    socket.on('error', () => undefined).once('data', () => react(socket, number))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const limits = { workers: 1, requestTimeoutMs: 2_000, callTimeoutMs: 4_000, tls: null }
  const pool = createHttpPool({ origin: `http://127.0.0.1:${port}`, ...limits })
  context.after(async () => {
    await pool[Symbol.asyncDispose]()
    server.close()
  })
  return pool
}

async function bodyFrom(pool: HttpPool): Promise<string> {
  const call = { deadline: performance.now() + 5_000, signal: new AbortController().signal }
  const reply = await pool.ask(question, call)
  return reply.ok ? reply.value.body : reply.error.message
}

test('a second reply behind the first answers nobody, and ends the connection', async (t) => {
  const pool = await poolOf(t, (socket, connection) =>
    socket.write(connection === 1 ? ok('1') + ok('forged') : ok('2')),
  )
  assert.equal(await bodyFrom(pool), '1')
  assert.equal(await bodyFrom(pool), '2')
})

test('a reply that is there before its question answers nobody, and another connection is asked', async (t) => {
  const sockets: Socket[] = []
  const pool = await poolOf(t, (socket, connection) => {
    sockets.push(socket)
    socket.write(ok(`${connection}`))
    socket.on('data', () => socket.write(ok('to the wrong question')))
  })
  assert.equal(await bodyFrom(pool), '1')
  // From here the loop looks at its sockets before anything that is asked now goes out.
  await setTimeout(1)
  sockets[0]?.write(ok('forged'))
  assert.equal(await bodyFrom(pool), '2')
})

test('a connection is closed when the service would, and a bit earlier', async (t) => {
  let closed: Promise<unknown> = Promise.resolve()
  const pool = await poolOf(t, (socket) => {
    closed = once(socket.resume(), 'close')
    socket.write(ok('', 'keep-alive: timeout=2\r\n'))
  })
  assert.equal(await bodyFrom(pool), '')
  await closed
  assert.equal(pool.connections, 0)
})

test('a connection is kept from one question to the next', async (t) => {
  const pool = await poolOf(t, (socket, connection) => {
    socket.write(ok(`${connection}`, 'keep-alive: timeout=30\r\n'))
    socket.on('data', () => socket.write(ok(`${connection} again`)))
  })
  assert.equal(await bodyFrom(pool), '1')
  assert.equal(pool.connections, 1)
  assert.equal(await bodyFrom(pool), '1 again')
})

test('who still waits when the pool is closed is told', async (t) => {
  const asked = Promise.withResolvers<void>()
  const pool = await poolOf(t, () => asked.resolve())
  const faults = Promise.all([bodyFrom(pool), bodyFrom(pool)])
  await asked.promise
  await pool[Symbol.asyncDispose]()
  assert.deepEqual(await faults, ['the pool is closed', 'the pool is closed'])
  assert.equal(await bodyFrom(pool), 'the pool is closed')
})

test('a question that could pass for two is not sent', async (t) => {
  const pool = await poolOf(t, (socket) => socket.write(ok('sent')))
  const call = { deadline: performance.now() + 5_000, signal: new AbortController().signal }
  for (const wrong of [
    { ...question, path: '/a b' },
    { ...question, path: '/a\r\nx: y' },
    { ...question, headers: { x: 'y\r\nz: z' } },
  ]) {
    await assert.rejects(pool.ask(wrong, call), /the question has a (?:path|header) that is none/)
  }
  assert.equal(pool.connections, 0)
})

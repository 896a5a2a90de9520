/** The connections to a service: kept alive, over mTLS, limited, and given up in time, whatever the service does. */

import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  createHttpPool,
  type HttpPool,
  type HttpPoolParts,
  maxReplyBytes,
  maxWaiting,
} from '../../src/auth/backends/http/pool.ts'
import { connectOptions, type PoolTlsOptions } from '../../src/auth/pool-tls.ts'
import type { Call } from '../../src/observe/call.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'
import { createAuthority, issue, issueServer } from '../support/pki/certificate.ts'
import { dns } from '../support/pki/names.ts'
import { createServicePki, startService } from './service.ts'

const pki = createServicePki()
const question = { method: 'GET', path: '/get_certs?user=alice&pass=hidden', headers: {}, body: null } as const

function callWith(limitMs: number, signal: AbortSignal = new AbortController().signal): Call {
  return { deadline: performance.now() + limitMs, signal }
}

function poolTo(context: TestContext, origin: string, parts: Partial<HttpPoolParts> = {}): HttpPool {
  const limits = { workers: 2, requestTimeoutMs: 2_000, callTimeoutMs: 4_000, tls: null }
  const pool = createHttpPool({ origin, ...limits, ...parts })
  context.after(() => pool[Symbol.asyncDispose]())
  return pool
}

async function faultOf(pool: HttpPool, call: Call = callWith(5_000)): Promise<string> {
  const reply = await pool.ask(question, call)
  assert.equal(reply.ok, false)
  return reply.ok ? '' : reply.error.message
}

/** A server that answers bytes with bytes; `react` gets each connection when its first request is there. */
async function rawService(context: TestContext, react: (socket: Socket, connection: number) => void): Promise<string> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    const number = connections
    sockets.add(socket.on('error', () => undefined))
    socket.once('data', () => react(socket, number))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Files of our certificate for the service, the key encrypted and in the same file. */
async function tlsFiles(context: TestContext, more: Partial<PoolTlsOptions> = {}): Promise<PoolTlsOptions> {
  const folder = await temporaryDirectory(context)
  const [certfile, cacertfile] = [join(folder, 'signet.pem'), join(folder, 'ca.pem')]
  const encrypted = createPrivateKey(pki.client.keyPem).export({
    ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' },
  })
  writeFileSync(certfile, pki.client.pem + encrypted.toString())
  writeFileSync(cacertfile, pki.ca.pem)
  const identity = { certfile, keyfile: certfile, password: 'correct horse' }
  return {
    verify: true,
    cacertfile,
    identity,
    versions: ['tlsv1.2', 'tlsv1.3'],
    serverName: null,
    sendsName: true,
    ...more,
  }
}

test('mTLS with an encrypted key in a combined file; connections serve one request after another', async (t) => {
  await using service = await startService(({ client }) => ({ status: 200, body: String(client) }), pki)
  const pool = poolTo(t, service.origin, { tls: connectOptions(await tlsFiles(t), 'localhost') })
  for (let count = 0; count < 20; count += 1) {
    const reply = await pool.ask(question, callWith(5_000))
    assert.deepEqual(reply, { ok: true, value: { status: 200, type: '', body: 'signet' } })
  }
  assert.equal(service.seen.length, 20)
  assert.ok(service.connections <= 2, `${service.connections} connections`)
})

test('no more connections than workers, however many ask', async (t) => {
  await using service = await startService(() => 204)
  const pool = poolTo(t, service.origin, { workers: 3 })
  const replies = await Promise.all(Array.from({ length: 60 }, () => pool.ask(question, callWith(5_000))))
  assert.ok(replies.every((reply) => reply.ok && reply.value.status === 204))
  assert.equal(service.connections, 3)
})

const impostors = [
  ['of another CA', issueServer(createAuthority({ name: 'Other CA' }), [dns('localhost')], 'localhost'), /certificate/],
  ['for another name', issueServer(pki.ca, [dns('elsewhere.example')], 'elsewhere.example'), /does not match/],
] as const

for (const [name, server, why] of impostors) {
  test(`a service with a certificate ${name} is not asked anything`, async (t) => {
    await using service = await startService(() => ({ status: 200, body: 'true' }), { ...pki, server })
    const pool = poolTo(t, service.origin, { tls: connectOptions(await tlsFiles(t), 'localhost') })
    assert.match(await faultOf(pool), why)
    assert.equal(service.seen.length, 0)
  })
}

test('the service is called by another name where that is configured', async (t) => {
  const server = issueServer(pki.ca, [dns('auth.internal')], 'auth.internal')
  await using service = await startService(() => 204, { ...pki, server })
  const tls = connectOptions(await tlsFiles(t, { serverName: 'auth.internal' }), 'localhost')
  const reply = await poolTo(t, service.origin, { tls }).ask(question, callWith(5_000))
  assert.equal(reply.ok && reply.value.status, 204)
})

for (const [sendsName, name] of [
  [true, 'localhost'],
  [false, null],
] as const) {
  test(`server_name_indication.enabled = ${sendsName}: asked for ${name}, and checked for it either way`, async (t) => {
    await using service = await startService(() => 204, pki)
    const tls = connectOptions(await tlsFiles(t, { sendsName }), 'localhost')
    const pool = poolTo(t, service.origin, { tls })
    for (let count = 0; count < 3; count += 1) {
      const reply = await pool.ask(question, callWith(5_000))
      assert.equal(reply.ok && reply.value.status, 204)
    }
    assert.deepEqual([...new Set(service.seen.map((seen) => seen.serverName))], [name])
    assert.ok(service.connections <= 2)
    const server = issueServer(pki.ca, [dns('elsewhere.example')], 'elsewhere.example')
    await using impostor = await startService(() => 204, { ...pki, server })
    assert.match(await faultOf(poolTo(t, impostor.origin, { tls })), /does not match/)
    assert.equal(impostor.seen.length, 0)
  })
}

test('a service that wants a certificate and gets a stranger’s refuses us', async (t) => {
  await using service = await startService(() => ({ status: 200, body: 'true' }), pki)
  const stranger = issue(createAuthority({ name: 'Other CA' }), { cn: 'signet' })
  const tls = { ca: pki.ca.pem, cert: stranger.pem, key: stranger.keyPem, servername: 'localhost' }
  await faultOf(poolTo(t, service.origin, { tls }))
  assert.equal(service.seen.length, 0)
})

const header = (more: string) => `HTTP/1.1 200 OK\r\n${more}`
const junk: readonly [string, string, RegExp][] = [
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', /^the reply is not HTTP$/],
  [
    'two lengths',
    header('content-length: 4\r\ncontent-length: 5\r\n\r\ntrue'),
    /^the reply is not as long as it says$/,
  ],
  [
    'a length and chunks',
    header('content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
    /^the reply is not (HTTP|as long as it says)$/,
  ],
  ['less than it says', header('content-length: 40\r\n\r\ntrue'), /^the service closed the connection$/],
  ['an end before the header’s', header('content-'), /^the service closed the connection$/],
  ['bytes that are no UTF-8', header('content-length: 1\r\n\r\n\xff'), /^the reply is not UTF-8$/],
  [
    'a compressed body',
    header('content-encoding: gzip\r\ncontent-length: 4\r\n\r\ntrue'),
    /^the reply is compressed, which nobody asked for$/,
  ],
  ['a huge header', header(`x: ${'y'.repeat(20_000)}\r\n\r\n`), /^the header of the reply is longer than 16384 bytes$/],
  ['a huge length', header(`content-length: 99999999999\r\n\r\ntrue`), /^the service closed the connection$/],
  [
    'a huge chunk',
    header(`transfer-encoding: chunked\r\n\r\n80000\r\n${'a'.repeat(0x80000)}\r\n0\r\n\r\n`),
    /^the reply is longer than 262144 bytes$/,
  ],
  [
    'a body one byte too long',
    header(`content-length: ${maxReplyBytes + 1}\r\n\r\n${'a'.repeat(maxReplyBytes + 1)}`),
    /^the reply is longer than 262144 bytes$/,
  ],
  ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', /./],
]

for (const [name, bytes, why] of junk) {
  test(`a service that answers ${name}`, async (t) => {
    const origin = await rawService(t, (socket) => socket.end(bytes, 'latin1'))
    const message = await faultOf(poolTo(t, origin))
    assert.match(message, why)
    assert.doesNotMatch(message, /hidden|alice/)
  })
}

test('a body of exactly the limit is a reply', async (t) => {
  const body = 'a'.repeat(maxReplyBytes)
  await using service = await startService(() => ({ status: 200, body }))
  const reply = await poolTo(t, service.origin).ask(question, callWith(5_000))
  assert.equal(reply.ok && reply.value.body.length, maxReplyBytes)
})

test('redirects are handed back, not followed', async (t) => {
  await using service = await startService(() => ({ status: 302, headers: { location: '/elsewhere' } }))
  const reply = await poolTo(t, service.origin).ask(question, callWith(5_000))
  assert.equal(reply.ok && reply.value.status, 302)
  assert.equal(service.seen.length, 1)
})

/** Ways to keep us waiting; each gets the bytes of a good reply in part. */
const slow: readonly [string, (socket: Socket) => void][] = [
  ['nothing at all', () => undefined],
  ['half a header', (socket) => socket.write(header('content-le'))],
  ['a header and no body', (socket) => socket.write(header('content-length: 4\r\n\r\n'))],
  ['its body by the byte', (socket) => drip(socket, header('content-length: 4000\r\n\r\n'))],
  ['its header by the byte', (socket) => drip(socket, header('x: '))],
]

function drip(socket: Socket, start: string): void {
  socket.write(start)
  const timer = setInterval(() => socket.write('a'), 20)
  socket.once('close', () => clearInterval(timer))
}

for (const [name, react] of slow) {
  test(`a service that sends ${name} is given up at request_timeout, and its connection closed`, async (t) => {
    let closed: Promise<unknown> = Promise.resolve()
    const origin = await rawService(t, (socket) => {
      // However it ends: being given up in the middle of a write is a reset.
      socket.on('error', () => undefined)
      closed = new Promise((resolve) => socket.once('close', resolve))
      react(socket)
    })
    const pool = poolTo(t, origin, { requestTimeoutMs: 150 })
    const started = performance.now()
    assert.equal(await faultOf(pool), 'no answer within 150 ms')
    assert.ok(performance.now() - started < 2_000, `took ${performance.now() - started} ms`)
    await closed
  })
}

test('the deadline of the attempt goes before every limit of the pool', async (t) => {
  await using service = await startService(() => 'never')
  const pool = poolTo(t, service.origin)
  const started = performance.now()
  assert.match(await faultOf(pool, callWith(120)), /^no answer within \d+ ms$/)
  assert.ok(performance.now() - started < 1_500)
})

test('a client that goes away takes its question along', async (t) => {
  await using service = await startService(() => 'never')
  const controller = new AbortController()
  const pending = faultOf(poolTo(t, service.origin), callWith(5_000, controller.signal))
  await service.arrived(1)
  controller.abort()
  assert.equal(await pending, 'no answer before the deadline')
  assert.equal(
    await faultOf(poolTo(t, service.origin), callWith(5_000, AbortSignal.abort())),
    'no answer before the deadline',
  )
  assert.equal(service.seen.length, 1)
})

test('who waits for a connection waits no longer than who has one', async (t) => {
  await using service = await startService(() => 'never')
  const pool = poolTo(t, service.origin, { workers: 1, requestTimeoutMs: 200 })
  const started = performance.now()
  const faults = await Promise.all([faultOf(pool), faultOf(pool), faultOf(pool)])
  assert.deepEqual(faults, Array(3).fill('no answer within 200 ms'))
  assert.ok(performance.now() - started < 2_000)
})

test('the queue has an end', async (t) => {
  await using service = await startService(() => 'never')
  const pool = poolTo(t, service.origin, { workers: 1, requestTimeoutMs: 400 })
  const waiting = Array.from({ length: 1 + maxWaiting }, () => faultOf(pool))
  assert.equal(await faultOf(pool), 'too many logins wait for the service')
  assert.deepEqual([...new Set(await Promise.all(waiting))], ['no answer within 400 ms'])
})

test('a lost connection is tried again, twice and no more', async (t) => {
  let requests = 0
  const origin = await rawService(t, (socket) => {
    requests += 1
    socket.resetAndDestroy()
  })
  assert.equal(await faultOf(poolTo(t, origin)), 'read ECONNRESET')
  assert.equal(requests, 3)
})

test('the third try may do what the first two could not', async (t) => {
  const origin = await rawService(t, (socket, connection) => {
    if (connection < 3) socket.destroy()
    else socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
  })
  const reply = await poolTo(t, origin).ask(question, callWith(5_000))
  assert.equal(reply.ok && reply.value.status, 404)
})

test('an answer is never asked for again, however bad it is', async (t) => {
  for (const status of [500, 502, 503, 429]) {
    await using service = await startService(() => status)
    const reply = await poolTo(t, service.origin).ask(question, callWith(5_000))
    assert.equal(reply.ok && reply.value.status, status)
    assert.equal(service.seen.length, 1)
  }
})

test('killed and started again, the service is found without a restart of ours', async (t) => {
  await using service = await startService(({ client }) => (client === 'signet' ? 204 : 403), pki)
  const pool = poolTo(t, service.origin, { tls: connectOptions(await tlsFiles(t), 'localhost') })
  const status = async () => {
    const reply = await pool.ask(question, callWith(5_000))
    return reply.ok ? reply.value.status : reply.error.message
  }
  assert.equal(await status(), 204)
  await service.kill()
  assert.match(String(await status()), /ECONNREFUSED/)
  await service.revive()
  assert.equal(await status(), 204)
})

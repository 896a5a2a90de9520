/** Reloads and the end: sessions stay with their handler, requests get what is in force, and at the end everybody is told. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { type App, createApp } from '../../src/app.ts'
import type { SignetOptions } from '../../src/options.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { type PreparedOptions, prepareOptions } from '../support/server.ts'
import { connectWebSocket, type WebSocketClient } from '../support/websocket-client.ts'
import { openClear } from './arena.ts'
import { everyHandler } from './handlers.ts'
import { ask, openRaw, untilClosed } from './https-client.ts'

const domain = 'example.org'
const catalogue = createCatalogue(domain)
const log = createRecordingLog()
let prepared: PreparedOptions
let app: App
let port = 0

before(async () => {
  prepared = await prepareOptions({ catalogue, https: { handlers: everyHandler } })
  app = createApp({ options: prepared.options, log })
  const started = await app.start()
  assert.ok(started.ok)
  port = started.value.find(({ name }) => name === 'https')?.port ?? 0
})
after(async () => {
  await app.stop()
  await prepared[Symbol.asyncDispose]()
})

const get = async (path: string) => (await ask({ port, catalogue, path })).status

async function logIn(): Promise<WebSocketClient> {
  const { chainPem: cert, keyPem: key } = catalogue.get('one')
  const tls = { cert, key, ca: catalogue.rootPem, servername: domain }
  const client = await connectWebSocket({ port, path: '/ws-xmpp', tls })
  await client.open(domain)
  assert.equal((await client.auth('equals')).name, 'success')
  await client.bind(domain, 'desk')
  return client
}

const boshPost = (fields: string) => {
  const body = `<body xmlns='http://jabber.org/protocol/httpbind' ${fields}/>`
  return `POST /http-bind HTTP/1.1\r\nHost: ${domain}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** A BOSH session without a login, between two requests of one connection. */
async function openBosh() {
  const socket = await openRaw({ port, catalogue, certificate: catalogue.get('one') })
  const xmpp = "xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'"
  socket.write(boshPost(`rid='7' to='${domain}' wait='60' hold='1' ver='1.6' xml:lang='en' ${xmpp}`))
  const [created] = await once(socket, 'data')
  const sid = / sid=['"]([^'"]+)/.exec(String(created))?.[1] ?? assert.fail(String(created))
  return { socket, poll: boshPost(`rid='8' sid='${sid}'`) }
}

async function ping(client: WebSocketClient): Promise<void> {
  client.send("<iq xmlns='jabber:client' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
  assert.equal((await client.element()).attrs['type'], 'result')
}

const withHandlers = (names: readonly string[]): SignetOptions => ({
  ...prepared.options,
  http: prepared.options.http.map((http) => ({
    ...http,
    handlers: everyHandler.filter(({ name }) => names.includes(name)),
  })),
})

describe('a reload', () => {
  test('takes handlers away and brings them back; sessions of those that stay do not notice', async () => {
    using client = await logIn()
    const idle = await openRaw({ port, catalogue })
    assert.equal(await get('/health'), 200)

    const fewer = await app.reload(withHandlers(['mongoose_websocket_handler', 'signet_metrics_handler']))
    assert.ok(fewer.ok)
    assert.equal(await get('/health'), 404)
    assert.equal(await get('/metrics'), 200)
    // A connection of before, and its first request after: what is in force counts.
    const reply = untilClosed(idle)
    idle.write('GET /health HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n')
    assert.match(await reply, /^HTTP\/1\.1 404 /)
    await ping(client)

    assert.ok((await app.reload(prepared.options)).ok)
    assert.equal(await get('/health'), 200)
    await ping(client)
  })

  test('ends the sessions of a handler that goes', async () => {
    using client = await logIn()
    const gone = await app.reload(withHandlers(['signet_health_handler']))
    assert.ok(gone.ok)
    assert.equal((await client.streamError()).condition, 'system-shutdown')
    assert.equal(await get('/ws-xmpp'), 404)
    assert.ok((await app.reload(prepared.options)).ok)
    assert.equal(await get('/ws-xmpp'), 426)
  })

  test('that fails changes nothing', async () => {
    using client = await logIn()
    const options = withHandlers(['signet_health_handler'])
    const [http] = options.http
    assert.ok(http !== undefined && http.tls.identity !== null)
    const identity = { ...http.tls.identity, certfile: '/nowhere/server.pem' }
    const refused = await app.reload({ ...options, http: [{ ...http, tls: { ...http.tls, identity } }] })
    assert.ok(!refused.ok && refused.error.kind === 'part')
    assert.equal(refused.error.part, 'https')
    assert.equal(await get('/metrics'), 200)
    await ping(client)
  })

  test('names the server, or does so no more', async () => {
    const { general } = prepared.options
    assert.ok((await app.reload({ ...prepared.options, general: { ...general, httpServerName: 'Front door' } })).ok)
    for (const path of ['/health', '/nowhere']) {
      assert.equal((await ask({ port, catalogue, path })).headers['server'], 'Front door')
    }
    assert.ok((await app.reload(prepared.options)).ok)
    assert.equal((await ask({ port, catalogue, path: '/health' })).headers['server'], undefined)
  })
})

describe('the end', () => {
  test('streams hear of it, idle connections close, and the port is free', async () => {
    using client = await logIn()
    const idle = await openRaw({ port, catalogue })
    const closed = untilClosed(idle)
    const silent = untilClosed(await openClear(port))
    const bosh = await openBosh()
    const began = performance.now()
    const stopped = app.stop()
    assert.equal((await client.streamError()).condition, 'system-shutdown')
    // Sessions of many connections hear of it at their next request.
    const last = untilClosed(bosh.socket)
    bosh.socket.write(bosh.poll)
    const reply = await last
    assert.match(reply, /^HTTP\/1\.1 200 OK\r\n/)
    assert.match(reply, /\r\nConnection: close\r\n/i)
    assert.match(reply, /<body [^>]*type='terminate'/)
    assert.match(reply, /<body [^>]*condition='system-shutdown'/)
    await stopped
    assert.equal(await closed, '')
    assert.equal(await silent, '')
    assert.ok(performance.now() - began < 4_000)
    await assert.rejects(ask({ port, catalogue, path: '/health' }), { code: 'ECONNREFUSED' })
  })
})

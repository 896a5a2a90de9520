/** WebSocket in a whole server: beside TCP, with every way to log in, through reloads and to its end. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { WebSocketOptions } from '../../src/listener/https/websocket-options.ts'
import type { SignetOptions } from '../../src/options.ts'
import { addAccounts, filePool, testPasswords } from '../support/accounts.ts'
import { loginPlain, loginScram } from '../support/password-login.ts'
import { type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { type HttpsPlan, startServer, type TestServer } from '../support/server.ts'
import { connectWebSocket, tryWebSocket, type WebSocketClient } from '../support/websocket-client.ts'
import { mechanismsOf, openClient } from '../support/xmpp-client.ts'

const domain = 'signet.example'
const password = 'Tür, offen=1'
const catalogue = createCatalogue(domain)

const byDefault: WebSocketOptions = {
  timeoutMs: 60_000,
  pingMs: 45_000,
  pongMs: 15_000,
  origins: [],
  seeOtherUri: null,
  maxStanzaBytes: 65_536,
  stateTimeoutMs: 10_000,
  legacySession: true,
}

function handlersOf(options: Partial<WebSocketOptions> = {}): HttpsPlan['handlers'] {
  const place = { host: null, path: '/ws' }
  return [{ name: 'mongoose_websocket_handler', place, options: { ...byDefault, ...options } }]
}

function tlsOf(name: CatalogueName | null) {
  const shared = { ca: catalogue.rootPem, servername: domain }
  if (name === null) return shared
  const { chainPem: cert, keyPem: key } = catalogue.get(name)
  return { ...shared, cert, key }
}

async function enter(server: TestServer, name: CatalogueName, resource: string): Promise<WebSocketClient> {
  const client = await connectWebSocket({ port: server.portOf('https'), tls: tlsOf(name) })
  await client.open(domain)
  assert.equal((await client.auth('equals')).name, 'success')
  await client.bind(domain, resource)
  return client
}

describe('WebSocket beside TCP', () => {
  let folder: string
  let server: TestServer
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signet-websocket-'))
    const database = filePool(folder)
    await addAccounts(database, domain, { alice: password })
    const mechanisms = ['scram_sha256_plus', 'scram_sha256', 'plain', 'external'] as const
    server = await startServer({
      catalogue,
      database,
      auth: { methods: ['rdbms', 'pki'], mechanisms, password: testPasswords },
      https: { handlers: handlersOf() },
    })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const arrive = async (name: CatalogueName | null, more = {}) => {
    const tls = { ...tlsOf(name), ...more }
    const client = await connectWebSocket({ port: server.portOf('https'), tls })
    return { client, features: await client.open(domain) }
  }

  it('offers on each what can succeed there', async () => {
    for (const [name, offered] of [
      [null, ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'PLAIN']],
      ['one', ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'PLAIN', 'EXTERNAL']],
      ['expired', ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'PLAIN']],
    ] as const) {
      const arrived = await arrive(name)
      using client = arrived.client
      const direct = await openClient({ port: server.portOf('direct'), door: 'direct', domain, tls: tlsOf(name) })
      using tcp = direct.client
      assert.deepEqual(mechanismsOf(arrived.features), offered)
      assert.deepEqual(mechanismsOf(direct.features), offered)
      assert.notEqual(client.local, tcp.local)
    }
  })

  for (const [binding, tls] of [
    ['tls-exporter', {}],
    ['tls-server-end-point', {}],
    ['tls-unique', { maxVersion: 'TLSv1.2' }],
  ] as const) {
    it(`binds passwords to the TLS connection below, by ${binding}`, async () => {
      using client = (await arrive(null, tls)).client
      const login = { mechanism: 'SCRAM-SHA-256-PLUS', username: 'alice', password, binding }
      const { last, isMutual } = await loginScram(client, login)
      assert.deepEqual([last.name, isMutual], ['success', true])
      await client.bind(domain)
    })
  }

  it('refuses a binding to another connection', async () => {
    using client = (await arrive(null)).client
    const login = { mechanism: 'SCRAM-SHA-256-PLUS', username: 'alice', password, binding: 'tls-exporter' } as const
    const { last } = await loginScram(client, { ...login, data: new Uint8Array(32) })
    assert.equal(last.name, 'failure')
  })

  it('takes PLAIN, since TLS is below', async () => {
    using client = (await arrive(null)).client
    assert.equal((await loginPlain(client, 'alice', password)).name, 'success')
  })

  it('carries a chat with somebody on TCP', async () => {
    using alice = await enter(server, 'one', 'ws')
    const direct = await openClient({ port: server.portOf('direct'), door: 'direct', domain, tls: tlsOf('bob') })
    using bob = direct.client
    assert.equal((await bob.auth('equals')).name, 'success')
    await bob.bind(domain, 'tcp')
    alice.send(`<message to='bob@${domain}/tcp' type='chat'><body>1 &lt; 2</body></message>`)
    assert.equal((await bob.element('message')).getChildText('body'), '1 < 2')
    bob.send(`<message to='alice@${domain}/ws' type='chat'><body>2 &gt; 1</body></message>`)
    assert.equal((await alice.element('message')).getChildText('body'), '2 > 1')
  })

  it('delivers once what was kept for somebody who was away', async () => {
    using bob = await enter(server, 'bob', 'b')
    bob.send(`<message to='carol@${domain}' type='chat'><body>to nobody</body></message>`)
    assert.equal((await bob.element('message')).attrs['type'], 'error')
    bob.send(`<message to='alice@${domain}' type='chat'><body>kept</body></message>`)
    bob.send("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
    await bob.element('iq')
    for (const kept of [['kept'], []]) {
      using alice = await enter(server, 'one', 'a')
      alice.send('<presence/>')
      await alice.element('presence')
      for (const body of kept) assert.equal((await alice.element('message')).getChildText('body'), body)
      alice.send("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
      assert.equal((await alice.element()).attrs['id'], 'p')
      alice.send('</stream:stream>')
      await alice.closing()
    }
  })
})

describe('WebSocket where a certificate is mandatory', () => {
  it('answers in HTTP who comes without one, and with a bad one', async () => {
    await using server = await startServer({
      catalogue,
      https: { handlers: handlersOf(), certificatePolicy: 'mandatory' },
    })
    for (const [name, status] of [
      [null, 401],
      ['expired', 403],
    ] as const) {
      const opening = await tryWebSocket({ port: server.portOf('https'), tls: tlsOf(name) })
      assert.equal(opening.kind === 'refused' && opening.status, status)
    }
    using client = await enter(server, 'one', 'in')
    assert.equal(client.closeCode, null)
  })
})

describe('WebSocket through reloads', () => {
  const withHandlers = (options: SignetOptions, handlers: HttpsPlan['handlers']): SignetOptions => ({
    ...options,
    http: options.http.map((listener) => ({ ...listener, handlers })),
  })

  it('keeps sessions, and has new connections under the new configuration', async () => {
    await using server = await startServer({ catalogue, https: { handlers: handlersOf() } })
    using old = await enter(server, 'one', 'old')
    const next = handlersOf({ origins: ['https://chat.example.org'], maxStanzaBytes: 10_000, legacySession: false })
    const reloaded = await server.app.reload(withHandlers(server.options, next))
    assert.ok(reloaded.ok)
    const opening = await tryWebSocket({
      port: server.portOf('https'),
      tls: tlsOf('one'),
      origin: 'https://chat.example.org',
    })
    assert.ok(opening.kind === 'open')
    using young = opening.client
    await young.open(domain)
    await young.auth('equals')
    await young.bind(domain, 'young')
    const long = `<message to='alice@${domain}/old'><body>${'x'.repeat(20_000)}</body></message>`
    old.send(long)
    assert.equal((await old.element('message')).getChildText('body')?.length, 20_000)
    young.send(long)
    assert.equal((await young.streamError()).condition, 'policy-violation')
    assert.equal(young.closeCode, 1009)
  })

  it('ends sessions when the handler is gone', async () => {
    await using server = await startServer({ catalogue, https: { handlers: handlersOf() } })
    using client = await enter(server, 'one', 'a')
    const health = [{ name: 'signet_health_handler', place: { host: null, path: '/health' } }] as const
    assert.ok((await server.app.reload(withHandlers(server.options, health))).ok)
    assert.equal((await client.streamError()).condition, 'system-shutdown')
    assert.equal(client.closeCode, 1001)
  })

  it('says where to go when the server stops', async () => {
    const server = await startServer({
      catalogue,
      https: { handlers: handlersOf({ seeOtherUri: 'wss://b.example/ws' }) },
    })
    using client = await enter(server, 'one', 'a')
    const stopped = server[Symbol.asyncDispose]()
    assert.equal((await client.element('stream:error')).getChild('system-shutdown')?.name, 'system-shutdown')
    const arrival = await client.next()
    assert.ok(arrival.kind === 'footer')
    assert.match(arrival.raw, /see-other-uri='wss:\/\/b\.example\/ws'/)
    await client.end()
    assert.equal(client.closeCode, 1001)
    await stopped
  })
})

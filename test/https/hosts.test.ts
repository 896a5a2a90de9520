/** Several hosts on one listener: certificates by SNI, handlers by host, and a certificate policy for each domain. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { issueServer } from '../support/pki/certificate.ts'
import { dns } from '../support/pki/names.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { tryWebSocket } from '../support/websocket-client.ts'
import { everyHandler } from './handlers.ts'
import { ask } from './https-client.ts'

const catalogue = createCatalogue('example.org')
const second = issueServer(catalogue.root, [dns('xn--bcher-kva.example')], 'second')
let server: TestServer

before(async () => {
  server = await startServer({
    catalogue,
    hosts: ['example.org', 'bücher.example'],
    sni: { 'bücher.example': second },
    tls: { disconnectOnFailure: false },
    hostConfig: [{ host: 'bücher.example', auth: null, certificatePolicy: 'mandatory', saslExternal: null }],
    https: {
      handlers: [
        ...everyHandler.filter(({ name }) => name !== 'signet_chat_handler'),
        { name: 'signet_health_handler', place: { host: 'bücher.example', path: '/only' } },
        { name: 'signet_health_handler', place: { host: '[::1]', path: '/six' } },
      ],
    },
  })
})
after(() => server[Symbol.asyncDispose]())

const to = (path: string, host: string) => ask({ port: server.portOf('https'), catalogue, path, host })

describe('several hosts', () => {
  test('each shows its certificate to whoever asks for it by SNI', async () => {
    const shown = (servername: string) =>
      new Promise<string | undefined>((resolve, reject) => {
        const socket = connect({
          host: '127.0.0.1',
          port: server.portOf('https'),
          servername,
          rejectUnauthorized: false,
        })
        socket.once('error', reject).once('secureConnect', () => {
          resolve(socket.getPeerX509Certificate()?.subjectAltName)
          socket.destroy()
        })
      })
    assert.equal(await shown('xn--bcher-kva.example'), 'DNS:xn--bcher-kva.example')
    assert.equal(await shown('example.org'), 'DNS:example.org')
    assert.equal(await shown('elsewhere.example'), 'DNS:example.org')
  })

  const routes: readonly (readonly [path: string, host: string, status: number])[] = [
    ['/health', 'example.org', 200],
    ['/health', 'EXAMPLE.org:5285', 200],
    ['/health', 'anything.example', 200],
    ['/health/', 'example.org', 200],
    ['/health//', 'example.org', 404],
    ['/Health', 'example.org', 404],
    ['/health/x', 'example.org', 404],
    ['/healt', 'example.org', 404],
    ['/%68ealth', 'example.org', 404],
    ['/x/../health', 'example.org', 404],
    ['/health?live', 'example.org', 200],
    ['/only', 'xn--bcher-kva.example', 200],
    ['/only', 'XN--BCHER-KVA.example.:443', 200],
    ['/only', 'example.org', 404],
    ['/six', '[::1]:5285', 200],
    ['/six', '[0:0:0:0:0:0:0:1]', 200],
    ['/six', '[::2]', 404],
    ['/', 'example.org', 404],
    ['https://bücher.example/only', 'example.org', 400],
    ['https://xn--bcher-kva.example/only', 'example.org', 200],
    ['https://example.org/only', 'xn--bcher-kva.example', 404],
  ]
  for (const [path, host, status] of routes) {
    test(`${path} of ${host}`, async () => {
      assert.equal((await to(encodeURI(decodeURI(path)) === path ? path : encodeURI(path), host)).status, status)
    })
  }

  test('methods that are none', async () => {
    const reply = await ask({ port: server.portOf('https'), catalogue, path: '/health', method: 'POST', body: 'x' })
    assert.equal(reply.status, 405)
    assert.equal(reply.headers.allow, 'GET, HEAD')
    assert.equal(reply.body, 'POST is not answered here\n')
  })

  test('HEAD has no body', async () => {
    const reply = await ask({ port: server.portOf('https'), catalogue, path: '/health', method: 'HEAD' })
    assert.equal(reply.status, 200)
    assert.equal(reply.body, '')
  })

  test('HTTP does not refuse for one domain what another one takes; the stream of the first does', async () => {
    const tls = { ca: catalogue.rootPem, servername: 'example.org' }
    const opening = await tryWebSocket({ port: server.portOf('https'), path: '/ws-xmpp', tls })
    assert.ok(opening.kind === 'open')
    using client = opening.client
    client.send(
      "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='bücher.example' version='1.0'>",
    )
    await client.header()
    const error = await client.streamError()
    assert.equal(error.condition, 'not-authorized')
    const [decision, ...more] = server.log.decisionsOf(client.local)
    assert.ok(decision?.outcome.kind === 'deny')
    assert.deepEqual(
      [decision.outcome.code, decision.domain, more.length],
      ['certificate-missing', 'bücher.example', 0],
    )
    assert.match(error.text ?? '', new RegExp(decision.id))
  })
})

/** Who comes in at an HTTPS port: the same counts and the same gate as on TCP ports, and TLS before anything. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { connect } from 'node:tls'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer } from '../support/server.ts'
import { echo, mountAt, openArena, openClear } from './arena.ts'
import { everyHandler } from './handlers.ts'
import { ask, openRaw, untilClosed } from './https-client.ts'

const domain = 'example.org'
const catalogue = createCatalogue(domain)

describe('admission', () => {
  test('max_connections', async () => {
    await using server = await startServer({ catalogue, https: { handlers: everyHandler, maxConnections: 1 } })
    const port = server.portOf('https')
    const first = await openRaw({ port, catalogue })
    assert.equal(await untilClosed(await openClear(port)), '')
    const { fields } = await server.log.until('connection_refused')
    assert.deepEqual([fields['listener'], fields['why']], ['https', 'max_connections (1) reached'])
    first.destroy()
    await once(first, 'close')
  })

  test('max_connections_per_address', async () => {
    await using server = await startServer({
      catalogue,
      https: { handlers: everyHandler, maxConnectionsPerAddress: 1 },
    })
    const port = server.portOf('https')
    const first = await openRaw({ port, catalogue })
    assert.equal(await untilClosed(await openClear(port)), '')
    const { fields } = await server.log.until('connection_refused')
    assert.equal(fields['why'], 'max_connections_per_address (1) reached')
    first.destroy()
  })

  test('a handshake that does not begin, and HTTP in clear', async () => {
    await using server = await startServer({
      catalogue,
      https: { handlers: everyHandler, tls: { handshakeTimeoutMs: 200 } },
    })
    const port = server.portOf('https')
    const silent = await openClear(port)
    assert.equal(await untilClosed(silent), '')
    const late = await server.log.until('tls_handshake_failed')
    assert.equal(late.fields['why'], 'the handshake took longer than 200 ms')
    const clear = await openClear(port)
    const remote = `127.0.0.1:${clear.localPort}`
    clear.write('GET /health HTTP/1.1\r\nHost: example.org\r\n\r\n')
    assert.doesNotMatch(await untilClosed(clear), /HTTP\/1\.1 200/)
    const wrong = await server.log.until('tls_handshake_failed', (fields) => fields['remote'] === remote)
    assert.match(String(wrong.fields['why']), /HTTP/i)
  })

  test('ALPN knows HTTP/1.1 and nothing else', async () => {
    await using server = await startServer({ catalogue, https: { handlers: everyHandler } })
    const port = server.portOf('https')
    for (const offered of [['http/1.1'], ['h2', 'http/1.1']]) {
      const socket = await openRaw({ port, catalogue }, offered)
      assert.equal(socket.alpnProtocol, 'http/1.1')
      socket.destroy()
    }
    const plain = await openRaw({ port, catalogue }, [])
    assert.equal(plain.alpnProtocol, false)
    plain.destroy()
    const other = connect({
      host: '127.0.0.1',
      port,
      ca: catalogue.rootPem,
      servername: domain,
      ALPNProtocols: ['xmpp-client'],
    })
    const [fault] = (await once(other, 'error')) as [NodeJS.ErrnoException]
    // RFC 7301 §3.2: no_application_protocol.
    assert.equal(fault.code, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
  })

  test('a fault in a handler is an answer, and not the end', async () => {
    const broken = mountAt('/broken', {
      handle: () => {
        throw new TypeError('broken')
      },
    })
    await using arena = await openArena({ catalogue, tls: true, mounts: [broken, mountAt('/echo', echo)] })
    const { port } = arena
    const reply = await ask({ port, catalogue, path: '/broken' })
    assert.deepEqual([reply.status, reply.body], [500, 'internal error\n'])
    const { fields } = await arena.log.until('signet_fault')
    assert.equal(fields['listener'], 'https')
    assert.equal((await ask({ port, catalogue, path: '/echo' })).status, 200)
  })

  const faulty = (): never => {
    throw new TypeError('broken')
  }

  test('a fault in judging a request is an answer, and not the end', async () => {
    await using arena = await openArena({ catalogue, mounts: [mountAt('/echo', { ...echo, upgrade: faulty })] })
    const { listener, generation, port } = arena
    listener.update({ ...generation, forwarding: faulty })
    for (const upgrade of ['', 'Upgrade: else\r\nConnection: Upgrade\r\n']) {
      const socket = await openClear(port)
      const reply = untilClosed(socket)
      socket.write(`GET /echo HTTP/1.1\r\nHost: example.org\r\n${upgrade}\r\n`)
      assert.match(await reply, /^HTTP\/1\.1 500 /)
    }
    assert.equal(arena.log.entries.filter(({ event }) => event === 'signet_fault').length, 2)
  })

  test('a fault in an upgrade, or before the first request, ends the connection and nothing else', async () => {
    await using arena = await openArena({ catalogue, mounts: [mountAt('/echo', { ...echo, upgrade: faulty })] })
    const { listener, generation, port } = arena
    const asked = async () => {
      const socket = await openClear(port)
      const reply = untilClosed(socket)
      socket.write('GET /echo HTTP/1.1\r\nHost: example.org\r\nUpgrade: else\r\nConnection: Upgrade\r\n\r\n')
      return reply
    }
    assert.equal(await asked(), '')
    const trusted = { isEmpty: false, includes: faulty }
    listener.update({ ...generation, proxy: { kind: 'protocol', trusted, peers: null } })
    assert.equal(await asked(), '')
    assert.equal(arena.log.entries.filter(({ event }) => event === 'signet_fault').length, 2)
  })
})

/** What certificates mean on the doors of HTTPS: 401 and 403 where TCP has a stream error, and the same one record. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ReasonCode, reasons } from '../../src/observe/reasons.ts'
import type { CertificatePolicy } from '../../src/sasl/certificate-policy.ts'
import type { TlsOptions } from '../../src/transport/tls-options.ts'
import { type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { everyHandler } from './handlers.ts'
import { ask, openRaw, type Reply, untilClosed } from './https-client.ts'

const domain = 'example.org'
const catalogue = createCatalogue(domain)

/** Pages of www.example.org may come in by BOSH. */
const handlers = everyHandler.map((one) =>
  one.name === 'mongoose_bosh_handler'
    ? { ...one, options: { ...one.options, origins: ['https://www.example.org'] } }
    : one,
)

interface Row {
  readonly policy: CertificatePolicy
  readonly verifyMode?: TlsOptions['verifyMode']
  readonly disconnect?: boolean
  readonly certificate: CatalogueName | null
  /** Null where the request comes through. */
  readonly refusal: ReasonCode | null
}

const rows: readonly Row[] = [
  { policy: 'mandatory', certificate: null, refusal: 'certificate-missing' },
  { policy: 'mandatory', certificate: 'expired', refusal: 'chain-expired' },
  { policy: 'mandatory', certificate: 'self-signed', refusal: 'chain-self-signed' },
  { policy: 'mandatory', certificate: 'one', refusal: null },
  { policy: 'mandatory', verifyMode: 'selfsigned_peer', certificate: 'self-signed', refusal: null },
  { policy: 'mandatory', verifyMode: 'selfsigned_peer', certificate: null, refusal: 'certificate-missing' },
  { policy: 'enable', certificate: null, refusal: null },
  { policy: 'enable', certificate: 'expired', refusal: 'chain-expired' },
  { policy: 'enable', certificate: 'one', refusal: null },
  { policy: 'optional', disconnect: true, certificate: null, refusal: 'certificate-missing' },
  { policy: 'optional', disconnect: true, certificate: 'expired', refusal: 'chain-expired' },
  { policy: 'optional', disconnect: true, certificate: 'one', refusal: null },
  { policy: 'optional', disconnect: false, certificate: null, refusal: null },
  { policy: 'optional', disconnect: false, certificate: 'expired', refusal: null },
  { policy: 'disable', disconnect: true, certificate: null, refusal: null },
  { policy: 'disable', disconnect: true, certificate: 'expired', refusal: null },
]

const creation =
  "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='example.org' wait='5' hold='1' ver='1.6' content='text/xml' " +
  "xml:lang='en' xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'/>"

const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAECAwQFBgcICQoLDA0ODw==',
  'sec-websocket-protocol': 'xmpp',
}

// One server for all certificates that come to the same policy; all of them go down together.
const servers = new Map<string, Promise<TestServer>>()
after(async () => {
  await Promise.all([...servers.values()].map(async (server) => (await server)[Symbol.asyncDispose]()))
})

for (const row of rows) {
  const { policy, verifyMode = 'peer', disconnect = true, certificate, refusal } = row
  const words = `${policy}, verify_mode ${verifyMode}, disconnect_on_failure ${disconnect}`
  describe(`${words}: ${certificate ?? 'no certificate'}`, () => {
    let server: TestServer
    before(async () => {
      const starting =
        servers.get(words) ??
        startServer({
          catalogue,
          tls: { verifyMode: policy === 'disable' ? 'none' : verifyMode, disconnectOnFailure: disconnect },
          https: { handlers, certificatePolicy: policy },
        })
      servers.set(words, starting)
      server = await starting
    })

    const base = () => ({
      ...{ port: server.portOf('https'), catalogue },
      ...(certificate !== null && { certificate: catalogue.get(certificate) }),
    })
    const decisions = ({ local }: Reply) => server.log.decisionsOf(local)

    const checkRefusal = (reply: Reply, transport: 'websocket' | 'bosh', code: ReasonCode) => {
      const [decision, ...more] = decisions(reply)
      assert.equal(reply.status, certificate === null ? 401 : 403)
      assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
      assert.equal(reply.headers.connection, 'close')
      assert.equal(
        reply.headers['www-authenticate'],
        certificate === null ? 'TLS-Client-Certificate realm="example.org"' : undefined,
      )
      assert.equal(reply.body, `${reasons[code].meaning} (${decision?.id})\n`)
      assert.equal(more.length, 0)
      assert.deepEqual([decision?.transport, decision?.listener, decision?.domain], [transport, 'https', domain])
      assert.ok(decision?.outcome.kind === 'deny')
      assert.equal(decision.outcome.code, code)
    }

    test('BOSH', async () => {
      const headers = { 'content-type': 'text/xml; charset=utf-8' }
      const reply = await ask({ ...base(), path: '/http-bind', method: 'POST', headers, body: creation })
      if (refusal !== null) return checkRefusal(reply, 'bosh', refusal)
      assert.equal(reply.status, 200)
      assert.match(reply.body, /<body [^>]*sid=/)
      assert.deepEqual(decisions(reply), [])
    })

    test('BOSH from a page of another host', async () => {
      const headers = { origin: 'https://www.example.org' }
      const ours = await ask({ ...base(), path: '/http-bind', method: 'POST', headers, body: creation })
      const stranger = { origin: 'https://evil.example' }
      const theirs = await ask({ ...base(), path: '/http-bind', method: 'POST', headers: stranger, body: creation })
      assert.equal(ours.headers['access-control-allow-origin'], headers.origin)
      assert.equal(theirs.headers['access-control-allow-origin'], undefined)
      const bad = certificate === null ? 401 : 403
      assert.deepEqual([ours.status, theirs.status], refusal === null ? [200, 403] : [bad, bad])
    })

    test('WebSocket', async () => {
      if (refusal !== null) {
        return checkRefusal(await ask({ ...base(), path: '/ws-xmpp', headers: upgrade }), 'websocket', refusal)
      }
      const socket = await openRaw(base())
      const lines = Object.entries({ host: domain, ...upgrade }).map(([name, value]) => `${name}: ${value}\r\n`)
      const reply = untilClosed(socket)
      const first = new Promise<string>((resolve) => socket.once('data', (part) => resolve(String(part))))
      socket.write(`GET /ws-xmpp HTTP/1.1\r\n${lines.join('')}\r\n`)
      assert.match(await first, /^HTTP\/1\.1 101 /)
      socket.destroy()
      await reply
    })

    test('what nobody logs in through', async () => {
      for (const path of ['/', '/health', '/metrics', '/.well-known/host-meta', '/.well-known/host-meta.json']) {
        const reply = await ask({ ...base(), path })
        assert.equal(reply.status, 200, path)
        assert.deepEqual(decisions(reply), [])
      }
    })

    test('a question ahead of another page, and a method that is none', async () => {
      const headers = { origin: 'https://example.org', 'access-control-request-method': 'POST' }
      const preflight = await ask({ ...base(), path: '/http-bind', method: 'OPTIONS', headers })
      assert.equal(preflight.status, 204)
      const other = await ask({ ...base(), path: '/http-bind', method: 'DELETE' })
      assert.equal(other.status, 405)
      assert.equal(other.headers.allow, 'POST, GET, HEAD, OPTIONS')
      assert.deepEqual([...decisions(preflight), ...decisions(other)], [])
    })
  })
}

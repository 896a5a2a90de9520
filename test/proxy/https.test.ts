/** Proxies before the HTTPS port: PROXY headers, facts of TLS in them, headers of requests, and whose limits count. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { connectBosh } from '../support/bosh-client.ts'
import { HttpConnection, openConnection, postOf } from '../support/http-connection.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import type { ClientTls } from '../support/xmpp-client.ts'
import { sslTlv, tlv, v2, v2Checked } from './headers.ts'
import { type Site, startSite } from './site.ts'
import { byteSequence } from './writings.ts'

const catalogue = createCatalogue('example.org')
const { domain } = catalogue
const one = catalogue.get('one')
const waitMs = 5_000

const text = `
[general]
  hosts = ["example.org"]

[[listen.http]]
  port = 0
  ip_address = "127.0.0.1"
  proxy_protocol = true
  trusted_proxies = ["127.0.0.1"]
  tls = { certfile = "server.pem", keyfile = "server.key", cacertfile = "clients-ca.pem" }
  [[listen.http.handlers.mongoose_bosh_handler]]
  path = "/http-bind"

[[listen.http]]
  port = 0
  ip_address = "127.0.0.1"
  proxy_protocol = true
  trusted_proxies = ["127.0.0.1"]
  forwarded_certificate = { dialect = "proxy_v2", cacertfile = "clients-ca.pem" }
  [[listen.http.handlers.mongoose_bosh_handler]]
  path = "/http-bind"

[[listen.http]]
  port = 0
  ip_address = "127.0.0.1"
  max_connections_per_address = 1
  trusted_proxies = ["127.0.0.1"]
  forwarded_address = "forwarded"
  tls = { certfile = "server.pem", keyfile = "server.key", cacertfile = "clients-ca.pem", disconnect_on_failure = false }
  forwarded_certificate = { dialect = "plain", header = "X-My-Cert" }
  [[listen.http.handlers.mongoose_bosh_handler]]
  path = "/http-bind"

[session.local]
  database = "sessions.sqlite"
`

async function openProxied(port: number, header: string | Uint8Array, tls: ClientTls | null): Promise<HttpConnection> {
  const raw = connectTcp({ port, host: '127.0.0.1', noDelay: true })
  await once(raw, 'connect')
  raw.write(header)
  if (tls === null) return new HttpConnection(raw, waitMs)
  const socket = connectTls({ socket: raw, cert: tls.cert, key: tls.key, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return new HttpConnection(socket, waitMs)
}

const get = (...fields: string[]) =>
  `GET /http-bind HTTP/1.1\r\nHost: ${domain}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`
const v1 = 'PROXY TCP6 2001:db8::10 2001:db8::1 40000 443\r\n'
const own: ClientTls = { cert: one.chainPem, key: one.keyPem }

describe('proxies before the HTTPS port', () => {
  let site: Site
  before(async () => {
    site = await startSite(catalogue, text)
  })
  after(() => site[Symbol.asyncDispose]())
  const portOf = (index: number) => site.ports[index] ?? 0
  const latest = () => site.decisions().at(-1)
  const codeOf = () => {
    const outcome = latest()?.outcome
    return outcome?.kind === 'deny' ? outcome.code : outcome?.kind
  }

  describe('a PROXY header, TLS behind it', () => {
    it('without the header nobody comes in', async () => {
      await assert.rejects(openConnection({ port: portOf(0), tls: own }))
      await site.log.until('connection_refused')
    })

    it('the record has the client of the header', async () => {
      using connection = await openProxied(portOf(0), v1, {})
      const answer = await connection.ask(get())
      assert.equal(answer.status, 401)
      assert.equal(codeOf(), 'certificate-missing')
      assert.equal(latest()?.remote, '2001:db8::10:40000')
      assert.deepEqual(latest()?.forwarded, { by: '127.0.0.1', dialect: 'proxy-v1' })
    })

    it("a client's own certificate counts", async () => {
      using connection = await openProxied(portOf(0), v2(), own)
      assert.equal((await connection.ask(get())).status, 200)
    })

    it('headers are those of the client: forged ones are refused, those of the address are not looked at', async () => {
      using connection = await openProxied(portOf(0), v1, {})
      const answer = await connection.ask(get(`Client-Cert: ${byteSequence(one.leafDer)}`, 'X-Forwarded-Proto: https'))
      assert.equal(answer.status, 403)
      using other = await openProxied(portOf(0), v1, {})
      assert.equal((await other.ask(get('X-Forwarded-For: 192.0.2.66'))).status, 401)
      assert.equal(latest()?.remote, '2001:db8::10:40000')
    })
  })

  describe('a PROXY header with the facts of TLS, in clear behind it', () => {
    const facts = (...inner: Buffer[]) =>
      v2Checked({ fields: [sslTlv(inner.length > 0 ? 3 : 1, inner.length > 0 ? 0 : 1, inner)] })

    it('a certificate is judged here', async () => {
      using connection = await openProxied(portOf(1), facts(tlv(0x28, one.leafDer)), null)
      assert.equal((await connection.ask(get())).status, 200)
      using other = await openProxied(portOf(1), facts(tlv(0x28, catalogue.get('unknown-ca').leafDer)), null)
      assert.equal((await other.ask(get())).status, 403)
      assert.equal(codeOf(), 'chain-unknown-ca')
    })

    it('no certificate: 401', async () => {
      using connection = await openProxied(portOf(1), facts(), null)
      assert.equal((await connection.ask(get())).status, 401)
      assert.deepEqual(latest()?.forwarded, { by: '127.0.0.1', dialect: 'proxy-v2' })
    })

    it('a request in one piece with the header, and one cut in two', async () => {
      const request = Buffer.from(get())
      using whole = await openProxied(portOf(1), Buffer.concat([facts(), request]), null)
      assert.equal((await whole.ask('')).status, 401)
      using halves = await openProxied(portOf(1), Buffer.concat([facts(), request.subarray(0, 10)]), null)
      assert.equal((await halves.ask(request.subarray(10))).status, 401)
    })

    it('no TLS: refused', async () => {
      using connection = await openProxied(portOf(1), v1, null)
      await assert.rejects(connection.ask(get()))
    })
  })

  describe('headers of requests over TLS of the proxy', () => {
    const https = 'Forwarded: for="[2001:db8::10]:40000";proto=https'
    const forwarded = `X-My-Cert: ${Buffer.from(one.leafDer).toString('base64')}`

    it("the certificate of the proxy itself is never its client's", async () => {
      using connection = await openConnection({ port: portOf(2), tls: own })
      assert.equal((await connection.ask(get(https))).status, 401)
      assert.equal(codeOf(), 'certificate-missing')
      assert.equal(latest()?.remote, '2001:db8::10:40000')
    })

    it('requests of several clients on one connection, each by itself', async () => {
      using connection = await openConnection({ port: portOf(2), tls: {} })
      assert.equal((await connection.ask(get(https, forwarded))).status, 200)
      assert.equal((await connection.ask(get(https, forwarded))).status, 200)
      assert.equal((await connection.ask(get(https))).status, 401)
    })

    it('limits of an address are not those of the proxy', async () => {
      const connections = await Promise.all([1, 2, 3].map(() => openConnection({ port: portOf(2), tls: {} })))
      for (const connection of connections) {
        assert.equal((await connection.ask(get(https, forwarded))).status, 200)
        connection.destroy()
      }
    })

    it('another certificate on a session of BOSH ends the connection, not the session', async () => {
      const fields = {
        Forwarded: https.slice('Forwarded: '.length),
        'X-My-Cert': Buffer.from(one.leafDer).toString('base64'),
      }
      using client = await connectBosh({ port: portOf(2), tls: {}, domain, fields })
      await client.open(domain)
      assert.equal((await client.auth('equals')).name, 'success')
      for (const other of [catalogue.get('bob').leafDer, null]) {
        using stranger = await openConnection({ port: portOf(2), tls: {} })
        const body = `<body rid='${client.rid + 1}' sid='${client.sid}' xmlns='http://jabber.org/protocol/httpbind'/>`
        const shown = other === null ? {} : { 'X-My-Cert': Buffer.from(other).toString('base64') }
        const answer = await stranger.ask(postOf('/http-bind', domain, body, { Forwarded: fields.Forwarded, ...shown }))
        assert.equal(answer.status, other === null ? 401 : 403)
        await stranger.closed
      }
      assert.match(await client.bind(domain), /@example\.org\//)
    })

    it('a header of another dialect ends the connection', async () => {
      using connection = await openConnection({ port: portOf(2), tls: {} })
      const answer = await connection.ask(get(https, forwarded, 'X-Forwarded-Client-Cert: Hash=abc'))
      assert.equal(answer.status, 400)
      await connection.closed
      const entry = await site.log.until('http_request_refused', ({ code }) => code === 'forwarded-contradictory')
      assert.match(String(entry.fields['why']), /^x-forwarded-client-cert /)
    })
  })

  it('who is no proxy any more after a reload is a stranger, on open connections too', async () => {
    await using other = await startSite(catalogue, text)
    const port = other.ports[2] ?? 0
    const fields = ['Forwarded: for=192.0.2.7;proto=https', `X-My-Cert: ${Buffer.from(one.leafDer).toString('base64')}`]
    using connection = await openConnection({ port, tls: {} })
    assert.equal((await connection.ask(get(...fields))).status, 200)
    const trusted = [{ address: '192.0.2.0', bits: 24 }]
    const http = other.options.http.map((one) => ({ ...one, proxy: one.proxy && { ...one.proxy, trusted } }))
    assert.ok((await other.app.reload({ ...other.options, http })).ok)
    assert.equal((await connection.ask(get(...fields))).status, 403)
    using proxied = await openProxied(other.ports[0] ?? 0, v1, null)
    await proxied.closed
    await other.log.until('connection_refused', ({ why }) => String(why).startsWith('none of trusted_proxies'))
  })
})

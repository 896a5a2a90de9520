/** The configurations that we ship, run: nginx and HAProxy in front of Signet, logins through them, forged headers past them. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { skipWithout } from '../clients/debian.ts'
import { connectBosh } from '../support/bosh-client.ts'
import { openConnection } from '../support/http-connection.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createAuthority, issue } from '../support/pki/certificate.ts'
import type { KeyKind } from '../support/pki/keys.ts'
import { dns, xmppAddr } from '../support/pki/names.ts'
import type { StreamClient } from '../support/stream-client.ts'
import { connectWebSocket, tryWebSocket } from '../support/websocket-client.ts'
import { type ClientTls, connectClient, mechanismsOf } from '../support/xmpp-client.ts'
import { type Front, startHaproxy, startNginx } from './fronts.ts'
import { common, type Site, startSite } from './site.ts'
import { base64, byteSequence, nginxEscaped } from './writings.ts'

const catalogue = createCatalogue('example.org')
const { domain, rootPem: ca } = catalogue
const one = catalogue.get('one')
const tlsOf = (name: Parameters<typeof catalogue.get>[0]): ClientTls => {
  const { chainPem, keyPem } = catalogue.get(name)
  return { cert: chainPem, key: keyPem, ca, servername: domain }
}
const noCertificate: ClientTls = { ca, servername: domain }

/** Ports of the shipped configuration of Signet. */
const shippedPorts = [15222, 15223, 15224, 15280, 15281, 15282] as const
type ShippedPort = (typeof shippedPorts)[number]

interface Peer {
  readonly file: string
  readonly upstream: ShippedPort
  readonly dialect: string
  readonly start: typeof startNginx
  /** Forged certificates, as this dialect writes them. */
  readonly forged: Readonly<Record<string, string>>
}

const bob = catalogue.get('bob').leafDer
const asNginx = { 'X-SSL-Client-Cert': nginxEscaped(bob), 'X-SSL-Client-Verify': 'SUCCESS' }
const asHaproxy = { 'X-SSL-Client-DER': base64(bob), 'X-SSL-Client-Verify': '0' }
const asRfc9440 = { 'Client-Cert': byteSequence(bob) }

const peers: readonly Peer[] = [
  { file: 'nginx.conf', upstream: 15280, dialect: 'nginx', start: startNginx, forged: asNginx },
  { file: 'nginx-rfc9440.conf', upstream: 15282, dialect: 'rfc9440', start: startNginx, forged: asRfc9440 },
  { file: 'haproxy-headers.cfg', upstream: 15281, dialect: 'haproxy', start: startHaproxy, forged: asHaproxy },
  { file: 'haproxy-rfc9440.cfg', upstream: 15282, dialect: 'rfc9440', start: startHaproxy, forged: asRfc9440 },
]

describe('shipped configurations of proxies', { skip: skipWithout(['nginx-light', 'haproxy']) }, () => {
  let site: Site
  const portOf = (shipped: ShippedPort): number => site.ports[shippedPorts.indexOf(shipped)] ?? 0
  before(async () => {
    const text = await readFile(new URL('../../config/proxies/signet.toml', import.meta.url), 'utf8')
    site = await startSite(catalogue, text.replaceAll(/^( {2}port = )\d+$/gm, '$10'))
  })
  after(() => site[Symbol.asyncDispose]())
  const latest = () => site.decisions().at(-1)

  for (const { file, upstream, dialect, start, forged } of peers) {
    const passesChains = dialect === 'haproxy'
    describe(file, () => {
      let front: Front
      let port = 0
      before(async () => {
        front = await start(file, { folder: site.folder, listens: [443], upstreams: { [upstream]: portOf(upstream) } })
        port = front.ports[0] ?? 0
      })
      after(() => front[Symbol.asyncDispose]())

      const transports: readonly (readonly [name: string, connect: (tls: ClientTls) => Promise<StreamClient>])[] = [
        ['WebSocket', (tls) => connectWebSocket({ port, tls })],
        ['BOSH', (tls) => connectBosh({ port, tls, domain })],
      ]
      for (const [name, connect] of transports) {
        it(`${name}: a certificate logs in, and the record has client and proxy`, async () => {
          using client = await connect(tlsOf('one'))
          const features = await client.open(domain)
          assert.deepEqual(mechanismsOf(features), ['EXTERNAL'])
          assert.equal((await client.auth('equals')).name, 'success')
          const decision = latest()
          assert.equal(decision?.outcome.kind, 'allow')
          assert.equal(decision?.transport, name.toLowerCase())
          assert.deepEqual(decision?.forwarded, { by: '127.0.0.1', dialect })
          assert.equal(decision?.remote, '127.0.0.1:0', 'the address that the proxy saw, which does not tell the port')
          assert.equal(decision?.chain.status, 'trusted')
          assert.match(await client.bind(domain), /^one@example\.org\/|^alice@example\.org\//)
        })
      }

      it(`a certificate from an intermediate CA: ${passesChains ? 'the chain comes along' : 'refused, the chain is not passed on'}`, async () => {
        const opening = await tryWebSocket({ port, tls: tlsOf('intermediate') })
        if (opening.kind === 'open') opening.client.destroy()
        assert.equal(opening.kind, passesChains ? 'open' : 'refused')
        if (passesChains) return
        assert.equal(opening.kind === 'refused' && opening.status, 403)
        const decision = latest()
        assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'chain-unknown-ca')
      })

      it('no certificate: 401 with the id of the decision', async () => {
        const opening = await tryWebSocket({ port, tls: noCertificate })
        assert.equal(opening.kind === 'refused' && opening.status, 401)
        const decision = latest()
        assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'certificate-missing')
        assert.ok(opening.kind === 'refused' && opening.body.includes(decision?.id ?? '?'))
      })

      it('forged headers of the client do not get through the proxy', async () => {
        using connection = await openConnection({ port, tls: noCertificate })
        const fields = Object.entries(forged).map(([name, value]) => `${name}: ${value}\r\n`)
        const request = `GET /http-bind HTTP/1.1\r\nHost: ${domain}\r\n${fields.join('')}X-Forwarded-For: 192.0.2.66\r\n\r\n`
        assert.equal((await connection.ask(request)).status, 401)
        assert.equal(latest()?.certificate, null)
        assert.equal(latest()?.remote, '127.0.0.1:0')
      })

      it('forged headers beside a certificate of the client do not, either', async () => {
        using connection = await openConnection({ port, tls: tlsOf('one') })
        const other = dialect === 'nginx' ? asRfc9440 : asNginx
        const fields = Object.entries(other).map(([name, value]) => `${name}: ${value}\r\n`)
        const answer = await connection.ask(`GET /http-bind HTTP/1.1\r\nHost: ${domain}\r\n${fields.join('')}\r\n`)
        assert.equal(answer.status, 400, answer.text)
      })
    })
  }

  describe('nginx-rfc9440.conf: the size of certificates', () => {
    let front: Front
    before(async () => {
      const upstreams = { 15282: portOf(15282) }
      front = await startNginx('nginx-rfc9440.conf', { folder: site.folder, listens: [443], upstreams })
    })
    after(() => front[Symbol.asyncDispose]())

    const sizes: readonly (readonly [what: string, names: number, key: KeyKind, logsIn: boolean])[] = [
      ['an RSA key', 0, 'rsa2048', true],
      ['nearly 2,880 bytes', 65, 'rsa2048', true],
      ['more than 2,880 bytes: a client without a certificate', 90, 'rsa2048', false],
    ]
    for (const [what, count, key, logsIn] of sizes) {
      it(what, async () => {
        const more = Array.from({ length: count }, (_, index) => dns(`name-${index}.elsewhere.example`))
        const leaf = issue(catalogue.root, { cn: 'alice', key, san: [xmppAddr(`alice@${domain}`), ...more] })
        assert.equal(leaf.der.length <= 2_880, logsIn, `${leaf.der.length} bytes`)
        const tls = { cert: leaf.pem, key: leaf.keyPem, ca, servername: domain }
        const opening = await tryWebSocket({ port: front.ports[0] ?? 0, tls })
        if (opening.kind === 'open') opening.client.destroy()
        assert.deepEqual(
          [opening.kind, opening.kind === 'refused' ? opening.status : null],
          logsIn ? ['open', null] : ['refused', 401],
        )
      })
    }
  })

  it('forged headers straight to a port for proxies, from an address that is none', async () => {
    await using stranger = await startSite(catalogue, strangers)
    for (const [index, forged] of [asNginx, asHaproxy, asRfc9440].entries()) {
      const tls = index === 0 ? null : noCertificate
      using connection = await openConnection({ port: stranger.ports[index === 0 ? 0 : 1] ?? 0, tls })
      const fields = Object.entries(forged).map(([name, value]) => `${name}: ${value}\r\n`)
      const answer = await connection.ask(`GET /http-bind HTTP/1.1\r\nHost: ${domain}\r\n${fields.join('')}\r\n`)
      assert.equal(answer.status, 403)
      const entry = await stranger.log.until('http_request_refused', (line) => line['why'] === answer.text.trim())
      assert.equal(entry.fields['code'], 'forwarded-by-stranger')
    }
    assert.deepEqual(stranger.decisions(), [])
  })

  describe('haproxy-passthrough.cfg', () => {
    let front: Front
    before(async () => {
      const upstreams = { 15222: portOf(15222), 15223: portOf(15223) }
      front = await startHaproxy('haproxy-passthrough.cfg', { folder: site.folder, listens: [5222, 5223], upstreams })
    })
    after(() => front[Symbol.asyncDispose]())

    for (const [index, door] of ['STARTTLS', 'direct TLS'].entries()) {
      it(`${door}: the certificate is the client's own, and the record has its address`, async () => {
        using client = await connectClient(front.ports[index] ?? 0)
        if (index === 0) {
          await client.open(domain)
          await client.requestTls()
        }
        assert.equal((await client.secure(tlsOf('one'))).kind, 'secure')
        await client.open(domain)
        assert.equal((await client.auth('equals')).name, 'success')
        assert.equal(latest()?.remote, client.local, 'address and port that HAProxy saw')
        assert.deepEqual(latest()?.forwarded, { by: '127.0.0.1', dialect: 'proxy-v2' })
        assert.match(latest()?.tls?.version ?? '', /^TLSv1\.[23]$/)
      })
    }
  })

  describe('haproxy-tls.cfg', () => {
    let front: Front
    before(async () => {
      const upstreams = { 15224: portOf(15224) }
      front = await startHaproxy('haproxy-tls.cfg', { folder: site.folder, listens: [5223], upstreams })
    })
    after(() => front[Symbol.asyncDispose]())

    it('HAProxy 2.6 tells a name and no certificate: nobody is identified by a name', async () => {
      using client = await connectClient(front.ports[0] ?? 0)
      assert.equal((await client.secure({ ...tlsOf('one'), alpn: ['xmpp-client'] })).kind, 'secure')
      client.send(
        `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>`,
      )
      await client.header()
      assert.equal((await client.streamError()).condition, 'not-authorized')
      const decision = latest()
      assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'certificate-missing')
      assert.equal(decision?.remote, client.local)
      assert.match(decision?.tls?.version ?? '', /^TLSv1\.[23]$/)
      assert.notEqual(decision?.tls?.cipher, 'unknown')
    })
  })

  it('haproxy-passthrough.cfg with version 1 of the PROXY protocol', async () => {
    const upstreams = { 15222: portOf(15222), 15223: portOf(15223) }
    const changes = { 'send-proxy-v2': 'send-proxy' }
    const plan = { folder: site.folder, listens: [5222, 5223], upstreams, changes }
    await using front = await startHaproxy('haproxy-passthrough.cfg', plan)
    using client = await connectClient(front.ports[1] ?? 0)
    assert.equal((await client.secure(tlsOf('one'))).kind, 'secure')
    await client.open(domain)
    assert.equal((await client.auth('equals')).name, 'success')
    assert.equal(latest()?.remote, client.local)
    assert.deepEqual(latest()?.forwarded, { by: '127.0.0.1', dialect: 'proxy-v1' })
  })

  it('haproxy-tls.cfg before a port for passwords: SCRAM, without channel binding', async () => {
    await using passwords = await startSite(catalogue, common + behindTls)
    const upstreams = { 15224: passwords.ports[0] ?? 0 }
    await using front = await startHaproxy('haproxy-tls.cfg', { folder: passwords.folder, listens: [5223], upstreams })
    using client = await connectClient(front.ports[0] ?? 0)
    assert.equal((await client.secure(noCertificate)).kind, 'secure')
    assert.deepEqual(mechanismsOf(await client.open(domain)), ['SCRAM-SHA-256'])
  })

  it('the CA that proxies check against need not be ours: a certificate is judged here again', async () => {
    const other = createAuthority({ name: 'Another CA' })
    await using site2 = await startSite({ ...catalogue, rootPem: other.pem }, strangersBehind)
    using connection = await openConnection({ port: site2.ports[0] ?? 0, tls: null })
    const fields = `X-Forwarded-Proto: https\r\nClient-Cert: ${byteSequence(one.leafDer)}\r\n`
    assert.equal((await connection.ask(`GET /http-bind HTTP/1.1\r\nHost: ${domain}\r\n${fields}\r\n`)).status, 403)
    const decision = site2.decisions().at(-1)
    assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'chain-unknown-ca')
  })
})

const behindTls = `
[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  proxy_protocol = true
  trusted_proxies = ["127.0.0.1"]
  certificate_policy = "disable"
  forwarded_certificate = { dialect = "proxy_v2" }
`

const doors = `
  [[listen.http.handlers.mongoose_bosh_handler]]
    path = "/http-bind"
`

const strangers = `
[general]
  hosts = ["example.org"]
[[listen.http]]
  port = 0
  ip_address = "127.0.0.1"
  trusted_proxies = ["192.0.2.0/24"]
  forwarded_certificate = { dialect = "nginx", cacertfile = "clients-ca.pem" }
${doors}
[[listen.http]]
  port = 0
  ip_address = "127.0.0.1"
  tls = { certfile = "server.pem", keyfile = "server.key", cacertfile = "clients-ca.pem", disconnect_on_failure = false }
${doors}
[session.local]
  database = "sessions.sqlite"
`

const strangersBehind = `
[general]
  hosts = ["example.org"]
[[listen.http]]
  port = 0
  ip_address = "127.0.0.1"
  trusted_proxies = ["127.0.0.1"]
  forwarded_certificate = { dialect = "rfc9440", cacertfile = "clients-ca.pem" }
${doors}
[session.local]
  database = "sessions.sqlite"
`

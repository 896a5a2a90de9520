/** PROXY headers on the client port: before STARTTLS, before direct TLS, and where TLS has ended at the proxy. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { readSamples, samplesOf } from '../metrics/exposition.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { connectClient, headerTo, mechanismsOf, readError, type XmppClient } from '../support/xmpp-client.ts'
import { sslTlv, tlv, v2, v2Checked } from './headers.ts'
import { common, type Site, startSite } from './site.ts'

const catalogue = createCatalogue('example.org')
const { domain } = catalogue
const one = catalogue.get('one')
const v1 = 'PROXY TCP4 192.0.2.10 198.51.100.1 40000 5222\r\n'

const listeners = `
[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  max_connections_per_address = 2
  proxy_protocol = true
  trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
  tls = { mode = "starttls_required", certfile = "server.pem", keyfile = "server.key", cacertfile = "clients-ca.pem", disconnect_on_failure = false }

[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  proxy_protocol = true
  trusted_proxies = ["127.0.0.1"]
  tls = { mode = "tls", certfile = "server.pem", keyfile = "server.key", cacertfile = "clients-ca.pem", disconnect_on_failure = false }

[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  proxy_protocol = true
  trusted_proxies = ["127.0.0.1"]
  forwarded_certificate = { dialect = "proxy_v2", cacertfile = "clients-ca.pem", disconnect_on_failure = false }

[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  proxy_protocol = true
  trusted_proxies = ["192.0.2.0/24"]
  tls = { mode = "starttls", certfile = "server.pem", keyfile = "server.key", cacertfile = "clients-ca.pem" }

[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  tls = { mode = "starttls", certfile = "server.pem", keyfile = "server.key", cacertfile = "clients-ca.pem" }
`

describe('PROXY headers on the client port', () => {
  let site: Site
  before(async () => {
    site = await startSite(catalogue, common + listeners)
  })
  after(() => site[Symbol.asyncDispose]())

  const connect = async (listener: number, header: string | Uint8Array): Promise<XmppClient> => {
    const client = await connectClient(site.ports[listener] ?? 0)
    if (header.length > 0) client.send(header)
    return client
  }
  const refusalAbout = (why: string) => site.log.until('connection_refused', (fields) => fields['why'] === why)
  const latest = () => site.decisions().at(-1)

  describe('refused', () => {
    const rows: readonly (readonly [what: string, bytes: string | Uint8Array, why: string])[] = [
      ['XMPP without a header', headerTo(domain), 'the connection does not begin with a PROXY header'],
      [
        'a ClientHello without a header',
        Buffer.from('160301020001', 'hex'),
        'the connection does not begin with a PROXY header',
      ],
      [
        'junk in version 1',
        'PROXY TCP4 192.0.2.10 198.51.100.1 40000 99999\r\n',
        'malformed PROXY header (version 1): a port that is none',
      ],
      ['a wrong checksum', v2Checked({}, 1), 'malformed PROXY header (version 2): the checksum is wrong'],
    ]
    for (const [what, bytes, why] of rows) {
      it(what, async () => {
        using client = await connect(0, bytes)
        const entry = await refusalAbout(why)
        assert.equal(entry.fields['remote'], '127.0.0.1')
        assert.ok((await client.next()).kind === 'end')
      })
    }

    it('a header that does not come to its end', async () => {
      using client = await connect(1, v1.slice(0, 20))
      client.finish()
      await refusalAbout('closed before its PROXY header was whole')
    })

    it('whoever is no trusted proxy, with a header or without', async () => {
      const why = 'none of trusted_proxies, and nobody else may connect with proxy_protocol = true'
      for (const header of [v1, '', v2()]) {
        using client = await connect(3, header)
        assert.ok((await client.next()).kind === 'end')
      }
      await refusalAbout(why)
      const lines = site.log.entries.filter(({ fields }) => fields['why'] === why)
      assert.equal(lines.length, 1, 'one line for one address')
    })

    it('a header where none is expected: it is no XMPP', async () => {
      using client = await connect(4, v1)
      const { condition } = await client.header().then(() => client.streamError())
      assert.equal(condition, 'not-well-formed')
    })

    it('a client without TLS where TLS ends at the proxy', async () => {
      const why = 'its PROXY header does not say that the client used TLS, which ends at the proxy here'
      for (const header of [v1, v2(), v2({ fields: [sslTlv(0, 1)] })]) {
        using client = await connect(2, header)
        assert.ok((await client.next()).kind === 'end')
      }
      await refusalAbout(why)
    })
  })

  it('a proxy that comes and goes without a byte is no news, and no refusal', async () => {
    const [first = 0] = site.ports
    const { name = '' } = site.options.c2s[0] ?? {}
    const labels = `{listener="${name}",why="proxy"}`
    const counted = async () => {
      const { text } = await site.app.metrics.scrape()
      return samplesOf(readSamples(text), 'signet_connections_refused_total')[labels]
    }
    const before = (await counted()) ?? Number.NaN
    using check = await connectClient(first)
    check.finish()
    const told = await site.log.until('connection_closed', ({ why }) => why === 'closed before a single byte')
    assert.deepEqual([told.level, told.fields['listener'], told.fields['remote']], ['debug', name, '127.0.0.1'])
    assert.equal(await counted(), before)
    using other = await connect(0, 'GET / HTTP/1.1\r\n')
    assert.ok((await other.next()).kind === 'end')
    assert.equal(await counted(), before + 1)
  })

  describe('before STARTTLS and before direct TLS', () => {
    const headers: readonly (readonly [what: string, header: string | Uint8Array, remote: string, dialect: string])[] =
      [
        ['version 1', v1, '192.0.2.10:40000', 'proxy-v1'],
        ['version 2', v2(), '192.0.2.10:40000', 'proxy-v2'],
        [
          'version 2 with all fields',
          v2Checked({ fields: [tlv(2, domain), sslTlv(0, 1), tlv(5, 'id'), tlv(4, '')] }),
          '192.0.2.10:40000',
          'proxy-v2',
        ],
      ]
    for (const listener of [0, 1]) {
      for (const [what, header, remote, dialect] of headers) {
        it(`${what}, ${listener === 0 ? 'STARTTLS' : 'direct TLS'}: the record has the client, the certificate is its own`, async () => {
          using client = await connect(listener, header)
          if (listener === 0) {
            await client.open(domain)
            await client.requestTls()
          }
          const handshake = await client.secure({ cert: one.chainPem, key: one.keyPem })
          assert.equal(handshake.kind, 'secure')
          const features = await client.open(domain)
          assert.ok(
            mechanismsOf(features)?.includes('SCRAM-SHA-256-PLUS'),
            'TLS is with the client: it can be bound to',
          )
          assert.equal((await client.auth('equals')).name, 'success')
          const decision = latest()
          assert.equal(decision?.remote, remote)
          assert.deepEqual(decision?.forwarded, { by: '127.0.0.1', dialect })
          assert.equal(decision?.outcome.kind, 'allow')
        })
      }
    }

    it('a header octet by octet, the stream header right behind it', async () => {
      using client = await connect(0, '')
      const bytes = Buffer.concat([v2({ fields: [tlv(4, 'padding')] }), Buffer.from(headerTo(domain))])
      for (const octet of bytes) client.send(Buffer.of(octet))
      await client.header()
      await client.element('stream:features')
    })

    it('LOCAL: the proxy looks whether anybody is there', async () => {
      using client = await connect(0, v2({ command: 0x20, family: 0, addresses: Buffer.alloc(0) }))
      const features = await client.open(domain)
      assert.ok(features.getChild('starttls'))
    })

    it('LOCAL before direct TLS: a check that comes and goes is no news', async () => {
      using client = await connect(1, v2({ command: 0x20, family: 0, addresses: Buffer.alloc(0) }))
      client.finish()
      const entry = await site.log.until('tls_handshake_failed', ({ remote }) => remote === client.local)
      assert.equal(entry.level, 'debug')
    })

    it('UNKNOWN: nobody is known, and the proxy is not taken for its client', async () => {
      using client = await connect(1, 'PROXY UNKNOWN\r\n')
      await client.secure({ cert: one.chainPem, key: one.keyPem })
      await client.open(domain)
      await client.auth('equals')
      assert.equal(latest()?.remote, 'unknown:0')
    })
  })

  it('limits of an address are those of the client, not of the proxy', async () => {
    const from = (address: string) => connect(0, `PROXY TCP4 ${address} 198.51.100.1 40000 5222\r\n`)
    const open: XmppClient[] = []
    for (const address of ['192.0.2.77', '192.0.2.77', '192.0.2.78', '192.0.2.78', '192.0.2.79']) {
      const client = await from(address)
      open.push(client)
      await client.open(domain)
    }
    using third = await from('192.0.2.77')
    assert.ok((await third.next()).kind === 'end')
    const entry = await refusalAbout('max_connections_per_address (2) reached')
    assert.equal(entry.fields['remote'], '192.0.2.77')
    for (const client of open) client.destroy()
  })

  describe('where TLS ends at the proxy', () => {
    const facts = (der: Uint8Array, { client = 3, verify = 0 } = {}) =>
      v2Checked({
        fields: [
          tlv(2, 'Example.ORG'),
          sslTlv(client, verify, [
            tlv(0x21, 'TLSv1.3'),
            tlv(0x23, 'TLS_AES_128_GCM_SHA256'),
            tlv(0x22, 'alice'),
            tlv(0x28, der),
          ]),
        ],
      })

    it('a certificate logs in, judged here; there is nothing to bind SCRAM to', async () => {
      using client = await connect(2, facts(one.leafDer))
      const features = await client.open(domain)
      assert.equal(features.getChild('starttls'), undefined)
      assert.deepEqual(mechanismsOf(features), ['EXTERNAL', 'SCRAM-SHA-256'])
      assert.equal((await client.auth('equals')).name, 'success')
      const decision = latest()
      assert.equal(decision?.remote, '192.0.2.10:40000')
      assert.deepEqual(decision?.tls, { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', resumed: false })
      assert.deepEqual(decision?.forwarded, { by: '127.0.0.1', dialect: 'proxy-v2' })
      assert.equal(decision?.chain.status, 'trusted')
    })

    it('a certificate of an earlier connection of the same TLS session is judged like any other', async () => {
      using client = await connect(2, facts(one.leafDer, { client: 5 }))
      assert.ok(mechanismsOf(await client.open(domain))?.includes('EXTERNAL'))
    })

    const refusals: readonly (readonly [what: string, header: Buffer, code: string])[] = [
      [
        'of a CA that nobody knows, whatever the proxy says',
        facts(catalogue.get('unknown-ca').leafDer),
        'chain-unknown-ca',
      ],
      ['expired', facts(catalogue.get('expired').leafDer), 'chain-expired'],
      ['refused by the proxy', facts(one.leafDer, { verify: 10 }), 'chain-refused-by-proxy'],
      ['that cannot be read', facts(Buffer.from('3000', 'hex')), 'certificate-unreadable'],
      [
        'named and not shown',
        v2({ fields: [sslTlv(3, 0, [tlv(0x21, 'TLSv1.3'), tlv(0x22, 'alice')])] }),
        'certificate-missing',
      ],
      ['absent', v2({ fields: [sslTlv(1, 1, [tlv(0x21, 'TLSv1.3')])] }), 'certificate-missing'],
    ]
    for (const [what, header, code] of refusals) {
      it(`a certificate ${what}: EXTERNAL is not offered, and refused`, async () => {
        using client = await connect(2, header)
        assert.deepEqual(mechanismsOf(await client.open(domain)), ['SCRAM-SHA-256'])
        const failure = await client.auth('equals')
        assert.equal(failure.name, 'failure')
        assert.equal(readError(failure).condition, 'not-authorized')
        const decision = latest()
        assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, code)
        assert.equal(decision?.chain.acceptable, false)
      })
    }

    it('a check of the proxy itself: nobody can log in by it', async () => {
      using client = await connect(2, v2({ command: 0x20, fields: [sslTlv(3, 0, [tlv(0x28, one.leafDer)])] }))
      assert.equal(mechanismsOf(await client.open(domain)), null)
    })
  })
})

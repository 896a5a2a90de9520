/** The channel of a request: whose headers are believed, and what they make of it. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Channel } from '../../src/certificate/channel.ts'
import { bindingTypes } from '../../src/certificate/channel-binding.ts'
import { createCertificateCache } from '../../src/certificate/facts.ts'
import { createForwarding, type ForwardTerms } from '../../src/listener/proxy/forwarding.ts'
import { type HeaderDialect, headerDialects, usualFields } from '../../src/listener/proxy/header-dialects.ts'
import { createTrustedAddresses } from '../../src/listener/proxy/trusted-addresses.ts'
import { validatePath } from '../../src/trust/path-validation.ts'
import { readTrustStore } from '../../src/trust/trust-store.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { base64, byteSequence, flat, nginxEscaped, raw } from './writings.ts'

const catalogue = createCatalogue('example.org')
const store = readTrustStore(catalogue.rootPem, 'ca.pem')
if (!store.ok) throw new Error('the catalogue has no CA')

const parts = {
  verifyMode: 'peer',
  trust: store.value,
  certificates: createCertificateCache(16),
  validate: validatePath,
  now: Date.now,
} as const

const trusted = createTrustedAddresses([{ address: '10.0.0.0', bits: 8 }])

function termsOf(dialect: HeaderDialect | null, more: Partial<ForwardTerms> = {}): ForwardTerms {
  const fields = dialect === null ? null : dialect === 'plain' ? plainFields : usualFields[dialect]
  const certificate = dialect === null || fields === null ? null : { dialect, fields, parts }
  return { trusted, addressField: 'x-forwarded-for', certificate, ...more }
}

const plainFields = { certificate: 'x-my-cert', chain: null, verify: 'x-my-verify' }

const ownPeer: Channel['peer'] = {
  kind: 'unreadable',
  sha256: 'of the proxy',
  fault: { field: 'certificate', why: 'a stand-in' },
}

/** A connection under TLS whose client showed a certificate and could bind SCRAM to it. */
function connectionFrom(address: string): Channel {
  return {
    transport: 'bosh',
    remote: `${address}:50000`,
    tls: { version: 'TLSv1.3', cipher: 'X', resumed: false, serverName: null },
    peer: ownPeer,
    bindings: { data: () => Uint8Array.of(1) },
  }
}

const one = catalogue.get('one')
const https = ['X-Forwarded-Proto', 'https'] as const
const from = ['X-Forwarded-For', '192.0.2.7'] as const
const good = ['X-SSL-Client-Verify', 'SUCCESS'] as const
const cert = ['X-SSL-Client-Cert', nginxEscaped(one.leafDer)] as const

function channelOf(terms: ForwardTerms, headers: readonly string[], address = '10.0.0.1') {
  return createForwarding(terms)({ rawHeaders: headers }, connectionFrom(address))
}

function refusalOf(...args: Parameters<typeof channelOf>): string {
  const read = channelOf(...args)
  return read.ok ? 'not refused' : `${read.error.status} ${read.error.code}: ${read.error.why}`
}

/** One correct certificate in each dialect. */
const correct: Readonly<Record<HeaderDialect, readonly string[]>> = {
  rfc9440: raw(['Client-Cert', byteSequence(one.leafDer)]),
  nginx: raw(cert, good),
  haproxy: raw(['X-SSL-Client-DER', base64(one.leafDer)], ['X-SSL-Client-Verify', '0']),
  envoy: raw(['X-Forwarded-Client-Cert', `By=spiffe://x;Cert="${nginxEscaped(one.leafDer)}"`]),
  traefik: raw(['X-Forwarded-Tls-Client-Cert', base64(one.leafDer)]),
  apache: raw(['SSL_CLIENT_CERT', flat(one.leafDer)], ['SSL_CLIENT_VERIFY', 'SUCCESS']),
  plain: raw(['X-My-Cert', base64(one.leafDer)], ['X-My-Verify', '0']),
}

describe('forged headers', () => {
  for (const dialect of headerDialects) {
    const name = correct[dialect][0]?.toLowerCase()
    it(`in ${dialect}, straight from a client, are refused`, () => {
      const why = `403 forwarded-by-stranger: ${name} from none of the trusted proxies`
      assert.equal(refusalOf(termsOf(dialect), [...correct[dialect], ...raw(https)], '192.0.2.7'), why)
    })
    if (dialect === 'plain') continue
    it(`in ${dialect} are refused where no certificates are forwarded at all`, () => {
      const nobody = createTrustedAddresses([])
      const why = `403 forwarded-by-stranger: ${name} from none of the trusted proxies`
      assert.equal(refusalOf(termsOf(null, { trusted: nobody }), correct[dialect], '127.0.0.1'), why)
    })
    it(`in ${dialect} are refused behind a proxy that forwards none`, () => {
      const why = `400 forwarded-contradictory: ${name} is not how this listener takes certificates`
      assert.equal(refusalOf(termsOf(null), [...correct[dialect], ...raw(https)]), why)
    })
  }

  it('are refused even if empty', () => {
    const why = '403 forwarded-by-stranger: client-cert from none of the trusted proxies'
    assert.equal(refusalOf(termsOf('rfc9440'), raw(['Client-Cert', '']), '192.0.2.7'), why)
  })

  it('of the verdict alone are refused, too', () => {
    const why = '403 forwarded-by-stranger: x-ssl-client-verify from none of the trusted proxies'
    assert.equal(refusalOf(termsOf('nginx'), raw(good), '192.0.2.7'), why)
  })

  it('in a second dialect are refused beside the right one', () => {
    const why = '400 forwarded-contradictory: client-cert is not how this listener takes certificates'
    const forged = byteSequence(catalogue.get('bob').leafDer)
    assert.equal(refusalOf(termsOf('nginx'), raw(cert, good, https, ['client-cert', forged])), why)
  })

  it('of the address do not make a client one of the proxies', () => {
    const read = channelOf(termsOf('nginx'), raw(['X-Forwarded-For', '10.0.0.1'], https), '192.0.2.7')
    assert.equal(read.ok && read.value.remote, '192.0.2.7:50000')
  })
})

describe('headers of a trusted proxy: refused', () => {
  const nginx: readonly (readonly [what: string, headers: readonly string[], refusal: string])[] = [
    [
      'the certificate twice',
      raw(cert, cert, good, https),
      '400 forwarded-contradictory: x-ssl-client-cert came twice',
    ],
    [
      'the certificate twice, once empty',
      raw(cert, ['x-ssl-client-cert', ''], good, https),
      '400 forwarded-contradictory: x-ssl-client-cert came twice',
    ],
    [
      'the verdict twice',
      raw(cert, good, ['x-ssl-client-verify', 'NONE'], https),
      '400 forwarded-contradictory: x-ssl-client-verify came twice',
    ],
    [
      'a certificate without the verdict',
      raw(cert, https),
      '400 forwarded-contradictory: a certificate without the word of the check',
    ],
    [
      'a certificate with an empty verdict',
      raw(cert, ['X-SSL-Client-Verify', ''], https),
      '400 forwarded-contradictory: a certificate without the word of the check',
    ],
    [
      'a certificate that was not seen',
      raw(cert, ['X-SSL-Client-Verify', 'NONE'], https),
      '400 forwarded-contradictory: a certificate that the check has not seen',
    ],
    ['a good verdict of nothing', raw(good, https), '400 forwarded-contradictory: a good check of no certificate'],
    [
      'a good verdict of an empty certificate',
      raw(['X-SSL-Client-Cert', ''], good, https),
      '400 forwarded-contradictory: a good check of no certificate',
    ],
    [
      'a failed verdict of nothing',
      raw(['X-SSL-Client-Verify', 'FAILED:x'], https),
      '400 forwarded-contradictory: a failed check of no certificate',
    ],
    [
      'a verdict that is none',
      raw(cert, ['X-SSL-Client-Verify', 'yes'], https),
      '400 forwarded-malformed: the word of the check is none of the dialect',
    ],
    [
      'junk for a certificate',
      raw(['X-SSL-Client-Cert', 'junk'], good, https),
      '400 forwarded-malformed: a certificate that is no PEM',
    ],
    [
      'a certificate over http',
      raw(cert, good, ['X-Forwarded-Proto', 'http']),
      '400 forwarded-insecure: a certificate, and no word that the client came over HTTPS',
    ],
    [
      'a certificate over who knows what',
      raw(cert, good),
      '400 forwarded-insecure: a certificate, and no word that the client came over HTTPS',
    ],
    [
      'a certificate that came over http at first',
      raw(cert, good, ['X-Forwarded-Proto', 'http, https']),
      '400 forwarded-insecure: a certificate, and no word that the client came over HTTPS',
    ],
    [
      'two schemes',
      raw(cert, good, https, ['X-Forwarded-Proto', 'http']),
      '400 forwarded-insecure: a certificate, and no word that the client came over HTTPS',
    ],
    [
      'an address that is none',
      raw(cert, good, https, ['X-Forwarded-For', 'junk']),
      '400 forwarded-malformed: a trusted proxy names no address',
    ],
  ]
  for (const [what, headers, refusal] of nginx) {
    it(what, () => assert.equal(refusalOf(termsOf('nginx'), headers), refusal))
  }

  it('a chain without its certificate', () => {
    const headers = raw(['Client-Cert-Chain', byteSequence(catalogue.intermediate.der)], https)
    assert.equal(
      refusalOf(termsOf('rfc9440'), headers),
      '400 forwarded-contradictory: a chain without the certificate that it belongs to',
    )
  })

  it('a number of HAProxy that is about no certificate', () => {
    assert.equal(
      refusalOf(termsOf('haproxy'), raw(['X-SSL-Client-Verify', '10'], https)),
      '400 forwarded-contradictory: a failed check of no certificate',
    )
  })

  it('the scheme in Forwarded, where one trusted proxy says http', () => {
    const headers = [...correct.rfc9440, ...raw(['Forwarded', 'for=192.0.2.7;proto=https, for=10.0.0.2;proto=http'])]
    assert.equal(
      refusalOf(termsOf('rfc9440', { addressField: 'forwarded' }), headers),
      '400 forwarded-insecure: a certificate, and no word that the client came over HTTPS',
    )
  })

  it('X-Forwarded-Proto, where Forwarded is what counts', () => {
    const headers = [...correct.rfc9440, ...raw(https, ['Forwarded', 'for=192.0.2.7'])]
    assert.equal(
      refusalOf(termsOf('rfc9440', { addressField: 'forwarded' }), headers),
      '400 forwarded-insecure: a certificate, and no word that the client came over HTTPS',
    )
  })
})

describe('headers of a trusted proxy: believed', () => {
  for (const dialect of headerDialects) {
    it(`a certificate in ${dialect}, judged here`, () => {
      const read = channelOf(termsOf(dialect), [...correct[dialect], ...raw(https, from)])
      if (!read.ok) assert.fail(read.error.why)
      const { peer, ...channel } = read.value
      assert.deepEqual(channel, {
        transport: 'bosh',
        remote: '192.0.2.7:0',
        tls: { version: 'unknown', cipher: 'unknown', resumed: false, serverName: null },
        forwarded: { by: '10.0.0.1', dialect },
      })
      assert.ok(peer.kind === 'certificate' && peer.chain.kind === 'trusted')
      assert.deepEqual(Buffer.from(peer.certificate.der), Buffer.from(one.leafDer))
      assert.deepEqual(bindingTypes(read.value), [], 'nothing to bind to behind a proxy')
    })
  }

  const verdicts: readonly (readonly [what: string, der: Uint8Array, verify: string, code: string])[] = [
    [
      'a CA that nobody knows, whatever the proxy says',
      catalogue.get('unknown-ca').leafDer,
      'SUCCESS',
      'chain-unknown-ca',
    ],
    ['expired, whatever the proxy says', catalogue.get('expired').leafDer, 'SUCCESS', 'chain-expired'],
    ['self-signed', catalogue.get('self-signed').leafDer, 'SUCCESS', 'self-signed'],
    ['refused by the proxy alone', one.leafDer, 'FAILED:certificate revoked', 'chain-refused-by-proxy'],
    ['refused by both: our reason', catalogue.get('expired').leafDer, 'FAILED:x', 'chain-expired'],
    [
      'self-signed, and refused by the proxy',
      catalogue.get('self-signed').leafDer,
      'FAILED:x',
      'chain-refused-by-proxy',
    ],
    [
      'issued by an intermediate that did not come along',
      catalogue.get('intermediate').leafDer,
      'SUCCESS',
      'chain-unknown-ca',
    ],
  ]
  for (const [what, der, verify, code] of verdicts) {
    it(`a certificate that is ${what}`, () => {
      const headers = raw(['X-SSL-Client-Cert', nginxEscaped(der)], ['X-SSL-Client-Verify', verify], https)
      const read = channelOf(termsOf('nginx'), headers)
      if (!read.ok || read.value.peer.kind !== 'certificate') assert.fail('no certificate')
      const { chain } = read.value.peer
      assert.equal(chain.kind === 'untrusted' ? chain.code : chain.kind, code)
    })
  }

  it('an intermediate that came along', () => {
    const { leafDer, sentDer } = catalogue.get('intermediate')
    const chain = sentDer.slice(1).map(byteSequence).join(', ')
    const read = channelOf(
      termsOf('rfc9440'),
      raw(['Client-Cert', byteSequence(leafDer)], ['Client-Cert-Chain', chain], https),
    )
    assert.ok(read.ok && read.value.peer.kind === 'certificate' && read.value.peer.chain.kind === 'trusted')
  })

  it('a certificate that cannot be read stays one that cannot be read', () => {
    const read = channelOf(termsOf('rfc9440'), raw(['Client-Cert', ':MAA=:'], https))
    assert.ok(read.ok && read.value.peer.kind === 'unreadable')
  })

  const none: readonly (readonly [what: string, dialect: HeaderDialect, headers: readonly string[]])[] = [
    ['no headers at all', 'nginx', []],
    ['NONE of nginx', 'nginx', raw(['X-SSL-Client-Verify', 'NONE'])],
    [
      'empty headers of HAProxy',
      'haproxy',
      raw(['X-SSL-Client-DER', ''], ['X-SSL-Client-Chain-DER', ''], ['X-SSL-Client-Verify', '0']),
    ],
    ['(null) of Apache', 'apache', raw(['SSL_CLIENT_CERT', '(null)'], ['SSL_CLIENT_VERIFY', 'NONE'])],
  ]
  for (const [what, dialect, headers] of none) {
    it(`no certificate, by ${what}: never the one of the proxy itself`, () => {
      const read = channelOf(termsOf(dialect), [...headers, ...raw(https, from)])
      assert.deepEqual(read.ok && [read.value.peer, read.value.bindings], [{ kind: 'none' }, undefined])
    })
  }

  it('no word of HTTPS: in clear, however the proxy itself came', () => {
    const read = channelOf(termsOf('nginx'), raw(from))
    assert.deepEqual(read.ok && [read.value.tls, read.value.remote], [null, '192.0.2.7:0'])
  })

  it('no word of the address: that of the proxy', () => {
    const read = channelOf(termsOf('nginx'), raw(https))
    assert.equal(read.ok && read.value.remote, '10.0.0.1:50000')
  })

  it('the address and the scheme in Forwarded', () => {
    const headers = [...correct.rfc9440, ...raw(['Forwarded', 'for="[2001:db8::7]:4711";proto=https'])]
    const read = channelOf(termsOf('rfc9440', { addressField: 'forwarded' }), headers)
    assert.equal(read.ok && read.value.remote, '2001:db8::7:4711')
  })

  it('headers by names of the operator', () => {
    const fields = { certificate: 'x-a', chain: 'x-b', verify: null }
    const terms = termsOf(null, { certificate: { dialect: 'rfc9440', fields, parts } })
    const read = channelOf(terms, raw(['X-A', byteSequence(one.leafDer)], https))
    assert.ok(read.ok && read.value.peer.kind === 'certificate')
    const usual = channelOf(terms, raw(['Client-Cert', byteSequence(one.leafDer)], https))
    assert.equal(usual.ok || usual.error.code, 'forwarded-contradictory')
  })

  it('other headers do not matter', () => {
    const headers = raw(['Host', 'x'], ['X-SSL-Client-S-DN', 'CN=admin'], ['X-Forwarded-User', 'admin'], https)
    const read = channelOf(termsOf('nginx'), headers)
    assert.deepEqual(read.ok && read.value.peer, { kind: 'none' })
  })
})

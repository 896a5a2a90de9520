/** The channel of a request: whose headers are believed, and what they make of it. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bindingTypes } from '../../src/certificate/channel-binding.ts'
import { type HeaderDialect, headerDialects } from '../../src/listener/proxy/header-dialects.ts'
import { catalogue, channelOf, correct, from, https, one, parts, termsOf } from './forwarding-scene.ts'
import { byteSequence, nginxEscaped, raw } from './writings.ts'

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

  it('a client that the proxy cannot name is nobody, and not the proxy', () => {
    const read = channelOf(termsOf('nginx'), raw(https, ['X-Forwarded-For', 'unknown, 10.0.0.2']))
    assert.equal(read.ok && read.value.remote, 'unknown:0')
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

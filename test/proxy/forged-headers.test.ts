/** Headers that nobody believes: forged ones, and contradictory ones of proxies. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headerDialects } from '../../src/listener/proxy/header-dialects.ts'
import { createTrustedAddresses } from '../../src/listener/proxy/trusted-addresses.ts'
import { catalogue, cert, channelOf, correct, good, https, refusalOf, termsOf } from './forwarding-scene.ts'
import { byteSequence, raw } from './writings.ts'

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

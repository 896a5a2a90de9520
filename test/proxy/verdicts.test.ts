/** One verdict everywhere: every certificate of the catalogue, forwarded in every way, is judged as in a handshake. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Peer } from '../../src/certificate/channel.ts'
import { arrivalOf } from '../../src/listener/proxy/arrival.ts'
import type { HeaderDialect } from '../../src/listener/proxy/header-dialects.ts'
import { parseProxyHeader } from '../../src/listener/proxy/parse-proxy-header.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { decisionSentence } from '../../src/observe/sentence.ts'
import type { CatalogueCertificate } from '../support/pki/catalogue.ts'
import { catalogue, channelOf, https, parts, termsOf } from './forwarding-scene.ts'
import { sslTlv, tlv, v2 } from './headers.ts'
import { base64, byteSequence, flat, nginxEscaped, pem, raw } from './writings.ts'

/** How each dialect writes a chain; the leaf alone where it can write no more. */
const headersOf: Readonly<Record<HeaderDialect, (ders: readonly Uint8Array[]) => readonly string[]>> = {
  rfc9440: ([leaf = none, ...chain]) =>
    raw(['Client-Cert', byteSequence(leaf)], ...chain.map((der) => ['Client-Cert-Chain', byteSequence(der)] as const)),
  nginx: ([leaf = none]) => raw(['X-SSL-Client-Cert', nginxEscaped(leaf)], ['X-SSL-Client-Verify', 'SUCCESS']),
  haproxy: ([leaf = none, ...chain]) =>
    raw(
      ['X-SSL-Client-DER', base64(leaf)],
      ['X-SSL-Client-Chain-DER', base64(Buffer.concat(chain))],
      ['X-SSL-Client-Verify', '0'],
    ),
  envoy: (ders) => raw(['X-Forwarded-Client-Cert', `Chain="${encodeURIComponent(ders.map(pem).join(''))}"`]),
  traefik: (ders) => raw(['X-Forwarded-Tls-Client-Cert', ders.map(base64).join(',')]),
  apache: ([leaf = none]) => raw(['SSL_CLIENT_CERT', flat(leaf)], ['SSL_CLIENT_VERIFY', 'SUCCESS']),
  plain: (ders) => raw(['X-My-Cert', encodeURIComponent(ders.map(pem).join(''))], ['X-My-Verify', 'SUCCESS']),
}

const none = new Uint8Array()

function statusOf(peer: Peer): string {
  if (peer.kind !== 'certificate') return peer.kind
  return peer.chain.kind === 'untrusted' ? peer.chain.code : peer.chain.kind
}

/** What the catalogue expects of a certificate; one that nobody can read has no chain. */
function expectedOf({ leafDer, chain }: CatalogueCertificate): string {
  return parts.certificates.read(leafDer).ok ? chain : 'unreadable'
}

describe('forwarded certificates: the verdict of a handshake', () => {
  for (const [dialect, write] of Object.entries(headersOf) as [HeaderDialect, (typeof headersOf)[HeaderDialect]][]) {
    const isWhole = dialect !== 'nginx' && dialect !== 'apache'
    it(`${dialect}: all ${catalogue.all.length} of the catalogue${isWhole ? '' : ' that were sent alone'}`, () => {
      for (const certificate of catalogue.all) {
        const { name, sentDer } = certificate
        if (!isWhole && sentDer.length > 1) continue
        const read = channelOf(termsOf(dialect), [...write(sentDer), ...raw(https)])
        assert.equal(read.ok ? statusOf(read.value.peer) : read.error.why, expectedOf(certificate), name)
      }
    })
  }

  it('fields of a PROXY header: all that were sent alone', () => {
    for (const certificate of catalogue.all) {
      const { name, sentDer, leafDer } = certificate
      if (sentDer.length > 1) continue
      const step = parseProxyHeader(v2({ fields: [sslTlv(3, 0, [tlv(0x28, leafDer)])] }))
      if (step.kind !== 'header') assert.fail(name)
      const arrival = arrivalOf(step.header, { address: '10.0.0.1', port: 1 }, parts)
      assert.equal(arrival.ok ? statusOf(arrival.value.channel.peer) : arrival.error.why, expectedOf(certificate), name)
    }
  })
})

describe('the record of a forwarded login', () => {
  const decision: Decision = {
    id: '0123456789',
    time: '',
    listener: 'https',
    transport: 'bosh',
    remote: '192.0.2.7:0',
    domain: 'example.org',
    mechanism: 'EXTERNAL',
    tls: null,
    certificate: null,
    chain: { status: 'none', acceptable: false },
    authzid: null,
    revocation: { status: 'not-checked', source: null },
    identity: [],
    names: [],
    backends: [],
    tookMs: 1,
    outcome: { kind: 'deny', code: 'certificate-missing', condition: 'not-authorized', why: '' },
  }

  it('names the proxy and its dialect in the line of the log', () => {
    const line = decisionSentence({ ...decision, forwarded: { by: '10.0.0.1', dialect: 'nginx' } })
    assert.match(line, / {2}192\.0\.2\.7:0 by 10\.0\.0\.1 \(nginx\) on https /)
    assert.match(decisionSentence(decision), / {2}192\.0\.2\.7:0 on https /)
  })
})

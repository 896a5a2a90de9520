/** A listener behind proxies for tests of its headers: certificates, terms, and correct headers of each dialect. */

import type { Channel } from '../../src/certificate/channel.ts'
import { createCertificateCache } from '../../src/certificate/facts.ts'
import { createForwarding, type ForwardTerms } from '../../src/listener/proxy/forwarding.ts'
import { type HeaderDialect, usualFields } from '../../src/listener/proxy/header-dialects.ts'
import { createTrustedAddresses } from '../../src/listener/proxy/trusted-addresses.ts'
import { validatePath } from '../../src/trust/path-validation.ts'
import { readTrustStore } from '../../src/trust/trust-store.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { base64, byteSequence, flat, nginxEscaped, raw } from './writings.ts'

/** The certificates. */
export const catalogue = createCatalogue('example.org')
const store = readTrustStore(catalogue.rootPem, 'ca.pem')
if (!store.ok) throw new Error('the catalogue has no CA')

/** What they are judged with. */
export const parts = {
  verifyMode: 'peer',
  trust: store.value,
  certificates: createCertificateCache(16),
  validate: validatePath,
  now: Date.now,
} as const

const trusted = createTrustedAddresses([{ address: '10.0.0.0', bits: 8 }])

/** The terms of a listener behind proxies at 10.0.0.0/8. */
export function termsOf(dialect: HeaderDialect | null, more: Partial<ForwardTerms> = {}): ForwardTerms {
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
export function connectionFrom(address: string): Channel {
  return {
    transport: 'bosh',
    remote: `${address}:50000`,
    tls: { version: 'TLSv1.3', cipher: 'X', resumed: false, serverName: null },
    peer: ownPeer,
    bindings: { data: () => Uint8Array.of(1) },
  }
}

/** A good one. */
export const one = catalogue.get('one')
/** The scheme of the client. */
export const https = ['X-Forwarded-Proto', 'https'] as const
/** The address of the client. */
export const from = ['X-Forwarded-For', '192.0.2.7'] as const
/** nginx's word for a good certificate. */
export const good = ['X-SSL-Client-Verify', 'SUCCESS'] as const
/** A good certificate in the words of nginx. */
export const cert = ['X-SSL-Client-Cert', nginxEscaped(one.leafDer)] as const

/** What a request makes of the channel. */
export function channelOf(terms: ForwardTerms, headers: readonly string[], address = '10.0.0.1') {
  return createForwarding(terms)({ rawHeaders: headers }, connectionFrom(address))
}

/** Status, code and words of the refusal. */
export function refusalOf(...args: Parameters<typeof channelOf>): string {
  const read = channelOf(...args)
  return read.ok ? 'not refused' : `${read.error.status} ${read.error.code}: ${read.error.why}`
}

/** One correct certificate in each dialect. */
export const correct: Readonly<Record<HeaderDialect, readonly string[]>> = {
  rfc9440: raw(['Client-Cert', byteSequence(one.leafDer)]),
  nginx: raw(cert, good),
  haproxy: raw(['X-SSL-Client-DER', base64(one.leafDer)], ['X-SSL-Client-Verify', '0']),
  envoy: raw(['X-Forwarded-Client-Cert', `By=spiffe://x;Cert="${nginxEscaped(one.leafDer)}"`]),
  traefik: raw(['X-Forwarded-Tls-Client-Cert', base64(one.leafDer)]),
  apache: raw(['SSL_CLIENT_CERT', flat(one.leafDer)], ['SSL_CLIENT_VERIFY', 'SUCCESS']),
  plain: raw(['X-My-Cert', base64(one.leafDer)], ['X-My-Verify', '0']),
}

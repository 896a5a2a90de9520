/** Catalogue entries that differ in validity, purpose, algorithm or form; all hold alice's address. */

import type { CatalogueBase, CatalogueCase, ExpectedChain } from './catalogue.ts'
import { type CertificateOptions, createAuthority, issue } from './certificate.ts'
import { nothing } from './der-writer.ts'
import { xmppAddr } from './names.ts'

const hourMs = 3_600_000

/** The entries about the leaf itself. */
export function usageCases({ domain, root }: CatalogueBase) {
  const san = [xmppAddr(`alice@${domain}`)]
  const alice = (chain: ExpectedChain, options: CertificateOptions): CatalogueCase => ({
    leaf: issue(root, { cn: 'Alice', san, ...options }),
    chain,
  })
  const before = new Date(Date.now() - hourMs)
  const later = new Date(Date.now() + hourMs)
  return {
    expired: alice('chain-expired', { notAfter: before }),
    'not-yet-valid': alice('chain-not-yet-valid', { notBefore: later }),
    'eku-client': alice('trusted', { eku: ['clientAuth'] }),
    'eku-client-and-server': alice('trusted', { eku: ['serverAuth', 'clientAuth'] }),
    'eku-none': alice('trusted', { eku: null }),
    'eku-server-only': alice('chain-wrong-usage', { eku: ['serverAuth'] }),
    /** OpenSSL does not count anyExtendedKeyUsage as client authentication, and so neither do we. */
    'eku-any-only': alice('chain-wrong-usage', { eku: ['any'] }),
    'key-usage-none': alice('trusted', { keyUsage: null }),
    'key-usage-without-signature': alice('chain-wrong-usage', { keyUsage: ['keyEncipherment'] }),
    'unknown-extension': alice('trusted', {
      extensions: [{ oid: '1.3.6.1.4.1.99999.3', critical: false, value: nothing() }],
    }),
    'unknown-critical-extension': alice('chain-unknown-critical-extension', {
      extensions: [{ oid: '1.3.6.1.4.1.99999.3', critical: true, value: nothing() }],
    }),
    'duplicate-san': alice('certificate-unreadable', { duplicateSan: [xmppAddr(`bob@${domain}`)] }),
    /** No extensions, like 'eku-none' without a name: `openssl x509 -req` of Debian 12 makes such ones. It is no CA. */
    'version-1': alice('trusted', { version: 1, eku: null, keyUsage: null }),
    /** A CA that logs in as if it were a person. */
    'ca-leaf': alice('chain-wrong-usage', {
      basicConstraints: { ca: true },
      keyUsage: ['digitalSignature', 'keyCertSign'],
    }),
    'bad-signature': alice('chain-bad-signature', { corruptSignature: true }),
    'rsa-1024': alice('chain-weak', { key: 'rsa1024' }),
    'sha1-signature': alice('chain-weak', { signatureAlgorithm: 'sha1' }),
    'rsa-2048': alice('trusted', { key: 'rsa2048' }),
    'p-256': alice('trusted', { key: 'p256' }),
    'p-384': alice('trusted', { key: 'p384', signatureAlgorithm: 'sha384' }),
    'p-521': alice('trusted', { key: 'p521', signatureAlgorithm: 'sha512' }),
    ed25519: alice('trusted', { key: 'ed25519' }),
    ...issuerAlgorithms(root, san),
  } satisfies Record<string, CatalogueCase>
}

/** Intermediates whose key is of another kind sign a leaf each. */
function issuerAlgorithms(root: CatalogueBase['root'], san: readonly Uint8Array[]) {
  const rsa = createAuthority({ name: 'Catalogue RSA CA', parent: root, key: 'rsa2048' })
  const edwards = createAuthority({ name: 'Catalogue Ed25519 CA', parent: root, key: 'ed25519' })
  const under = (issuer: typeof rsa, options: CertificateOptions = {}): CatalogueCase => ({
    leaf: issue(issuer, { cn: 'Alice', san, ...options }),
    extra: [issuer],
    chain: 'trusted',
  })
  return {
    'signed-by-rsa': under(rsa),
    'signed-by-rsa-pss': under(rsa, { signatureAlgorithm: 'pss-sha256' }),
    'signed-by-ed25519': under(edwards),
  } satisfies Record<string, CatalogueCase>
}

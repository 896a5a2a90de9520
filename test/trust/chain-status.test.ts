import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChainStatus } from '../../src/certificate/channel.ts'
import { judgeChain, type OpenSslVerdict } from '../../src/trust/chain-status.ts'
import { createAuthority, issue, selfSigned } from '../support/pki/certificate.ts'
import { parsedOf, storeOf } from './support.ts'

const root = createAuthority({ name: 'Status Root' })
const store = storeOf(root.pem)
const leaf = parsedOf(issue(root, { cn: 'Alice' }).der)
const own = parsedOf(selfSigned({ cn: 'Alice' }).der)
const stranger = parsedOf(issue(createAuthority({ name: 'Stranger' }), { cn: 'Alice' }).der)
const now = Date.now()

const clean: OpenSslVerdict = { asked: true, error: null }
const notAsked: OpenSslVerdict = { asked: false }
const said = (code: string, message = 'in words'): OpenSslVerdict => ({ asked: true, error: { code, message } })
const refusal = (code: string, text: string) => ({ kind: 'untrusted', code, text })
const trusted = { kind: 'trusted', chain: [leaf.der, parsedOf(root.der).der] }
const unknownIssuer = refusal(
  'chain-unknown-ca',
  'the issuer of "CN=Alice" was not sent and is not among the trusted CAs',
)

const rows: readonly { name: string; certificate: typeof leaf; openssl: OpenSslVerdict; status: object }[] = [
  {
    name: 'refused by both: our code',
    certificate: stranger,
    openssl: said('CERT_HAS_EXPIRED'),
    status: unknownIssuer,
  },
  { name: 'refused by us alone', certificate: stranger, openssl: clean, status: unknownIssuer },
  { name: 'refused by us, OpenSSL not asked', certificate: stranger, openssl: notAsked, status: unknownIssuer },
  {
    name: 'refused by us, self-signed by OpenSSL',
    certificate: stranger,
    openssl: said('DEPTH_ZERO_SELF_SIGNED_CERT'),
    status: unknownIssuer,
  },
  {
    name: 'refused by OpenSSL alone, with a code that has a word',
    certificate: leaf,
    openssl: said('CERT_HAS_EXPIRED', 'certificate has expired'),
    status: refusal('chain-expired', 'OpenSSL: certificate has expired (CERT_HAS_EXPIRED)'),
  },
  {
    name: "refused by OpenSSL alone, without Node's advice",
    certificate: leaf,
    openssl: said('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable; if the root CA is installed locally, try this'),
    status: refusal('chain-unknown-ca', 'OpenSSL: unable (UNABLE_TO_VERIFY_LEAF_SIGNATURE)'),
  },
  {
    name: 'refused by OpenSSL alone, for no reason of ours',
    certificate: leaf,
    openssl: said('UNSPECIFIED', 'something new'),
    status: refusal('chain-refused-by-tls', 'OpenSSL: something new (UNSPECIFIED)'),
  },
  {
    name: 'self-signed to OpenSSL, trusted to us: not trusted',
    certificate: leaf,
    openssl: said('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'),
    status: refusal('chain-self-signed', 'OpenSSL: self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)'),
  },
  { name: 'trusted by both', certificate: leaf, openssl: clean, status: trusted },
  { name: 'trusted, OpenSSL not asked', certificate: leaf, openssl: notAsked, status: trusted },
  {
    name: 'self-signed to both',
    certificate: own,
    openssl: said('DEPTH_ZERO_SELF_SIGNED_CERT'),
    status: { kind: 'self-signed' },
  },
  { name: 'self-signed, OpenSSL not asked', certificate: own, openssl: notAsked, status: { kind: 'self-signed' } },
  {
    name: 'self-signed to us, and something more to OpenSSL',
    certificate: own,
    openssl: said('INVALID_PURPOSE', 'unsuitable certificate purpose'),
    status: refusal('chain-wrong-usage', 'OpenSSL: unsuitable certificate purpose (INVALID_PURPOSE)'),
  },
  {
    name: 'self-signed to us and clean to OpenSSL: nobody is let in',
    certificate: own,
    openssl: clean,
    status: refusal('chain-unknown-ca', 'no path leads from the certificate to a trusted CA'),
  },
]

for (const { name, certificate, openssl, status } of rows) {
  test(`chain status: ${name}`, () => {
    const found: ChainStatus = judgeChain(certificate, [], store, now, openssl)
    assert.deepEqual(found, status)
  })
}

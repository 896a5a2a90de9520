import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxExtraCertificates, maxPathCertificates } from '../../src/trust/path-building.ts'
import { validatePath } from '../../src/trust/path-validation.ts'
import {
  type AuthorityOptions,
  type Certificate,
  type CertificateOptions,
  createAuthority,
  issue,
  selfSigned,
} from '../support/pki/certificate.ts'
import { integer, octets } from '../support/pki/der-writer.ts'
import { cn } from '../support/pki/names.ts'
import { parsedOf, storeOf } from './support.ts'

const root = createAuthority({ name: 'Path Root' })
const store = storeOf(root.pem)

function judge(leaf: Certificate, extra: readonly Certificate[] = [], trusted = store, now = Date.now()): string {
  const others = extra.map(({ der }) => parsedOf(der))
  const verdict = validatePath({ leaf: parsedOf(leaf.der), extra: others, store: trusted, now })
  return verdict.kind === 'untrusted' ? `${verdict.code}: ${verdict.text}` : verdict.kind
}

function ladder(steps: number): Certificate[] {
  const list = [root]
  for (let step = 1; step <= steps; step += 1) {
    list.push(createAuthority({ name: `Step ${step}`, parent: list.at(-1) ?? root }))
  }
  return list
}

test('the second of notAfter is late, the one of notBefore is not early', () => {
  const notBefore = new Date(Date.UTC(2026, 0, 1))
  const notAfter = new Date(Date.UTC(2026, 1, 1))
  const anchor = createAuthority({
    name: 'Dated Root',
    notBefore: new Date(0),
    notAfter: new Date(Date.UTC(2100, 0, 1)),
  })
  const leaf = issue(anchor, { cn: 'Alice', notBefore, notAfter })
  const at = (now: number) => judge(leaf, [], storeOf(anchor.pem), now)
  assert.equal(
    at(notBefore.getTime() - 1),
    'chain-not-yet-valid: "CN=Alice" is not valid before 2026-01-01T00:00:00.000Z',
  )
  assert.equal(at(notBefore.getTime()), 'trusted')
  assert.equal(at(notAfter.getTime() - 1), 'trusted')
  assert.equal(at(notAfter.getTime()), 'chain-expired: "CN=Alice" expired at 2026-02-01T00:00:00.000Z')
})

test('an anchor that has expired trusts nobody', () => {
  const anchor = createAuthority({ name: 'Late Root', notAfter: new Date(Date.now() - 1000) })
  assert.match(judge(issue(anchor, { cn: 'Alice' }), [], storeOf(anchor.pem)), /^chain-expired: "CN=Late Root"/)
})

test('a path may have as many certificates as the limit says, and not one more', () => {
  const most = ladder(maxPathCertificates - 2)
  const top = most.at(-1) ?? root
  assert.equal(judge(issue(top, { cn: 'Alice' }), most), 'trusted')
  const more = ladder(maxPathCertificates - 1)
  const words = judge(issue(more.at(-1) ?? root, { cn: 'Alice' }), more)
  assert.equal(words, 'chain-path-too-long: no trusted CA among the first 10 certificates of the path')
})

test('a client may send as many certificates as the limit says, and not one more', () => {
  const others = Array.from({ length: maxExtraCertificates + 1 }, () => root)
  const leaf = issue(root, { cn: 'Alice' })
  assert.equal(judge(leaf, others.slice(1)), 'trusted')
  assert.match(judge(leaf, others), /^chain-malformed: 33 certificates beside the leaf; 32 are the most$/)
})

test('CAs that issue each other lead nowhere and end', () => {
  const first = createAuthority({ name: 'Ring A' })
  const second = createAuthority({ name: 'Ring B', parent: first })
  const firstAgain = createAuthority({ name: 'Ring A', key: first.key, parent: second })
  const secondAgain = createAuthority({ name: 'Ring B', key: second.key, parent: first })
  assert.match(judge(issue(second, { cn: 'Alice' }), [second, firstAgain, secondAgain]), /^chain-unknown-ca: /)
})

test('an anchor that logs in itself is a CA and not a user', () => {
  const anchor = createAuthority({ name: 'Root', keyUsage: ['digitalSignature', 'keyCertSign'], eku: ['clientAuth'] })
  assert.match(judge(anchor, [], storeOf(anchor.pem)), /^chain-wrong-usage: "CN=Root" is a CA certificate/)
})

test('a self-signed certificate with the name and key identifier of an anchor is not the anchor', () => {
  const ids = { subjectKeyIdentifier: root.keyId, authorityKeyIdentifier: root.keyId }
  assert.equal(judge(selfSigned({ subject: [cn('Path Root')], ...ids })), 'self-signed')
  assert.match(
    judge(selfSigned({ subject: [cn('Path Root')], ...ids, corruptSignature: true })),
    /^chain-bad-signature: /,
  )
})

test('a self-signed certificate as `openssl req -x509` makes it, CA:TRUE, is self-signed', () => {
  const options: CertificateOptions = { cn: 'Alice', basicConstraints: { ca: true }, eku: null, keyUsage: null }
  assert.equal(judge(selfSigned(options)), 'self-signed')
})

const leafRows: readonly { name: string; options: CertificateOptions; words: RegExp | string }[] = [
  { name: 'key agreement only', options: { keyUsage: ['keyAgreement'] }, words: /^chain-wrong-usage: .*may not sign/ },
  { name: 'P-192', options: { key: 'p192' }, words: /^chain-weak: .*curve 1\.2\.840\.10045\.3\.1\.1/ },
  { name: 'secp256k1', options: { key: 'secp256k1' }, words: /^chain-weak: .*curve 1\.3\.132\.0\.10/ },
  { name: 'RSA of 1024 bits', options: { key: 'rsa1024' }, words: /^chain-weak: .*1024 bits; 2048 are the least/ },
  {
    name: 'CRL points that are none',
    options: { extensions: [{ oid: '2.5.29.31', value: octets() }] },
    words: /^chain-malformed: .*cRLDistributionPoints: /,
  },
  {
    name: 'delegated address blocks',
    options: { extensions: [{ oid: '1.3.6.1.5.5.7.1.7', value: octets() }] },
    words: /^chain-malformed: .*RFC 3779/,
  },
  {
    name: 'a policy that is critical',
    options: { extensions: [{ oid: '2.5.29.54', critical: true, value: integer(0) }] },
    words: 'trusted',
  },
  { name: 'Ed448', options: { key: 'ed448' }, words: 'trusted' },
  { name: 'the issuer in other letters', options: { issuerName: [cn(' path  ROOT', 'printable')] }, words: 'trusted' },
]

for (const { name, options, words } of leafRows) {
  test(`a leaf with ${name}`, () => {
    const found = judge(issue(root, { cn: 'Alice', ...options }))
    if (typeof words === 'string') assert.equal(found, words)
    else assert.match(found, words)
  })
}

const issuerRows: readonly {
  name: string
  options: AuthorityOptions
  leaf?: CertificateOptions
  words: RegExp | string
}[] = [
  {
    name: 'RSASSA-PSS with SHA-1',
    options: { key: 'rsa2048' },
    leaf: { signatureAlgorithm: 'pss-sha1' },
    words: /^chain-weak: .*PSS/,
  },
  {
    name: 'RSASSA-PSS with SHA-256',
    options: { key: 'rsa2048' },
    leaf: { signatureAlgorithm: 'pss-sha256' },
    words: 'trusted',
  },
  {
    name: 'MD5',
    options: { key: 'rsa2048' },
    leaf: { signatureAlgorithm: 'md5' },
    words: /^chain-weak: .*MD5 with RSA/,
  },
  { name: 'SHA-1', options: {}, leaf: { signatureAlgorithm: 'sha1' }, words: /^chain-weak: .*ECDSA with SHA-1/ },
  { name: 'no keyUsage', options: { keyUsage: null }, words: 'trusted' },
  { name: 'version 1', options: { version: 1 }, words: /^chain-not-a-ca: .*no basicConstraints/ },
  { name: 'EKU any alone', options: { eku: ['any'] }, words: /^chain-wrong-usage: / },
]

for (const { name, options, leaf, words } of issuerRows) {
  test(`an intermediate with ${name}`, () => {
    const issuer = createAuthority({ name: 'Between', parent: root, ...options })
    const found = judge(issue(issuer, { cn: 'Alice', ...leaf }), [issuer])
    if (typeof words === 'string') assert.equal(found, words)
    else assert.match(found, words)
  })
}

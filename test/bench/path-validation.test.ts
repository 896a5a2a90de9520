/** The instruments of `npm run compare:paths` have their own test: an oracle that says yes to all would prove nothing. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openBatchOracle } from '../../bench/path-validation/batch-oracle.ts'
import { createTally, printTally } from '../../bench/path-validation/tally.ts'
import { skipWithout } from '../clients/debian.ts'
import { compareAnswers, type OpenSslAnswer } from '../support/path-comparison.ts'
import { type CertificateOptions, createAuthority, issue, selfSigned } from '../support/pki/certificate.ts'

const skip = skipWithout(['openssl', 'python3-cryptography-vectors'])

const root = createAuthority({ name: 'Batch Root' })
const between = createAuthority({ name: 'Batch Intermediate', parent: root })
const past: CertificateOptions = { notBefore: new Date(Date.now() - 2e9), notAfter: new Date(Date.now() - 1e9) }
const leaf = issue(between, { cn: 'Alice' })
const noise = Buffer.from('3003020100', 'hex')

const rows: readonly { name: string; sent: readonly Uint8Array[]; answer: OpenSslAnswer }[] = [
  { name: 'a good chain', sent: [leaf.der, between.der], answer: 'trusted' },
  { name: 'a good chain with something unreadable in it', sent: [leaf.der, noise, between.der], answer: 'trusted' },
  { name: 'a good chain without its intermediate', sent: [leaf.der], answer: 'refused' },
  { name: 'an expired leaf', sent: [issue(root, { cn: 'Alice', ...past }).der], answer: 'refused' },
  { name: 'a leaf for servers', sent: [issue(root, { cn: 'Alice', eku: ['serverAuth'] }).der], answer: 'refused' },
  { name: 'a weak key', sent: [issue(root, { cn: 'Alice', key: 'rsa1024' }).der], answer: 'refused' },
  { name: 'a false signature', sent: [issue(root, { cn: 'Alice', corruptSignature: true }).der], answer: 'refused' },
  { name: 'a self-signed certificate', sent: [selfSigned({ cn: 'Alice' }).der], answer: 'self-signed' },
  {
    name: 'a self-signed certificate that has expired',
    sent: [selfSigned({ cn: 'A', ...past }).der],
    answer: 'refused',
  },
  { name: 'a leaf that is none', sent: [noise], answer: 'refused' },
  { name: 'a leaf with an octet behind it', sent: [Buffer.concat([leaf.der, noise]), between.der], answer: 'refused' },
]

describe('the OpenSSL helper', { skip }, () => {
  test('names its OpenSSL and judges each chain by itself', async () => {
    await using oracle = await openBatchOracle()
    assert.match(oracle.version, /^OpenSSL 3\./)
    for (const { name, sent, answer } of rows) assert.equal(await oracle.ask([root.der], sent), answer, name)
  })
})

const agreements = [
  { ours: 'trusted', theirs: 'trusted', kind: 'taken' },
  { ours: 'self-signed', theirs: 'self-signed', kind: 'taken' },
  { ours: 'trusted', theirs: 'refused', kind: 'looser' },
  { ours: 'trusted', theirs: 'self-signed', kind: 'looser' },
  { ours: 'self-signed', theirs: 'refused', kind: 'looser' },
  { ours: 'trusted', theirs: 'unsendable', kind: 'no-handshake' },
  { ours: 'chain-expired: x', theirs: 'refused', kind: 'refused' },
  { ours: 'chain-expired: x', theirs: 'unsendable', kind: 'refused' },
  { ours: 'chain-expired: x', theirs: 'trusted', kind: 'unexplained' },
  { ours: 'chain-wrong-usage: "CN=A" is a CA certificate', theirs: 'trusted', kind: 'stricter' },
] as const

for (const { ours, theirs, kind } of agreements) {
  test(`ours ${ours}, OpenSSL ${theirs}: ${kind}`, () => assert.equal(compareAnswers(ours, theirs).kind, kind))
}

test('the tally counts each chain once, and once in every topic that it is about', () => {
  const tally = createTally('OpenSSL')
  tally.count([], { kind: 'taken' }, () => '')
  tally.count(['leaf expired', 'order shuffled'], { kind: 'refused' }, () => '')
  tally.count(['leaf is a CA'], { kind: 'stricter', reason: 'a CA' }, () => '')
  tally.count(['leaf sent twice'], { kind: 'looser' }, () => 'chain 3')
  assert.deepEqual(tally.defects, ['looser: chain 3'])
  assert.equal(
    printTally(tally),
    `OpenSSL: 4 chains, 1 taken by both, 1 refused by both, 1 refused by us alone, 0 without a handshake, 1 defects

| what was changed | taken by both | refused by both | refused by us alone |
| --- | ---: | ---: | ---: |
| dates | 0 | 1 | 0 |
| basic constraints | 0 | 0 | 1 |
| wrong order | 0 | 1 | 0 |
| unchanged | 1 | 0 | 0 |

| refused by us alone | chains |
| --- | ---: |
| a CA | 1 |
`,
  )
})

/** The certificate maker itself: what it writes is what it was asked for, as Node's own reader sees it. */

import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createAuthority, issue, selfSigned } from '../support/pki/certificate.ts'
import { bits, integer, oid, text, time, tlv } from '../support/pki/der-writer.ts'
import * as names from '../support/pki/names.ts'
import { randomChains } from '../support/pki/random-chains.ts'

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')

const vectors: readonly (readonly [string, Uint8Array, string])[] = [
  ['INTEGER 0', integer(0), '020100'],
  ['INTEGER 127', integer(127), '02017f'],
  ['INTEGER 128', integer(128), '02020080'],
  ['INTEGER 65537', integer(65_537), '0203010001'],
  ['INTEGER -1', integer(-1), '0201ff'],
  ['INTEGER -129', integer(-129), '0202ff7f'],
  ['OID', oid('1.2.840.113549.1.1.11'), '06092a864886f70d01010b'],
  ['OID of root 2', oid('2.5.29.17'), '0603551d11'],
  ['BIT STRING', bits(Buffer.from([0xa0]), 5), '030205a0'],
  ['length of 127', tlv(4, Buffer.alloc(127)).subarray(0, 2), '047f'],
  ['length of 128', tlv(4, Buffer.alloc(128)).subarray(0, 3), '048180'],
  ['length of 256', tlv(4, Buffer.alloc(256)).subarray(0, 4), '04820100'],
  ['BMPString', text('bmp', 'ä'), '1e0200e4'],
  ['UniversalString', text('universal', '😀'), '1c040001f600'],
  ['UTCTime', time(new Date('2049-12-31T23:59:59Z')), '170d3439313233313233353935395a'],
  ['GeneralizedTime', time(new Date('2050-01-01T00:00:00Z')), '180f32303530303130313030303030305a'],
]

for (const [name, written, expected] of vectors) test(`writes ${name}`, () => assert.equal(hex(written), expected))

test("Node reads an issued certificate's fields as they were asked for", () => {
  const root = createAuthority({ name: 'Maker Root' })
  const made = issue(root, {
    subject: [{ oid: names.attributeTypes.organization, value: 'Example' }, names.cn('Alice')],
    san: [names.xmppAddr('alice@localhost'), names.email('a@b.example'), names.dns('b.example')],
    serial: 0x1234n,
    notBefore: new Date('2026-01-02T03:04:05Z'),
    notAfter: new Date('2050-01-02T03:04:05Z'),
  })
  const read = new X509Certificate(made.der)
  assert.equal(read.subject, 'O=Example\nCN=Alice')
  assert.equal(read.issuer, 'CN=Maker Root')
  assert.equal(read.subjectAltName, 'othername:XmppAddr:alice@localhost, email:a@b.example, DNS:b.example')
  assert.equal(read.serialNumber, '1234')
  assert.equal(read.validFrom, 'Jan  2 03:04:05 2026 GMT')
  assert.equal(read.validTo, 'Jan  2 03:04:05 2050 GMT')
  assert.equal(read.ca, false)
  assert.deepEqual(read.keyUsage, ['1.3.6.1.5.5.7.3.2'])
  const anchor = new X509Certificate(root.der)
  assert.equal(anchor.ca, true)
  assert.equal(read.checkIssued(anchor) && read.verify(anchor.publicKey), true)
})

test('a corrupt signature is the only thing that is wrong with the certificate', () => {
  const made = selfSigned({ cn: 'Alice', corruptSignature: true })
  const read = new X509Certificate(made.der)
  assert.equal(read.verify(read.publicKey), false)
  assert.equal(read.checkPrivateKey(made.key.privateKey), true)
})

test('every certificate of the catalogue can be read and has its own key', () => {
  const catalogue = createCatalogue('localhost')
  for (const { name, leafDer, keyPem } of catalogue.all) {
    assert.equal(new X509Certificate(leafDer).checkPrivateKey(createPrivateKey(keyPem)), true, name)
  }
  assert.equal(new Set(catalogue.all.map(({ chainPem }) => chainPem)).size, catalogue.all.length)
})

test('a seed repeats its chains', () => {
  const shapes = (seed: number) => [...randomChains(seed, 40)].map(({ what, sentDer }) => `${what} ${sentDer.length}`)
  assert.deepEqual(shapes(3), shapes(3))
  assert.notDeepEqual(shapes(3), shapes(4))
})

/** Our facts against two other readers, over the certificates of the conformance matrix and mutations of them. */

import 'reflect-metadata'
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import * as x509 from '@peculiar/x509'
import fc from 'fast-check'
import { maxCachedBytes, maxCachedCertificateBytes } from '../../src/certificate/cache.ts'
import { hexOf } from '../../src/certificate/der-values.ts'
import { certificateSummary, createCertificateCache, parseCertificate } from '../../src/certificate/facts.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'

const catalogue = createCatalogue('a.example')
const unreadable = new Set(['duplicate-san'])
const readable = catalogue.all.filter(({ name }) => !unreadable.has(name))

/** Node leaves the sign octet out. */
function withoutZeros(hex: string): string {
  return hex.replace(/^0+(?=.)/, '')
}

for (const { name, leafDer } of readable) {
  test(`the same facts as others read: ${name}`, () => {
    const parsed = parseCertificate(leafDer)
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const facts = parsed.value
    const node = new X509Certificate(leafDer)
    assert.equal(facts.sha256, node.fingerprint256.replaceAll(':', '').toLowerCase())
    assert.equal(withoutZeros(facts.serial), withoutZeros(node.serialNumber.toLowerCase()))
    assert.equal(facts.notBefore, node.validFromDate.getTime())
    assert.equal(facts.notAfter, node.validToDate.getTime())
    assert.equal(facts.basicConstraints?.ca ?? false, node.ca)
    assert.deepEqual(facts.extendedKeyUsage ?? undefined, node.keyUsage)
    assert.deepEqual(Buffer.from(facts.publicKey.spki), node.publicKey.export({ type: 'spki', format: 'der' }))
    const other = new x509.X509Certificate(new Uint8Array(leafDer))
    assert.deepEqual(
      facts.extensions.map(({ oid, critical, value }) => [oid, critical, hexOf(value)]),
      Array.from(other.extensions, (extension) => [
        extension.type,
        extension.critical,
        Buffer.from(extension.value).toString('hex'),
      ]),
    )
    assert.deepEqual(Buffer.from(facts.signature.value), Buffer.from(other.signature))
    assert.deepEqual(Buffer.from(facts.subject.der), Buffer.from(other.subjectName.toArrayBuffer()))
    assert.deepEqual(Buffer.from(facts.issuer.der), Buffer.from(other.issuerName.toArrayBuffer()))
  })
}

test('a certificate with two subjectAltNames, which others read, is refused', () => {
  const { leafDer } = catalogue.get('duplicate-san')
  assert.doesNotThrow(() => new X509Certificate(leafDer))
  assert.deepEqual(parseCertificate(leafDer), {
    ok: false,
    error: { field: 'extensions', why: 'extension 2.5.29.17 twice' },
  })
})

test('names of every kind', () => {
  const parsed = parseCertificate(catalogue.get('many-names').leafDer)
  assert.ok(parsed.ok)
  const { names } = parsed.value
  const strings = [
    names.xmppAddr.map(({ text }) => text),
    names.rfc822Name,
    names.dns,
    names.uri,
    names.srvName,
    names.upn,
  ]
  assert.deepEqual(strings, [
    ['alice@a.example'],
    ['mail@a.example'],
    ['device.a.example'],
    ['https://a.example/alice'],
    ['_xmpp-client.a.example'],
    ['alice@corp.a.example'],
  ])
})

test('a summary prints names and times', () => {
  const { leafDer, leaf } = catalogue.get('one')
  const parsed = parseCertificate(leafDer)
  assert.ok(parsed.ok)
  const node = new X509Certificate(leaf.der)
  assert.deepEqual(certificateSummary(parsed.value), {
    subject: 'CN=Alice',
    issuer: 'CN=Catalogue Root CA',
    serial: parsed.value.serial,
    sha256: node.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: node.validFromDate.toISOString(),
    notAfter: node.validToDate.toISOString(),
  })
})

test('whatever is changed, we throw nothing, and read nothing that OpenSSL does not', () => {
  const { leafDer } = catalogue.get('many-names')
  const change = fc.record({ at: fc.nat(leafDer.length - 1), octet: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = Buffer.from(leafDer)
      for (const { at, octet } of changes) bytes[at] = octet
      const parsed = parseCertificate(bytes)
      if (!parsed.ok) return
      const node = new X509Certificate(bytes)
      // Node writes a negative serial number with a sign.
      if (!node.serialNumber.startsWith('-'))
        assert.equal(withoutZeros(parsed.value.serial), withoutZeros(node.serialNumber.toLowerCase()))
      assert.equal(parsed.value.notBefore, node.validFromDate.getTime())
      assert.equal(parsed.value.notAfter, node.validToDate.getTime())
    }),
    { numRuns: 3000 },
  )
})

test('every truncation is refused', () => {
  const { leafDer } = catalogue.get('one')
  for (let length = 0; length < leafDer.length; length += 1) {
    assert.equal(parseCertificate(leafDer.subarray(0, length)).ok, false, `${length} bytes`)
  }
})

test('the cache gives the same facts for the same bytes, and forgets the longest unused', () => {
  const cache = createCertificateCache(2)
  const [a, b, c] = [catalogue.get('one').leafDer, catalogue.get('bob').leafDer, catalogue.get('two').leafDer]
  const first = cache.read(a)
  assert.equal(cache.read(Buffer.from(a)), first)
  const second = cache.read(b)
  assert.equal(cache.read(a), first)
  cache.read(c)
  assert.equal(cache.read(a), first)
  assert.notEqual(cache.read(b), second)
})

test('the cache keeps refusals too, but nothing that is too long to hash', () => {
  const cache = createCertificateCache(1)
  const broken = Buffer.from([0x30])
  assert.equal(cache.read(broken), cache.read(broken))
  const long = new Uint8Array(65_537)
  assert.deepEqual(cache.read(long), {
    ok: false,
    error: { field: 'certificate', why: 'longer than 65536 bytes' },
  })
  assert.equal(cache.read(broken), cache.read(broken))
})

test('the cache is bounded in bytes, and long certificates do not enter it', () => {
  const cache = createCertificateCache(1_000_000)
  const junk = (number: number) => {
    const bytes = Buffer.alloc(maxCachedCertificateBytes)
    bytes.writeUInt32BE(number)
    return bytes
  }
  const first = cache.read(junk(0))
  const count = maxCachedBytes / maxCachedCertificateBytes
  for (let number = 1; number < count; number += 1) cache.read(junk(number))
  assert.equal(cache.read(junk(0)), first)
  // Now number 1 is the one that was not asked for the longest.
  const second = cache.read(junk(1))
  cache.read(junk(count))
  assert.equal(cache.read(junk(1)), second)
  for (let number = count + 1; number < 2 * count; number += 1) cache.read(junk(number))
  assert.notEqual(cache.read(junk(0)), first)
  const long = Buffer.alloc(maxCachedCertificateBytes + 1)
  assert.notEqual(cache.read(long), cache.read(long))
})

test('a cache without room is no cache', () => {
  for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => createCertificateCache(limit), RangeError)
  }
})

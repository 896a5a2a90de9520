/** Reading certificates: which field is at fault, and what is tolerated. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PeerCertificate, parseCertificate } from '../../src/certificate/facts.ts'
import * as der from '../support/pki/der-writer.ts'
import * as names from '../support/pki/names.ts'
import { algorithm, extension, extensions, nameOf, type RawFields, rawCertificate, san } from './raw-certificate.ts'

function factsOf(bytes: Uint8Array): PeerCertificate {
  const certificate = parseCertificate(bytes)
  assert.ok(certificate.ok, JSON.stringify(certificate))
  return certificate.value
}

const raw = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const empty = new Uint8Array(0)
const time = (text: string): Buffer => der.tlv(0x17, Buffer.from(text))

const whole: readonly [name: string, bytes: Uint8Array, field: string, why: RegExp][] = [
  ['no bytes', empty, 'certificate', /cut short/],
  ['PEM', Buffer.from('-----BEGIN CERTIFICATE-----'), 'certificate', /beyond the enclosing value|wrong form/],
  ['a trailing byte', Buffer.concat([rawCertificate(), raw('00')]), 'certificate', /trailing bytes/],
  ['a byte short', rawCertificate().subarray(0, -1), 'certificate', /beyond the enclosing value/],
  [
    'an indefinite length',
    Buffer.concat([raw('30 80'), rawCertificate().subarray(4), raw('00 00')]),
    'certificate',
    /indef/,
  ],
  ['no SEQUENCE', der.octets(raw('00')), 'certificate', /not a SEQUENCE/],
  ['an empty SEQUENCE', der.sequence(), 'certificate', /missing/],
  [
    'more than 64 KiB',
    rawCertificate({ spki: der.octets(new Uint8Array(65_536)) }),
    'certificate',
    /longer than 65536/,
  ],
]

for (const [name, bytes, field, why] of whole) {
  test(`no certificate: ${name}`, () => {
    const certificate = parseCertificate(bytes)
    assert.ok(!certificate.ok)
    assert.equal(certificate.error.field, field)
    assert.match(certificate.error.why, why)
  })
}

const attribute = (value: Uint8Array): Buffer => der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), value)))
const algorithmOther = der.sequence(der.oid('1.2.840.10045.4.3.3'))
const ext = (...list: readonly Uint8Array[]): Partial<RawFields> => ({ extensions: extensions(...list) })
const many = (count: number, make: (i: number) => Uint8Array): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => make(i))
const keyUsage = (...value: Uint8Array[]): Partial<RawFields> => ext(extension('2.5.29.15', ...value))
const constraints = (...value: Uint8Array[]): Partial<RawFields> => ext(extension('2.5.29.19', ...value))
const purposes = (...value: Uint8Array[]): Partial<RawFields> => ext(extension('2.5.29.37', ...value))
const otherName = (...parts: Uint8Array[]): Partial<RawFields> => ext(san(der.context(0, ...parts)))
const xmppAddrOid = der.oid('1.3.6.1.5.5.7.8.5')

const fields: readonly [name: string, fields: Partial<RawFields>, field: string, why: RegExp][] = [
  ['version 4', { version: der.context(0, der.integer(3)) }, 'version', /unknown version/],
  ['version 1 spelt out', { version: der.context(0, der.integer(0)) }, 'version', /spelt out/],
  ['negative version', { version: der.context(0, der.integer(-1)) }, 'version', /negative/],
  ['two versions', { version: der.context(0, der.integer(2), der.integer(2)) }, 'version', /unexpected bytes/],
  ['padded serial', { serial: der.integer(raw('00 01')) }, 'serialNumber', /needless/],
  ['serial of no octets', { serial: der.integer(empty) }, 'serialNumber', /without octets/],
  ['serial of 33 octets', { serial: der.integer(Buffer.alloc(33, 1)) }, 'serialNumber', /longer than 32/],
  ['issuer no SEQUENCE', { issuer: der.set() }, 'issuer', /tag 0x31/],
  ['empty step in a name', { subject: der.sequence(der.set()) }, 'subject', /without attributes/],
  [
    'attribute without value',
    { subject: der.sequence(der.set(der.sequence(der.oid('2.5.4.3')))) },
    'subject',
    /missing/,
  ],
  [
    'attribute with two values',
    { subject: der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.text('utf8', 'a'), der.text('utf8', 'b')))) },
    'subject',
    /unexpected bytes/,
  ],
  ['attribute of invalid UTF-8', { issuer: attribute(der.text('utf8', raw('c3 28'))) }, 'issuer', /invalid UTF-8/],
  ['attribute of half a BMPString', { subject: attribute(der.text('bmp', raw('00'))) }, 'subject', /broken length/],
  ['attribute of no string type', { subject: attribute(der.integer(1)) }, 'subject', /no string/],
  ['attribute of broken bits', { subject: attribute(der.bits(raw('00'), 8)) }, 'subject', /bit count/],
  ['attribute of another class', { subject: attribute(raw('40 01 61')) }, 'subject', /no string/],
  ['a name of 65 steps', { subject: nameOf(many(65, () => empty).map(() => names.cn('a'))) }, 'subject', /64 steps/],
  [
    'a step of 17 attributes',
    { subject: nameOf([many(17, () => empty).map(() => names.cn('a'))]) },
    'subject',
    /too many/,
  ],
  ['one time', { validity: der.sequence(time('250101000000Z')) }, 'validity', /missing/],
  [
    'three times',
    { validity: der.sequence(time('250101000000Z'), time('250101000000Z'), time('250101000000Z')) },
    'validity',
    /unexpected bytes/,
  ],
  ['a bad time', { validity: der.sequence(time('2501010000Z'), time('250101000000Z')) }, 'validity', /one form/],
  [
    'key bits unused',
    { spki: der.sequence(algorithm, der.bits(raw('00'), 1)) },
    'subjectPublicKeyInfo',
    /whole octets/,
  ],
  ['key without bits', { spki: der.sequence(algorithm) }, 'subjectPublicKeyInfo', /missing/],
  [
    'unique identifier in version 1',
    { version: null, uniqueIds: der.contextPrimitive(1, raw('00 01')) },
    'uniqueIdentifiers',
    /version 1/,
  ],
  ['broken unique identifier', { uniqueIds: der.contextPrimitive(2, raw('09')) }, 'uniqueIdentifiers', /bit count/],
  ['extensions in version 1', { version: null, ...ext(san(names.dns('a'))) }, 'extensions', /version 1/],
  [
    'extensions in version 2',
    { version: der.context(0, der.integer(1)), ...ext(san(names.dns('a'))) },
    'extensions',
    /version 2/,
  ],
  ['no extensions in the list', { extensions: extensions() }, 'extensions', /empty list/],
  [
    'two lists of extensions',
    { extensions: der.context(3, der.sequence(san(names.dns('a'))), der.sequence()) },
    'extensions',
    /unexpected/,
  ],
  ['the same extension twice', ext(san(names.dns('a')), san(names.dns('b'))), 'extensions', /2\.5\.29\.17 twice/],
  [
    'an unknown extension twice',
    ext(extension('1.2.3', empty), extension('1.2.3', empty)),
    'extensions',
    /1\.2\.3 twice/,
  ],
  ['65 extensions', ext(...many(65, (i) => extension(`1.2.${i}`, empty))), 'extensions', /more than 64/],
  ['critical 01', ext(der.sequence(der.oid('1.2.3'), raw('01 01 01'), der.octets())), 'extensions', /not 00 or FF/],
  ['extension without value', ext(der.sequence(der.oid('1.2.3'))), 'extensions', /missing/],
  [
    'bytes after the extensions',
    { ...ext(extension('1.2.3', empty)), afterExtensions: der.nothing() },
    'tbsCertificate',
    /unexpected/,
  ],
  ['another outer algorithm', { outerAlgorithm: algorithmOther }, 'signatureAlgorithm', /not the algorithm/],
  ['signature bits unused', { signature: der.bits(raw('00'), 1) }, 'signatureValue', /whole octets/],
  ['bytes after the signature', { afterSignature: der.nothing() }, 'signatureValue', /unexpected bytes/],
  // subjectAltName
  ['SAN no SEQUENCE', ext(extension('2.5.29.17', der.octets())), 'subjectAltName', /tag 0x04/],
  ['SAN without names', ext(san()), 'subjectAltName', /no names/],
  [
    'SAN with trailing bytes',
    ext(extension('2.5.29.17', der.sequence(names.dns('a')), raw('00'))),
    'subjectAltName',
    /trailing/,
  ],
  ['257 names', ext(san(...many(257, () => names.dns('a')))), 'subjectAltName', /more than 256/],
  ['a name of unknown kind', ext(san(der.contextPrimitive(9, raw('00')))), 'subjectAltName', /no known kind/],
  ['a universal tag as name', ext(san(der.text('ia5', 'a'))), 'subjectAltName', /no known kind/],
  ['dNSName beyond ASCII', ext(san(names.dns('é'))), 'subjectAltName', /above 7F/],
  ['rfc822Name beyond ASCII', ext(san(names.email('é@b'))), 'subjectAltName', /above 7F/],
  ['URI beyond ASCII', ext(san(names.uri('é'))), 'subjectAltName', /above 7F/],
  ['constructed dNSName', ext(san(der.context(2, der.text('ia5', 'a')))), 'subjectAltName', /no known kind/],
  ['iPAddress of 8 octets', ext(san(names.ip(1, 2, 3, 4, 255, 0, 0, 0))), 'subjectAltName', /4 nor 16/],
  ['registeredID without octets', ext(san(der.contextPrimitive(8, empty))), 'subjectAltName', /without octets/],
  ['otherName without value', otherName(xmppAddrOid), 'subjectAltName', /missing/],
  ['otherName without [0]', otherName(xmppAddrOid, der.text('utf8', 'a@b')), 'subjectAltName', /tag 0x0c where 0xa0/],
  ['otherName with empty [0]', otherName(xmppAddrOid, der.context(0)), 'subjectAltName', /missing/],
  [
    'otherName with two values',
    otherName(xmppAddrOid, der.context(0, der.text('utf8', 'a@b'), der.text('utf8', 'c@b'))),
    'subjectAltName',
    /unexpected bytes/,
  ],
  [
    'otherName with bytes after its value',
    otherName(xmppAddrOid, der.context(0, der.text('utf8', 'a@b')), der.nothing()),
    'subjectAltName',
    /unexpected bytes/,
  ],
  [
    'UPN no UTF8String',
    ext(san(names.otherName('1.3.6.1.4.1.311.20.2.3', der.text('ia5', 'a')))),
    'subjectAltName',
    /tag 0x16/,
  ],
  [
    'SRVName no IA5String',
    ext(san(names.otherName('1.3.6.1.5.5.7.8.7', der.text('utf8', 'a')))),
    'subjectAltName',
    /tag 0x0c/,
  ],
  ['directoryName without its wrapper', ext(san(der.context(4, der.set()))), 'subjectAltName', /tag 0x31/],
  // the other extensions that decide something
  ['keyUsage no BIT STRING', keyUsage(der.octets(raw('80'))), 'keyUsage', /tag 0x04/],
  ['keyUsage of dirty bits', keyUsage(raw('03 02 07 c0')), 'keyUsage', /not zero/],
  ['keyUsage of a tenth bit', keyUsage(raw('03 03 06 80 40')), 'keyUsage', /no meaning/],
  ['keyUsage of three octets', keyUsage(raw('03 04 00 80 00 01')), 'keyUsage', /no meaning/],
  ['cA 01', constraints(der.sequence(raw('01 01 01'))), 'basicConstraints', /not 00 or FF/],
  [
    'negative path length',
    constraints(der.sequence(der.boolean(true), der.integer(-1))),
    'basicConstraints',
    /negative/,
  ],
  [
    'constraints in the wrong order',
    constraints(der.sequence(der.integer(1), der.boolean(true))),
    'basicConstraints',
    /unexpected/,
  ],
  ['no purposes', purposes(der.sequence()), 'extendedKeyUsage', /no purposes/],
  ['a purpose no OID', purposes(der.sequence(der.integer(1))), 'extendedKeyUsage', /tag 0x02/],
  ['65 purposes', purposes(der.sequence(...many(65, (i) => der.oid(`1.2.${i}`)))), 'extendedKeyUsage', /more than 64/],
  ['key identifier no OCTET STRING', ext(extension('2.5.29.14', der.integer(1))), 'subjectKeyIdentifier', /tag 0x02/],
  [
    'authority key identifier no SEQUENCE',
    ext(extension('2.5.29.35', der.octets())),
    'authorityKeyIdentifier',
    /tag 0x04/,
  ],
]

for (const [name, changed, field, why] of fields) {
  test(`no certificate: ${name}`, () => {
    const certificate = parseCertificate(rawCertificate(changed))
    assert.ok(!certificate.ok)
    assert.equal(certificate.error.field, field)
    assert.match(certificate.error.why, why)
  })
}

test('fields are read as they stand', () => {
  const facts = factsOf(rawCertificate())
  assert.equal(facts.version, 3)
  assert.equal(facts.serial, '1234')
  assert.equal(facts.notBefore, Date.UTC(2025, 0, 1))
  assert.equal(facts.notAfter, Date.UTC(2026, 0, 1))
  assert.equal(facts.publicKey.algorithm, '1.3.101.112')
  assert.equal(facts.publicKey.parameters, null)
  assert.equal(facts.publicKey.key.length, 32)
  assert.equal(facts.signature.algorithm, '1.2.840.10045.4.3.2')
  assert.equal(facts.signature.value.length, 64)
  assert.deepEqual(facts.extensions, [])
  assert.equal(facts.basicConstraints, null)
  assert.equal(facts.keyUsage, null)
  assert.equal(facts.extendedKeyUsage, null)
  assert.deepEqual(facts.names.xmppAddr, [])
})

test('version 1 and 2 are read', () => {
  assert.equal(factsOf(rawCertificate({ version: null })).version, 1)
  const uniqueIds = Buffer.concat([der.contextPrimitive(1, raw('00 01')), der.contextPrimitive(2, raw('00 02'))])
  assert.equal(factsOf(rawCertificate({ version: der.context(0, der.integer(1)), uniqueIds })).version, 2)
})

test('serial numbers keep their octets', () => {
  assert.equal(factsOf(rawCertificate({ serial: der.integer(0x80) })).serial, '0080')
  assert.equal(factsOf(rawCertificate({ serial: der.integer(0) })).serial, '00')
  assert.equal(factsOf(rawCertificate({ serial: der.integer(-1) })).serial, 'ff')
})

test('extensions that decide nothing stay raw, whatever they hold', () => {
  const facts = factsOf(rawCertificate(ext(extension('1.2.3', raw('ff ff')), extension('2.5.29.31', raw('00')))))
  assert.deepEqual(
    facts.extensions.map(({ oid, critical, value }) => [oid, critical, Buffer.from(value).toString('hex')]),
    [
      ['1.2.3', false, 'ffff'],
      ['2.5.29.31', false, '00'],
    ],
  )
})

test('an explicit FALSE is read as one', () => {
  const facts = factsOf(
    rawCertificate(
      ext(der.sequence(der.oid('2.5.29.19'), der.boolean(false), der.octets(der.sequence(der.boolean(false))))),
    ),
  )
  assert.equal(facts.extensions[0]?.critical, false)
  assert.deepEqual(facts.basicConstraints, { ca: false, pathLen: null })
})

test('key usage bits have their names, with and without trailing zeros', () => {
  assert.deepEqual(factsOf(rawCertificate(keyUsage(raw('03 02 05 a0')))).keyUsage, [
    'digitalSignature',
    'keyEncipherment',
  ])
  assert.deepEqual(factsOf(rawCertificate(keyUsage(raw('03 02 00 80')))).keyUsage, ['digitalSignature'])
  assert.deepEqual(factsOf(rawCertificate(keyUsage(raw('03 03 07 06 80')))).keyUsage, [
    'keyCertSign',
    'cRLSign',
    'decipherOnly',
  ])
  assert.deepEqual(factsOf(rawCertificate(keyUsage(raw('03 01 00')))).keyUsage, [])
})

test('an authority key identifier is read in all its parts', () => {
  const value = der.sequence(
    der.contextPrimitive(0, raw('aabb')),
    der.context(1, names.dirName([names.cn('Root')])),
    der.contextPrimitive(2, raw('0102')),
  )
  const { authorityKeyId } = factsOf(rawCertificate(ext(extension('2.5.29.35', value))))
  assert.deepEqual(authorityKeyId?.keyId, new Uint8Array(raw('aabb')))
  assert.deepEqual(authorityKeyId?.issuer, new Uint8Array(names.dirName([names.cn('Root')])))
  assert.equal(authorityKeyId?.serial, '0102')
})

test('facts do not change with the buffer they were read from, and are frozen', () => {
  const bytes = rawCertificate()
  const facts = factsOf(bytes)
  const before = Buffer.from(facts.der).toString('hex')
  bytes.fill(0)
  assert.equal(Buffer.from(facts.der).toString('hex'), before)
  assert.equal(Object.isFrozen(facts), true)
})

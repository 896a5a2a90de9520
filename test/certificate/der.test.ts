/** The DER reader: what it must refuse, as bytes; and what it reads. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DerCursor, DerFault, maxDerDepth, readDer, readSole, tags } from '../../src/certificate/der.ts'
import { decodeString, readIa5String, readUtf8String, type StringEncoding } from '../../src/certificate/der-strings.ts'
import {
  hexOf,
  readBitOctets,
  readBitString,
  readBoolean,
  readInteger,
  readOid,
  readSmallInteger,
  readTime,
} from '../../src/certificate/der-values.ts'

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const ascii = (tag: string, text: string): string =>
  `${tag} ${text.length.toString(16).padStart(2, '0')} ${Buffer.from(text, 'latin1').toString('hex')}`

function refuses(read: () => unknown, why: RegExp): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof DerFault, String(error))
    assert.match(error.message, why)
    return true
  })
}

const structures: readonly [name: string, hex: string, why: RegExp][] = [
  ['nothing', '', /cut short/],
  ['a tag alone', '30', /cut short/],
  ['content cut short', '04 02 00', /beyond the enclosing value/],
  ['trailing bytes', '05 00 00', /trailing bytes/],
  ['an indefinite length', '30 80 00 00', /indefinite/],
  ['a long form that fits the short one', '04 81 01 00', /fits the short one/],
  ['a length with leading zeros', `04 82 00 80 ${'00'.repeat(128)}`, /leading zeros/],
  ['a length cut short', '04 82 01', /cut short/],
  ['a length of five octets', '04 85 01 00 00 00 00', /more than four octets/],
  ['the reserved length FF', '04 ff', /more than four octets/],
  ['a length near 2^32', '04 84 ff ff ff ff', /beyond the enclosing value/],
  ['a high tag number', '1f 20 00', /above 30/],
  ['a high tag number of context class', 'bf 20 00', /above 30/],
  ['end-of-contents', '00 00', /reserved tag/],
  ['a primitive SEQUENCE', '10 00', /wrong form/],
  ['a constructed OCTET STRING', '24 04 04 02 00 00', /wrong form/],
  ['a constructed UTF8String', '2c 03 0c 01 61', /wrong form/],
]

for (const [name, hex, why] of structures) {
  test(`no DER: ${name}`, () => refuses(() => readSole(bytesOf(hex)), why))
}

test('lengths of one to three octets are read', () => {
  for (const [length, header] of [
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65536, '0483010000'],
  ] as const) {
    const bytes = bytesOf(header + '61'.repeat(length))
    const tlv = readSole(bytes)
    assert.deepEqual([tlv.start, tlv.contentStart, tlv.end], [0, header.length / 2, bytes.length])
  }
})

test('a value is read inside its limit only', () => {
  const bytes = bytesOf('04 01 61 04 01 62')
  assert.equal(readDer(bytes, 3, 6).end, 6)
  refuses(() => readDer(bytes, 3, 5), /beyond the enclosing value/)
  refuses(() => readDer(bytes, 6, 99), /cut short/)
})

test('a cursor wants each tag and nothing after the last', () => {
  const walk = DerCursor.over(bytesOf('30 06 02 01 05 01 01 ff'), tags.sequence)
  assert.equal(walk.nextTag, tags.integer)
  assert.equal(walk.takeIf(tags.boolean), null)
  assert.equal(readSmallInteger(walk.take(tags.integer)), 5)
  refuses(() => walk.finish(), /unexpected bytes/)
  assert.equal(readBoolean(walk.any()), true)
  walk.finish()
  refuses(() => walk.any(), /missing/)
  refuses(() => DerCursor.over(bytesOf('05 00'), tags.sequence), /tag 0x05 where 0x30 must be/)
})

test('depth is limited', () => {
  const nested = (depth: number): Uint8Array => {
    let bytes = Buffer.alloc(0)
    for (let i = 0; i < depth; i += 1) bytes = Buffer.concat([Buffer.from([0x30, bytes.length]), bytes])
    return bytes
  }
  const descend = (bytes: Uint8Array): number => {
    let walk = DerCursor.over(bytes, tags.sequence)
    let depth = 0
    for (; !walk.done; depth += 1) walk = walk.enter(tags.sequence)
    return depth
  }
  assert.equal(descend(nested(maxDerDepth + 1)), maxDerDepth)
  refuses(() => descend(nested(maxDerDepth + 2)), /too deeply/)
})

const values: readonly [name: string, read: (hex: string) => unknown, hex: string, why: RegExp][] = [
  ['BOOLEAN 01', (hex) => readBoolean(readSole(bytesOf(hex))), '01 01 01', /not 00 or FF/],
  ['BOOLEAN of two octets', (hex) => readBoolean(readSole(bytesOf(hex))), '01 02 ff ff', /not 00 or FF/],
  ['BOOLEAN of none', (hex) => readBoolean(readSole(bytesOf(hex))), '01 00', /not 00 or FF/],
  ['INTEGER of none', (hex) => readInteger(readSole(bytesOf(hex))), '02 00', /without octets/],
  ['INTEGER padded with 00', (hex) => readInteger(readSole(bytesOf(hex))), '02 02 00 7f', /needless/],
  ['INTEGER padded with FF', (hex) => readInteger(readSole(bytesOf(hex))), '02 02 ff 80', /needless/],
  ['negative small INTEGER', (hex) => readSmallInteger(readSole(bytesOf(hex))), '02 01 ff', /negative/],
  ['large small INTEGER', (hex) => readSmallInteger(readSole(bytesOf(hex))), '02 05 00 ff ff ff ff', /31 bits/],
  ['OID of none', (hex) => readOid(readSole(bytesOf(hex))), '06 00', /without octets/],
  ['OID cut short', (hex) => readOid(readSole(bytesOf(hex))), '06 02 2b 86', /cut short/],
  ['OID with a padded arc', (hex) => readOid(readSole(bytesOf(hex))), '06 03 2b 80 01', /padded/],
  ['OID with a padded first arc', (hex) => readOid(readSole(bytesOf(hex))), '06 02 80 01', /padded/],
  ['OID with a huge arc', (hex) => readOid(readSole(bytesOf(hex))), '06 0a 2b ff ff ff ff ff ff ff ff 7f', /too large/],
  ['OID of 65 octets', (hex) => readOid(readSole(bytesOf(hex))), `06 41 ${'01'.repeat(65)}`, /too long/],
  ['BIT STRING of none', (hex) => readBitString(readSole(bytesOf(hex))), '03 00', /without octets/],
  ['BIT STRING with 8 unused', (hex) => readBitString(readSole(bytesOf(hex))), '03 02 08 00', /bit count/],
  ['empty BIT STRING with unused bits', (hex) => readBitString(readSole(bytesOf(hex))), '03 01 01', /bit count/],
  ['BIT STRING with dirty unused bits', (hex) => readBitString(readSole(bytesOf(hex))), '03 02 04 08', /not zero/],
  ['BIT STRING not of whole octets', (hex) => readBitOctets(readSole(bytesOf(hex))), '03 02 04 10', /whole octets/],
]

for (const [name, read, hex, why] of values) {
  test(`no value: ${name}`, () => refuses(() => read(hex), why))
}

test('values are read', () => {
  assert.equal(readBoolean(readSole(bytesOf('01 01 00'))), false)
  assert.equal(hexOf(readInteger(readSole(bytesOf('02 02 00 80')))), '0080')
  assert.equal(hexOf(readInteger(readSole(bytesOf('02 01 80')))), '80')
  assert.equal(readSmallInteger(readSole(bytesOf('02 04 7f ff ff ff'))), 0x7fffffff)
  assert.deepEqual(readBitString(readSole(bytesOf('03 02 04 10'))), { unusedBits: 4, octets: bytesOf('10') })
})

const oids: readonly [hex: string, dotted: string][] = [
  ['06 01 00', '0.0'],
  ['06 01 27', '0.39'],
  ['06 01 28', '1.0'],
  ['06 01 4f', '1.39'],
  ['06 01 50', '2.0'],
  ['06 02 88 37', '2.999'],
  ['06 08 2b 06 01 05 05 07 08 05', '1.3.6.1.5.5.7.8.5'],
  ['06 0a 2b 06 01 04 01 82 37 14 02 03', '1.3.6.1.4.1.311.20.2.3'],
  ['06 09 2a 86 48 86 f7 0d 01 01 0b', '1.2.840.113549.1.1.11'],
]

for (const [hex, dotted] of oids) {
  test(`OID ${dotted}`, () => assert.equal(readOid(readSole(bytesOf(hex))), dotted))
}

const timesRefused: readonly [name: string, hex: string, why: RegExp][] = [
  ['another type', ascii('13', '250101000000Z'), /neither UTCTime/],
  ['UTCTime without seconds', ascii('17', '2501010000Z'), /one form/],
  ['UTCTime with an offset', ascii('17', '250101000000+0000'), /one form/],
  ['UTCTime in lower case', ascii('17', '250101000000z'), /one form/],
  ['UTCTime with a sign', ascii('17', '2501010000-1Z'), /one form/],
  ['UTCTime with a space', ascii('17', '25 101000000Z'), /one form/],
  ['GeneralizedTime with a fraction', ascii('18', '20250101000000.5Z'), /one form/],
  ['GeneralizedTime without Z', ascii('18', '20250101000000'), /one form/],
  ['GeneralizedTime in the form of UTCTime', ascii('18', '250101000000Z'), /one form/],
  ['month 0', ascii('17', '250001000000Z'), /does not exist/],
  ['month 13', ascii('17', '251301000000Z'), /does not exist/],
  ['day 0', ascii('17', '250100000000Z'), /does not exist/],
  ['30 February', ascii('17', '240230000000Z'), /does not exist/],
  ['29 February of no leap year', ascii('17', '250229000000Z'), /does not exist/],
  ['hour 24', ascii('17', '250101240000Z'), /does not exist/],
  ['minute 60', ascii('17', '250101006000Z'), /does not exist/],
  ['second 60', ascii('17', '250101000060Z'), /does not exist/],
]

for (const [name, hex, why] of timesRefused) {
  test(`no time: ${name}`, () => refuses(() => readTime(readSole(bytesOf(hex))), why))
}

const times: readonly [hex: string, iso: string][] = [
  [ascii('17', '500101000000Z'), '1950-01-01T00:00:00.000Z'],
  [ascii('17', '491231235959Z'), '2049-12-31T23:59:59.000Z'],
  [ascii('17', '240229120102Z'), '2024-02-29T12:01:02.000Z'],
  [ascii('18', '20300101000000Z'), '2030-01-01T00:00:00.000Z'],
  [ascii('18', '99991231235959Z'), '9999-12-31T23:59:59.000Z'],
  [ascii('18', '00010203040506Z'), '0001-02-03T04:05:06.000Z'],
]

for (const [hex, iso] of times) {
  test(`time ${iso}`, () => assert.equal(new Date(readTime(readSole(bytesOf(hex)))).toISOString(), iso))
}

const utf8Refused: readonly [name: string, hex: string][] = [
  ['a lone continuation', '80'],
  ['a sequence cut short', 'c3'],
  ['a wrong continuation', 'c3 28'],
  ['an overlong slash', 'c0 af'],
  ['an overlong NUL', 'c0 80'],
  ['an overlong three-octet form', 'e0 80 af'],
  ['a surrogate', 'ed a0 80'],
  ['a code point above 10FFFF', 'f4 90 80 80'],
  ['the octet FF', 'ff'],
]

for (const [name, hex] of utf8Refused) {
  test(`no UTF-8: ${name}`, () => refuses(() => decodeString('utf8', bytesOf(hex)), /invalid UTF-8/))
}

const stringsRefused: readonly [encoding: StringEncoding, hex: string, why: RegExp][] = [
  ['printable', '61 40', /alphabet/],
  ['printable', '2a', /alphabet/],
  ['printable', '00', /alphabet/],
  ['printable', 'e9', /alphabet/],
  ['printable', '61 0a', /alphabet/],
  ['numeric', '61', /alphabet/],
  ['ia5', '80', /above 7F/],
  ['teletex', '1b 28', /no agreed meaning/],
  ['teletex', '85', /no agreed meaning/],
  ['bmp', '00', /broken length/],
  ['bmp', 'd8 3d de 00', /no character/],
  ['universal', '00 00 00', /broken length/],
  ['universal', '00 11 00 00', /no character/],
  ['universal', '00 00 d8 00', /no character/],
]

for (const [encoding, hex, why] of stringsRefused) {
  test(`no ${encoding} string: ${hex}`, () => refuses(() => decodeString(encoding, bytesOf(hex)), why))
}

const strings: readonly [encoding: StringEncoding, hex: string, text: string][] = [
  ['utf8', '', ''],
  ['utf8', 'ef bb bf 61', '\ufeffa'],
  ['utf8', 'f0 9f 98 80', '😀'],
  ['utf8', '61 00 62', 'a\0b'],
  ['printable', '41 62 30 20 27 28 29 2b 2c 2d 2e 2f 3a 3d 3f', "Ab0 '()+,-./:=?"],
  ['numeric', '31 20 32', '1 2'],
  ['ia5', '61 00 7f 40', 'a\0\x7f@'],
  ['teletex', '4a fc 72', 'Jür'],
  ['bmp', '00 61 00 00 20 ac', 'a\0€'],
  ['universal', '00 00 00 61 00 01 f6 00', 'a😀'],
]

for (const [encoding, hex, text] of strings) {
  test(`${encoding} string ${JSON.stringify(text)}`, () => assert.equal(decodeString(encoding, bytesOf(hex)), text))
}

test('string types are told by their tags', () => {
  assert.equal(readUtf8String(readSole(bytesOf('0c 01 61'))), 'a')
  assert.equal(readIa5String(readSole(bytesOf('82 01 61')), 0x82), 'a')
  refuses(() => readUtf8String(readSole(bytesOf('16 01 61'))), /tag 0x16 where 0x0c must be/)
  refuses(() => readIa5String(readSole(bytesOf('0c 01 61'))), /tag 0x0c where 0x16 must be/)
})

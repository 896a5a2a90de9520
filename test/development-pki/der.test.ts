/** The DER writer against encodings worked out by hand (X.690 §8). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bmpString, integer, octets, oid, sequence, utf8String } from '../../src/development-pki/der.ts'

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')

test('integers take the fewest octets that keep them positive', () => {
  const table = [
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [256, '02020100'],
    [10_000, '02022710'],
    [65_535, '020300ffff'],
  ] as const
  for (const [value, encoded] of table) assert.equal(hex(integer(value)), encoded)
})

test('lengths from 128 on take the long form', () => {
  assert.equal(hex(octets(Buffer.alloc(127))).slice(0, 4), '047f')
  assert.equal(hex(octets(Buffer.alloc(128))).slice(0, 6), '048180')
  assert.equal(hex(octets(Buffer.alloc(256))).slice(0, 8), '04820100')
})

test('object identifiers: id-on-xmppAddr, rsaEncryption', () => {
  assert.equal(hex(oid('1.3.6.1.5.5.7.8.5')), '06082b06010505070805')
  assert.equal(hex(oid('1.2.840.113549.1.1.1')), '06092a864886f70d010101')
})

test('strings and sequences', () => {
  assert.equal(hex(utf8String('é')), '0c02c3a9')
  assert.equal(hex(bmpString('aé')), '1e04006100e9')
  assert.equal(hex(sequence(integer(1), sequence())), '30050201013000')
})

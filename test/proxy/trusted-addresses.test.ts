/** Which addresses are trusted proxies. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTrustedAddresses, nobody, parseRange } from '../../src/listener/proxy/trusted-addresses.ts'

describe('a range of trusted addresses', () => {
  const refused: readonly (readonly [text: string, why: string, meant: string | null])[] = [
    ['', 'is no IP address, or range of them', null],
    ['proxy.example', 'is no IP address, or range of them', null],
    ['10.0.0', 'is no IP address, or range of them', null],
    ['10.0.0.1:80', 'is no IP address, or range of them', null],
    ['[::1]', 'is no IP address, or range of them', null],
    ['fe80::1%eth0', 'is no IP address, or range of them', null],
    ['10.0.0.0/8/8', 'is no IP address, or range of them', null],
    ['10.0.0.0/', 'has no prefix length from 0 to 32 behind the slash', null],
    ['10.0.0.0/33', 'has no prefix length from 0 to 32 behind the slash', null],
    ['10.0.0.0/08', 'has no prefix length from 0 to 32 behind the slash', null],
    ['10.0.0.0/-1', 'has no prefix length from 0 to 32 behind the slash', null],
    ['2001:db8::/129', 'has no prefix length from 0 to 128 behind the slash', null],
    ['10.0.0.5/8', 'has bits behind its prefix of 8', '10.0.0.0/8'],
    ['10.0.0.255/31', 'has bits behind its prefix of 31', '10.0.0.254/31'],
    ['2001:db8::1/64', 'has bits behind its prefix of 64', '2001:db8::/64'],
    ['::ffff:10.0.0.1', 'is an IPv4 address in IPv6 clothes, which connections are not compared with', '10.0.0.1'],
    ['::ffff:10.0.0.0/104', 'is an IPv4 address in IPv6 clothes, which connections are not compared with', null],
  ]
  for (const [text, why, meant] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseRange(text), { ok: false, error: { why, meant } })
    })
  }

  const read: readonly (readonly [text: string, address: string, bits: number])[] = [
    ['10.0.0.1', '10.0.0.1', 32],
    ['10.0.0.0/8', '10.0.0.0', 8],
    ['10.0.0.254/31', '10.0.0.254', 31],
    ['::1', '::1', 128],
    ['2001:db8::/33', '2001:db8::', 33],
    ['0.0.0.0/0', '0.0.0.0', 0],
  ]
  for (const [text, address, bits] of read) {
    it(`reads ${text}`, () => assert.deepEqual(parseRange(text), { ok: true, value: { address, bits } }))
  }
})

describe('trusted addresses', () => {
  const trusted = createTrustedAddresses([
    { address: '10.1.0.0', bits: 16 },
    { address: '192.0.2.7', bits: 32 },
    { address: '2001:db8:1::', bits: 48 },
    { address: 'fe80::', bits: 10 },
  ])
  const outside = [
    '10.0.255.255',
    '10.2.0.0',
    '192.0.2.8',
    '2001:db8:2::1',
    '::1',
    '127.0.0.1',
    '',
    'undefined',
    '::ffff:10.2.0.1',
  ]
  for (const address of outside) {
    it(`do not include ${JSON.stringify(address)}`, () => assert.equal(trusted.includes(address), false))
  }
  const inside = [
    '10.1.0.0',
    '10.1.255.255',
    '192.0.2.7',
    '2001:DB8:1:ffff::1',
    '::ffff:10.1.2.3',
    '::ffff:a01:203',
    'fe80::1%eth0',
  ]
  for (const address of inside) {
    it(`include ${address}`, () => assert.equal(trusted.includes(address), true))
  }

  it('are nobody by themselves', () => {
    assert.equal(nobody.isEmpty, true)
    assert.equal(nobody.includes('127.0.0.1'), false)
    assert.equal(trusted.isEmpty, false)
  })
})

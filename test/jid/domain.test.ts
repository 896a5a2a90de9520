/** Domainparts: names, A-labels and U-labels, addresses (RFC 7622 §3.2). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prepareDomain } from '../../src/jid/jid.ts'

const label63 = 'a'.repeat(63)

const refused: readonly [name: string, text: string][] = [
  ['empty', ''],
  ['a dot alone', '.'],
  ['two final dots', 'example.org..'],
  ['an empty label', 'example..org'],
  ['a leading dot', '.example.org'],
  ['a leading hyphen', '-example.org'],
  ['a trailing hyphen', 'example-.org'],
  ['a trailing hyphen at the end', 'example.org-'],
  ['hyphens in third and fourth place', 'ab--cd.org'],
  ['an underscore', 'a_b.org'],
  ['a space', 'example .org'],
  ['a tab', 'example.org\t'],
  ['a slash', 'example.org/x'],
  ['a port', 'example.org:5222'],
  ['a percent escape', 'example%2eorg'],
  ['NUL', 'example.org\0'],
  ['a lone surrogate', 'example\ud800.org'],
  ['a label of 64', `a${label63}.org`],
  ['254 octets', `${label63}.${label63}.${label63}.${'a'.repeat(62)}`],
  ['254 octets as A-labels', `${'ü.'.repeat(36)}ab`.repeat(2)],
  ['an A-label that is none', 'xn--a.example'],
  ['an empty A-label', 'xn--.example'],
  ['an A-label of upper case inside', 'xn--Bcher-KVA-.example'],
  ['a symbol', '☕.example'],
  ['a symbol as A-label', 'xn--53h.example'],
  ['an emoji', '😀.example'],
  ['mixed directions', 'אa.example'],
  ['a joiner out of context', 'a\u200db.example'],
  ['a soft hyphen only', '\u00ad'],
  ['a slash by compatibility', '℀.example'],
  ['three numbers', '1.2.3'],
  ['five numbers', '1.2.3.4.5'],
  ['a number too large', '1.2.3.256'],
  ['a padded number', '1.2.3.04'],
  ['a number alone', '2130706433'],
  ['a numeric last label', 'example.123'],
  ['an IPv6 address without brackets', '::1'],
  ['an unclosed bracket', '[::1'],
  ['text after the bracket', '[::1].example'],
  ['empty brackets', '[]'],
  ['an IPv4 address in brackets', '[127.0.0.1]'],
  ['a line feed in brackets', '[::\n1]'],
  ['a zone', '[fe80::1%eth0]'],
  ['too many groups', '[1:2:3:4:5:6:7:8:9]'],
  ['two runs', '[1::2::3]'],
]

for (const [name, text] of refused) {
  test(`no domainpart: ${name}`, () => {
    const domain = prepareDomain(text)
    assert.ok(!domain.ok, `prepared to ${JSON.stringify(domain)}`)
    assert.equal(domain.error.part, 'domain')
  })
}

const accepted: readonly [name: string, text: string, prepared: string][] = [
  ['a name', 'example.org', 'example.org'],
  ['one label', 'localhost', 'localhost'],
  ['upper case', 'EXAMPLE.Org', 'example.org'],
  ['a final dot', 'example.org.', 'example.org'],
  ['inner hyphens', 'a-b.c--d.org', 'a-b.c--d.org'],
  ['digits', '1.example.2x', '1.example.2x'],
  ['a label of 63', `${label63}.org`, `${label63}.org`],
  [
    '253 octets',
    `${label63}.${label63}.${label63}.${'a'.repeat(61)}`,
    `${label63}.${label63}.${label63}.${'a'.repeat(61)}`,
  ],
  ['U-labels', 'bücher.example', 'bücher.example'],
  ['U-labels in upper case', 'BÜCHER.example', 'bücher.example'],
  ['U-labels decomposed', 'bu\u0308cher.example', 'bücher.example'],
  ['A-labels', 'xn--bcher-kva.example', 'bücher.example'],
  ['A-labels in upper case', 'XN--BCHER-KVA.EXAMPLE', 'bücher.example'],
  ['sharp s is a letter of its own', 'straße.example', 'straße.example'],
  ['fullwidth letters', 'ｅｘａｍｐｌｅ.org', 'example.org'],
  ['an ideographic dot', 'example。org', 'example.org'],
  ['Hebrew', 'אליס.example', 'אליס.example'],
  ['an IPv4 address', '192.0.2.7', '192.0.2.7'],
  ['an IPv6 address', '[2001:DB8::0:1]', '[2001:db8::1]'],
  ['an IPv6 address with an IPv4 tail', '[::ffff:192.0.2.7]', '[::ffff:c000:207]'],
]

for (const [name, text, prepared] of accepted) {
  test(`domainpart: ${name}`, () => assert.deepEqual(prepareDomain(text), { ok: true, value: prepared }))
}

/** The names of a certificate: by OID only, malformed addresses kept; distinguished names as data and text. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributeValues } from '../../src/certificate/distinguished-name.ts'
import { formatDn, type PeerCertificate, parseCertificate } from '../../src/certificate/facts.ts'
import { formatIp } from '../../src/certificate/ip-address.ts'
import * as der from '../support/pki/der-writer.ts'
import * as names from '../support/pki/names.ts'
import { extensions, nameOf, rawCertificate, san } from './raw-certificate.ts'

function factsOf(bytes: Uint8Array): PeerCertificate {
  const certificate = parseCertificate(bytes)
  assert.ok(certificate.ok, JSON.stringify(certificate))
  return certificate.value
}

const withNames = (...list: readonly Uint8Array[]) =>
  factsOf(rawCertificate({ extensions: extensions(san(...list)) })).names

const addressesMalformed: readonly [name: string, address: Uint8Array, text: string | null, why: RegExp][] = [
  ['IA5String', names.xmppAddr('alice@a.example', 'ia5'), null, /not a UTF8String/],
  ['PrintableString', names.xmppAddr('alice.a.example', 'printable'), null, /not a UTF8String/],
  [
    'OCTET STRING',
    names.otherName('1.3.6.1.5.5.7.8.5', der.octets(Buffer.from('alice@a.example'))),
    null,
    /not a UTF8String/,
  ],
  ['broken UTF-8', names.xmppAddr(Buffer.from([0x61, 0xc3, 0x28, 0x40, 0x62])), null, /not valid UTF-8/],
  ['overlong UTF-8', names.xmppAddr(Buffer.from([0x61, 0xc0, 0xaf, 0x40, 0x62])), null, /not valid UTF-8/],
  ['empty', names.xmppAddr(''), '', /domainpart that is empty/],
  ['NUL', names.xmppAddr('alice@a.example\0.b'), 'alice@a.example\0.b', /domainpart that is not a domain name/],
  ['NUL in the localpart', names.xmppAddr('alice\0@a.example'), 'alice\0@a.example', /localpart that holds U\+0000/],
  ['byte order mark', names.xmppAddr('\ufeffalice@a.example'), '\ufeffalice@a.example', /localpart that holds U\+FEFF/],
  ['a URI', names.xmppAddr('xmpp:alice@a.example'), 'xmpp:alice@a.example', /localpart that holds one of/],
  ['empty resource', names.xmppAddr('alice@a.example/'), 'alice@a.example/', /resourcepart that is empty/],
]

for (const [name, address, text, why] of addressesMalformed) {
  test(`malformed xmppAddr stays listed: ${name}`, () => {
    const [only, ...others] = withNames(address).xmppAddr
    assert.deepEqual(others, [])
    assert.equal(only?.text, text)
    assert.equal(only?.jid, null)
    assert.match(only?.why ?? '', why)
  })
}

test('an xmppAddr keeps its text and gives its prepared JID', () => {
  assert.deepEqual(withNames(names.xmppAddr('Alice@XN--BCHER-KVA.example/Phone')).xmppAddr, [
    {
      text: 'Alice@XN--BCHER-KVA.example/Phone',
      jid: { local: 'alice', domain: 'bücher.example', resource: 'Phone' },
      why: null,
    },
  ])
})

test('a UTF8String under another OID is no xmppAddr', () => {
  const list = withNames(names.otherName('1.3.6.1.5.5.7.8.50', der.text('utf8', 'alice@a.example')))
  assert.deepEqual(list.xmppAddr, [])
  assert.deepEqual(
    list.other.map(({ kind, oid, der }) => [kind, oid, Buffer.from(der).toString('latin1')]),
    [['otherName', '1.3.6.1.5.5.7.8.50', '\x0c\x0falice@a.example']],
  )
})

test('names are sorted by kind, in their order', () => {
  const list = withNames(
    names.dns('b.example'),
    names.email('alice@a.example'),
    names.dns('a.example'),
    names.uri('xmpp:alice@a.example'),
    names.srv('_xmpp-client.a.example'),
    names.upn('alice@CORP'),
    names.ip(192, 0, 2, 7),
    names.ip(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    names.dirName([names.cn('Alice')]),
    names.registeredId('1.2.3.4'),
    der.context(3),
    der.context(5),
  )
  assert.deepEqual(list.dns, ['b.example', 'a.example'])
  assert.deepEqual(list.rfc822Name, ['alice@a.example'])
  assert.deepEqual(list.uri, ['xmpp:alice@a.example'])
  assert.deepEqual(list.srvName, ['_xmpp-client.a.example'])
  assert.deepEqual(list.upn, ['alice@CORP'])
  assert.deepEqual(
    list.ip.map(({ text }) => text),
    ['192.0.2.7', '2001:db8::1'],
  )
  assert.deepEqual(list.directoryName.map(formatDn), ['CN=Alice'])
  assert.deepEqual(
    list.other.map(({ kind, oid }) => [kind, oid]),
    [
      ['registeredID', '1.2.3.4'],
      ['x400Address', null],
      ['ediPartyName', null],
    ],
  )
  assert.deepEqual(list.xmppAddr, [])
})

test('256 names are read', () => {
  assert.equal(withNames(...Array.from({ length: 256 }, () => names.dns('a.example'))).dns.length, 256)
})

const addresses: readonly [octets: readonly number[], text: string][] = [
  [[0, 0, 0, 0], '0.0.0.0'],
  [Array(16).fill(0), '::'],
  [[...Array(15).fill(0), 1], '::1'],
  [[0xfe, 0x80, ...Array(14).fill(0)], 'fe80::'],
  // RFC 5952 §4.2: a single group is not shortened, the longest run is, and of equal runs the first
  [[0, 1, 0, 0, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8], '1:0:3:4:5:6:7:8'],
  [[0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8], '1:0:0:4::8'],
  [[0, 1, 0, 0, 0, 0, 0, 4, 0, 5, 0, 0, 0, 0, 0, 8], '1::4:5:0:0:8'],
]

for (const [octets, text] of addresses) {
  test(`address ${text}`, () => assert.equal(formatIp(Uint8Array.from(octets)), text))
}

const dnsOf = (subject: names.Subject) => factsOf(rawCertificate({ subject: nameOf(subject) })).subject
const organization = '2.5.4.10'

const texts: readonly [name: string, subject: names.Subject, text: string][] = [
  ['the empty name', [], ''],
  // RFC 4514 §4
  [
    'last step first',
    [
      { oid: '0.9.2342.19200300.100.1.25', value: 'net' },
      { oid: '0.9.2342.19200300.100.1.1', value: 'jsmith' },
    ],
    'UID=jsmith,DC=net',
  ],
  [
    'several attributes in a step',
    [[{ oid: '2.5.4.11', value: 'Sales' }, names.cn('J.  Smith')]],
    'OU=Sales+CN=J.  Smith',
  ],
  ['quotes and commas', [names.cn('James "Jim" Smith, III')], 'CN=James \\"Jim\\" Smith\\, III'],
  ['a carriage return', [names.cn('Before\rAfter')], 'CN=Before\\0dAfter'],
  ['letters beyond ASCII', [names.cn('Lučić')], 'CN=Lučić'],
  // §2.4
  ['a leading space and number sign', [names.cn(' a'), { oid: organization, value: '#a' }], 'O=\\#a,CN=\\ a'],
  ['inner ones stay', [names.cn('a #b')], 'CN=a #b'],
  ['a trailing space', [names.cn('a ')], 'CN=a\\ '],
  ['one space', [names.cn(' ')], 'CN=\\ '],
  ['NUL', [names.cn('a\0b')], 'CN=a\\00b'],
  ['plus, semicolon, angles, backslash', [names.cn('+;<>\\')], 'CN=\\+\\;\\<\\>\\\\'],
  ['an equals sign', [names.cn('a=b')], 'CN=a=b'],
  ['what upsets a terminal', [names.cn('a\x1b[2J\u202eb\u2028')], 'CN=a\\1b[2J\\e2\\80\\aeb\\e2\\80\\a8'],
  ['an unknown type', [{ oid: '1.2.3.4', value: 'a' }], '1.2.3.4=#0c0161'],
  ['a value that cannot be decoded', [names.cn(Buffer.from('a@b'), 'printable')], 'CN=#1303614062'],
]

for (const [name, subject, text] of texts) {
  test(`name as text: ${name}`, () => assert.equal(formatDn(dnsOf(subject)), text))
}

test('every string type of a common name is decoded exactly', () => {
  const subject = dnsOf([
    names.cn('é\0', 'utf8'),
    names.cn('a b', 'printable'),
    names.cn('a@b', 'ia5'),
    names.cn('Jürgen', 'teletex'),
    names.cn('€', 'bmp'),
    names.cn('😀', 'universal'),
  ])
  assert.deepEqual(attributeValues(subject, '2.5.4.3'), ['é\0', 'a b', 'a@b', 'Jürgen', '€', '😀'])
  assert.deepEqual(
    subject.rdns.map(([attribute]) => [attribute?.name, attribute?.encoding]),
    [
      ['CN', 'utf8'],
      ['CN', 'printable'],
      ['CN', 'ia5'],
      ['CN', 'teletex'],
      ['CN', 'bmp'],
      ['CN', 'universal'],
    ],
  )
})

test('a value that breaks its alphabet, or is bits, has no text', () => {
  const subject = dnsOf([names.cn('a*', 'printable'), names.cn(Buffer.from([0x1b]), 'teletex'), names.cn('a')])
  assert.deepEqual(attributeValues(subject, '2.5.4.3'), [null, null, 'a'])
  const unique = der.sequence(der.set(der.sequence(der.oid('2.5.4.45'), der.bits(Buffer.from([1])))))
  const attribute = factsOf(rawCertificate({ subject: unique })).subject.rdns[0]?.[0]
  assert.deepEqual([attribute?.value, attribute?.encoding], [null, 'other'])
})

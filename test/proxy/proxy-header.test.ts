/** The PROXY protocol, versions 1 and 2: what is refused, with the reason, and what is read. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32c } from '../../src/listener/proxy/crc32c.ts'
import { parseProxyHeader } from '../../src/listener/proxy/parse-proxy-header.ts'
import { type HeaderStep, noFacts } from '../../src/listener/proxy/proxy-header.ts'
import { inetAddresses, signature, sslTlv, tlv, type V2Parts, v2, v2Checked } from './headers.ts'

const text = (line: string): HeaderStep => parseProxyHeader(Buffer.from(line, 'latin1'))

function whyOf(step: HeaderStep): string {
  if (step.kind !== 'refused') throw new Error(`not refused: ${JSON.stringify(step)}`)
  return step.why
}

function headerOf(step: HeaderStep) {
  if (step.kind !== 'header') throw new Error(`no header: ${JSON.stringify(step)}`)
  return step.header
}

describe('PROXY protocol: neither version', () => {
  const starts = [
    'GET / HTTP/1.1\r\n',
    "<?xml version='1.0'?>",
    '\x16\x03\x01\x02',
    '\r\n\r\n\0\r\nQUIX',
    'PROXI ',
    'proxy TCP4',
    ' PROXY TCP4',
    '\0',
  ]
  for (const start of starts) {
    it(`refuses ${JSON.stringify(start)}`, () => {
      assert.equal(whyOf(text(start)), 'the connection does not begin with a PROXY header')
    })
  }

  it('waits while nothing has come', () => assert.deepEqual(text(''), { kind: 'part' }))
})

describe('PROXY protocol version 1', () => {
  const refusals: readonly (readonly [line: string, why: string])[] = [
    ['PROXY TCP4 192.0.2.10 198.51.100.1 40000 443\n', 'an octet that is no printable ASCII'],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 40000 443\rX', 'a CR without its LF'],
    ['PROXY TCP4 192.0.2.10\t198.51.100.1 40000 443\r\n', 'an octet that is no printable ASCII'],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 40000 443\0\r\n', 'an octet that is no printable ASCII'],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 40000 443\xff\r\n', 'an octet that is no printable ASCII'],
    [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, 'longer than 107 bytes'],
    [`PROXY UNKNOWN ${'x'.repeat(92)}\r`, 'longer than 107 bytes'],
    [`PROXY UNKNOWN ${'x'.repeat(93)}`, 'longer than 107 bytes'],
    ['PROXY \r\n', 'a protocol other than TCP4, TCP6 and UNKNOWN'],
    ['PROXY UDP4 192.0.2.10 198.51.100.1 40000 443\r\n', 'a protocol other than TCP4, TCP6 and UNKNOWN'],
    ['PROXY tcp4 192.0.2.10 198.51.100.1 40000 443\r\n', 'a protocol other than TCP4, TCP6 and UNKNOWN'],
    ['PROXY UNKNOWNS\r\n', 'a protocol other than TCP4, TCP6 and UNKNOWN'],
    ['PROXY  TCP4 192.0.2.10 198.51.100.1 40000 443\r\n', 'a protocol other than TCP4, TCP6 and UNKNOWN'],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 40000 443 \r\n', 'words behind the ports'],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 40000\r\n', 'a port that is none'],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 40000 65536\r\n', 'a port that is none'],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 040 443\r\n', 'a port that is none'],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 +1 443\r\n', 'a port that is none'],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 4e3 443\r\n', 'a port that is none'],
    ['PROXY TCP4 192.0.2 198.51.100.1 40000 443\r\n', 'an address that is none of TCP4'],
    ['PROXY TCP4 192.0.2.010 198.51.100.1 40000 443\r\n', 'an address that is none of TCP4'],
    ['PROXY TCP4 2001:db8::1 2001:db8::2 40000 443\r\n', 'an address that is none of TCP4'],
    ['PROXY TCP6 192.0.2.10 198.51.100.1 40000 443\r\n', 'an address that is none of TCP6'],
    ['PROXY TCP6 2001:db8::1%eth0 2001:db8::2 40000 443\r\n', 'an address that is none of TCP6'],
    ['PROXY TCP6 [2001:db8::1] [2001:db8::2] 40000 443\r\n', 'an address that is none of TCP6'],
    ['PROXY TCP6 2001:db8::1::2 2001:db8::2 40000 443\r\n', 'an address that is none of TCP6'],
  ]
  for (const [line, why] of refusals) {
    it(`refuses ${JSON.stringify(line.slice(0, 60))}: ${why}`, () => {
      assert.equal(whyOf(text(line)), `malformed PROXY header (version 1): ${why}`)
    })
  }

  const read: readonly (readonly [line: string, address: string | null, port: number])[] = [
    ['PROXY TCP4 192.0.2.10 198.51.100.1 40000 443\r\n', '192.0.2.10', 40_000],
    ['PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n', '255.255.255.255', 65_535],
    ['PROXY TCP4 192.0.2.10 198.51.100.1 0 443\r\n', '192.0.2.10', 0],
    ['PROXY TCP6 2001:DB8:0:0::1 2001:db8::2 40000 443\r\n', '2001:db8::1', 40_000],
    ['PROXY TCP6 ::ffff:192.0.2.10 ::1 40000 443\r\n', '192.0.2.10', 40_000],
    ['PROXY TCP6 ::ffff:c000:20a ::1 40000 443\r\n', '192.0.2.10', 40_000],
    ['PROXY UNKNOWN\r\n', null, 0],
    [`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`, null, 0],
  ]
  for (const [line, address, port] of read) {
    it(`reads ${JSON.stringify(line.slice(0, 60))}`, () => {
      const source = address === null ? null : { address, port }
      const header = { version: 1, command: 'proxy', source, facts: noFacts }
      assert.deepEqual(text(`${line}<stream`), { kind: 'header', header, length: line.length })
    })
  }

  it('waits for the rest at every octet', () => {
    const line = 'PROXY TCP6 2001:db8::1 2001:db8::2 40000 443\r\n'
    for (let length = 0; length < line.length; length += 1) {
      assert.deepEqual(text(line.slice(0, length)), { kind: 'part' }, `after ${length}`)
    }
  })
})

const certificate = Buffer.from('30030201ff', 'hex')

describe('PROXY protocol version 2', () => {
  const refusals: readonly (readonly [what: string, header: Buffer, why: string])[] = [
    ['version 1', v2({ command: 0x11 }), 'neither version 2 nor a command of it'],
    ['version 3', v2({ command: 0x31 }), 'neither version 2 nor a command of it'],
    ['command 2', v2({ command: 0x22 }), 'neither version 2 nor a command of it'],
    [
      'a bad command, though the rest is missing',
      Buffer.concat([signature, Buffer.from([0x2f])]),
      'neither version 2 nor a command of it',
    ],
    ['family 4', v2({ family: 0x41 }), 'an address family or protocol that there is not'],
    ['protocol 3', v2({ family: 0x13 }), 'an address family or protocol that there is not'],
    [
      'a length over the limit, though the rest is missing',
      v2({ length: 16_385 }).subarray(0, 16),
      'longer than 16384 bytes',
    ],
    ['IPv4 without addresses', v2({ addresses: Buffer.alloc(0) }), 'too short for its addresses'],
    ['IPv4 with half a port', v2({ addresses: inetAddresses.subarray(0, 11) }), 'too short for its addresses'],
    ['IPv6 with addresses of IPv4', v2({ family: 0x21 }), 'too short for its addresses'],
    ['UNIX with addresses of IPv6', v2({ family: 0x31, addresses: Buffer.alloc(36) }), 'too short for its addresses'],
    ['two octets where a field should be', v2({ fields: [Buffer.from([4, 0])] }), 'a field that is cut short'],
    [
      'a field longer than the header',
      v2({ fields: [Buffer.from([4, 0, 1])] }),
      'a field that is longer than the header',
    ],
    ['65 fields', v2({ fields: Array.from({ length: 65 }, () => tlv(4, '')) }), 'more than 64 fields'],
    ['two authorities', v2({ fields: [tlv(2, 'a.example'), tlv(2, 'b.example')] }), 'field 0x02 twice'],
    ['two PP2_TYPE_SSL', v2({ fields: [sslTlv(1, 1), sslTlv(1, 1)] }), 'field 0x20 twice'],
    ['a wrong checksum', v2Checked({}, 0x12345678), 'the checksum is wrong'],
    ['a checksum of three octets', v2({ fields: [tlv(3, 'abc')] }), 'the checksum is wrong'],
    ['a long unique id', v2({ fields: [tlv(5, 'x'.repeat(129))] }), 'a unique id that is too long'],
    ['an empty ALPN', v2({ fields: [tlv(1, '')] }), 'an empty ALPN'],
    ['an empty authority', v2({ fields: [tlv(2, '')] }), 'a field that is no proper text'],
    ['an authority with a space', v2({ fields: [tlv(2, 'a b')] }), 'a field that is no proper text'],
    ['an authority of broken UTF-8', v2({ fields: [tlv(2, Buffer.from([0xc3]))] }), 'a field that is no proper text'],
    ['a long authority', v2({ fields: [tlv(2, 'x'.repeat(256))] }), 'a field that is no proper text'],
    ['a namespace with a line break', v2({ fields: [tlv(0x30, 'a\nb')] }), 'a field that is no proper text'],
    ['PP2_TYPE_SSL of four octets', v2({ fields: [tlv(0x20, Buffer.alloc(4))] }), 'PP2_TYPE_SSL is too short'],
    ['an inner field cut short', v2({ fields: [sslTlv(1, 1, [Buffer.from([0x21, 0])])] }), 'a field that is cut short'],
    [
      'an inner field longer than its frame',
      v2({ fields: [sslTlv(1, 1, [Buffer.from([0x21, 0, 9])]), tlv(4, 'padding padding')] }),
      'a field that is longer than the header',
    ],
    [
      'two certificates',
      v2({ fields: [sslTlv(3, 0, [tlv(0x28, certificate), tlv(0x28, certificate)])] }),
      'field 0x28 twice',
    ],
    ['an empty certificate', v2({ fields: [sslTlv(3, 0, [tlv(0x28, '')])] }), 'an empty certificate'],
    [
      'a certificate that nobody showed',
      v2({ fields: [sslTlv(1, 0, [tlv(0x28, certificate)])] }),
      'a certificate that nobody showed',
    ],
    [
      'a name of a certificate that nobody showed',
      v2({ fields: [sslTlv(1, 0, [tlv(0x22, 'alice')])] }),
      'a certificate that nobody showed',
    ],
    ['a certificate without TLS', v2({ fields: [sslTlv(2, 0, [tlv(0x28, certificate)])] }), 'facts of TLS without TLS'],
    ['a TLS version without TLS', v2({ fields: [sslTlv(0, 0, [tlv(0x21, 'TLSv1.3')])] }), 'facts of TLS without TLS'],
    [
      'a TLS version with a control character',
      v2({ fields: [sslTlv(1, 1, [tlv(0x21, 'TLS\x1b')])] }),
      'a field that is no proper text',
    ],
    ['a name with a NUL', v2({ fields: [sslTlv(3, 0, [tlv(0x22, 'alice\0')])] }), 'a field that is no proper text'],
    [
      'a name of broken UTF-8',
      v2({ fields: [sslTlv(3, 0, [tlv(0x22, Buffer.from([0xff]))])] }),
      'a field that is no proper text',
    ],
  ]
  for (const [what, header, why] of refusals) {
    it(`refuses ${what}: ${why}`, () => {
      assert.equal(whyOf(parseProxyHeader(header)), `malformed PROXY header (version 2): ${why}`)
    })
  }

  const inet6 = Buffer.from(`20010db8${'00'.repeat(11)}01${'00'.repeat(15)}01${'9c4001bb'}`, 'hex')
  const mapped = Buffer.from(`${'00'.repeat(10)}ffffc000020a${'00'.repeat(15)}01${'9c4001bb'}`, 'hex')
  const sources: readonly (readonly [what: string, parts: V2Parts, address: string | null])[] = [
    ['TCP over IPv4', {}, '192.0.2.10'],
    ['TCP over IPv6', { family: 0x21, addresses: inet6 }, '2001:db8::1'],
    ['IPv4 in IPv6 clothes', { family: 0x21, addresses: mapped }, '192.0.2.10'],
    ['UDP, which is taken for unknown', { family: 0x12 }, null],
    ['IPv4 by an unknown protocol', { family: 0x10 }, null],
    ['a UNIX stream', { family: 0x31, addresses: Buffer.alloc(216, 0x61) }, null],
    ['a UNIX datagram', { family: 0x32, addresses: Buffer.alloc(216, 0x61) }, null],
    ['nothing known', { family: 0, addresses: Buffer.alloc(0) }, null],
  ]
  for (const [what, parts, address] of sources) {
    it(`reads ${what}`, () => {
      const header = v2(parts)
      const source = address === null ? null : { address, port: 40_000 }
      const expected = { version: 2, command: 'proxy', source, facts: noFacts }
      const step = parseProxyHeader(Buffer.concat([header, Buffer.from('<stream')]))
      assert.deepEqual(step, { kind: 'header', header: expected, length: header.length })
    })
  }

  it('skips the whole block of LOCAL, whatever it says', () => {
    for (const parts of [
      { addresses: Buffer.alloc(0), family: 0 },
      {},
      { family: 0xff },
      { fields: [Buffer.from([3, 0])] },
    ]) {
      const header = v2({ ...parts, command: 0x20 })
      const expected = { version: 2, command: 'local', source: null, facts: noFacts }
      assert.deepEqual(parseProxyHeader(header), { kind: 'header', header: expected, length: header.length })
    }
  })

  it('waits for the rest at every octet', () => {
    const header = v2Checked({ fields: [tlv(2, 'example.org'), sslTlv(3, 0, [tlv(0x28, certificate)])] })
    for (let length = 0; length < header.length; length += 1) {
      assert.deepEqual(parseProxyHeader(header.subarray(0, length)), { kind: 'part' }, `after ${length}`)
    }
  })
})

describe('PROXY protocol version 2: further fields', () => {
  const factsOf = (fields: readonly Buffer[]) => headerOf(parseProxyHeader(v2({ fields }))).facts

  it('reads all that there are', () => {
    const facts = factsOf([
      tlv(1, 'xmpp-client'),
      tlv(2, 'Example.ORG'),
      tlv(4, 'padding'),
      tlv(4, ''),
      tlv(5, Buffer.from([0, 1, 2])),
      tlv(0x30, 'blue'),
      tlv(0xe0, 'of an application'),
      tlv(0xe0, 'of an application'),
      sslTlv(7, 0, [
        tlv(0x21, 'TLSv1.3'),
        tlv(0x22, 'Ælfric'),
        tlv(0x23, 'TLS_AES_256_GCM_SHA384'),
        tlv(0x24, 'SHA256'),
        tlv(0x25, 'EC256'),
        tlv(0x28, certificate),
        tlv(0x7f, 'later'),
      ]),
    ])
    assert.deepEqual(facts, {
      alpn: Uint8Array.from(Buffer.from('xmpp-client')),
      authority: 'example.org',
      uniqueId: Uint8Array.from([0, 1, 2]),
      netns: 'blue',
      tls: {
        presented: 'connection',
        verify: 0,
        version: 'TLSv1.3',
        commonName: 'Ælfric',
        cipher: 'TLS_AES_256_GCM_SHA384',
        signatureAlgorithm: 'SHA256',
        keyAlgorithm: 'EC256',
        certificate: Uint8Array.from(certificate),
      },
    })
  })

  it('tells a certificate of this connection from one of an earlier connection', () => {
    assert.equal(factsOf([sslTlv(3, 0)]).tls?.presented, 'connection')
    assert.equal(factsOf([sslTlv(5, 0)]).tls?.presented, 'session')
    assert.equal(factsOf([sslTlv(1, 1)]).tls?.presented, 'no')
  })

  it('keeps the verify result, all 32 bits', () => {
    assert.equal(factsOf([sslTlv(3, 0xffff_fffe)]).tls?.verify, 0xffff_fffe)
  })

  it('takes PP2_TYPE_SSL without TLS for no TLS', () => assert.equal(factsOf([sslTlv(0, 1)]).tls, null))

  it('takes the right checksum, wherever it stands', () => {
    const header = v2Checked({ fields: [tlv(2, 'example.org')] })
    assert.equal(headerOf(parseProxyHeader(header)).facts.authority, 'example.org')
    const changed = Buffer.from(header)
    changed[16] = (changed[16] ?? 0) ^ 1
    assert.equal(whyOf(parseProxyHeader(changed)), 'malformed PROXY header (version 2): the checksum is wrong')
  })

  it('hands out copies, not views of the header', () => {
    const header = v2({ fields: [sslTlv(3, 0, [tlv(0x28, certificate)])] })
    const { tls } = headerOf(parseProxyHeader(header)).facts
    header.fill(0)
    assert.deepEqual(Buffer.from(tls?.certificate ?? []), certificate)
  })
})

describe('CRC32C', () => {
  // RFC 3720 §B.4.
  const known: readonly (readonly [bytes: Buffer, sum: number])[] = [
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e],
    [Buffer.from('123456789'), 0xe3069283],
  ]
  for (const [bytes, sum] of known) {
    it(`of ${bytes.toString('hex').slice(0, 18)}…`, () => assert.equal(crc32c(bytes), sum))
  }
})

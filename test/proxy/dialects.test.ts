/** The dialects in which certificates come in headers: what each reads, and everything that it does not. */

import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'node:test'
import { type HeaderDialect, readCertificates } from '../../src/listener/proxy/header-dialects.ts'
import { readVerifyWord } from '../../src/listener/proxy/verify-words.ts'
import { base64, byteSequence, flat, nginxEscaped, pem } from './writings.ts'

// Shaped like certificates; whether they are any is not asked here.
const one = Buffer.concat([Buffer.from('3081c8', 'hex'), Buffer.alloc(200, 0xa7)])
const two = Buffer.concat([Buffer.from('3081c9', 'hex'), Buffer.alloc(201, 0xfb)])
const many = Array.from({ length: 11 }, () => one)

interface Row {
  readonly what: string
  readonly dialect: HeaderDialect
  readonly value: string
  readonly chain?: readonly string[]
}

interface Refusal extends Row {
  readonly code: string
  readonly why: string
}

const malformed = (dialect: HeaderDialect, what: string, value: string, why: string, chain?: string[]): Refusal => ({
  ...{ what, dialect, value, code: 'forwarded-malformed', why },
  ...(chain !== undefined && { chain }),
})

const noSequence = 'Client-Cert is no byte sequence'
const noBase64 = 'a certificate that is no base64'
const noPem = 'a certificate that is no PEM'
const noXfcc = 'X-Forwarded-Client-Cert is no list of elements'
const cut = base64(one).slice(0, -1)

const refusals: readonly Refusal[] = [
  malformed('rfc9440', 'bare base64', base64(one), noSequence),
  malformed('rfc9440', 'no colon at the end', `:${base64(one)}`, noSequence),
  malformed('rfc9440', 'a parameter', `${byteSequence(one)};v=1`, noSequence),
  malformed('rfc9440', 'a list', `${byteSequence(one)}, ${byteSequence(two)}`, noSequence),
  malformed('rfc9440', 'nothing between the colons', '::', noBase64),
  malformed('rfc9440', 'a line break in base64', `:${base64(one).slice(0, 64)} ${base64(one).slice(64)}:`, noBase64),
  malformed('rfc9440', 'missing padding', `:${cut}:`, noBase64),
  malformed('rfc9440', 'the other alphabet', `:${base64(two).replaceAll('+', '-').replaceAll('/', '_')}:`, noBase64),
  malformed('rfc9440', 'PEM', pem(one).trim(), noSequence),
  malformed('rfc9440', 'a chain of bare base64', byteSequence(one), 'Client-Cert-Chain is no list of byte sequences', [
    base64(two),
  ]),
  malformed(
    'rfc9440',
    'an empty item of the chain',
    byteSequence(one),
    'Client-Cert-Chain is no list of byte sequences',
    [`${byteSequence(two)},`],
  ),
  malformed('rfc9440', 'an empty chain', byteSequence(one), 'Client-Cert-Chain is no list of byte sequences', ['']),
  {
    ...malformed('rfc9440', 'ten further certificates', byteSequence(one), '', [
      Array.from({ length: 10 }, () => byteSequence(one)).join(', '),
    ]),
    code: 'forwarded-too-long',
    why: 'more than 10 certificates',
  },
  malformed('nginx', 'a broken escape', `${nginxEscaped(one)}%2`, 'a certificate with a broken percent-escape'),
  malformed('nginx', 'an escape beyond ASCII', `${nginxEscaped(one)}%FF`, 'a certificate with a broken percent-escape'),
  malformed('nginx', 'words before', `x${nginxEscaped(one)}`, noPem),
  malformed('nginx', 'words behind', `${nginxEscaped(one)}x`, noPem),
  malformed('nginx', 'only the first line', encodeURIComponent('-----BEGIN CERTIFICATE-----\n'), noPem),
  malformed('nginx', 'another label', encodeURIComponent(pem(one).replaceAll('CERTIFICATE', 'PRIVATE KEY')), noPem),
  malformed(
    'nginx',
    'damaged base64',
    encodeURIComponent(pem(one).replace('-----\nM', '-----\n=M')),
    'a certificate whose PEM is damaged',
  ),
  malformed('nginx', 'an escape escaped twice', encodeURIComponent(nginxEscaped(one)), noPem),
  malformed('nginx', 'PEM with spaces for line breaks', flat(one).trim(), noPem),
  malformed('nginx', 'base64', base64(one), noPem),
  malformed('nginx', 'a NUL', `${nginxEscaped(one)}%00`, noPem),
  {
    ...malformed('nginx', 'eleven certificates', encodeURIComponent(many.map(pem).join('')), ''),
    code: 'forwarded-too-long',
    why: 'more than 10 certificates',
  },
  malformed('haproxy', 'PEM', nginxEscaped(one), noBase64),
  malformed('haproxy', 'missing padding', cut, noBase64),
  malformed('haproxy', 'a chain that is no base64', base64(one), noBase64, ['%']),
  malformed('haproxy', 'a chain with half a certificate', base64(one), 'a chain that is no DER', [
    base64(two.subarray(0, 100)),
  ]),
  malformed('haproxy', 'two chains', base64(one), 'two chains', [base64(two), base64(two)]),
  {
    ...malformed('haproxy', 'a chain of eleven', base64(one), '', [base64(Buffer.concat(many))]),
    code: 'forwarded-too-long',
    why: 'more than 10 certificates',
  },
  malformed('envoy', 'no pairs', 'junk', noXfcc),
  malformed('envoy', 'an unknown key', `Cert="${nginxEscaped(one)}";Color=red`, noXfcc),
  malformed('envoy', 'a quote that does not close', `Cert="${nginxEscaped(one)}`, noXfcc),
  malformed('envoy', 'an escape that there is not', `Subject="a\\b";Cert="${nginxEscaped(one)}"`, noXfcc),
  malformed('envoy', 'two certificates', `Cert="${nginxEscaped(one)}";Cert="${nginxEscaped(one)}"`, noXfcc),
  malformed('envoy', 'a semicolon at the end', `Cert="${nginxEscaped(one)}";`, noXfcc),
  malformed('envoy', 'a comma at the end', `Cert="${nginxEscaped(one)}",`, noXfcc),
  malformed(
    'envoy',
    'names without the certificate',
    `By=spiffe://a;Hash=${'0'.repeat(64)};Subject="CN=alice";URI=`,
    'X-Forwarded-Client-Cert names a certificate and does not hold it; have Envoy set Cert or Chain (set_current_client_cert_details)',
  ),
  malformed('envoy', 'an empty certificate', 'Cert=""', noPem),
  malformed(
    'envoy',
    'two in Cert',
    `Cert="${encodeURIComponent(pem(one) + pem(two))}"`,
    'Cert holds more than one certificate',
  ),
  {
    ...malformed('envoy', 'two elements', `Cert="${nginxEscaped(one)}",Cert="${nginxEscaped(two)}"`, ''),
    code: 'forwarded-contradictory',
    why: 'X-Forwarded-Client-Cert has more than one element, and only one can be the client',
  },
  {
    ...malformed('envoy', 'a forged element before the real one', `Hash=abc,Cert="${nginxEscaped(two)}"`, ''),
    code: 'forwarded-contradictory',
    why: 'X-Forwarded-Client-Cert has more than one element, and only one can be the client',
  },
  {
    ...malformed('envoy', 'the hash of another', `Hash=${hash('sha256', two)};Cert="${nginxEscaped(one)}"`, ''),
    code: 'forwarded-contradictory',
    why: 'Hash is not that of the certificate',
  },
  {
    ...malformed('envoy', 'a chain of another', `Cert="${nginxEscaped(one)}";Chain="${nginxEscaped(two)}"`, ''),
    code: 'forwarded-contradictory',
    why: 'Cert is not the first certificate of Chain',
  },
  malformed('traefik', 'PEM', nginxEscaped(one), noBase64),
  malformed('traefik', 'an empty item', `${base64(one)},`, noBase64),
  malformed('traefik', 'a space behind the comma', `${base64(one)}, ${base64(two)}`, noBase64),
  malformed(
    'traefik',
    'a broken escape',
    `${encodeURIComponent(base64(one))}%`,
    'a certificate with a broken percent-escape',
  ),
  {
    ...malformed('traefik', 'eleven certificates', many.map(base64).join(','), ''),
    code: 'forwarded-too-long',
    why: 'more than 10 certificates',
  },
  malformed('apache', 'base64', base64(one), noPem),
  malformed('apache', 'escaped PEM', nginxEscaped(one), noPem),
  malformed('apache', 'no last line', flat(one).replace('-----END CERTIFICATE-----', ''), noPem),
  malformed('plain', 'junk', 'alice', noBase64),
  malformed('plain', 'a byte sequence', byteSequence(one), noBase64),
  malformed('plain', 'dashes', '-----', noPem),
  ...(['rfc9440', 'nginx', 'haproxy', 'envoy', 'traefik', 'apache', 'plain'] as const).map(
    (dialect): Refusal => ({
      ...malformed(dialect, 'too much', 'A'.repeat(32_769), 'a certificate header of more than 32768 characters'),
      code: 'forwarded-too-long',
    }),
  ),
]

describe('certificates in headers: refused', () => {
  for (const { what, dialect, value, chain = [], code, why } of refusals) {
    it(`${dialect}: ${what}`, () => {
      assert.deepEqual(readCertificates(dialect, value, chain), { ok: false, error: { code, why } })
    })
  }
})

const quoted = `Cert="${nginxEscaped(one)}"`

const readable: readonly (Row & { readonly ders: readonly Uint8Array[] | null })[] = [
  { what: 'a certificate', dialect: 'rfc9440', value: byteSequence(one), ders: [one] },
  {
    what: 'a chain on two lines',
    dialect: 'rfc9440',
    value: byteSequence(one),
    chain: [`${byteSequence(two)} ,\t${byteSequence(one)}`, byteSequence(two)],
    ders: [one, two, one, two],
  },
  { what: 'escaped PEM', dialect: 'nginx', value: nginxEscaped(one), ders: [one] },
  {
    what: 'escapes only where needed, in small letters',
    dialect: 'nginx',
    value: pem(two).replaceAll('\n', '%0a'),
    ders: [two],
  },
  { what: 'CR LF', dialect: 'nginx', value: encodeURIComponent(pem(one).replaceAll('\n', '\r\n')), ders: [one] },
  { what: 'base64 of DER', dialect: 'haproxy', value: base64(one), ders: [one] },
  {
    what: 'with its chain',
    dialect: 'haproxy',
    value: base64(one),
    chain: [base64(Buffer.concat([one, two]))],
    ders: [one, one, two],
  },
  { what: 'an empty chain', dialect: 'haproxy', value: base64(one), chain: [''], ders: [one] },
  { what: 'Cert', dialect: 'envoy', value: quoted, ders: [one] },
  {
    what: 'every key, in any case',
    dialect: 'envoy',
    value: `BY="spiffe://x";hash=${hash('sha256', one).toUpperCase()};${quoted};Subject="CN=\\"a,b;c=\\"";URI=spiffe://a/b;URI=spiffe://c;DNS=a.example;Dns=b.example`,
    ders: [one],
  },
  {
    what: 'Cert with Chain',
    dialect: 'envoy',
    value: `${quoted};Chain="${encodeURIComponent(pem(one) + pem(two))}"`,
    ders: [one, two],
  },
  {
    what: 'Chain alone',
    dialect: 'envoy',
    value: `Chain="${encodeURIComponent(pem(two) + pem(one))}"`,
    ders: [two, one],
  },
  {
    what: 'Cert without quotes',
    dialect: 'envoy',
    value: `Cert=${encodeURIComponent(pem(one).replaceAll('=', '%3D')).replaceAll('%253D', '%3D')}`,
    ders: [one],
  },
  { what: 'base64', dialect: 'traefik', value: base64(one), ders: [one] },
  { what: 'a chain', dialect: 'traefik', value: `${base64(one)},${base64(two)}`, ders: [one, two] },
  {
    what: 'a chain as older releases escape it',
    dialect: 'traefik',
    value: encodeURIComponent(`${base64(two)},${base64(one)}`),
    ders: [two, one],
  },
  { what: 'spaces for line breaks', dialect: 'apache', value: flat(one), ders: [one] },
  {
    what: 'tabs for line breaks',
    dialect: 'apache',
    value: flat(two)
      .trim()
      .replaceAll(/(?<!N|D) /g, '\t'),
    ders: [two],
  },
  { what: 'the word for nothing', dialect: 'apache', value: '(null)', ders: null },
  { what: 'base64 of DER', dialect: 'plain', value: base64(one), ders: [one] },
  { what: 'escaped PEM', dialect: 'plain', value: nginxEscaped(one), ders: [one] },
  {
    what: 'PEM with every dash escaped',
    dialect: 'plain',
    value: nginxEscaped(one).replaceAll('-', '%2D'),
    ders: [one],
  },
  {
    what: 'escaped PEM of a chain',
    dialect: 'plain',
    value: encodeURIComponent(pem(one) + pem(two)),
    ders: [one, two],
  },
  { what: 'spaces for line breaks', dialect: 'plain', value: flat(one).trim(), ders: [one] },
]

describe('certificates in headers: read', () => {
  for (const { what, dialect, value, chain = [], ders } of readable) {
    it(`${dialect}: ${what}`, () => {
      const read = readCertificates(dialect, value, chain)
      if (!read.ok) assert.fail(read.error.why)
      assert.deepEqual(read.value?.map(base64), ders?.map(base64))
    })
  }
})

describe("the word of a proxy's own check", () => {
  const words: readonly (readonly [HeaderDialect, word: string, kind: string])[] = [
    ['nginx', 'SUCCESS', 'good'],
    ['nginx', 'NONE', 'none'],
    ['nginx', 'FAILED', 'bad'],
    ['nginx', 'FAILED:certificate has expired', 'bad'],
    ['nginx', 'success', 'junk'],
    ['nginx', 'SUCCESS ', 'junk'],
    ['nginx', 'SUCCESS, NONE', 'junk'],
    ['nginx', 'FAILED certificate', 'junk'],
    ['nginx', '0', 'junk'],
    ['nginx', 'GENEROUS', 'junk'],
    ['apache', 'SUCCESS', 'good'],
    ['apache', 'GENEROUS', 'bad'],
    ['apache', 'FAILED:unable to get local issuer certificate', 'bad'],
    ['apache', 'NONE', 'none'],
    ['apache', '(null)', 'none'],
    ['haproxy', '0', 'good'],
    ['haproxy', '10', 'bad'],
    ['haproxy', '00', 'junk'],
    ['haproxy', '-1', 'junk'],
    ['haproxy', 'SUCCESS', 'junk'],
    ['plain', 'SUCCESS', 'good'],
    ['plain', '0', 'good'],
    ['plain', '18', 'bad'],
    ['plain', 'FAILED:x', 'bad'],
    ['plain', 'true', 'junk'],
  ]
  for (const [dialect, word, kind] of words) {
    it(`${dialect}: ${JSON.stringify(word)} is ${kind}`, () => assert.equal(readVerifyWord(dialect, word).kind, kind))
  }
})

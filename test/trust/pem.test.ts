import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxPemBlocks, maxPemFaults, parsePem } from '../../src/trust/pem.ts'

const good = '-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n'
const block = { label: 'CERTIFICATE', der: Buffer.from('3003020101', 'hex'), line: 1, hasHeaders: false }

const refused: readonly { name: string; text: string; faults: readonly { line: number; text: string }[] }[] = [
  {
    name: 'a block without END',
    text: `${good}-----BEGIN CERTIFICATE-----\nMAMCAQE=\n`,
    faults: [{ line: 4, text: 'BEGIN CERTIFICATE has no END' }],
  },
  {
    name: 'END alone',
    text: '-----END CERTIFICATE-----\n',
    faults: [{ line: 1, text: 'END CERTIFICATE without its BEGIN' }],
  },
  {
    name: 'BEGIN inside a block',
    text: `-----BEGIN CERTIFICATE-----\nMAMC\n${good}`,
    faults: [{ line: 3, text: 'BEGIN CERTIFICATE inside the block of line 1' }],
  },
  {
    name: 'END of another label',
    text: '-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END X509 CRL-----\n',
    faults: [{ line: 3, text: 'END X509 CRL closes BEGIN CERTIFICATE of line 1' }],
  },
  {
    name: 'a character outside base64',
    text: '-----BEGIN CERTIFICATE-----\nMAM*AQE=\n-----END CERTIFICATE-----\n',
    faults: [
      { line: 2, text: 'not base64' },
      { line: 1, text: 'the base64 of this CERTIFICATE is empty or damaged' },
    ],
  },
  {
    name: 'missing padding',
    text: '-----BEGIN CERTIFICATE-----\nMAMCAQE\n-----END CERTIFICATE-----\n',
    faults: [{ line: 1, text: 'the base64 of this CERTIFICATE is empty or damaged' }],
  },
  {
    name: 'stray bits after the last octet',
    text: '-----BEGIN CERTIFICATE-----\nMAMCAQF=\n-----END CERTIFICATE-----\n',
    faults: [{ line: 1, text: 'the base64 of this CERTIFICATE is empty or damaged' }],
  },
  {
    name: 'padding in the middle',
    text: '-----BEGIN CERTIFICATE-----\nMA==\nAQE=\n-----END CERTIFICATE-----\n',
    faults: [{ line: 1, text: 'the base64 of this CERTIFICATE is empty or damaged' }],
  },
  {
    name: 'an empty block',
    text: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
    faults: [{ line: 1, text: 'the base64 of this CERTIFICATE is empty or damaged' }],
  },
  {
    name: 'four dashes',
    text: '-----BEGIN CERTIFICATE----\nMAMCAQE=\n-----END CERTIFICATE-----\n',
    faults: [
      { line: 1, text: 'not a BEGIN or END line of PEM' },
      { line: 3, text: 'END CERTIFICATE without its BEGIN' },
    ],
  },
  {
    name: 'characters before BEGIN',
    text: `x${good}`,
    faults: [
      { line: 1, text: 'characters before the dashes of a BEGIN or END line' },
      { line: 3, text: 'END CERTIFICATE without its BEGIN' },
    ],
  },
  {
    name: 'a line that goes on for ever',
    text: `-----BEGIN CERTIFICATE-----\n${'AAAA'.repeat(20)}\n-----END CERTIFICATE-----\n`,
    faults: [{ line: 2, text: 'a base64 line of more than 76 characters' }],
  },
  {
    name: 'too many blocks',
    text: good.repeat(maxPemBlocks + 1),
    faults: [{ line: (maxPemBlocks + 1) * 3, text: `more than ${maxPemBlocks} blocks` }],
  },
]

for (const { name, text, faults } of refused) {
  test(`refuses ${name}`, () => {
    assert.deepEqual(parsePem(text), { ok: false, error: faults })
  })
}

test('stops telling faults at the limit', () => {
  const read = parsePem('-----x\n'.repeat(1000))
  assert.equal(read.ok ? 0 : read.error.length, maxPemFaults)
})

test('reads blocks with their lines, and passes over commentary', () => {
  const read = parsePem(`\uFEFFSubject: Example\r\n\r\n${good.replaceAll('\n', '\r\n')}# more\r\n${good}`)
  assert.deepEqual(read, {
    ok: true,
    value: [
      { ...block, line: 3 },
      { ...block, line: 7 },
    ],
  })
})

test('keeps an encrypted key of the old form whole', () => {
  const text = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMAMCAQE=\n-----END RSA PRIVATE KEY-----`
  assert.deepEqual(parsePem(text), { ok: true, value: [{ ...block, label: 'RSA PRIVATE KEY', hasHeaders: true }] })
})

test('finds no blocks in a text that has none', () => {
  assert.deepEqual(parsePem('hello\n'), { ok: true, value: [] })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxPemBlocks, readPemBlocks } from '../../src/trust/pem.ts'

const good = '-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n'
const block = { label: 'CERTIFICATE', der: Buffer.from('3003020101', 'hex'), line: 1, hasHeaders: false }

const refused: readonly { name: string; text: string; faults: readonly { line: number; why: string }[] }[] = [
  {
    name: 'a block without END',
    text: `${good}-----BEGIN CERTIFICATE-----\nMAMCAQE=\n`,
    faults: [{ line: 4, why: 'BEGIN CERTIFICATE has no END' }],
  },
  {
    name: 'END alone',
    text: '-----END CERTIFICATE-----\n',
    faults: [{ line: 1, why: 'END CERTIFICATE without its BEGIN' }],
  },
  {
    name: 'BEGIN inside a block',
    text: `-----BEGIN CERTIFICATE-----\nMAMC\n${good}`,
    faults: [{ line: 3, why: 'BEGIN CERTIFICATE inside the block of line 1' }],
  },
  {
    name: 'END of another label',
    text: '-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END X509 CRL-----\n',
    faults: [{ line: 3, why: 'END X509 CRL closes BEGIN CERTIFICATE of line 1' }],
  },
  {
    name: 'a character outside base64',
    text: '-----BEGIN CERTIFICATE-----\nMAM*AQE=\n-----END CERTIFICATE-----\n',
    faults: [
      { line: 2, why: 'not base64' },
      { line: 1, why: 'the base64 of this CERTIFICATE is empty or damaged' },
    ],
  },
  {
    name: 'missing padding',
    text: '-----BEGIN CERTIFICATE-----\nMAMCAQE\n-----END CERTIFICATE-----\n',
    faults: [{ line: 1, why: 'the base64 of this CERTIFICATE is empty or damaged' }],
  },
  {
    name: 'stray bits after the last octet',
    text: '-----BEGIN CERTIFICATE-----\nMAMCAQF=\n-----END CERTIFICATE-----\n',
    faults: [{ line: 1, why: 'the base64 of this CERTIFICATE is empty or damaged' }],
  },
  {
    name: 'padding in the middle',
    text: '-----BEGIN CERTIFICATE-----\nMA==\nAQE=\n-----END CERTIFICATE-----\n',
    faults: [{ line: 1, why: 'the base64 of this CERTIFICATE is empty or damaged' }],
  },
  {
    name: 'an empty block',
    text: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
    faults: [{ line: 1, why: 'the base64 of this CERTIFICATE is empty or damaged' }],
  },
  {
    name: 'four dashes',
    text: '-----BEGIN CERTIFICATE----\nMAMCAQE=\n-----END CERTIFICATE-----\n',
    faults: [
      { line: 1, why: 'not a BEGIN or END line of PEM' },
      { line: 3, why: 'END CERTIFICATE without its BEGIN' },
    ],
  },
  {
    name: 'characters before BEGIN',
    text: `x${good}`,
    faults: [
      { line: 1, why: 'characters before the dashes of a BEGIN or END line' },
      { line: 3, why: 'END CERTIFICATE without its BEGIN' },
    ],
  },
  {
    name: 'a line that goes on for ever',
    text: `-----BEGIN CERTIFICATE-----\n${'AAAA'.repeat(20)}\n-----END CERTIFICATE-----\n`,
    faults: [{ line: 2, why: 'a base64 line of more than 76 characters' }],
  },
  {
    name: 'too many blocks',
    text: good.repeat(maxPemBlocks + 1),
    faults: [{ line: (maxPemBlocks + 1) * 3, why: `more than ${maxPemBlocks} blocks` }],
  },
]

for (const { name, text, faults } of refused) {
  test(`refuses ${name}`, () => {
    assert.deepEqual(readPemBlocks(text), { ok: false, error: faults })
  })
}

test('reads blocks with their lines, and passes over commentary', () => {
  const read = readPemBlocks(`\uFEFFSubject: Example\r\n\r\n${good.replaceAll('\n', '\r\n')}# more\r\n${good}`)
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
  assert.deepEqual(readPemBlocks(text), { ok: true, value: [{ ...block, label: 'RSA PRIVATE KEY', hasHeaders: true }] })
})

test('finds no blocks in a text that has none', () => {
  assert.deepEqual(readPemBlocks('hello\n'), { ok: true, value: [] })
})

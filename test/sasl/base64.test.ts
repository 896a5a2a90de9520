import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBase64, encodeBase64 } from '../../src/sasl/base64.ts'

const refused: readonly [string, string][] = [
  ['=', 'padding alone'],
  ['A', 'a single character'],
  ['AA', 'padding left out'],
  ['AAA', 'padding left out'],
  ['AA=', 'half of the padding'],
  ['AA==AA==', 'padding in the middle'],
  ['AAAA=', 'padding that pads nothing'],
  ['AB==', 'bits under the padding (RFC 4648 §3.5)'],
  ['AAB=', 'bits under the padding (RFC 4648 §3.5)'],
  ['AAA-', 'the URL alphabet'],
  ['AAA_', 'the URL alphabet'],
  ['AAAA\n', 'a line end'],
  [' AAAA', 'white space'],
  ['AA AA', 'white space'],
  ['ÄAAA', 'a letter of no alphabet'],
  ['AAA\u0000', 'NUL'],
]

for (const [text, why] of refused) {
  test(`base64 refuses ${JSON.stringify(text)}: ${why}`, () => {
    assert.equal(decodeBase64(text), null)
  })
}

test('base64 decodes what it encodes, at every length up to three groups', () => {
  for (let length = 0; length <= 9; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, index) => 255 - index)
    assert.deepEqual(new Uint8Array(decodeBase64(encodeBase64(bytes)) ?? []), bytes)
  }
})

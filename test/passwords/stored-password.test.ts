/** MongooseIM's serialised passwords: its own examples, our writing, and everything that is none. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deriveSecrets, sameBytes } from '../../src/auth/passwords/scram-keys.ts'
import { formatScram, parseScram } from '../../src/auth/passwords/stored-password.ts'

const sha1 = 'QClQsw/sfPEnwj4AEp6E1w==|ys1104hRhqMoRputBY5sLHKXoSw=|EJvxXWM42tO7BgW21lNZyBc1dD0='
const multi = `==MULTI_SCRAM==,4096,===SHA1===${sha1}`
const legacy = '==SCRAM==,tmi5IE+9pceRV/jkPLFHEaVY33c=,MiWNa8T3dniVDwmh77ufJ41fpAQ=,inKXODlSY5y5SCsLxibi0w==,4096'

for (const [text, password] of [
  [multi, 'padthai'],
  [legacy, 'misio'],
] as const) {
  test(`${text.slice(0, 15)} of the documentation holds the keys of its password`, async () => {
    const [stored] = parseScram(text)?.secrets ?? []
    assert.ok(stored !== undefined)
    assert.equal(stored.hash, 'sha')
    assert.equal(stored.iterations, 4096)
    const derived = await deriveSecrets(password, stored)
    assert.ok(sameBytes(derived.storedKey, stored.storedKey))
    assert.ok(sameBytes(derived.serverKey, stored.serverKey))
  })
}

test('what is written is read back, weakest hash first', async () => {
  const like = { salt: Buffer.alloc(16, 7), iterations: 4096 } as const
  const strong = await deriveSecrets('pencil', { hash: 'sha512', ...like })
  const weak = await deriveSecrets('pencil', { hash: 'sha', ...like })
  const text = formatScram([strong, weak])
  assert.match(text, /^==MULTI_SCRAM==,4096,===SHA1===[^,]+,==SHA512==[^,]+$/)
  assert.deepEqual(
    parseScram(text)?.secrets.map(({ hash }) => hash),
    ['sha', 'sha512'],
  )
  assert.equal(formatScram(parseScram(text)?.secrets ?? assert.fail('unreadable')), text)
})

test('MongooseIM’s own text is written back letter for letter', () => {
  assert.equal(formatScram(parseScram(multi)?.secrets ?? assert.fail('unreadable')), multi)
})

const refused: Readonly<Record<string, string>> = {
  nothing: '',
  'another prefix': multi.replace('MULTI', 'MANY'),
  'no secrets': '==MULTI_SCRAM==,4096,',
  'no iterations': multi.replace('4096', '0'),
  'a sign before the iterations': multi.replace('4096', '+4096'),
  'a million and one iterations': multi.replace('4096', '1000001'),
  'a tag of the documentation’s misprint': multi.replace('===SHA1===', '==SHA512='),
  'a hash twice': `${multi},===SHA1===${sha1}`,
  'a key of another length': multi.replace('===SHA1===', '==SHA256=='),
  'a field too many': `${multi}|AAAA`,
  'a field too few': multi.slice(0, multi.lastIndexOf('|')),
  'an empty salt': multi.replace('QClQsw/sfPEnwj4AEp6E1w==', ''),
  'base64 without padding': multi.replace('QClQsw/sfPEnwj4AEp6E1w==', 'QClQsw/sfPEnwj4AEp6E1w'),
  'legacy with a field too many': `${legacy},1`,
  'legacy in the order of today': legacy.replace(/^(==SCRAM==),(.*),4096$/, '$1,4096,$2'),
  'five thousand characters': multi + ' '.repeat(5000),
}

for (const [what, text] of Object.entries(refused)) {
  test(`refused: ${what}`, () => assert.equal(parseScram(text), null))
}

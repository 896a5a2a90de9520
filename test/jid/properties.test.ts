/** What holds for every text: prepared parts are fixed points, and JIDs survive formatting. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatJid, parseJid, prepareDomain, prepareLocal, prepareResource } from '../../src/jid/jid.ts'

const scripts = fc.constantFrom(...'aZéßΣςİŁﬀＡ９①Ⅳ〇ガｶﾞعب٠۰אָ׳क्‍‌नमस्ते한ᄀ愛・·l͵α♚😀𐐀\u0301\u0345\u1680\u00ad\u{1e900}')
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.array(scripts, { maxLength: 8 }).map((characters) => characters.join('')),
)
const domainText = fc.oneof(
  anyText,
  fc.domain(),
  fc.tuple(anyText, anyText).map((labels) => labels.join('.')),
  fc.string({ unit: fc.constantFrom(...'xn-abc0123'), maxLength: 12 }).map((rest) => `xn--${rest}.example`),
)

for (const [name, prepare, texts] of [
  ['localpart', prepareLocal, anyText],
  ['resourcepart', prepareResource, anyText],
  ['domainpart', prepareDomain, domainText],
] as const) {
  test(`a prepared ${name} is prepared`, () => {
    fc.assert(
      fc.property(texts, (text) => {
        const once = prepare(text)
        if (once.ok) assert.deepEqual(prepare(once.value), once)
      }),
      { numRuns: 2000 },
    )
  })
}

test('every code point prepares to a fixed point without separators', () => {
  // A stride keeps it short and, being a prime, still meets every block.
  for (let point = 0x80; point < 0x110000; point += 13) {
    const local = prepareLocal(`a${String.fromCodePoint(point)}`)
    if (!local.ok) continue
    assert.doesNotMatch(local.value, /["&'/:<>@\s]/)
    assert.deepEqual(prepareLocal(local.value), local)
  }
})

test('no part holds a control character, so that none reaches a directory, a database or a URL by a JID', () => {
  for (let point = 0; point < 0xa0; point += 1) {
    const character = String.fromCodePoint(point)
    if (!/\p{Cc}/u.test(character)) continue
    for (const text of [`a${character}`, `${character}a`, `a${character}b`]) {
      for (const prepare of [prepareLocal, prepareDomain, prepareResource]) assert.equal(prepare(text).ok, false, text)
    }
  }
})

test('a JID reads back from its own text', () => {
  fc.assert(
    fc.property(anyText, domainText, anyText, (local, domain, resource) => {
      const jid = parseJid(`${local}@${domain}/${resource}`)
      if (jid.ok) assert.deepEqual(parseJid(formatJid(jid.value)), jid)
    }),
    { numRuns: 2000 },
  )
})

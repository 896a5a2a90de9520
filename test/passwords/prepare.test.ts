import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preparedForms, preparePassword } from '../../src/auth/passwords/prepare.ts'

/** RFC 4013 §3 and its neighbours: text, prepared. */
const table: readonly (readonly [string, string | null])[] = [
  ['I\u00adX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00aa', 'a'],
  ['\u2168', 'IX'],
  ['\u0007', null],
  ['\u0627\u0031', null],
  ['', null],
  ['\u00ad', null],
  ['a\u00a0b', 'a b'],
  ['a\u0000b', null],
  ['\ud800', null],
  ['p\u{1f511}', 'p\u{1f511}'],
  ['x'.repeat(1024), 'x'.repeat(1024)],
  ['x'.repeat(1025), null],
  ['\u00e9'.repeat(513), null],
]

for (const [text, prepared] of table) {
  test(`${JSON.stringify(text.slice(0, 20))} becomes ${JSON.stringify(prepared?.slice(0, 20) ?? null)}`, () => {
    assert.equal(preparePassword(text), prepared)
  })
}

test('a zero width space is a space for SASLprep and nothing for Resourceprep', () => {
  assert.deepEqual(preparedForms('a\u200bb'), ['a b', 'ab'])
  assert.deepEqual(preparedForms('a b'), ['a b'])
  assert.deepEqual(preparedForms('\u0007'), [])
})

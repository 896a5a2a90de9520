/** The linear-time regular expressions: what they match and capture, what they refuse, and that they are what ECMAScript says. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Captures, compileRegex, maxInstructions, type Regex } from '../../src/certificate/regex/regex.ts'

function compiled(source: string): Regex {
  const regex = compileRegex(source)
  assert.ok(regex.ok, `${source}: ${JSON.stringify(regex)}`)
  return regex.value
}

const matches: readonly (readonly [pattern: string, text: string, captures: Captures | null])[] = [
  ['', '', ['']],
  ['', 'a', null],
  ['a', 'a', ['a']],
  ['a', 'ab', null],
  ['a', 'ba', null],
  ['a|b', 'b', ['b']],
  ['a|ab', 'ab', ['ab']],
  ['(a|ab)(c|bcd)', 'abcd', ['abcd', 'a', 'bcd']],
  ['(a|ab)(c|bcd)?', 'ab', ['ab', 'ab', null]],
  ['(?<user>[^@]+)@corp\\.example', 'alice@corp.example', ['alice@corp.example', 'alice']],
  ['(?<user>[^@]+)@corp\\.example', 'alice@corpXexample', null],
  ['([a-z]+)(\\d*)', 'abc', ['abc', 'abc', '']],
  ['(a+)(a+)', 'aaaa', ['aaaa', 'aaa', 'a']],
  ['(a+?)(a+)', 'aaaa', ['aaaa', 'a', 'aaa']],
  ['(?:(a)|b)*', 'ab', ['ab', null]],
  ['(?:(a)|(b))+', 'ab', ['ab', null, 'b']],
  ['(x{2,3}){2}', 'xxxxx', ['xxxxx', 'xx']],
  ['x{0}y', 'y', ['y']],
  ['[^a-c]', 'd', ['d']],
  ['[^a-c]', 'b', null],
  ['[-a]+[a-]+', '-a-', ['-a-']],
  ['[\\w.-]+', 'a_B-9.', ['a_B-9.']],
  ['[[a]', '[', ['[']],
  ['.', '\u{1f600}', ['\u{1f600}']],
  ['..', '\u{1f600}', null],
  ['.', '\n', ['\n']],
  ['\\u{1f600}\\x41\\u0042', '\u{1f600}AB', ['\u{1f600}AB']],
  ['\\s\\S\\d\\D\\w\\W', '\u00a0x1xx.', ['\u00a0x1xx.']],
  ['\\d', '\u0663', null],
  ['\\w', 'é', null],
  ['\\.\\*\\(\\)\\|\\/', '.*()|/', ['.*()|/']],
]

describe('a match', () => {
  for (const [pattern, text, captures] of matches) {
    test(`/${pattern}/ on ${JSON.stringify(text)}`, () => assert.deepEqual(compiled(pattern).match(text), captures))
  }

  test('groups are known by number and name', () => {
    const { groups, names } = compiled('(a)(?<second>b)(?:c)((?<fourth>d))')
    assert.equal(groups, 4)
    assert.deepEqual(
      [...names],
      [
        ['second', 2],
        ['fourth', 4],
      ],
    )
  })
})

const refused: readonly (readonly [pattern: string, at: number, why: RegExp])[] = [
  ['a(b', 2, /no closing \)/],
  ['ab)', 3, /closes no group/],
  ['[a', 1, /no closing \]/],
  ['[]', 1, /matches no character/],
  ['[^\\s\\S]', 1, /matches no character/],
  ['[b-a]', 3, /runs backwards/],
  ['[a-\\d]', 3, /cannot be the end of a range/],
  ['[\\d-z]', 4, /cannot be the end of a range/],
  ['*a', 1, /nothing to repeat/],
  ['a|+', 3, /nothing to repeat/],
  ['a**', 3, /cannot be repeated/],
  ['a+?+', 4, /cannot be repeated/],
  ['a{2', 2, /a count is/],
  ['a{,2}', 2, /a count is/],
  ['a{3,2}', 2, /below the lower/],
  ['a{9999}', 2, /a count is at most/],
  ['{', 1, /write \\\{/],
  ['a}', 2, /write \\\}/],
  ['a]', 2, /write \\\]/],
  ['^a', 1, /whole value/],
  ['a$', 2, /whole value/],
  ['a\\', 2, /backslash at the end/],
  ['(a)\\1', 4, /refers back/],
  ['(?<n>a)\\k<n>', 8, /refers back/],
  ['\\bword', 1, /surroundings/],
  ['\\p{L}', 1, /\\p is not supported/],
  ['\\q', 1, /has no meaning/],
  ['\\-', 1, /has no meaning/],
  ['\\@', 1, /has no meaning/],
  ['\\x4', 1, /hexadecimal/],
  ['\\ud83d', 1, /no character/],
  ['\\u{110000}', 1, /no character/],
  ['(?=a)', 1, /no look around/],
  ['(?i:a)', 1, /no look around/],
  ['(?<=a)', 1, /looking behind/],
  ['(?<1a>b)', 1, /name of a group/],
  ['(?<a>b)(?<a>c)', 8, /two groups/],
  ['(?<domain>b)', 1, /no group can be named domain/],
  ['(a*)*', 1, /can be empty/],
  ['x(|a)+', 2, /can be empty/],
  ['(a?b?){2}', 1, /can be empty/],
  ['(((((((((((((((((a)))))))))))))))))', 17, /nested deeper/],
  ['(a)'.repeat(17), 49, /more than 16/],
  ['a'.repeat(513), 513, /longer than 512/],
  ['(?:a{100}){100}', 1, /comes to \d+ steps/],
  [`a{${maxInstructions}}`, 1, /comes to 513 steps/],
]

describe('a pattern is refused with the place of its fault', () => {
  for (const [pattern, at, why] of refused) {
    test(`/${pattern.slice(0, 40)}/`, () => {
      const regex = compileRegex(pattern)
      assert.ok(!regex.ok, 'compiled')
      assert.equal(regex.error.at, at, regex.error.why)
      assert.match(regex.error.why, why)
    })
  }
})

/** Patterns of the subset, over an alphabet small enough that matches happen. */
const { pattern: patterns } = fc.letrec<{ pattern: string; sequence: string; part: string; atom: string }>((tie) => ({
  pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
  sequence: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
  part: fc
    .tuple(
      tie('atom'),
      fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{1,}', '{0,2}', '{1,3}', '??', '*?', '+?', '{1,2}?'),
    )
    .map(([atom, repeat]) => atom + repeat),
  atom: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'é', '.', '\\.', '\\d', '\\W', '[ab]', '[^a]', '[a-c1]', '[\\d-]', '\\u{1f600}'),
    tie('pattern').map((inner) => `(${inner})`),
    tie('pattern').map((inner) => `(?:${inner})`),
  ),
}))

const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', '1', '.', '-', 'é', '\u{1f600}'), { maxLength: 8 })
  .map((all) => all.join(''))

test('a match is what ECMAScript says it is', () => {
  let both = 0
  fc.assert(
    fc.property(patterns, fc.array(texts, { minLength: 1, maxLength: 6 }), (pattern, all) => {
      const regex = compileRegex(pattern)
      fc.pre(regex.ok)
      const oracle = new RegExp(`^(?:${pattern})$`, 'su')
      for (const text of all) {
        const wanted = oracle.exec(text)
        if (wanted !== null) both += 1
        assert.deepEqual(regex.value.match(text), wanted === null ? null : [...wanted].map((part) => part ?? null))
      }
    }),
    { numRuns: 1000, seed: 4 },
  )
  assert.ok(both > 300, `only ${both} matches`)
})

test('whatever compiles is a pattern of ECMAScript too', () => {
  const alphabet = fc.constantFrom(...'ab(|)[]{}?*+^$\\.-,1:<>=!dDwsxu/@ ')
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 12 }), (characters) => {
      const pattern = characters.join('')
      if (compileRegex(pattern).ok) assert.doesNotThrow(() => new RegExp(pattern, 'su'), pattern)
    }),
    { numRuns: 5000, seed: 4 },
  )
})

test('no pattern takes more than linear time', () => {
  const evil = ['(?:a|a)+b', '(a+)+b', '(?:a|aa)+b', '([a-z]+)*@x', '(.*)(.*)(.*)(.*)x', '(?:a|b|ab)*c']
  for (const pattern of evil) {
    const regex = compiled(pattern)
    const started = performance.now()
    assert.equal(regex.match('a'.repeat(5000)), null)
    assert.ok(performance.now() - started < 2000, pattern)
  }
})

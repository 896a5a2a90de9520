/** Regular expressions: what compiles is a pattern of ECMAScript, matches and captures the same, and takes linear time. */

import { compileRegex, maxPatternLength, type Regex } from '../../src/certificate/regex/regex.ts'
import type { Random } from '../support/pki/random.ts'
import { fieldsOf, joinFields } from './fields.ts'
import { mutateText, randomText } from './mutate.ts'
import { expect, expectQuick, type FuzzTarget } from './target.ts'

/** ECMAScript's own engine goes back and forth, and takes exponential time where it must. */
const maxOracleText = 8
const maxTextLength = 512
/** For any pattern of any length. */
const maxCompileMs = 50
/** For 512 characters and 512 instructions, with a copy of 34 slots each. */
const maxMatchMs = 400

const atoms = [
  'a',
  'b',
  'é',
  '.',
  '\\.',
  '\\d',
  '\\W',
  '\\s',
  '[ab]',
  '[^a]',
  '[a-c1]',
  '[\\d-]',
  '\\u{1f600}',
  '\\x61',
]
const repeats = ['', '', '', '', '?', '*', '+', '{2}', '{1,}', '{0,2}', '{1,3}', '??', '*?', '+?', '{1,2}?']
const letters = ['a', 'a', 'b', 'b', 'c', '1', '.', '-', 'é', '\u{1f600}', ' ', '\n', '\u2028', 'ſ', 'K']
const syntax = [...'ab(|)[]{}?*+^$\\.-,1:<>=!dDwsxu/@ é', '(?:', '(?<n>', '(?=', '\\u{', '{2,3}', '\u{1f600}']

/** Fuzzes the parser, the compiler and the machine; the first field is the pattern, the others are texts. */
export function createRegexTarget(compile: typeof compileRegex = compileRegex): FuzzTarget {
  return {
    name: 'regex',
    quickInputs: 4_000,
    longShare: 80_000,
    generate: (random) => joinFields([generatePattern(random), ...generateTexts(random)]),
    check: (input) => {
      const [pattern, ...texts] = fieldsOf(input)
      const regex = expectQuick(maxCompileMs, () => compile(pattern))
      if (!regex.ok) {
        const { at, why } = regex.error
        expect(at >= 1 && at <= Math.max(maxPatternLength, pattern.length) + 1 && why !== '', 'a fault nowhere')
        return
      }
      const oracle = oracleOf(pattern)
      for (const text of texts) checkText(regex.value, oracle, text.slice(0, maxTextLength))
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function oracleOf(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, 'su')
  } catch (cause) {
    expect(false, `it compiles, and is no pattern of ECMAScript: ${String(cause)}`)
  }
}

function checkText(regex: Regex, oracle: RegExp, text: string): void {
  const captures = expectQuick(maxMatchMs, () => regex.match(text))
  if (captures !== null) {
    expect(captures[0] === text && captures.length === regex.groups + 1, 'captures of another pattern')
    expect(
      captures.every((capture) => capture === null || text.includes(capture)),
      'a capture that is not in the text',
    )
  }
  if ([...text].length > maxOracleText) return
  const wanted = oracle.exec(text)
  const same = wanted === null ? null : [...wanted].map((part: string | undefined) => part ?? null)
  const [ours, theirs] = [JSON.stringify(captures), JSON.stringify(same)]
  expect(ours === theirs, `${JSON.stringify(text)} gives ${ours}, and ECMAScript says ${theirs}`)
}

function generatePattern(random: Random): string {
  if (random.chance(0.15)) return randomText(random, syntax, 16)
  const pattern = choice(random, 0)
  return random.chance(0.2) ? mutateText(random, pattern, syntax) : pattern
}

function choice(random: Random, depth: number): string {
  return Array.from({ length: random.chance(0.7) ? 1 : 2 + random.below(2) }, () => sequence(random, depth)).join('|')
}

function sequence(random: Random, depth: number): string {
  const part = () => {
    if (depth > 3 || random.chance(0.6)) return random.pick(atoms) + random.pick(repeats)
    const open = random.chance(0.6) ? '(' : random.chance(0.8) ? '(?:' : `(?<g${random.below(1000)}>`
    return `${open}${choice(random, depth + 1)})${random.pick(repeats)}`
  }
  return Array.from({ length: random.below(4) }, part).join('')
}

function generateTexts(random: Random): readonly string[] {
  const short = Array.from({ length: 3 }, () => randomText(random, letters, maxOracleText))
  return random.chance(0.05) ? [...short, random.pick(letters).repeat(maxTextLength)] : short
}

/** Patterns for distinguished names: the quick ways to match say what slow ones say, and text that is escaped is text. */

import { anyCharacters, type Glob, matchesGlob, oneCharacter } from '../../src/certificate/dn-pattern/glob.ts'
import { foldText, type JudgedName, maxAttributeText } from '../../src/certificate/dn-pattern/judged-name.ts'
import { parseDnPattern } from '../../src/certificate/dn-pattern/parse.ts'
import {
  type DnPattern,
  matchesName,
  maxPatternAttributes,
  mismatch,
} from '../../src/certificate/dn-pattern/pattern.ts'
import { createPatternSet } from '../../src/certificate/dn-pattern/pattern-set.ts'
import type { Random } from '../support/pki/random.ts'
import { fieldsOf, joinFields } from './fields.ts'
import { mutateText, randomText } from './mutate.ts'
import { expect, expectQuick, type FuzzTarget } from './target.ts'

const maxMatchMs = 20
/** Attributes of a name; all ways to pair them are tried. */
const maxNameAttributes = 5

const types = ['CN', 'cn', 'O', 'OU', 'E', 'emailAddress', 'C', 'UID', 'DC', 'L', 'ST', '2.5.4.5', '1.2.3']
const oids: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  UID: '0.9.2342.19200300.100.1.1',
}
const values = [
  'a',
  'ab',
  'A',
  '*',
  '?',
  'a*',
  '*b',
  'a?b',
  'Σ',
  'ς',
  'é',
  'e\u0301',
  '\\,',
  '\\2c',
  '\\*',
  ' ',
  '  ',
  '#0401',
  '\u{1f600}',
]
const syntax = [...',=*?\\+;"#<> ab1.', '**', '\\2a', '\\c3\\a9', '\\ff', 'CN=', 'OU=', ', ', '\0', 'É', '\u{1f600}']

/** Fuzzes parser, globs and index. First field: patterns, one a line; then `CN=text` and the like, a name's attributes. */
export function createDnPatternTarget(): FuzzTarget {
  return {
    name: 'dn-pattern',
    quickInputs: 4_000,
    longShare: 60_000,
    generate: (random) => joinFields([generatePatterns(random), ...generateName(random)]),
    check: (input) => {
      const [lines, ...fields] = fieldsOf(input)
      const name = nameOf(fields.slice(0, maxNameAttributes))
      const patterns = lines.split('\n').flatMap((line) => read(line) ?? [])
      for (const pattern of patterns) checkPattern(pattern, name)
      const found = expectQuick(maxMatchMs, () => createPatternSet(patterns).find(name))
      expect(found === (patterns.find((pattern) => matchesName(pattern, name)) ?? null), 'the index finds another')
      for (const { text } of name.attributes) checkEscaped(text, name)
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function read(line: string): DnPattern | null {
  const parsed = parseDnPattern(line)
  if (!parsed.ok) {
    expect(parsed.error !== '', 'a fault without a word')
    return null
  }
  const { attributes, others, source } = parsed.value
  expect(source === line && attributes.length <= maxPatternAttributes, 'more than it may have')
  expect(attributes.length > 0 || others, 'a pattern of nothing')
  return parsed.value
}

function checkPattern(pattern: DnPattern, name: JudgedName): void {
  const quick = expectQuick(maxMatchMs, () => matchesName(pattern, name))
  expect(quick === pairsSlowly(pattern, name), `${JSON.stringify(pattern.source)} says ${quick}`)
  expect((mismatch(pattern, name) === null) === quick, 'what is said is not what is done')
  const turned = { ...pattern, attributes: pattern.attributes.toReversed() }
  expect(matchesName(turned, name) === quick, 'order counts')
  expect(matchesName(pattern, { attributes: name.attributes.toReversed() }) === quick, 'order of the name counts')
}

/** Every way to give each attribute of the pattern one of the name's. */
function pairsSlowly({ attributes, others }: DnPattern, name: JudgedName): boolean {
  const tryFrom = (index: number, left: JudgedName['attributes']): boolean => {
    const wanted = attributes[index]
    if (wanted === undefined) return others || left.length === 0
    return left.some(({ oid, text }, at) => {
      if (oid !== wanted.oid) return false
      const fits = globSlowly(wanted.value, text)
      expect(matchesGlob(wanted.value, text) === fits, `a glob of ${wanted.written} on ${JSON.stringify(text)}`)
      return fits && tryFrom(index + 1, left.toSpliced(at, 1))
    })
  }
  return tryFrom(0, name.attributes)
}

/** Glob against text by the table of all prefixes. */
function globSlowly({ units }: Glob, text: string): boolean {
  const characters = [...text]
  const wanted = groupsOf(units)
  let reach: boolean[] = [true, ...characters.map(() => false)]
  for (const unit of wanted) {
    const next = reach.map(() => false)
    for (let at = 0; at <= characters.length; at += 1) {
      if (unit === anyCharacters) next[at] = reach.slice(0, at + 1).includes(true)
      else if (at > 0) next[at] = reach[at - 1] === true && (unit === oneCharacter || unit === characters[at - 1])
    }
    reach = next
  }
  return reach.at(-1) === true
}

/** UTF-16 units of a glob as whole characters and wildcards. */
function groupsOf(units: readonly number[]): readonly (string | number)[] {
  const groups: (string | number)[] = []
  let text = ''
  const flush = () => {
    groups.push(...text)
    text = ''
  }
  for (const unit of units) {
    if (unit >= 0) text += String.fromCharCode(unit)
    else {
      flush()
      groups.push(unit)
    }
  }
  flush()
  return groups
}

/** A value with a backslash before whatever could mean something is that value, and nothing else. */
function checkEscaped(text: string, name: JudgedName): void {
  if (text === '' || text.length > maxAttributeText / 3) return
  const written = text.replace(/[ "#+,;<=>\\*?]/g, '\\$&')
  const parsed = parseDnPattern(`CN=${written},**`)
  expect(parsed.ok, `escaped, ${JSON.stringify(written)} cannot be read: ${parsed.ok ? '' : parsed.error}`)
  const wanted = name.attributes.some((own) => own.oid === oids['CN'] && own.text === text)
  expect(matchesName(parsed.value, name) === wanted, `escaped, ${JSON.stringify(written)} is not itself`)
}

function nameOf(fields: readonly string[]): JudgedName {
  return {
    attributes: fields.map((field) => {
      const [type = '', ...rest] = field.split('=')
      return { oid: oids[type] ?? '1.2.3', text: foldText(rest.join('=').replace(/\p{Cc}/gu, '')).trim() }
    }),
  }
}

function generatePatterns(random: Random): string {
  const line = () => {
    if (random.chance(0.1)) return randomText(random, syntax, 12)
    const attribute = () =>
      random.chance(0.15)
        ? '**'
        : `${random.pick(types)}=${random.pick(values)}${random.chance(0.3) ? random.pick(values) : ''}`
    const pattern = Array.from({ length: 1 + random.below(4) }, attribute).join(random.pick([',', ', ', ' ,']))
    return random.chance(0.2) ? mutateText(random, pattern, syntax) : pattern
  }
  return Array.from({ length: 1 + random.below(6) }, line).join('\n')
}

function generateName(random: Random): readonly string[] {
  const value = () => Array.from({ length: random.below(3) + 1 }, () => random.pick(values)).join('')
  return Array.from(
    { length: random.below(maxNameAttributes + 1) },
    () => `${random.pick(Object.keys(oids))}=${value()}`,
  )
}

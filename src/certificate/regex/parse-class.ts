/** Reads escapes and character classes: `\d`, `\.`, `\u{…}`, `[a-z_-]`. */

import { type CharacterSet, complement, digits, only, spaces, union, wordCharacters } from './character-set.ts'
import type { PatternReader } from './reader.ts'

const classes: ReadonlyMap<string, CharacterSet> = new Map([
  ['d', digits],
  ['D', complement(digits)],
  ['w', wordCharacters],
  ['W', complement(wordCharacters)],
  ['s', spaces],
  ['S', complement(spaces)],
])

/** Characters that stand for themselves behind a backslash; in a class the hyphen is another. */
const escapable = '^$\\.*+?()[]{}|/'

/** One character or a class of them, as it is written. `point` is null for a class. */
interface Item {
  readonly set: CharacterSet
  readonly point: number | null
}

/** Reads what stands behind a backslash, which has been taken. */
export function readEscape(reader: PatternReader, inClass: boolean): Item {
  const start = reader.position - 1
  const letter = reader.next()
  if (letter === null) return reader.fail(start, 'a backslash at the end has nothing to stand before')
  const set = classes.get(letter)
  if (set !== undefined) return { set, point: null }
  if (escapable.includes(letter) || (inClass && letter === '-')) return single(letter.codePointAt(0) ?? 0)
  if (letter === 'x') return single(readHexadecimal(reader, start, 2))
  if (letter === 'u') return single(readUnicode(reader, start))
  const why = refusals.get(letter) ?? 'has no meaning here; a character that needs no backslash must have none'
  return reader.fail(start, `\\${letter} ${why}`)
}

const refusals: ReadonlyMap<string, string> = new Map([
  ...[...'123456789k'].map(
    (letter) => [letter, 'refers back to a group, which a linear-time match cannot do'] as const,
  ),
  ['b', 'looks at its surroundings, which is not supported'],
  ['B', 'looks at its surroundings, which is not supported'],
  ['p', 'is not supported; list the characters, as in [a-zà-ÿ]'],
  ['P', 'is not supported; list the characters, as in [^a-z]'],
])

function readHexadecimal(reader: PatternReader, start: number, length: number): number {
  const hex = reader.takeWhile(/^[0-9A-Fa-f]$/, length)
  return hex.length === length
    ? Number.parseInt(hex, 16)
    : reader.fail(start, `${length} hexadecimal digits are missing here`)
}

function readUnicode(reader: PatternReader, start: number): number {
  if (!reader.take('{')) return scalar(reader, start, readHexadecimal(reader, start, 4))
  const hex = reader.takeWhile(/^[0-9A-Fa-f]$/, 6)
  if (hex === '' || !reader.take('}')) return reader.fail(start, 'it must be \\u{…} with 1 to 6 hexadecimal digits')
  return scalar(reader, start, Number.parseInt(hex, 16))
}

function scalar(reader: PatternReader, start: number, point: number): number {
  const isCharacter = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)
  return isCharacter ? point : reader.fail(start, `U+${point.toString(16).toUpperCase()} is no character`)
}

/** Reads a class, whose `[` has been taken. */
export function readClass(reader: PatternReader): CharacterSet {
  const start = reader.position - 1
  const isNegated = reader.take('^')
  const sets: CharacterSet[] = []
  while (!reader.take(']')) {
    const first = readItem(reader, start)
    // A hyphen in front of the closing bracket is one.
    const isRange = reader.peek() === '-' && reader.peek(1) !== ']'
    sets.push(isRange ? rangeFrom(reader, first, start) : first.set)
  }
  const set = isNegated ? complement(union(sets)) : union(sets)
  return set.length > 0 ? set : reader.fail(start, 'this class matches no character at all')
}

function rangeFrom(reader: PatternReader, first: Item, start: number): CharacterSet {
  const at = reader.position
  reader.next()
  const last = readItem(reader, start)
  if (first.point === null || last.point === null) {
    return reader.fail(at, 'a class such as \\d cannot be the end of a range; put the hyphen last')
  }
  if (last.point < first.point) return reader.fail(at, 'the range runs backwards')
  return [[first.point, last.point]]
}

function readItem(reader: PatternReader, start: number): Item {
  const character = reader.next()
  if (character === null) return reader.fail(start, 'the class has no closing ]')
  if (character === '\\') return readEscape(reader, true)
  return single(character.codePointAt(0) ?? 0)
}

function single(point: number): Item {
  return { set: only(point), point }
}

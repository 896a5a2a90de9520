/**
 * Reads a regular expression of the subset that a linear-time match can do: characters, classes, groups,
 * alternatives and repetitions, with the meaning they have in ECMAScript under the flags `s` and `u`.
 */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import { fail, ok, type Result } from '../../result.ts'
import { anyCharacter, only } from './character-set.ts'
import { readClass, readEscape } from './parse-class.ts'
import { PatternError, PatternReader } from './reader.ts'
import {
  canBeEmpty,
  maxDepth,
  maxGroups,
  maxInstructions,
  maxPatternLength,
  type Node,
  type ParsedPattern,
  type PatternFault,
} from './syntax.ts'

/** Reads a pattern, or says which character is at fault. */
export function parsePattern(text: string): Result<ParsedPattern, PatternFault> {
  const reader = new PatternReader(text)
  const found: Found = { groups: 0, names: new Map() }
  try {
    if (text.length > maxPatternLength)
      reader.fail(maxPatternLength, `it is longer than ${maxPatternLength} characters`)
    const root = readChoice(reader, found, 0)
    if (reader.peek() !== null) reader.fail(reader.position, 'this ) closes no group; write \\) for the character')
    return ok({ root, groups: found.groups, names: found.names })
  } catch (error) {
    if (error instanceof PatternError) return fail(error.fault)
    throw error
  }
}

/** Groups seen so far. */
interface Found {
  groups: number
  readonly names: Map<string, number>
}

/** Alternatives up to a closing parenthesis or the end. */
function readChoice(reader: PatternReader, found: Found, depth: number): Node {
  const parts = [readSequence(reader, found, depth)]
  while (reader.take('|')) parts.push(readSequence(reader, found, depth))
  const [first] = parts
  return parts.length === 1 && first !== undefined ? first : { kind: 'choice', parts }
}

function readSequence(reader: PatternReader, found: Found, depth: number): Node {
  const parts: Node[] = []
  for (let ahead = reader.peek(); ahead !== null && ahead !== '|' && ahead !== ')'; ahead = reader.peek()) {
    const start = reader.position
    const atom = readAtom(reader, found, depth)
    parts.push(readRepeat(reader, atom, start))
  }
  const [first] = parts
  return parts.length === 1 && first !== undefined ? first : { kind: 'sequence', parts }
}

function readAtom(reader: PatternReader, found: Found, depth: number): Node {
  const start = reader.position
  const character = reader.next() ?? ''
  switch (character) {
    case '(':
      return readGroup(reader, found, depth + 1, start)
    case '[':
      return { kind: 'character', set: readClass(reader) }
    case '\\':
      return { kind: 'character', set: readEscape(reader, false).set }
    case '.':
      return { kind: 'character', set: anyCharacter }
    case '^':
    case '$':
      return reader.fail(start, `a match is of the whole value anyway; leave ${character} out, or write \\${character}`)
    case '?':
    case '*':
    case '+':
      return reader.fail(start, `${character} has nothing to repeat; write \\${character} for the character`)
    case '{':
    case '}':
    case ']':
      return reader.fail(start, `${character} closes or repeats nothing; write \\${character} for the character`)
    default:
      return { kind: 'character', set: only(character.codePointAt(0) ?? 0) }
  }
}

function readGroup(reader: PatternReader, found: Found, depth: number, start: number): Node {
  if (depth > maxDepth) return reader.fail(start, `groups are nested deeper than ${maxDepth}`)
  const index = groupIndex(reader, found, start)
  const body = readChoice(reader, found, depth)
  if (!reader.take(')')) return reader.fail(start, 'the group has no closing )')
  return index === null ? body : { kind: 'group', index, body }
}

/** What kind of group this is: its number, or null when it does not capture. */
function groupIndex(reader: PatternReader, found: Found, start: number): number | null {
  if (reader.take('?:')) return null
  const name = reader.take('?<') ? readName(reader, found, start) : null
  if (name === null && reader.peek() === '?') {
    return reader.fail(start, 'only (…), (?:…) and (?<name>…) are supported, and no look around')
  }
  found.groups += 1
  if (found.groups > maxGroups) return reader.fail(start, `more than ${maxGroups} capturing groups; use (?:…)`)
  if (name !== null) found.names.set(name, found.groups)
  return found.groups
}

function readName(reader: PatternReader, found: Found, start: number): string {
  if (reader.peek() === '=' || reader.peek() === '!') return reader.fail(start, 'looking behind is not supported')
  const name = reader.takeWhile(/^[A-Za-z0-9_]$/, maxNameLength)
  if (!/^[A-Za-z_]/.test(name) || !reader.take('>')) {
    return reader.fail(start, `the name of a group is a letter and then letters, digits or _, at most ${maxNameLength}`)
  }
  if (name === 'domain')
    return reader.fail(start, 'no group can be named domain: ${domain} is the domain of the stream')
  return found.names.has(name) ? reader.fail(start, `two groups are named ${name}`) : name
}

const maxNameLength = 32

interface Bounds {
  readonly min: number
  readonly max: number | null
}

function readRepeat(reader: PatternReader, body: Node, start: number): Node {
  const at = reader.position
  const bounds = readBounds(reader)
  if (bounds === null) return body
  const greedy = !reader.take('?')
  if (['?', '*', '+', '{'].includes(reader.peek() ?? '')) {
    return reader.fail(reader.position, 'a repetition cannot be repeated; put it into (?:…)')
  }
  // What an empty round of a loop captures is told differently everywhere; without one there is nothing to tell.
  if (canBeEmpty(body)) return reader.fail(start, 'what is repeated here can be empty; write it so that it cannot')
  if (bounds.max !== null && bounds.max < bounds.min) return reader.fail(at, 'the upper bound is below the lower one')
  return { kind: 'repeat', body, ...bounds, greedy }
}

function readBounds(reader: PatternReader): Bounds | null {
  if (reader.take('?')) return { min: 0, max: 1 }
  if (reader.take('*')) return { min: 0, max: null }
  if (reader.take('+')) return { min: 1, max: null }
  const at = reader.position
  if (!reader.take('{')) return null
  const min = readCount(reader, at)
  const max = reader.take(',') ? (reader.peek() === '}' ? null : readCount(reader, at)) : min
  return reader.take('}') ? { min, max } : reader.fail(at, malformedBounds)
}

const malformedBounds = 'a count is {m}, {m,} or {m,n}; write \\{ for the character'

function readCount(reader: PatternReader, at: number): number {
  const written = reader.takeWhile(/^[0-9]$/, 6)
  if (written === '') return reader.fail(at, malformedBounds)
  const count = Number(written)
  return count <= maxInstructions ? count : reader.fail(at, `a count is at most ${maxInstructions}`)
}

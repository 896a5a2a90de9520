/**
 * Regular expressions for text from certificates. A match takes time in proportion to the length of the text times
 * the size of the program, whatever either holds: all ways of matching advance side by side (Thompson, Pike), and none is
 * tried twice. Patterns match whole texts only.
 */

import { ok, type Result } from '../../result.ts'
import { contains } from './character-set.ts'
import { compilePattern, type Program } from './compile.ts'
import { parsePattern } from './parse.ts'
import type { PatternFault } from './syntax.ts'

export { maxGroups, maxInstructions, maxPatternLength, type PatternFault } from './syntax.ts'

/** The whole text, and then what each group captured; null for a group that took no part. */
export type Captures = readonly (string | null)[]

/** A compiled pattern. */
export interface Regex {
  readonly source: string
  /** Capturing groups; named ones count as well. */
  readonly groups: number
  /** Numbers of the named groups. */
  readonly names: ReadonlyMap<string, number>
  /** Matches a whole text; null when it does not. */
  match(text: string): Captures | null
}

/** Compiles a pattern, or says what is wrong with which of its characters. */
export function compileRegex(source: string): Result<Regex, PatternFault> {
  const parsed = parsePattern(source)
  if (!parsed.ok) return parsed
  const program = compilePattern(parsed.value)
  if (!program.ok) return program
  const { groups, names } = parsed.value
  return ok({ source, groups, names, match: (text) => run(program.value, text) })
}

/** Positions of the groups on one way of matching; -1 for none. */
type Slots = readonly number[]

interface Way {
  readonly at: number
  readonly slots: Slots
}

/** Runs a program over a text. `ways` are in order of preference, and no two stand at the same instruction. */
function run(program: Program, text: string): Captures | null {
  const seen = new Int32Array(program.instructions.length).fill(-1)
  const start: Slots = new Array<number>(program.slots).fill(-1)
  let ways: Way[] = []
  spread(program, { at: 0, slots: start }, 0, seen, ways)
  let position = 0
  while (position < text.length && ways.length > 0) {
    const point = text.codePointAt(position) ?? 0
    const after = position + (point > 0xffff ? 2 : 1)
    const next: Way[] = []
    for (const { at, slots } of ways) {
      const instruction = program.instructions[at]
      if (instruction?.kind !== 'take' || !contains(instruction.set, point)) continue
      spread(program, { at: at + 1, slots }, after, seen, next)
    }
    ways = next
    position = after
  }
  const accepted = ways.find(({ at }) => program.instructions[at]?.kind === 'accept')
  return accepted === undefined ? null : capturesOf(accepted.slots, text)
}

/**
 * Follows instructions that take no character, and adds where they lead. A place that was reached at this position
 * before is not entered again: whoever came first is preferred.
 */
function spread(program: Program, { at, slots }: Way, position: number, seen: Int32Array, into: Way[]): void {
  if (seen[at] === position) return
  seen[at] = position
  const instruction = program.instructions[at]
  switch (instruction?.kind) {
    case undefined:
      return
    case 'take':
    case 'accept':
      into.push({ at, slots })
      return
    case 'jump':
      spread(program, { at: instruction.to, slots }, position, seen, into)
      return
    case 'split':
      spread(program, { at: instruction.first, slots }, position, seen, into)
      spread(program, { at: instruction.second, slots }, position, seen, into)
      return
    case 'save':
      spread(program, { at: at + 1, slots: slots.with(instruction.slot, position) }, position, seen, into)
      return
    case 'forget': {
      const cleared = [...slots].fill(-1, instruction.from, instruction.to)
      spread(program, { at: at + 1, slots: cleared }, position, seen, into)
      return
    }
  }
}

function capturesOf(slots: Slots, text: string): Captures {
  const groups: (string | null)[] = [text]
  for (let slot = 2; slot < slots.length; slot += 2) {
    const start = slots[slot] ?? -1
    const end = slots[slot + 1] ?? -1
    groups.push(start < 0 || end < 0 ? null : text.slice(start, end))
  }
  return groups
}

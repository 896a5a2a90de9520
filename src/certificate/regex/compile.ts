/** Turns a pattern into a program for the machine that runs all ways of matching side by side. */

import { fail, ok, type Result } from '../../result.ts'
import type { CharacterSet } from './character-set.ts'
import { maxInstructions, type Node, type ParsedPattern, type PatternFault } from './syntax.ts'

/** One instruction. Places are indexes into the program. */
export type Instruction =
  /** Takes one character of the set and goes on behind. */
  | { readonly kind: 'take'; readonly set: CharacterSet }
  /** Goes on at both places; the first is preferred. */
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly to: number }
  /** Notes the position: group g begins in slot 2g and ends in slot 2g + 1. */
  | { readonly kind: 'save'; readonly slot: number }
  /** Forgets the groups of an earlier round of a loop (ECMA-262 §22.2.2.3.1): slots from `from` up to `to`. */
  | { readonly kind: 'forget'; readonly from: number; readonly to: number }
  | { readonly kind: 'accept' }

/** A program. */
export interface Program {
  readonly instructions: readonly Instruction[]
  readonly slots: number
}

/** Writes the program of a pattern; its size is known before it is written. */
export function compilePattern({ root, groups }: ParsedPattern): Result<Program, PatternFault> {
  const size = sizeOf(root) + 1
  if (size > maxInstructions) {
    const why = `it comes to ${size} steps, and ${maxInstructions} are the most; lower the counts in { }`
    return fail({ at: 1, why })
  }
  const instructions: Instruction[] = []
  write(root, instructions)
  instructions.push({ kind: 'accept' })
  return ok({ instructions, slots: 2 * (groups + 1) })
}

/** Instructions that a node becomes; as large as counts within counts make it. */
function sizeOf(node: Node): number {
  switch (node.kind) {
    case 'character':
      return 1
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + sizeOf(part), 0)
    case 'choice':
      return node.parts.reduce((sum, part) => sum + sizeOf(part) + 2, -2)
    case 'group':
      return sizeOf(node.body) + 2
    case 'repeat': {
      const round = sizeOf(node.body) + (groupsIn(node.body) === null ? 0 : 1)
      const more = node.max === null ? round + 2 : (node.max - node.min) * (round + 1)
      return node.min * round + more
    }
  }
}

function write(node: Node, out: Instruction[]): void {
  switch (node.kind) {
    case 'character':
      out.push({ kind: 'take', set: node.set })
      return
    case 'sequence':
      for (const part of node.parts) write(part, out)
      return
    case 'choice':
      writeChoice(node.parts, out)
      return
    case 'group':
      out.push({ kind: 'save', slot: 2 * node.index })
      write(node.body, out)
      out.push({ kind: 'save', slot: 2 * node.index + 1 })
      return
    case 'repeat':
      writeRepeat(node, out)
      return
  }
}

/** Each alternative but the last: `split to it, or to the next`, itself, `jump behind them all`. */
function writeChoice(parts: readonly Node[], out: Instruction[]): void {
  const end = out.length + parts.reduce((sum, part) => sum + sizeOf(part) + 2, -2)
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    const start = out.length + 1
    if (!isLast) out.push({ kind: 'split', first: start, second: start + sizeOf(part) + 1 })
    write(part, out)
    if (!isLast) out.push({ kind: 'jump', to: end })
  }
}

type Repeat = Extract<Node, { kind: 'repeat' }>

function writeRepeat(node: Repeat, out: Instruction[]): void {
  for (let round = 0; round < node.min; round += 1) writeRound(node.body, out)
  const end = out.length + sizeOf(node) - node.min * sizeOf({ ...node, min: 1, max: 1 })
  const split = (): void => {
    const body = out.length + 1
    out.push({ kind: 'split', first: node.greedy ? body : end, second: node.greedy ? end : body })
  }
  if (node.max === null) {
    const start = out.length
    split()
    writeRound(node.body, out)
    out.push({ kind: 'jump', to: start })
    return
  }
  for (let round = node.min; round < node.max; round += 1) {
    split()
    writeRound(node.body, out)
  }
}

function writeRound(body: Node, out: Instruction[]): void {
  const groups = groupsIn(body)
  if (groups !== null) out.push({ kind: 'forget', from: 2 * groups.first, to: 2 * groups.last + 2 })
  write(body, out)
}

interface GroupRange {
  readonly first: number
  readonly last: number
}

/** The groups inside of a node, which are numbered without gaps; null when there are none. */
function groupsIn(node: Node): GroupRange | null {
  switch (node.kind) {
    case 'character':
      return null
    case 'sequence':
    case 'choice':
      return node.parts.map(groupsIn).reduce(joined, null)
    case 'group':
      return joined({ first: node.index, last: node.index }, groupsIn(node.body))
    case 'repeat':
      return groupsIn(node.body)
  }
}

function joined(a: GroupRange | null, b: GroupRange | null): GroupRange | null {
  if (a === null || b === null) return a ?? b
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) }
}

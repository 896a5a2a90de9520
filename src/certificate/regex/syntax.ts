/** What a regular expression is made of, and its limits. */

import type { CharacterSet } from './character-set.ts'

/** Characters of one pattern. */
export const maxPatternLength = 512

/** Capturing groups of one pattern. */
export const maxGroups = 16

/** Groups within groups. */
export const maxDepth = 16

/** Instructions of one program: a counted repetition is written out, so that `(ab){100}` is 200 of them. */
export const maxInstructions = 512

/** A pattern as a tree. */
export type Node =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'group'; readonly index: number; readonly body: Node }
  | {
      readonly kind: 'repeat'
      readonly body: Node
      readonly min: number
      /** Null for no upper bound. */
      readonly max: number | null
      readonly greedy: boolean
    }

/** A pattern, read. */
export interface ParsedPattern {
  readonly root: Node
  /** Capturing groups, counted by their opening parentheses from 1. */
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
}

/** What is wrong with a pattern. */
export interface PatternFault {
  /** Which character of the pattern, counted from 1. */
  readonly at: number
  /** A sentence without its full stop. */
  readonly why: string
}

/** Whether a node can match the empty text. */
export function canBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case 'character':
      return false
    case 'sequence':
      return node.parts.every(canBeEmpty)
    case 'choice':
      return node.parts.some(canBeEmpty)
    case 'group':
      return canBeEmpty(node.body)
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.body)
  }
}

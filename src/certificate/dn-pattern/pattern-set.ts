/**
 * Many patterns at once. Each is filed under a text that every name it matches must hold, the rarest one it has; a
 * name is walked along once, and only patterns whose text occurs in it are looked at.
 */

import { literalsOf } from './glob.ts'
import type { JudgedName } from './judged-name.ts'
import { type DnPattern, matchesName, type PatternAttribute } from './pattern.ts'
import { createTextIndex } from './text-index.ts'

/** Patterns in the operator's order. */
export interface PatternSet {
  readonly patterns: readonly DnPattern[]
  /** The first pattern that matches; null for none. */
  find(name: JudgedName): DnPattern | null
}

// Around an attribute's text, so that what touches an end of it is not found in its middle. No name that is judged holds them.
const begin = '\u0001'
const end = '\u0002'

/** Files the patterns; some milliseconds for a thousand. */
export function createPatternSet(patterns: readonly DnPattern[]): PatternSet {
  const keys = keysOf(patterns)
  const index = createTextIndex(keys)
  // `**` alone asks for no text at all.
  const always = patterns.flatMap((_, number) => (keys[number] === '' ? [number] : []))
  return {
    patterns,
    find: (name) => {
      const candidates = new Set(always)
      index.search(textOf(name), (number) => candidates.add(number))
      for (const number of [...candidates].sort((a, b) => a - b)) {
        const pattern = patterns[number]
        if (pattern !== undefined && matchesName(pattern, name)) return pattern
      }
      return null
    },
  }
}

function textOf({ attributes }: JudgedName): string {
  let text = ''
  for (const attribute of attributes) text += `${begin}${attribute.oid}=${attribute.text}${end}`
  return text
}

/** The text under which each pattern is filed: of those it has, the one in the fewest patterns; of these, the longest. */
function keysOf(patterns: readonly DnPattern[]): readonly string[] {
  const texts = patterns.map(({ attributes }) => attributes.flatMap(textsOf))
  const uses = new Map<string, number>()
  for (const text of texts.flatMap((own) => [...new Set(own)])) uses.set(text, (uses.get(text) ?? 0) + 1)
  const usesOf = (text: string): number => uses.get(text) ?? 0
  return texts.map((own) => own.toSorted((a, b) => usesOf(a) - usesOf(b) || b.length - a.length)[0] ?? '')
}

/** Texts that a name must hold for this attribute to match: between its wildcards, and at its ends. */
function textsOf({ oid, value }: PatternAttribute): readonly string[] {
  const literals = literalsOf(value)
  return literals
    .map((text, i) => `${i === 0 ? `${begin}${oid}=` : ''}${text}${i === literals.length - 1 ? end : ''}`)
    .filter((text) => text !== '' && text !== end)
}

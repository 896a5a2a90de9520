/**
 * Patterns for distinguished names: attributes parted by commas, with wildcards in their values. A pattern is matched
 * attribute by attribute on the name as it was read from the certificate, never on a printed name.
 */

import { attributeTypeName } from '../distinguished-name.ts'
import { type Glob, matchesGlob } from './glob.ts'
import type { JudgedAttribute, JudgedName } from './judged-name.ts'

/** Attributes of one pattern. */
export const maxPatternAttributes = 32

/** One attribute of a pattern. */
export interface PatternAttribute {
  readonly oid: string
  /** As it was written, for messages. */
  readonly written: string
  readonly value: Glob
}

/** A pattern, read (parse.ts). */
export interface DnPattern {
  /** As it was written. */
  readonly source: string
  readonly attributes: readonly PatternAttribute[]
  /** Whether the name may have further attributes: the pattern holds `**`. */
  readonly others: boolean
}

/**
 * Whether a name matches: each attribute of the pattern has one of its own in the name, and without `**`
 * nothing is left over. Order does not count, nor which step of the name an attribute stands in.
 */
export function matchesName({ attributes, others }: DnPattern, name: JudgedName): boolean {
  const spare = name.attributes.length - attributes.length
  if (others ? spare < 0 : spare !== 0) return false
  // Most names fail here already, without any pairing.
  if (!attributes.every((wanted) => name.attributes.some((own) => fits(wanted, own)))) return false
  return canPair(attributes, name.attributes)
}

function fits({ oid, value }: PatternAttribute, own: JudgedAttribute): boolean {
  return oid === own.oid && matchesGlob(value, own.text)
}

/**
 * Whether each wanted attribute can have one of its own (a bipartite matching by augmenting paths). `OU=*` and `OU=a`
 * may both fit `OU=a`, and then `OU=*` has to take another.
 */
function canPair(wanted: readonly PatternAttribute[], own: readonly JudgedAttribute[]): boolean {
  const takenBy = new Map<number, number>()
  const place = (index: number, tried: Set<number>): boolean => {
    const attribute = wanted[index]
    if (attribute === undefined) return false
    for (const [candidate, value] of own.entries()) {
      if (tried.has(candidate) || !fits(attribute, value)) continue
      tried.add(candidate)
      const holder = takenBy.get(candidate)
      if (holder === undefined || place(holder, tried)) {
        takenBy.set(candidate, index)
        return true
      }
    }
    return false
  }
  return wanted.every((_, index) => place(index, new Set()))
}

/** Why a name does not match, as a sentence without its full stop; null when it does. */
export function mismatch(pattern: DnPattern, name: JudgedName): string | null {
  if (matchesName(pattern, name)) return null
  for (const wanted of pattern.attributes) {
    const own = name.attributes.filter(({ oid }) => oid === wanted.oid)
    if (own.length === 0) return `the name has no ${attributeTypeName(wanted.oid)}`
    if (!own.some((attribute) => fits(wanted, attribute)))
      return `no ${attributeTypeName(wanted.oid)} is ${wanted.written}`
  }
  const extra = name.attributes.find((own) => !pattern.attributes.some((wanted) => fits(wanted, own)))
  if (extra === undefined || pattern.others) return 'two attributes of the pattern would need the same one of the name'
  return `the name has a further ${attributeTypeName(extra.oid)}, and the pattern no **`
}

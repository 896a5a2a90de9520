/** Checks the values of a file against the declared options and says in Signet's own words what is wrong. */

import type { z } from 'zod'
import { quote } from './declare.ts'
import type { Findings } from './findings.ts'
import { nearest } from './nearest.ts'
import { dotted, type OptionPath } from './problem.ts'
import { declared, elementOf, isTable, optionNote, schemaAt, shapeOf } from './reflect.ts'

/**
 * The checked values with defaults filled in. What is wrong is reported and left out, so that one reading
 * finds everything; null only if even that leaves nothing usable.
 */
export function checkValues<S extends z.ZodType>(root: S, tree: unknown, findings: Findings): z.output<S> | null {
  for (let round = 0; round < maxRounds; round += 1) {
    const parsed = root.safeParse(tree)
    if (parsed.success) return parsed.data
    for (const issue of parsed.error.issues) {
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) reportKey(root, [...pathOf(issue), key], findings)
      } else reportValue(root, tree, pathOf(issue), findings)
    }
    for (const issue of parsed.error.issues) {
      const path = pathOf(issue)
      if (issue.code === 'unrecognized_keys') for (const key of issue.keys) tree = without(tree, [...path, key])
      else tree = without(tree, path)
    }
  }
  return null
}

/** Leaving out a bad value can only bring up what was behind it: sections are nested no deeper than this. */
const maxRounds = 8

function pathOf(issue: z.core.$ZodIssue): OptionPath {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
}

function reportKey(root: z.ZodType, path: OptionPath, findings: Findings): void {
  const section = path.slice(0, -1)
  const key = String(path.at(-1))
  const siblings = Object.keys(shapeOf(schemaAt(root, section) ?? root) ?? {})
  const meant = nearest(key, siblings)
  if (meant !== null) findings.spoil([...section, meant])
  const elsewhere = [...declared(root)].find((other) => other.key === key)
  const inside = section.length === 0 ? 'the top level of the file' : `\`${dotted(section)}\``
  const message =
    elsewhere === undefined
      ? `is not an option of ${inside}${meant === null ? `; options there: ${siblings.join(', ')}` : ''}`
      : `is not an option of ${inside}; it belongs in \`${dotted(elsewhere.section) || 'the top level of the file'}\``
  const suggestion = elsewhere === undefined && meant !== null ? { suggestion: quote(meant) } : {}
  findings.add({ severity: 'error', path, pointing: 'key', rule: 'unknown-key', message, ...suggestion })
}

function reportValue(root: z.ZodType, tree: unknown, path: OptionPath, findings: Findings): void {
  const schema = schemaAt(root, path) ?? root
  const value = valueAt(tree, path)
  const note = optionNote(schema)
  const allowed = note?.allowed ?? allowedShape(schema, path)
  findings.spoil(path)
  if (value === undefined) {
    findings.add({
      severity: 'error',
      path,
      pointing: 'key',
      rule: 'missing',
      message: `is missing: it must be ${allowed}`,
    })
    return
  }
  const seen = note?.secret === true ? 'what is written here' : describe(value)
  const meant = typeof value === 'string' && note?.secret !== true ? nearest(value, wordsOf(schema)) : null
  const message = `must be ${allowed}, not ${seen}`
  const suggestion = meant === null ? {} : { suggestion: quote(meant) }
  findings.add({ severity: 'error', path, pointing: 'value', rule: 'bad-value', message, ...suggestion })
}

function allowedShape(schema: z.core.$ZodType, path: OptionPath): string {
  const name = dotted(path)
  return elementOf(schema) === null
    ? `a section, written \`[${name}]\``
    : `a list of sections, each written \`[[${name}]]\``
}

function wordsOf(schema: z.core.$ZodType): readonly string[] {
  // The note's sentence quotes exactly the words that are allowed.
  return [...(optionNote(schema)?.allowed ?? '').matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '')
}

/** A value in words short enough for one line. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'this list'
  if (value instanceof Date) return 'a date'
  if (isTable(value)) return 'a section'
  if (typeof value !== 'string') return String(value)
  return value === '' ? 'an empty text' : quote(value.length > maxShown ? `${value.slice(0, maxShown)}…` : value)
}

const maxShown = 60

function valueAt(tree: unknown, path: OptionPath): unknown {
  let value = tree
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)]
    else if (isTable(value) && Object.hasOwn(value, step)) value = value[step]
    else return undefined
  }
  return value
}

/** The tree without the value at the path; without its parent if the value is missing or an element of a list. */
function without(tree: unknown, path: OptionPath): unknown {
  const [step, ...rest] = path
  if (step === undefined) return undefined
  if (Array.isArray(tree)) {
    const index = Number(step)
    const kept = rest.length === 0 ? undefined : without(tree[index], rest)
    // An index must go on meaning the same place of the file, so a list loses no single element.
    return kept === undefined ? undefined : tree.with(index, kept)
  }
  if (!isTable(tree) || !Object.hasOwn(tree, step)) return undefined
  const { [step]: value, ...others } = tree
  const kept = rest.length === 0 ? undefined : without(value, rest)
  return kept === undefined ? others : { ...others, [step]: kept }
}

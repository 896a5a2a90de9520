/** Checks the values of a file against the declared options and says in Signet's own words what is wrong. */

import type { z } from 'zod'
import { quote } from './declare.ts'
import { type Findings, speaksOfSecrets } from './findings.ts'
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
    const { unknown, bad } = sorted(parsed.error.issues)
    // Unknown keys first: an option that was only mistyped is not reported as missing as well.
    for (const path of unknown) reportKey(root, path, findings)
    for (const path of bad) reportValue(root, tree, path, findings)
    for (const path of [...unknown, ...bad]) tree = without(tree, path)
  }
  return null
}

/** Leaving out a bad value can only bring up what was behind it: sections are nested no deeper than this. */
const maxRounds = 8

function sorted(issues: readonly z.core.$ZodIssue[]): { readonly unknown: OptionPath[]; readonly bad: OptionPath[] } {
  const unknown: OptionPath[] = []
  const bad = new Map<string, OptionPath>()
  for (const issue of issues) {
    const path = pathOf(issue)
    if (issue.code === 'unrecognized_keys') unknown.push(...issue.keys.map((key) => [...path, key]))
    // One value may break several bounds at once; one sentence names them all.
    else bad.set(JSON.stringify(path), path)
  }
  return { unknown, bad: [...bad.values()] }
}

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
  const others = siblings.length === 0 ? ', which has none' : `; options there: ${siblings.join(', ')}`
  const belongs = elsewhere === undefined ? null : dotted(elsewhere.section) || 'the top level of the file'
  const rest = belongs !== null ? `; it belongs in \`${belongs}\`` : meant === null ? others : ''
  const message = `is not an option of ${inside}${rest}`
  const suggestion = elsewhere === undefined && meant !== null ? { suggestion: quote(meant) } : {}
  findings.add({ severity: 'error', path, pointing: 'key', rule: 'unknown-key', message, ...suggestion })
}

function reportValue(root: z.ZodType, tree: unknown, path: OptionPath, findings: Findings): void {
  const schema = schemaAt(root, path) ?? root
  const value = valueAt(tree, path)
  const note = optionNote(schema)
  const allowed = note?.allowed ?? allowedShape(schema, path)
  if (value === undefined && findings.isSpoiled(path)) return
  // A list goes as a whole when one of its elements is no good.
  findings.spoil(typeof path.at(-1) === 'number' ? path.slice(0, -1) : path)
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
  // A section may be called like a secret, and somebody write one in its place.
  const isSecret = note?.secret ?? speaksOfSecrets(dotted(path))
  const seen = isSecret ? 'what is written here' : describe(value)
  const meant = typeof value === 'string' && !isSecret ? nearest(value, wordsOf(schema)) : null
  const message = `must be ${allowed}, not ${seen}`
  const written = meant === null || elementOf(schema) === null ? quote(meant ?? '') : `[${quote(meant)}]`
  const suggestion = meant === null ? {} : { suggestion: written }
  findings.add({ severity: 'error', path, pointing: 'value', rule: 'bad-value', message, ...suggestion })
}

function allowedShape(schema: z.core.$ZodType, path: OptionPath): string {
  const name = dotted(path)
  if (typeof path.at(-1) === 'number') return `a section, written \`[[${name}]]\``
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

/**
 * The tree without the value at the path. Its section goes instead if the value is missing, and its list
 * if it is an element of one: an index must go on meaning the same place of the file.
 */
function without(tree: unknown, path: OptionPath): unknown {
  const [step, ...rest] = path
  const last = rest.length === 0
  if (step === undefined) return undefined
  if (Array.isArray(tree)) {
    const index = Number(step)
    const kept = last || index >= tree.length ? undefined : without(tree[index], rest)
    return kept === undefined ? undefined : tree.with(index, kept)
  }
  // Something on the way is gone already: an earlier problem of this round took it.
  if (!isTable(tree) || (!last && !Object.hasOwn(tree, step))) return tree
  if (!Object.hasOwn(tree, step)) return undefined
  const { [step]: value, ...others } = tree
  const kept = last ? undefined : without(value, rest)
  return kept === undefined ? others : { ...others, [step]: kept }
}

/**
 * Goes over a parsed file before its values are checked: older spellings become today's, options without
 * a meaning are dropped, and features that this release does not have are refused, each with its finding.
 */

import type { z } from 'zod'
import type { DatedSpelling, NotYet, SectionNote } from './declare.ts'
import { quote } from './declare.ts'
import type { Finding, Findings } from './findings.ts'
import { dotted, type OptionPath } from './problem.ts'
import { elementOf, isTable, optionNote, own, sectionNote, shapeOf, taggedOf } from './reflect.ts'

type Schema = z.core.$ZodType

/** The value in today's spelling, as far as it is known what was meant; never changes what it is given. */
export function modernise(schema: Schema, value: unknown, path: OptionPath, findings: Findings): unknown {
  const note = sectionNote(schema)
  if (note !== null) return isTable(value) ? moderniseSection(schema, note, value, path, findings) : value
  const tagged = taggedOf(schema)
  if (tagged !== null && isTable(value)) {
    const entries = Object.entries(value)
    return Object.fromEntries(entries.map(([tag, inner]) => [tag, modernise(tagged, inner, [...path, tag], findings)]))
  }
  const element = elementOf(schema)
  if (element !== null) return moderniseList(element, value, path, findings)
  return moderniseValue(schema, value, path, findings)
}

function moderniseSection(
  schema: Schema,
  note: SectionNote,
  table: Readonly<Record<string, unknown>>,
  path: OptionPath,
  findings: Findings,
): Record<string, unknown> {
  const shape = shapeOf(schema)
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(table)) {
    const at = [...path, key]
    const dated = own(note.dated, key)
    const notYet = own(note.notYet, key)
    const removed = own(note.removed, key)
    const meaningless = own(note.meaningless, key)
    const known = own(shape, key)
    if (dated !== undefined) Object.assign(result, renamed(schema, table, key, dated, path, findings))
    else if (notYet !== undefined) refuse(notYet, value, at, findings)
    else if (removed !== undefined) findings.add(onKey('error', at, 'removed', removed))
    else if (meaningless !== undefined) findings.add(onKey('warning', at, 'no-meaning', meaningless))
    else define(result, key, known === undefined ? value : modernise(known, value, at, findings))
  }
  return result
}

function renamed(
  schema: Schema,
  table: Readonly<Record<string, unknown>>,
  key: string,
  dated: DatedSpelling,
  path: OptionPath,
  findings: Findings,
): Record<string, unknown> {
  const writtenAt = [...path, key]
  const target = [...path, dated.to]
  if (Object.hasOwn(table, dated.to)) {
    const message = `says the same as \`${dated.to}\`, its spelling today; keep only \`${dated.to}\``
    findings.add(onKey('error', writtenAt, 'duplicate', message))
    return {}
  }
  const value = table[key]
  const converted = dated.convert === undefined ? value : dated.convert(value)
  const today = typeof converted === 'string' ? `${dated.to} = ${quote(converted)}` : dated.to
  const also = Object.entries(dated.also?.(value) ?? {}).filter(([other]) => !Object.hasOwn(table, other))
  const besides = also.map(([other, meant]) => ` with \`${other} = ${JSON.stringify(meant)}\``).join('')
  findings.add(
    onKey('warning', writtenAt, 'dated-spelling', `is an older spelling; today it is \`${today}\`${besides}`),
  )
  findings.moved(target, writtenAt)
  const known = own(shapeOf(schema), dated.to)
  const renewed = known === undefined ? converted : modernise(known, converted, target, findings)
  return { [dated.to]: renewed, ...Object.fromEntries(also) }
}

function refuse(notYet: NotYet, value: unknown, at: OptionPath, findings: Findings): void {
  // Marked even when harmless, so that no later check complains that the section is missing.
  findings.spoil(at)
  if (notYet.unless !== undefined && value === notYet.unless) return
  const advice = notYet.unless === undefined ? 'remove it' : `remove it, or set it to ${JSON.stringify(notYet.unless)}`
  findings.add(onKey('error', at, 'not-yet', `this release of Signet has no ${notYet.feature}; ${advice}`))
  if (notYet.spelled === undefined) return
  const dated: Findings = {
    ...findings,
    add: (finding) => (finding.rule === 'dated-spelling' ? findings.add(finding) : undefined),
  }
  modernise(notYet.spelled, value, at, dated)
}

function moderniseList(element: Schema, value: unknown, path: OptionPath, findings: Findings): unknown {
  const tables = shapeOf(element) !== null
  if (tables && isTable(value)) {
    const name = dotted(path)
    const message = `is written as a single table; today it is a list: \`[[${name}]]\``
    findings.add(onKey('warning', path, 'dated-spelling', message))
    return [modernise(element, value, [...path, 0], findings)]
  }
  if (!Array.isArray(value)) return value
  const result: unknown[] = []
  for (const [index, item] of value.entries()) {
    const feature = absentFeature(element, item)
    if (feature !== undefined) {
      findings.add(absentValue(item, feature, [...path, index], `take ${JSON.stringify(item)} out of the list`))
      continue
    }
    const target = [...path, result.length]
    if (result.length !== index) findings.moved(target, [...path, index])
    result.push(modernise(element, item, target, findings))
  }
  if (result.length > 0 || value.length === 0) return result
  // Nothing is left of a list that asked only for what is not there: its default keeps the other checks going.
  findings.spoil(path)
  return undefined
}

function moderniseValue(schema: Schema, value: unknown, path: OptionPath, findings: Findings): unknown {
  const note = optionNote(schema)
  if (note === null) return value
  if (note.ceiling !== null && value === 'infinity') {
    const unit = note.unit === null ? '' : ` ${note.unit}`
    const message = `nothing in Signet is unlimited: "infinity" is taken as ${note.ceiling}${unit}`
    findings.add({ severity: 'warning', path, pointing: 'value', rule: 'limited', message })
    return note.ceiling
  }
  const feature = absentFeature(schema, value)
  if (feature === undefined) return value
  findings.add(absentValue(value, feature, path, 'remove it'))
  findings.spoil(path)
  return undefined
}

function absentFeature(schema: Schema, value: unknown): string | undefined {
  return typeof value === 'string' ? own(optionNote(schema)?.notYet ?? null, value) : undefined
}

function absentValue(value: unknown, feature: string, path: OptionPath, advice: string): Finding {
  const message = `this release of Signet has no ${feature} (${JSON.stringify(value)}); ${advice}`
  return { severity: 'error', path, writtenAt: path, pointing: 'value', rule: 'not-yet', message }
}

function onKey(severity: Finding['severity'], path: OptionPath, rule: Finding['rule'], message: string): Finding {
  return { severity, path, pointing: 'key', rule, message }
}

function define(record: Record<string, unknown>, key: string, value: unknown): void {
  // `__proto__` is a key like any other in TOML; plain assignment would change the record's prototype.
  Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true })
}

/** Writes the reference page and the JSON Schema from the declared options: there is no second list to keep in step. */

import * as z from 'zod'
import type { SectionNote } from './declare.ts'
import { dotted, type OptionPath } from './problem.ts'
import { declared, elementOf, optionNote, sectionNote, shapeOf } from './reflect.ts'

type Schema = z.core.$ZodType

/** The sections below the root as Markdown, each with a table of its options; ends with a newline. */
export function referencePage(root: Schema): string {
  return sectionsOf(root)
    .map(({ path, many, schema }) => sectionText(path, many, schema))
    .filter((text) => text !== '')
    .join('\n')
}

/** The JSON Schema (draft 2020-12) of the file, in today's spelling, for editors that check while one types. */
export function jsonSchema(root: z.ZodType, title: string): unknown {
  const schema = z.toJSONSchema(root, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const description = sectionNote(zodSchema)?.says ?? optionNote(zodSchema)?.says
      if (description !== undefined) jsonSchema.description = description
      const ceiling = optionNote(zodSchema)?.ceiling ?? null
      // An alternative to the number cannot stand beside its bounds.
      if (ceiling !== null && jsonSchema.type === 'integer') {
        const { description: says, default: byDefault, ...number } = jsonSchema
        for (const key of Object.keys(number)) Reflect.deleteProperty(jsonSchema, key)
        jsonSchema.anyOf = [number, { const: 'infinity' }]
      }
    },
  })
  return { title, ...schema }
}

interface Listed {
  readonly path: OptionPath
  /** Whether the section is a list, written with two brackets. */
  readonly many: boolean
  readonly schema: Schema
}

function sectionsOf(root: Schema): Listed[] {
  const listed: Listed[] = [{ path: [], many: false, schema: root }]
  for (const { section, key, schema } of declared(root)) {
    const element = elementOf(schema)
    const inner = element !== null && shapeOf(element) !== null ? element : schema
    if (shapeOf(inner) !== null) listed.push({ path: [...section, key], many: inner !== schema, schema: inner })
  }
  return listed
}

function sectionText(path: OptionPath, many: boolean, schema: Schema): string {
  const note = sectionNote(schema)
  if (note === null) return ''
  const options = Object.entries(shapeOf(schema) ?? {}).filter(([, option]) => optionNote(option) !== null)
  const aside = asides(note)
  // A section that only holds other sections needs no heading of its own.
  if (options.length === 0 && aside.length === 0 && path.length < 2) return ''
  const name = dotted(path)
  const heading = name === '' ? '## The whole file' : `## \`${many ? `[[${name}]]` : `[${name}]`}\``
  return [heading, '', note.says, '', ...table(options), ...aside].join('\n')
}

function table(options: readonly (readonly [string, Schema])[]): string[] {
  if (options.length === 0) return []
  const rows = options.map(([key, schema]) => {
    const note = optionNote(schema)
    const infinity = note?.ceiling == null ? '' : `, or "infinity", which is taken as ${note.ceiling}`
    const byDefault = note?.byDefault == null ? '' : defaultText(note.byDefault)
    return `| \`${key}\` | ${cell(code((note?.allowed ?? '') + infinity))} | ${cell(byDefault)} | ${cell(note?.says ?? '')} |`
  })
  return ['| Option | Allowed | Default | Meaning |', '| --- | --- | --- | --- |', ...rows, '']
}

function asides(note: SectionNote): string[] {
  const lines: string[] = []
  for (const [key, { to }] of Object.entries(note.dated)) {
    lines.push(`- \`${key}\` is an older spelling of \`${to}\`: accepted with a warning.`)
  }
  for (const [key, why] of Object.entries(note.meaningless)) lines.push(`- \`${key}\` ${why}.`)
  for (const [key, why] of Object.entries(note.removed)) lines.push(`- \`${key}\` is refused: ${why}.`)
  for (const [key, { feature, unless }] of Object.entries(note.notYet)) {
    const exception = unless === undefined ? '' : `; only \`${key} = ${JSON.stringify(unless)}\` is accepted`
    lines.push(`- \`${key}\` is refused: this release has no ${feature}${exception}.`)
  }
  return lines.length === 0 ? [] : [...lines, '']
}

/** A default is either written as in the file, or said in words. */
function defaultText(byDefault: string): string {
  return /^(?:-?\d+|true|false|"[^"]*"|\[[^\]]*\])$/.test(byDefault) ? `\`${byDefault}\`` : code(byDefault)
}

function code(text: string): string {
  // Quoted words are what one types; what stands between backticks already stays.
  return text.replaceAll(/`[^`]*`|"[^"`]*"/g, (word) => (word.startsWith('`') ? word : `\`${word}\``))
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

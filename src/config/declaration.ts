/** Writes the TypeScript type of a configuration from the declared options, for programs that bring it as an object. */

import * as z from 'zod'
import { bare, elementOf, optionNote, sectionNote, shapeOf, taggedOf } from './reflect.ts'

type Schema = z.core.$ZodType

/** Columns of a line, as the formatter of the project has them. */
const maxColumns = 120

/** An exported interface `name` for the section, in today's spelling; ends with a newline. */
export function typeDeclaration(root: Schema, name: string, says: string): string {
  return `/** ${says} */\nexport interface ${name} ${sectionType(root, '')}\n`
}

function sectionType(section: Schema, indent: string): string {
  const inner = `${indent}  `
  const members = Object.entries(shapeOf(section) ?? {}).map(([key, schema]) => member(key, schema, inner))
  return members.length === 0 ? 'Readonly<Record<string, never>>' : `{\n${members.join('')}${indent}}`
}

function member(key: string, schema: Schema, indent: string): string {
  const isOptional = bare(schema) !== schema
  const head = `${indent}readonly ${key}${isOptional ? '?' : ''}: `
  const alternatives = typesOf(schema, indent)
  const line = head + alternatives.join(' | ')
  const isLong = alternatives.length > 1 && line.length > maxColumns
  const type = isLong ? `${head.trimEnd()}${alternatives.map((word) => `\n${indent}  | ${word}`).join('')}` : line
  return `${comment(schema, indent)}${type}\n`
}

function comment(schema: Schema, indent: string): string {
  const note = optionNote(schema)
  const element = elementOf(schema) ?? taggedOf(schema)
  const says = note?.says ?? sectionNote(schema)?.says ?? (element === null ? '' : (sectionNote(element)?.says ?? ''))
  const allowed = note === null || note.unit === null ? '' : ` ${capital(note.allowed)}.`
  const byDefault = note === null || note.byDefault === null ? '' : ` Default: ${note.byDefault}.`
  const lines = wrapped(`${says}${allowed}${byDefault}`, maxColumns - indent.length - 3)
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`
}

function typesOf(schema: Schema, indent: string): string[] {
  const inner = bare(schema)
  const note = optionNote(schema)
  if (shapeOf(inner) !== null) return [sectionType(inner, indent)]
  const tagged = taggedOf(inner)
  if (tagged !== null) return [`Readonly<Record<string, ${typesOf(tagged, indent).join(' | ')}>>`]
  if (inner instanceof z.ZodArray) {
    const element = typesOf(inner.element, indent)
    const type = element.join(' | ')
    return [element.length > 1 ? `readonly (${type})[]` : `readonly ${type}[]`]
  }
  // A program may hand in backends under names of its own.
  if (note?.open === true) return ['string']
  if (inner instanceof z.ZodEnum) return inner.options.map((word) => `'${word}'`)
  if (inner instanceof z.ZodLiteral) return [...inner.values].map((value) => JSON.stringify(value))
  if (inner instanceof z.ZodBoolean) return ['boolean']
  if (inner instanceof z.ZodNumber) return (note?.ceiling ?? null) === null ? ['number'] : ['number', "'infinity'"]
  if (inner instanceof z.ZodString) return ['string']
  throw new TypeError(`no TypeScript type is known for the schema of ${JSON.stringify(note?.says)}`)
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns - 3) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

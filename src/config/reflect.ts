/** Looks into declared schemas: what stands under a wrapper, and which notes go with it. */

import * as z from 'zod'
import { notes, type OptionNote, type SectionNote } from './declare.ts'
import type { OptionPath } from './problem.ts'

/** A declared schema without the wrappers for defaults and absence. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
    inner = inner.unwrap()
  }
  return inner
}

/** The note of an option; null for sections and lists of sections. */
export function optionNote(schema: z.core.$ZodType): OptionNote | null {
  const note = notes.get(bare(schema))
  return note?.kind === 'option' ? note : null
}

/** The note of a section; null for everything else. */
export function sectionNote(schema: z.core.$ZodType): SectionNote | null {
  const note = notes.get(bare(schema))
  return note?.kind === 'section' ? note : null
}

/** The options of a section by name; null when the schema is no section. */
export function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | null {
  const inner = bare(schema)
  return inner instanceof z.ZodObject ? inner.shape : null
}

/** The schema of a list's elements; null when the schema is no list. */
export function elementOf(schema: z.core.$ZodType): z.core.$ZodType | null {
  const inner = bare(schema)
  return inner instanceof z.ZodArray ? inner.element : null
}

/** The section that a schema has under every name that the operator chooses; null when the schema has none. */
export function taggedOf(schema: z.core.$ZodType): z.core.$ZodType | null {
  const inner = bare(schema)
  return inner instanceof z.ZodRecord ? inner.valueType : null
}

/** What stands for the operator's name of a section in a path. */
export const anyTag = 'TAG'

/** The schema at a path below a section; null when nothing is declared there. */
export function schemaAt(root: z.core.$ZodType, path: OptionPath): z.core.$ZodType | null {
  let schema: z.core.$ZodType | null = root
  for (const step of path) {
    if (schema === null) return null
    schema = typeof step === 'number' ? elementOf(schema) : (own(shapeOf(schema), step) ?? taggedOf(schema))
  }
  return schema
}

/** An own property of a record; inherited names such as `constructor` are no options. */
export function own<T>(record: Readonly<Record<string, T>> | null, key: string): T | undefined {
  return record !== null && Object.hasOwn(record, key) ? record[key] : undefined
}

/** One place where an option may stand. */
export interface DeclaredOption {
  /** Path of the section, list levels marked by index 0. */
  readonly section: OptionPath
  readonly key: string
  readonly schema: z.core.$ZodType
}

/** Every option and section of a tree, in the order of declaration. */
export function* declared(root: z.core.$ZodType, section: OptionPath = []): Generator<DeclaredOption> {
  for (const [key, schema] of Object.entries(shapeOf(root) ?? {})) {
    yield { section, key, schema }
    const element = elementOf(schema)
    const tagged = taggedOf(schema)
    if (tagged !== null) yield* declaredByTag(tagged, [...section, key])
    else if (shapeOf(schema) !== null) yield* declared(schema, [...section, key])
    else if (element !== null && shapeOf(element) !== null) yield* declared(element, [...section, key, 0])
  }
}

function* declaredByTag(schema: z.core.$ZodType, section: OptionPath): Generator<DeclaredOption> {
  yield { section, key: anyTag, schema }
  yield* declared(schema, [...section, anyTag])
}

/** Whether a value is a TOML table. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/**
 * Words with which a room declares its options. Each option is a zod schema plus a note: one sentence,
 * unit, bounds and default. Errors, the reference page and the JSON Schema are all written from these.
 */

import * as z from 'zod'

/** What is known about one option besides its type. */
export interface OptionNote {
  readonly kind: 'option'
  /** One sentence of documentation. */
  readonly says: string
  /** Completes the sentence "must be …". */
  readonly allowed: string
  /** The default as it is written in the file, or words that say where it comes from; null when there is none. */
  readonly byDefault: string | null
  readonly unit: string | null
  /** What the text "infinity" becomes: nothing in Signet is unlimited. */
  readonly ceiling: number | null
  /** Values that MongooseIM knows and this release does not, with the feature each stands for. */
  readonly notYet: Readonly<Record<string, string>>
  /** The value is never repeated in a message. */
  readonly secret: boolean
  /** Whether a program that embeds the server can add words to those that are allowed. */
  readonly open: boolean
}

/** An older spelling of an option: its name today, and its value today. */
export interface DatedSpelling {
  readonly to: string
  readonly convert?: (value: unknown) => unknown
  /** Options beside it that the older spelling decided as well, where the file does not say anything of them. */
  readonly also?: (value: unknown) => Readonly<Record<string, string | boolean>>
}

/**
 * A feature that this release does not have. With `unless`, that one value asks for nothing and is accepted;
 * with `spelled`, the section is still searched for dated spellings.
 */
export interface NotYet {
  readonly feature: string
  readonly unless?: string | boolean
  readonly spelled?: z.ZodType
}

/** What is known about the keys of a section that are not options of it. */
export interface SectionNote {
  readonly kind: 'section'
  readonly says: string
  readonly dated: Readonly<Record<string, DatedSpelling>>
  readonly notYet: Readonly<Record<string, NotYet>>
  /** Options that are gone for good, with a sentence on what to do instead. */
  readonly removed: Readonly<Record<string, string>>
  /** Options without a meaning here: accepted with a warning that says why. */
  readonly meaningless: Readonly<Record<string, string>>
}

/** Notes by schema; added to only where a schema is declared. */
export const notes = new WeakMap<z.core.$ZodType, OptionNote | SectionNote>()

type Common = { readonly says: string; readonly unit?: string; readonly notYet?: Readonly<Record<string, string>> }

function option<S extends z.ZodType>(schema: S, note: Partial<OptionNote> & Pick<OptionNote, 'says' | 'allowed'>): S {
  const blank = {
    kind: 'option',
    byDefault: null,
    unit: null,
    ceiling: null,
    notYet: {},
    secret: false,
    open: false,
  } as const
  notes.set(schema, { ...blank, ...note })
  return schema
}

/** A whole number within bounds; with `infinity`, that text is taken for the upper bound. */
export function integer(
  o: Common & { readonly min: number; readonly max: number; readonly byDefault: number; readonly infinity?: true },
): z.ZodDefault<z.ZodInt> {
  const unit = o.unit === undefined ? '' : ` (${o.unit})`
  return option(z.int().min(o.min).max(o.max), {
    says: o.says,
    allowed: `a whole number from ${o.min} to ${o.max}${unit}`,
    byDefault: String(o.byDefault),
    unit: o.unit ?? null,
    ceiling: o.infinity === true ? o.max : null,
  }).default(o.byDefault)
}

/** A whole number within bounds; absent unless given. */
export function optionalInteger(
  o: Common & { readonly min: number; readonly max: number; readonly byDefault: string },
): z.ZodOptional<z.ZodInt> {
  const unit = o.unit === undefined ? '' : ` (${o.unit})`
  return option(z.int().min(o.min).max(o.max), {
    says: o.says,
    allowed: `a whole number from ${o.min} to ${o.max}${unit}`,
    byDefault: o.byDefault,
    unit: o.unit ?? null,
  }).optional()
}

/** One of several numbers; absent unless given. */
export function numbers<const T extends number>(
  values: readonly [T, ...T[]],
  o: Common & { readonly byDefault: string },
): z.ZodOptional<z.ZodLiteral<T>> {
  const note = { says: o.says, allowed: `one of ${values.join(', ')}`, byDefault: o.byDefault }
  return option(z.literal<T[]>([...values]), note).optional()
}

/** `true` or `false`. */
export function flag(o: Common & { readonly byDefault: boolean }): z.ZodDefault<z.ZodBoolean> {
  const note = { says: o.says, allowed: 'true or false', byDefault: String(o.byDefault) }
  return option(z.boolean(), note).default(o.byDefault)
}

/** One of several words. */
export function choice<const T extends string>(
  values: readonly [T, ...T[]],
  o: Common & { readonly byDefault: NoInfer<T> },
): z.ZodDefault<z.ZodEnum<z.core.util.ToEnum<T>>> {
  const schema: z.ZodEnum<z.core.util.ToEnum<T>> = z.enum(values)
  const note = {
    says: o.says,
    allowed: `one of ${quoted(values)}`,
    byDefault: quote(o.byDefault),
    notYet: o.notYet ?? {},
  }
  // The default is one of the values, which the mapped type of zod cannot see.
  return option(schema, note).default(o.byDefault as z.core.util.NoUndefined<z.output<typeof schema>>)
}

/** One of several words; absent unless given. */
export function optionalChoice<const T extends string>(
  values: readonly [T, ...T[]],
  o: Common & { readonly byDefault: string },
): z.ZodOptional<z.ZodEnum<z.core.util.ToEnum<T>>> {
  const schema: z.ZodEnum<z.core.util.ToEnum<T>> = z.enum(values)
  const note = { says: o.says, allowed: `one of ${quoted(values)}`, byDefault: o.byDefault, notYet: o.notYet ?? {} }
  return option(schema, note).optional()
}

/** A list of words, in the operator's order, each at most once, at least one; absent unless given. */
export function choices<const T extends string>(
  values: readonly [T, ...T[]],
  o: Common & { readonly byDefault: string; readonly open?: true },
): z.ZodOptional<z.ZodArray<z.ZodEnum<z.core.util.ToEnum<T>>>> {
  const element: z.ZodEnum<z.core.util.ToEnum<T>> = z.enum(values)
  option(element, {
    says: o.says,
    allowed: `one of ${quoted(values)}`,
    notYet: o.notYet ?? {},
    open: o.open ?? false,
  })
  const list = z.array(element).min(1).refine(distinct)
  const allowed = `a list of at least one of ${quoted(values)}, each once`
  return option(list, { says: o.says, allowed, byDefault: o.byDefault }).optional()
}

/** A list of texts, each at most once, at least one; absent unless given. `each` says of which form, `form` tells. */
export function texts(
  o: Common & {
    readonly byDefault: string
    readonly allowed: string
    readonly each?: string
    readonly form?: RegExp
  },
): z.ZodOptional<z.ZodArray<z.ZodString>> {
  const plain = z.string().min(1).max(maxTextLength)
  const element = option(o.form === undefined ? plain : plain.regex(o.form), {
    says: o.says,
    allowed: o.each ?? 'a non-empty text',
  })
  const list = z.array(element).min(1).max(maxListLength).refine(distinct)
  return option(list, { says: o.says, allowed: o.allowed, byDefault: o.byDefault }).optional()
}

/** A text; absent unless given. `test` tells whether a text will do, `allowed` says which will. */
export function text(
  o: Common & {
    readonly allowed: string
    readonly byDefault?: string
    readonly secret?: true
    readonly test?: (value: string) => boolean
  },
): z.ZodOptional<z.ZodString> {
  return option(
    z
      .string()
      .max(maxTextLength)
      .refine(o.test ?? (() => true)),
    {
      says: o.says,
      allowed: o.allowed,
      byDefault: o.byDefault ?? null,
      secret: o.secret ?? false,
    },
  ).optional()
}

/** The name of a file, relative to the configuration file's folder or absolute; absent unless given. */
export function file(o: Common & { readonly byDefault?: string }): z.ZodOptional<z.ZodString> {
  const test = (value: string): boolean => value !== '' && !value.includes('\0')
  return text({ ...o, allowed: 'the name of a file, absolute or relative to this file', test })
}

/** A section: its options, and what is known about keys that are none. */
export function section<const S extends z.core.$ZodLooseShape>(
  says: string,
  shape: S,
  about: Partial<Omit<SectionNote, 'kind' | 'says'>> = {},
): z.ZodObject<S, z.core.$strict> {
  const schema = z.strictObject(shape)
  notes.set(schema, { kind: 'section', says, dated: {}, notYet: {}, removed: {}, meaningless: {}, ...about })
  return schema
}

/** A section like `base` with some of its options declared anew; what is known about its other keys stays. */
export function sectionWith<S extends z.core.$ZodLooseShape>(
  base: z.ZodObject<S, z.core.$strict>,
  shape: Partial<S>,
): z.ZodObject<S, z.core.$strict> {
  const schema = z.strictObject({ ...base.shape, ...shape })
  const note = notes.get(base)
  if (note !== undefined) notes.set(schema, note)
  return schema
}

/** A list of sections, written `[[…]]`; a single `[…]` is taken for a list of one, with a warning. */
export function sections<S extends z.ZodObject>(element: S): z.ZodOptional<z.ZodArray<S>> {
  return z.array(element).max(maxListLength).optional()
}

/** Sections of one kind under names that the operator chooses, each written `[….TAG]`. */
export function sectionsByTag<S extends z.ZodObject>(element: S): z.ZodOptional<z.ZodRecord<z.ZodString, S>> {
  return z.record(z.string(), element).optional()
}

/** Longest text of any option, in UTF-16 units. */
export const maxTextLength = 4096

/** Longest list of any option. */
export const maxListLength = 1000

/** A word in the quotes that TOML wants. */
export function quote(word: string): string {
  return JSON.stringify(word)
}

/** Words in quotes, separated by commas. */
export function quoted(words: Iterable<string>): string {
  return [...words].map(quote).join(', ')
}

function distinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length
}

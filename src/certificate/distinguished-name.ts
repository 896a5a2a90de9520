/** Distinguished names (RFC 5280 §4.1.2.4) as data, and as text (RFC 4514). */

import type { StringEncoding } from './der-strings.ts'

/** One attribute of a name. */
export interface NameAttribute {
  /** Dotted decimal. */
  readonly oid: string
  /** Short name such as `CN`; null for a type we have no name for. */
  readonly name: string | null
  /** The exact text, control characters and NUL included; null when the value is no string or breaks its alphabet. */
  readonly value: string | null
  readonly encoding: StringEncoding | 'other'
  /** The value's whole DER encoding. */
  readonly der: Uint8Array
}

/** A set of attributes that stand for one step of the name. */
export type RelativeName = readonly NameAttribute[]

/** A name: its steps in encoding order, from the root down. */
export interface DistinguishedName {
  readonly rdns: readonly RelativeName[]
  /** The whole Name as encoded: equal bytes are equal names. */
  readonly der: Uint8Array
}

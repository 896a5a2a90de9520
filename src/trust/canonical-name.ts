/**
 * Names in a form that can be compared (RFC 5280 §7.1), no coarser than OpenSSL's: letters of ASCII fold,
 * white space at the ends goes and inside shrinks to one space, the string type does not count.
 */

import { hexOf } from '../certificate/der-values.ts'
import type { DistinguishedName, NameAttribute } from '../certificate/facts.ts'

const asciiSpaces = /[\t\n\v\f\r ]+/g

/** One text for each step of a name, from the root down; equal texts are equal steps. */
export function canonicalSteps(name: DistinguishedName): readonly string[] {
  return name.rdns.map((rdn) => JSON.stringify(rdn.map(canonicalAttribute).sort()))
}

/** One text for a whole name; equal texts are equal names. */
export function canonicalName(name: DistinguishedName): string {
  return canonicalSteps(name).join('\n')
}

function canonicalAttribute({ oid, value, encoding, der }: NameAttribute): string {
  // A value without agreed characters, and NumericString as in OpenSSL, only equals its own octets.
  if (value === null || encoding === 'numeric') return `${oid}#${hexOf(der)}`
  return `${oid}=${lowerAscii(value.replace(asciiSpaces, ' ').replace(/^ | $/g, ''))}`
}

/** Folds A to Z and nothing else. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

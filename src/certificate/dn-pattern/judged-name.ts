/** A distinguished name in the form in which patterns see it: its attributes one by one, each as comparable text. */

import { fail, ok, type Result } from '../../result.ts'
import { holdsControlCharacter } from '../control-characters.ts'
import { hexOf } from '../der-values.ts'
import type { DistinguishedName, NameAttribute } from '../distinguished-name.ts'

/** Characters of one attribute that patterns look at; a longer value makes the name unfit to be judged. */
export const maxAttributeText = 1024

/** One attribute. */
export interface JudgedAttribute {
  readonly oid: string
  /** Folded (`foldText`). Text of a value that is no string begins with U+0000, which no pattern can write as text. */
  readonly text: string
}

/** A name, its steps and their order left out. */
export interface JudgedName {
  readonly attributes: readonly JudgedAttribute[]
}

/**
 * Makes a name comparable, or says why it cannot be: a value whose text cannot be told might be the very one
 * that a list denies, so nothing is decided about such a name.
 */
export function judgedName(name: DistinguishedName): Result<JudgedName, string> {
  const attributes: JudgedAttribute[] = []
  for (const rdn of name.rdns) {
    for (const attribute of rdn) {
      const text = judgedText(attribute)
      if (!text.ok) return fail(`its attribute ${attribute.name ?? attribute.oid} ${text.error}`)
      attributes.push({ oid: attribute.oid, text: text.value })
    }
  }
  return ok({ attributes })
}

/** The mark in front of a value that is no string: no text of a certificate that is judged holds it. */
export const octetsMark = '\0'

function judgedText({ value, encoding, der }: NameAttribute): Result<string, string> {
  if (encoding === 'other') return ok(`${octetsMark}${hexOf(der)}`)
  if (value === null) return fail('breaks the alphabet of its string type')
  if (value.length > maxAttributeText) return fail(`is longer than ${maxAttributeText} characters`)
  if (holdsControlCharacter(value)) return fail('holds a control character')
  return ok(foldText(value).trim())
}

const ascii = /^[\0-\x7f]*$/

/** Text in which letters of both cases, the ways to compose a character, and runs of spaces are the same. */
export function foldText(text: string): string {
  const folded = ascii.test(text) ? text.toLowerCase() : foldLetters(text.normalize('NFC'))
  return folded.includes('  ') ? folded.replace(/ +/g, ' ') : folded
}

/** Letter by letter: the lower case of a whole text is not always made of the lower cases of its parts (Greek sigma). */
function foldLetters(text: string): string {
  let folded = ''
  for (const letter of text) folded += letter.toLowerCase()
  return folded
}

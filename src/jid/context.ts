/** The contextual rules of RFC 5892 appendix A, which PRECIS shares with IDNA2008. */

import { toUnicode } from 'tr46'

const baseBefore = /[^\p{M}]\p{M}*$/u
const baseAfter = /^\p{M}*[^\p{M}]/u
const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u
const hebrewBefore = /\p{Script=Hebrew}$/u
const greekAfter = /^\p{Script=Greek}/u
const arabicIndicDigits = /[\u0660-\u0669]/
const extendedArabicIndicDigits = /[\u06f0-\u06f9]/

/** Whether the contextual code point at `offset` is out of its context. */
export function contextFault(text: string, offset: number): boolean {
  return !isInContext(text, offset)
}

function isInContext(text: string, offset: number): boolean {
  const before = text.slice(0, offset)
  const after = text.slice(offset + 1)
  switch (text[offset]) {
    case '\u200c': // A.1
      return endsInVirama(before) || joins(before, after)
    case '\u200d': // A.2
      return endsInVirama(before)
    case '\u00b7': // A.3
      return before.endsWith('l') && after.startsWith('l')
    case '\u0375': // A.4
      return greekAfter.test(after)
    case '\u05f3': // A.5
    case '\u05f4': // A.6
      return hebrewBefore.test(before)
    case '\u30fb': // A.7
      return japanese.test(text)
    default: // A.8, A.9
      return !(arabicIndicDigits.test(text) && extendedArabicIndicDigits.test(text))
  }
}

/**
 * Whether the last code point has canonical combining class 9. JavaScript has no such property, but
 * normalization sorts marks by class: only class 9 sorts behind U+3099 (8) and before U+05B0 (10).
 */
function endsInVirama(before: string): boolean {
  const last = lastCodePoint(before)
  if (last === '') return false
  return `${last}\u3099`.normalize('NFD') === `\u3099${last}` && `\u05b0${last}`.normalize('NFD') === `${last}\u05b0`
}

function lastCodePoint(text: string): string {
  return /.$/su.exec(text)?.[0] ?? ''
}

/** A.1, second half: between joining letters. The joining types are in tr46's tables, so a small label asks there. */
function joins(before: string, after: string): boolean {
  const left = baseBefore.exec(before)?.[0]
  const right = baseAfter.exec(after)?.[0]
  if (left === undefined || right === undefined) return false
  return !toUnicode(`${left}\u200c${right}`, { checkJoiners: true }).error
}

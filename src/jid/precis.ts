/** The two string classes of PRECIS (RFC 8264 §4, §8), told by Unicode properties. */

import { contextFault } from './context.ts'

/** Exceptions (F) of RFC 8264 §9.6 that are valid although the rules below would not say so. */
const exceptionValid = /[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]/u
const exceptionDisallowed = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/u
/** Join controls and the code points whose validity depends on their neighbours (RFC 5892 appendix A). */
const contextual = /[\u200c-\u200d\u00b7\u0375\u05f3\u05f4\u30fb\u0660-\u0669\u06f0-\u06f9]/u
const oldHangulJamo = /[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7c6\ud7cb-\ud7fb]/u
const ignorable = /[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u
const letterDigit = /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u
const freeformOnly = /[\p{Lt}\p{Nl}\p{No}\p{Me}\p{Zs}\p{S}\p{P}]/u

type Standing = 'valid' | 'freeform' | 'contextual' | 'disallowed'

/** The order of the questions is that of RFC 8264 §8; unassigned code points fall through to the end. */
function standingOf(character: string): Standing {
  if (exceptionValid.test(character)) return 'valid'
  if (contextual.test(character)) return 'contextual'
  if (exceptionDisallowed.test(character)) return 'disallowed'
  if (character >= '!' && character <= '~') return 'valid'
  if (oldHangulJamo.test(character) || ignorable.test(character)) return 'disallowed'
  const isLetterDigit = letterDigit.test(character)
  if (!isLetterDigit && !freeformOnly.test(character)) return 'disallowed'
  const hasCompatibility = character.normalize('NFKC') !== character
  return isLetterDigit && !hasCompatibility ? 'valid' : 'freeform'
}

/** Why a text is not of the IdentifierClass (RFC 8264 §4.2); null when it is. */
export function identifierFault(text: string): string | null {
  return classFault(text, false)
}

/** Why a text is not of the FreeformClass (RFC 8264 §4.3); null when it is. */
export function freeformFault(text: string): string | null {
  return classFault(text, true)
}

/** Joiners are looked up with their neighbours, which is slow; a line of Persian has some ten of them. */
const maxJoiners = 16

function classFault(text: string, isFreeform: boolean): string | null {
  if (text.split('\u200c').length - 1 > maxJoiners) return `holds more than ${maxJoiners} joiners`
  let offset = 0
  for (const character of text) {
    const standing = standingOf(character)
    if (standing === 'disallowed' || (standing === 'freeform' && !isFreeform)) {
      return `holds ${codePointName(character)}, which is not allowed there`
    }
    if (standing === 'contextual' && contextFault(text, offset)) {
      return `holds ${codePointName(character)} where its context does not allow it`
    }
    offset += character.length
  }
  return null
}

/** `U+0041` notation: safe to log, whatever the character does. */
function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** The Bidi Rule (RFC 5893 §2) for localparts, which RFC 8265 §3.3.1 asks for. JavaScript has no Bidi_Class property. */

/**
 * Class R or AL, which the rule never tells apart: the blocks that Unicode reserves for right-to-left
 * scripts (DerivedBidiClass defaults), less marks (NSM) and Arabic numbers, which have classes of their own.
 */
const rightToLeft =
  /(?![\p{Mn}\p{Me}\u06f0-\u06f9])[\u0590-\u065f\u066a-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10d2f}\u{10d3a}-\u{10d3f}\u{10d4a}-\u{10fff}\u{1e800}-\u{1efff}]/u
/** Class AN among letters and digits. */
const arabicNumber = /[\u0660-\u0669\u{10d30}-\u{10d39}\u{10d40}-\u{10d49}]/u
/** Class EN. */
const europeanNumber = /[0-9\u06f0-\u06f9]/
/** Class L when not from right to left: letters, spacing marks and all other digits. A few neutral letters count in, which only refuses more. */
const leftToRight = /(?![0-9\u0660-\u0669\u06f0-\u06f9\u{10d30}-\u{10d39}\u{10d40}-\u{10d49}])[\p{L}\p{Mc}\p{Nd}]/u
const trailingMarks = /[\p{Mn}\p{Me}]+$/u

/**
 * Why a text breaks the Bidi Rule; null when it keeps it or holds nothing from right to left. A label that
 * starts from left to right may hold no such character at all (condition 5), so only conditions 1 to 4 are left.
 */
export function bidiFault(text: string): string | null {
  if (!rightToLeft.test(text) && !arabicNumber.test(text)) return null
  const characters = [...text]
  if (!rightToLeft.test(characters[0] ?? '')) return 'mixes writing directions (RFC 5893: first character)'
  if (characters.some((character) => leftToRight.test(character) && !rightToLeft.test(character))) {
    return 'mixes writing directions'
  }
  const last = [...text.replace(trailingMarks, '')].at(-1) ?? ''
  if (!rightToLeft.test(last) && !arabicNumber.test(last) && !europeanNumber.test(last)) {
    return 'mixes writing directions (RFC 5893: last character)'
  }
  return arabicNumber.test(text) && europeanNumber.test(text) ? 'mixes Arabic and European numbers' : null
}

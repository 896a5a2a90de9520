/** Numbers in the attributes of a body. */

// XEP-0124 §14.1: never above 2^53 - 1. No sign, no leading zeros, no space.
const form = /^(?:0|[1-9]\d{0,15})$/

/** A whole number of at least `min`; null where there is no attribute. */
export function readNumber(text: string | null, min: number): number | null | 'malformed' {
  if (text === null) return null
  const value = form.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) && value >= min ? value : 'malformed'
}

/** Sets of characters (code points) as sorted ranges. */

/** Ranges `[first, last]`, sorted and apart. */
export type CharacterSet = readonly (readonly [first: number, last: number])[]

const lastCharacter = 0x10ffff

/** The one character. */
export function only(point: number): CharacterSet {
  return [[point, point]]
}

/** Every character. */
export const anyCharacter: CharacterSet = [[0, lastCharacter]]

/** `\d`: the digits of ASCII. */
export const digits: CharacterSet = [[0x30, 0x39]]

/** `\w`: letters and digits of ASCII, and the underscore. */
export const wordCharacters: CharacterSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]

/** `\s`: white space and ends of lines (ECMA-262 §22.2.2.9, the class of `\s`). */
export const spaces: CharacterSet = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]

/** Whatever is in one of the sets. */
export function union(sets: readonly CharacterSet[]): CharacterSet {
  const merged: [number, number][] = []
  for (const [first, last] of sets.flat().sort(([a], [b]) => a - b)) {
    const before = merged.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else merged.push([first, last])
  }
  return merged
}

/** Whatever is not in the set. */
export function complement(set: CharacterSet): CharacterSet {
  const gaps: [number, number][] = []
  let next = 0
  for (const [first, last] of set) {
    if (first > next) gaps.push([next, first - 1])
    next = last + 1
  }
  if (next <= lastCharacter) gaps.push([next, lastCharacter])
  return gaps
}

/** Whether a character is in the set. Sets of patterns have a handful of ranges. */
export function contains(set: CharacterSet, point: number): boolean {
  for (const [first, last] of set) {
    if (point < first) return false
    if (point <= last) return true
  }
  return false
}

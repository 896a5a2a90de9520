/** Wildcards within one value: `?` for one character, `*` for any number of them. */

/** A value with wildcards: UTF-16 units, and the two wildcards as negative numbers. */
export interface Glob {
  readonly units: readonly number[]
  /** The text, when there is no wildcard in it. */
  readonly literal: string | null
}

/** `?`. */
export const oneCharacter = -1

/** `*`. */
export const anyCharacters = -2

/** A glob from texts and wildcards. */
export function globOf(parts: readonly (string | typeof oneCharacter | typeof anyCharacters)[]): Glob {
  const units: number[] = []
  for (const part of parts) {
    if (typeof part === 'number') units.push(part)
    else for (let i = 0; i < part.length; i += 1) units.push(part.charCodeAt(i))
  }
  const isLiteral = units.every((unit) => unit >= 0)
  return { units, literal: isLiteral ? String.fromCharCode(...units) : null }
}

/** The texts between the wildcards; the first and the last touch the ends of the value, and may be empty. */
export function literalsOf({ units }: Glob): readonly string[] {
  const texts: string[] = ['']
  for (const unit of units) {
    if (unit < 0) texts.push('')
    else texts[texts.length - 1] += String.fromCharCode(unit)
  }
  return texts
}

/** Whether a whole text matches. Takes at most the product of the two lengths. */
export function matchesGlob({ units, literal }: Glob, text: string): boolean {
  if (literal !== null) return literal === text
  let at = 0
  let position = 0
  // Where the last `*` stands, and how far into the text it reaches so far: an earlier one need not be tried again.
  let star = -1
  let reach = 0
  while (position < text.length) {
    const unit = units[at]
    if (unit === anyCharacters) {
      star = at
      reach = position
      at += 1
    } else if (unit === oneCharacter) {
      position += (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1
      at += 1
    } else if (unit === text.charCodeAt(position)) {
      position += 1
      at += 1
    } else {
      if (star < 0) return false
      reach += 1
      position = reach
      at = star + 1
    }
  }
  while (units[at] === anyCharacters) at += 1
  return at === units.length
}

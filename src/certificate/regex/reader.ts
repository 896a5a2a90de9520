/** A walk along the characters of a pattern. */

import type { PatternFault } from './syntax.ts'

/** Thrown inside of the parser, and caught at its door. */
export class PatternError extends Error {
  readonly fault: PatternFault

  constructor(fault: PatternFault) {
    super(fault.why)
    this.fault = fault
  }
}

/** Reads a pattern character by character (code points). */
export class PatternReader {
  readonly #characters: readonly string[]
  #at = 0

  constructor(text: string) {
    this.#characters = [...text]
  }

  /** The characters read so far. */
  get position(): number {
    return this.#at
  }

  /** The character ahead, or one some places further; null behind the end. */
  peek(further = 0): string | null {
    return this.#characters[this.#at + further] ?? null
  }

  /** Takes the character ahead; null at the end. */
  next(): string | null {
    const character = this.peek()
    if (character !== null) this.#at += 1
    return character
  }

  /** Takes `text` if it is ahead. */
  take(text: string): boolean {
    const isAhead = [...text].every((character, index) => this.#characters[this.#at + index] === character)
    if (isAhead) this.#at += text.length
    return isAhead
  }

  /** Takes characters for as long as they match; `limit` is the most. */
  takeWhile(alphabet: RegExp, limit: number): string {
    let taken = ''
    while (taken.length < limit && alphabet.test(this.peek() ?? '')) taken += this.next()
    return taken
  }

  /** Ends the reading with a fault at the character with this index. */
  fail(index: number, why: string): never {
    throw new PatternError({ at: index + 1, why })
  }
}

/** Reads the pieces that plain markup is made of. Whatever else may be XML gets null, and the scanner is of no more use. */

const TAB = 0x09
const NEWLINE = 0x0a
const SPACE = 0x20
const QUOTE = 0x22
const AMPERSAND = 0x26
const APOSTROPHE = 0x27
const SLASH = 0x2f
const LESS = 0x3c
const EQUALS = 0x3d
const GREATER = 0x3e

const references: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

/** Longest name of a reference. */
const maxReferenceLength = 4

/** A place in a text without lone surrogates. */
export class PlainScanner {
  at: number
  /** The default namespace that the start tag last read declares; null where it declares none. */
  xmlns: string | null = null
  readonly #text: string
  readonly #maxAttributes: number

  constructor(text: string, at: number, maxAttributes: number) {
    this.#text = text
    this.at = at
    this.#maxAttributes = maxAttributes
  }

  get atEndTag(): boolean {
    return this.#text.charCodeAt(this.at + 1) === SLASH
  }

  /** Reads the `<` and the name of a start tag. */
  readName(): string | null {
    const start = this.at + 1
    const end = this.#endOfName(start)
    this.at = end
    return end === start ? null : this.#text.slice(start, end)
  }

  /** Reads the rest of a start tag into `attrs`, and its default namespace into `xmlns`. */
  readAttributes(attrs: Record<string, unknown>): 'open' | 'empty' | null {
    const text = this.#text
    this.xmlns = null
    for (let count = 0; ; count++) {
      const behind = this.at
      while (text.charCodeAt(this.at) === SPACE) this.at++
      const next = text.charCodeAt(this.at)
      if (next === GREATER) {
        this.at++
        return 'open'
      }
      if (next === SLASH) {
        this.at += 2
        return text.charCodeAt(this.at - 1) === GREATER ? 'empty' : null
      }
      if (this.at === behind || count >= this.#maxAttributes || !this.#readAttribute(attrs)) return null
    }
  }

  /** Reads the end tag of an element of this name. */
  readEndTag(name: string): boolean {
    const start = this.at + 2
    this.at = start + name.length + 1
    return this.#text.startsWith(name, start) && this.#text.charCodeAt(this.at - 1) === GREATER
  }

  /** Reads up to the next `<`. */
  readText(): string | null {
    const read = this.#readUntil(LESS)
    // XML 1.0 §2.4: this may not stand in text; inside of an attribute it may.
    return read?.includes(']]') === true ? null : read
  }

  #readAttribute(attrs: Record<string, unknown>): boolean {
    const text = this.#text
    const start = this.at
    let end = this.#endOfName(start)
    if (text.startsWith('xml:lang=', start) || text.startsWith('xmlns:stream=', start)) end = text.indexOf('=', start)
    const quote = text.charCodeAt(end + 1)
    if (end === start || text.charCodeAt(end) !== EQUALS || (quote !== APOSTROPHE && quote !== QUOTE)) return false
    this.at = end + 2
    const value = this.#readUntil(quote)
    if (value === null) return false
    this.at++
    return this.#keep(attrs, text.slice(start, end), value)
  }

  #keep(attrs: Record<string, unknown>, name: string, value: string): boolean {
    if (name === 'xmlns') {
      if (this.xmlns !== null) return false
      this.xmlns = value
      return true
    }
    // Names of what all objects have are no plain ones either.
    if (name === '__proto__' || attrs[name] !== undefined) return false
    attrs[name] = value
    return true
  }

  /** Reads text or a value up to `stop`, which is not read, with the predefined references resolved. */
  #readUntil(stop: number): string | null {
    const text = this.#text
    let read = ''
    let start = this.at
    for (let at = start; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit === stop) {
        this.at = at
        return read === '' ? text.slice(start, at) : read + text.slice(start, at)
      }
      if (unit === AMPERSAND) {
        const name = this.#referenceAt(at)
        const meant = references.get(name)
        if (meant === undefined) return null
        read += text.slice(start, at) + meant
        at += name.length + 1
        start = at + 1
      } else if (unit === LESS || !isPlainUnit(unit, stop)) return null
    }
    return null
  }

  /** The name between the `&` here and its `;`, if one is near. */
  #referenceAt(at: number): string {
    const near = this.#text.slice(at + 1, at + maxReferenceLength + 2)
    return near.slice(0, Math.max(0, near.indexOf(';')))
  }

  /** Names of ASCII without a prefix (see `checkNames`). */
  #endOfName(start: number): number {
    const text = this.#text
    if (!isNameStart(text.charCodeAt(start))) return start
    let end = start + 1
    while (isNamePart(text.charCodeAt(end))) end++
    return end
  }
}

/** XML 1.0 §2.2, production Char, without carriage returns, and in values without what §3.3.3 makes spaces of. */
function isPlainUnit(unit: number, stop: number): boolean {
  if (unit >= SPACE) return unit < 0xfffe
  return stop === LESS && (unit === NEWLINE || unit === TAB)
}

function isNameStart(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f
}

function isNamePart(unit: number): boolean {
  return isNameStart(unit) || (unit >= 0x30 && unit <= 0x39) || unit === 0x2d || unit === 0x2e
}

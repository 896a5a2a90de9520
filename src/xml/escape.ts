/** Escapes character data for XML 1.0 output, and refuses what XML 1.0 cannot hold. */

/**
 * Everything outside the Char production of XML 1.0 §2.2: controls other than tab, line feed and carriage return,
 * lone surrogates, U+FFFE and U+FFFF. With the `u` flag a proper surrogate pair is one code point and does not match.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters are what is looked for
const NOT_CHAR = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/u

/** Printable ASCII without anything that is escaped: what most attributes hold, seen in one look. */
const SURELY_PLAIN = /^[ !#-%(-;=?-~]*$/

const TEXT_SPECIAL = /[&<>\r]/
const TEXT_SPECIALS = /[&<>\r]/g
const ATTRIBUTE_SPECIAL = /[&<>"'\t\n\r]/
const ATTRIBUTE_SPECIALS = /[&<>"'\t\n\r]/g

/** Whether every character may stand in an XML 1.0 document (XML 1.0 §2.2, production Char). */
export function isXmlText(text: string): boolean {
  return !NOT_CHAR.test(text)
}

/**
 * Escapes text for element content: `&`, `<`, `>` and carriage return (which a reader would turn into a line feed,
 * XML 1.0 §2.11). Throws RangeError on a character outside the Char production: such text must be refused where it
 * enters the house, and writing it would hand the peer a broken stream.
 */
export function escapeText(text: string): string {
  if (SURELY_PLAIN.test(text)) return text
  assertXmlText(text)
  return TEXT_SPECIAL.test(text) ? text.replace(TEXT_SPECIALS, reference) : text
}

/**
 * Escapes an attribute value for either kind of quotes: `&`, `<`, `>`, both quotes, and tab, line feed and carriage
 * return (which a reader would turn into spaces, XML 1.0 §3.3.3). Throws RangeError as `escapeText` does.
 */
export function escapeAttribute(value: string): string {
  if (SURELY_PLAIN.test(value)) return value
  assertXmlText(value)
  return ATTRIBUTE_SPECIAL.test(value) ? value.replace(ATTRIBUTE_SPECIALS, reference) : value
}

function assertXmlText(text: string): void {
  const found = NOT_CHAR.exec(text)
  if (found === null) return
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  throw new RangeError(`U+${code} cannot be written in XML 1.0`)
}

function reference(character: string): string {
  switch (character) {
    case '&':
      return '&amp;'
    case '<':
      return '&lt;'
    case '>':
      return '&gt;'
    case '"':
      return '&quot;'
    case "'":
      return '&apos;'
    default:
      return `&#${character.charCodeAt(0)};`
  }
}

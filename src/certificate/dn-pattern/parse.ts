/** Reads patterns for distinguished names: `CN=*, OU=Staff, O=Example\, Inc., **`. */

import { fail, ok, type Result } from '../../result.ts'
import { attributeTypeOid } from '../distinguished-name.ts'
import { anyCharacters, type Glob, globOf, oneCharacter } from './glob.ts'
import { foldText, maxAttributeText, octetsMark } from './judged-name.ts'
import { type DnPattern, maxPatternAttributes, type PatternAttribute } from './pattern.ts'

/** Reads a pattern, or says what is wrong with it in a sentence without its full stop. */
export function parseDnPattern(source: string): Result<DnPattern, string> {
  const attributes: PatternAttribute[] = []
  let others = false
  for (const part of splitParts(source)) {
    if (part === '**') {
      if (others) return fail('it has ** twice; once stands for any number of further attributes')
      others = true
      continue
    }
    const attribute = parseAttribute(part)
    if (!attribute.ok) return attribute
    attributes.push(attribute.value)
    if (attributes.length > maxPatternAttributes) return fail(`it has more than ${maxPatternAttributes} attributes`)
  }
  return ok({ source, attributes, others })
}

/** Parts between commas without the spaces around them; a comma behind a backslash parts nothing. */
function splitParts(source: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1
    else if (source[at] === ',') {
      parts.push(trim(source.slice(start, at)))
      start = at + 1
    }
  }
  return [...parts, trim(source.slice(start))]
}

/** Takes spaces off both ends, but not one that a backslash stands before. */
function trim(text: string): string {
  const start = text.replace(/^ +/, '')
  const end = start.replace(/ +$/, '')
  return end.length < start.length && /(?:^|[^\\])(?:\\\\)*\\$/.test(end) ? `${end} ` : end
}

function parseAttribute(part: string): Result<PatternAttribute, string> {
  const shown = JSON.stringify(part)
  if (part === '') return fail('it has an empty part; between commas stands TYPE=value, or **')
  const equals = part.indexOf('=')
  if (equals < 0) return fail(`${shown} is not of the form TYPE=value`)
  const type = part.slice(0, equals).trim()
  const oid = attributeTypeOid(type)
  if (oid === null)
    return fail(`${JSON.stringify(type)} is no attribute type; use CN, O, OU, E, L, ST, C, UID, DC or an OID`)
  const written = trim(part.slice(equals + 1))
  const value = parseValue(written)
  return value.ok ? ok({ oid, written, value: value.value }) : fail(`${shown}: ${value.error}`)
}

const hexForm = /^#((?:[0-9A-Fa-f]{2})+)$/

function parseValue(written: string): Result<Glob, string> {
  if (written === '') return fail('the value is empty; * stands for any')
  if (written.length > maxAttributeText) return fail(`the value is longer than ${maxAttributeText} characters`)
  // RFC 4514 §2.4: how a value that is no string is printed.
  const [, octets] = hexForm.exec(written) ?? []
  if (octets !== undefined) return ok(globOf([`${octetsMark}${octets.toLowerCase()}`]))
  const tokens = tokensOf(written)
  return tokens.ok ? ok(globOf(foldTokens(tokens.value))) : tokens
}

type Token = string | typeof oneCharacter | typeof anyCharacters

/** An escape of octets, an escape of one character, a wildcard, or a run of other text. */
const tokenPattern = /((?:\\[0-9A-Fa-f]{2})+)|\\([ "#+,;<=>\\*?])|(\*+|\?)|([^\\*?+;]+)|(.)/gsu

function tokensOf(written: string): Result<Token[], string> {
  const tokens: Token[] = []
  for (const [, octets, escaped, wildcard, text, stray] of written.matchAll(tokenPattern)) {
    if (stray !== undefined) return fail(strayFault(stray))
    if (wildcard !== undefined && wildcard.length > 1)
      return fail('** stands alone between commas; within a value use *')
    if (wildcard !== undefined) tokens.push(wildcard === '*' ? anyCharacters : oneCharacter)
    else if (octets === undefined) tokens.push(escaped ?? text ?? '')
    else {
      const decoded = decodeOctets(octets)
      if (decoded === null) return fail(`${octets} is not UTF-8`)
      tokens.push(decoded)
    }
  }
  const text = tokens.filter((token) => typeof token === 'string').join('')
  return /\p{Cc}/u.test(text) ? fail('it has a control character, which no name that is judged has') : ok(tokens)
}

function strayFault(character: string): string {
  if (character === '\\')
    return 'a backslash stands before two hexadecimal digits or one of , + ; = * ? \\ " # < > and space'
  return `write \\${character} for the character ${character}; attributes are parted by commas`
}

function decodeOctets(escapes: string): string | null {
  try {
    const octets = Buffer.from(escapes.replaceAll('\\', ''), 'hex')
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  } catch {
    return null
  }
}

/** Texts side by side become one before they are folded, and the ends of the value lose their spaces, as in names. */
function foldTokens(tokens: readonly Token[]): Token[] {
  const folded: Token[] = []
  for (const token of tokens) {
    const before = folded.at(-1)
    if (typeof token === 'string' && typeof before === 'string') folded[folded.length - 1] = before + token
    else folded.push(token)
  }
  const last = folded.length - 1
  return folded.map((token, index) => {
    if (typeof token !== 'string') return token
    const text = foldText(token)
    const start = index === 0 ? text.trimStart() : text
    return index === last ? start.trimEnd() : start
  })
}

/** Search filters of a directory (RFC 4515) with places to fill in. Read once; values never become filter text again. */

import { fail, ok, type Result } from '../../result.ts'

/** A piece of an asserted value: fixed text, or a place such as `%u` or `%{email}`. */
export type FilterPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'place'; readonly name: string }

/** An asserted value: its pieces one behind the other. */
export type FilterValue = readonly FilterPiece[]

/** A filter, read. */
export type FilterTemplate =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly FilterTemplate[] }
  | { readonly kind: 'not'; readonly part: FilterTemplate }
  | { readonly kind: 'present'; readonly attribute: string }
  | {
      readonly kind: 'compare'
      readonly operator: '=' | '>=' | '<=' | '~='
      readonly attribute: string
      readonly value: FilterValue
    }
  /** What stood between the wildcards: the first piece opens the value, the last one ends it; both may be empty. */
  | { readonly kind: 'substrings'; readonly attribute: string; readonly values: readonly FilterValue[] }
  | {
      readonly kind: 'extensible'
      /** Empty for every attribute. */
      readonly attribute: string
      /** Empty for the attribute's own rule. */
      readonly rule: string
      readonly dnAttributes: boolean
      readonly value: FilterValue
    }

/** Depth to which filters may be nested. */
export const maxFilterDepth = 16

/** Assertions in one filter. */
export const maxAssertions = 100

/** What an attribute may be called (RFC 4512 §2.5): a name or an OID, with options such as `;binary`. */
export const attributePattern = /^(?:[A-Za-z][A-Za-z0-9-]*|[0-2](?:\.(?:0|[1-9][0-9]*))+)(?:;[A-Za-z0-9-]+)*$/

const itemPattern = /^([^=<>~:()]*)(?:(=|>=|<=|~=)|(:[^=()]*)?:=)([^()]*)$/s

class FilterFault extends Error {}

/**
 * Reads a filter in which these places may stand in values, or says what is wrong in a sentence without its full stop.
 * Each `%s` becomes a place of its own: `%s1`, `%s2` …
 */
export function parseFilter(text: string, places: readonly string[]): Result<FilterTemplate, string> {
  const reader = { text, at: 0, places: new Set(places), assertions: 0, lists: 0 }
  try {
    const filter = readFilter(reader, 0)
    if (reader.at < text.length)
      throw new FilterFault(`something is left behind the filter at character ${reader.at + 1}`)
    return ok(filter)
  } catch (fault) {
    if (fault instanceof FilterFault) return fail(fault.message)
    throw fault
  }
}

/** The places that a filter has, in order, each as often as it stands there. */
export function placesOf(filter: FilterTemplate): readonly string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.parts.flatMap(placesOf)
    case 'not':
      return placesOf(filter.part)
    case 'present':
      return []
    case 'substrings':
      return filter.values.flatMap(placesInValue)
    case 'compare':
    case 'extensible':
      return placesInValue(filter.value)
  }
}

function placesInValue(value: FilterValue): readonly string[] {
  return value.flatMap((piece) => (piece.kind === 'place' ? [piece.name] : []))
}

interface Reader {
  readonly text: string
  at: number
  readonly places: ReadonlySet<string>
  assertions: number
  /** How many `%s` were seen. */
  lists: number
}

function readFilter(reader: Reader, depth: number): FilterTemplate {
  if (depth > maxFilterDepth) throw new FilterFault(`it is nested deeper than ${maxFilterDepth}`)
  take(reader, '(')
  const filter = readComponent(reader, depth)
  take(reader, ')')
  return filter
}

function readComponent(reader: Reader, depth: number): FilterTemplate {
  const sign = reader.text[reader.at]
  if (sign === '!') {
    reader.at += 1
    return { kind: 'not', part: readFilter(reader, depth + 1) }
  }
  if (sign !== '&' && sign !== '|') return readItem(reader)
  reader.at += 1
  const parts: FilterTemplate[] = []
  while (reader.text[reader.at] === '(') parts.push(readFilter(reader, depth + 1))
  if (parts.length === 0) throw new FilterFault(`"${sign}" at character ${reader.at} has no filter behind it`)
  return { kind: sign === '&' ? 'and' : 'or', parts }
}

function take(reader: Reader, character: string): void {
  const found = reader.text[reader.at]
  if (found !== character) {
    const instead = found === undefined ? 'the end' : JSON.stringify(found)
    const blank = found !== undefined && /\s/.test(found) ? '; there must be no blanks between filters' : ''
    throw new FilterFault(`"${character}" must stand at character ${reader.at + 1}, where ${instead} is${blank}`)
  }
  reader.at += 1
}

function readItem(reader: Reader): FilterTemplate {
  const end = /[()]|$/.exec(reader.text.slice(reader.at))
  const item = reader.text.slice(reader.at, reader.at + (end?.index ?? 0))
  const start = reader.at + 1
  const [whole, attribute = '', operator, matching = '', value = ''] = itemPattern.exec(item) ?? []
  if (whole === undefined) throw new FilterFault(`what stands at character ${start} is no comparison`)
  reader.assertions += 1
  if (reader.assertions > maxAssertions) throw new FilterFault(`it has more than ${maxAssertions} comparisons`)
  reader.at += item.length
  if (operator === undefined) return readExtensible(reader, attribute, matching, value)
  if (!attributePattern.test(attribute))
    throw new FilterFault(`${JSON.stringify(attribute)} is no name of an attribute`)
  if (operator === '=' && value === '*') return { kind: 'present', attribute }
  const values = value.split('*').map((part) => readValue(reader, part))
  const [first = [], ...more] = values
  if (more.length === 0) return { kind: 'compare', operator: operatorOf(operator), attribute, value: first }
  if (operator !== '=') throw new FilterFault(`"*" has no meaning behind "${operator}"; write \\2a for the character`)
  return { kind: 'substrings', attribute, values }
}

function operatorOf(text: string): '=' | '>=' | '<=' | '~=' {
  return text === '>=' || text === '<=' || text === '~=' ? text : '='
}

function readExtensible(reader: Reader, attribute: string, matching: string, value: string): FilterTemplate {
  const dnAttributes = /^:dn(?=:|$)/i.test(matching)
  const rule = (dnAttributes ? matching.slice(3) : matching).replace(/^:/, '')
  const isRule = rule === '' || attributePattern.test(rule)
  const isAttribute = attribute === '' ? rule !== '' : attributePattern.test(attribute)
  if (!isRule || !isAttribute) throw new FilterFault(`${JSON.stringify(attribute + matching)} is no matching rule`)
  if (value.includes('*')) throw new FilterFault('"*" has no meaning behind ":="; write \\2a for the character')
  return { kind: 'extensible', attribute, rule, dnAttributes, value: readValue(reader, value) }
}

const pieces = /%\{([^}]*)\}?|%([A-Za-z])|((?:\\[0-9A-Fa-f]{2})+)|\\|[^%\\]+|%/gs

function readValue(reader: Reader, text: string): FilterValue {
  const result: FilterPiece[] = []
  for (const [whole, fact, letter, escapes] of text.matchAll(pieces)) {
    const place = placeOf(reader, whole, fact, letter)
    if (place !== null) result.push({ kind: 'place', name: place })
    else if (whole === '\\') throw new FilterFault('"\\" must be followed by two hexadecimal digits')
    else result.push({ kind: 'text', text: escapes === undefined ? whole : decodeEscapes(escapes) })
  }
  return result
}

function placeOf(reader: Reader, whole: string, fact: string | undefined, letter: string | undefined): string | null {
  if (fact === undefined && letter === undefined) return null
  if (!reader.places.has(whole)) {
    if (fact === undefined) return null
    const known = [...reader.places].join(', ')
    throw new FilterFault(`${whole} stands for nothing here; there is ${known}`)
  }
  if (whole !== '%s') return whole
  reader.lists += 1
  return `%s${reader.lists}`
}

function decodeEscapes(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(text.replaceAll('\\', ''), 'hex'),
    )
  } catch {
    throw new FilterFault(`${text} is not UTF-8`)
  }
}

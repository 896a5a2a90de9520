/** Cuts what a server sends into stream-level items: headers, whole elements, the closing tag. */

import { type Element, parse } from 'ltx'

/** One thing a server put on its stream; `raw` is its markup, byte for byte. */
export type WireItem =
  | { readonly kind: 'header'; readonly raw: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: 'element'; readonly raw: string; readonly element: Element }
  | { readonly kind: 'footer'; readonly raw: string }

/** An item and the text after it; null when the text holds no whole item yet. */
export type Cut = { readonly item: WireItem; readonly rest: string } | null

/** Takes the first whole item off `text`. White space and XML declarations between items are dropped. Throws on text that is no XML. */
export function cutItem(text: string): Cut {
  let from = 0
  for (;;) {
    while (/\s/.test(text.charAt(from))) from++
    if (!text.startsWith('<?', from)) break
    const end = text.indexOf('?>', from)
    if (end < 0) return null
    from = end + 2
  }
  if (from >= text.length) return null
  if (text.charAt(from) !== '<')
    throw new SyntaxError(`text at stream level: ${JSON.stringify(text.slice(from, from + 40))}`)
  const end = endOfTag(text, from)
  if (end === null) return null
  const tag = text.slice(from, end)
  const rest = text.slice(end)
  if (tag.startsWith('</')) return { item: { kind: 'footer', raw: tag }, rest }
  if (/^<stream:stream[\s>]/.test(tag))
    return { item: { kind: 'header', raw: tag, attributes: readAttributes(tag) }, rest }
  return cutElement(text, from)
}

/** The attributes of a start tag, with the five predefined entities resolved. */
export function readAttributes(tag: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', single, double] of tag.matchAll(/\s([^\s=]+)\s*=\s*(?:'([^']*)'|"([^"]*)")/g)) {
    found.set(name, resolveEntities(single ?? double ?? ''))
  }
  return found
}

function cutElement(text: string, from: number): Cut {
  let depth = 0
  let at = from
  for (;;) {
    const end = endOfTag(text, at)
    if (end === null) return null
    if (text.startsWith('</', at)) depth--
    else if (!text.startsWith('/>', end - 2)) depth++
    if (depth === 0) {
      const raw = text.slice(from, end)
      return { item: { kind: 'element', raw, element: parse(raw) as Element }, rest: text.slice(end) }
    }
    at = text.indexOf('<', end)
    if (at < 0) return null
  }
}

/** Index after the `>` that ends the tag at `from`; a `>` in quotes ends nothing. */
function endOfTag(text: string, from: number): number | null {
  let quote = ''
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at)
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '>') return at + 1
  }
  return null
}

/** An element of a client's TCP stream, that means the same where the default namespace is another. */
export function qualified(raw: string): string {
  const end = /[\s/>]/.exec(raw)?.index ?? 0
  const tag = raw.slice(0, endOfTag(raw, 0) ?? 0)
  return readAttributes(tag).has('xmlns') ? raw : `${raw.slice(0, end)} xmlns='jabber:client'${raw.slice(end)}`
}

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
}

function resolveEntities(text: string): string {
  return text.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity] ?? entity)
}

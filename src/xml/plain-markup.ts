/**
 * The quick way through markup that is plain: what nearly every client sends nearly always. It reads a part of the
 * language that saxes reads, to the same values, and says null to everything else, right or wrong: that is then
 * saxes' to read and to judge. So nothing is accepted here that would not be accepted there.
 */

import { Element } from '@xmpp/xml'
import type { Element as XmlElement } from 'ltx'
import type { XmlLimits } from './limits.ts'
import { NS } from './namespaces.ts'
import { PlainScanner } from './plain-scanner.ts'
import type { StreamHeader } from './stream-header.ts'

/** Something that was read, and how much of the text it took, in UTF-16 units. */
export interface PlainPart<T> {
  readonly value: T
  readonly length: number
}

/** What every plain header declares: for a reader that has to go on behind one. */
export const plainHeaderMarkup = `<stream:stream xmlns='${NS.client}' xmlns:stream='${NS.streams}'>`

/** The end of a stream that began with a plain header. */
export const plainCloseMarkup = '</stream:stream>'

const declarations = ["<?xml version='1.0'?>", '<?xml version="1.0"?>']
const root = '<stream:stream'
const headerNames: ReadonlySet<string> = new Set(['xmlns:stream', 'from', 'to', 'id', 'version', 'xml:lang'])

/** Reads a stream header, behind an XML declaration or not, that declares the same as {@link plainHeaderMarkup}. */
export function readPlainHeader(text: string, limits: XmlLimits): PlainPart<StreamHeader> | null {
  const start = declarations.find((declaration) => text.startsWith(declaration))?.length ?? 0
  if (!text.startsWith(root, start)) return null
  const scanner = new PlainScanner(text, start + root.length, limits.maxAttributes)
  const attrs: Record<string, string> = {}
  // An empty-element tag would open the stream and close it.
  if (scanner.readAttributes(attrs) !== 'open') return null
  if (scanner.xmlns !== NS.client || attrs['xmlns:stream'] !== NS.streams) return null
  for (const name in attrs) if (!headerNames.has(name)) return null
  const header: StreamHeader = {
    from: attrs['from'] ?? null,
    to: attrs['to'] ?? null,
    id: attrs['id'] ?? null,
    version: attrs['version'] ?? null,
    lang: attrs['xml:lang'] ?? null,
    contentNamespace: NS.client,
  }
  return { value: Object.freeze(header), length: scanner.at }
}

/**
 * Reads one whole first-level element, behind a plain header or as a document of its own, which must say its namespace;
 * `text` begins with its `<`.
 */
export function readPlainElement(
  text: string,
  limits: XmlLimits,
  place: 'stream' | 'document' = 'stream',
): PlainPart<XmlElement> | null {
  const { maxDepth, maxElements, maxAttributes } = limits
  const scanner = new PlainScanner(text, 0, maxAttributes)
  /** Namespaces outside of the open elements, from the first level inwards. */
  const outside: string[] = []
  let namespace: string = NS.client
  let cursor: XmlElement | null = null
  for (let elements = 1; ; ) {
    if (cursor !== null && scanner.atEndTag) {
      if (!scanner.readEndTag(cursor.name)) return null
      if (cursor.parent === null) return { value: cursor, length: scanner.at }
      cursor = cursor.parent
      namespace = outside.pop() ?? NS.client
    } else {
      const name = scanner.readName()
      if (name === null || elements > maxElements || outside.length >= maxDepth) return null
      elements += 1
      const element: XmlElement = new Element(name)
      const end = scanner.readAttributes(element.attrs)
      if (place === 'document' && cursor === null && scanner.xmlns === null) return null
      const own: string = scanner.xmlns ?? namespace
      if (end === null || !isPlainNamespace(own) || Object.hasOwn(element.attrs, 'xmlns:stream')) return null
      if (own !== namespace) element.attrs['xmlns'] = own
      cursor?.cnode(element)
      if (end === 'open') {
        outside.push(namespace)
        namespace = own
        cursor = element
      } else if (cursor === null) return { value: element, length: scanner.at }
    }
    const between: string | null = scanner.readText()
    if (between === null) return null
    if (between !== '') cursor?.children.push(between)
  }
}

/** Those that need a look of their own, such as none at all or one that is reserved, are left to saxes and its guard. */
function isPlainNamespace(name: string): boolean {
  return name !== '' && name !== NS.server && name !== NS.xml && name !== NS.xmlns && name.trim() === name
}

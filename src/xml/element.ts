/**
 * Reading, building and writing elements. They are ltx elements in one canonical form: names without prefix, `xmlns` only
 * where the namespace differs from the parent's, and a topmost element without `xmlns` is in `jabber:client`.
 */

import { xml as build } from '@xmpp/xml'
import type { Element, Node } from 'ltx'
import { escapeAttribute, escapeText } from './escape.ts'
import { NS } from './namespaces.ts'

export type { Element, Node } from 'ltx'

/** Attributes for `xml()`; null and undefined ones are left out. */
export type ElementAttributes = { readonly [name: string]: string | number | boolean | null | undefined }

/** What an element may hold; null, undefined, booleans and '' are left out, arrays are flattened. */
export type ElementChild = Node | number | boolean | null | undefined | readonly ElementChild[]

/**
 * Builds an element: `xml('bind', { xmlns: NS.bind }, xml('jid', {}, jid))`. Unlike the builder of `@xmpp/xml` it leaves
 * the attribute object alone.
 */
export function xml(name: string, attrs?: ElementAttributes | null, ...children: ElementChild[]): Element {
  return build(name, { ...attrs }, ...children)
}

/** Whether a child is an element, not text. */
export function isElementNode(node: Node): node is Element {
  return typeof node === 'object'
}

/** The value of an attribute by its name as written (`to`, `xml:lang`); null where it is absent. */
export function attributeOf(element: Element, name: string): string | null {
  if (!Object.hasOwn(element.attrs, name)) return null
  const value: unknown = element.attrs[name]
  return value === null || value === undefined ? null : String(value)
}

/**
 * The namespace name an element is in; '' for none. Follows `xmlns` upwards to the first that is there, an empty one
 * included (which ltx's own `getNS` would skip); a topmost element without `xmlns` is in `jabber:client`.
 */
export function namespaceOf(element: Element): string {
  for (let at: Element | null = element; at !== null; at = at.parent) {
    const xmlns = attributeOf(at, 'xmlns')
    if (xmlns !== null) return xmlns
  }
  return NS.client
}

/** Whether an element has this local name in this namespace. */
export function isElement(element: Element, name: string, namespace: string): boolean {
  return element.name === name && namespaceOf(element) === namespace
}

/** The first child with this local name in this namespace, else null. */
export function childOf(element: Element, name: string, namespace: string): Element | null {
  for (const child of element.children) {
    if (isElementNode(child) && isElement(child, name, namespace)) return child
  }
  return null
}

/** All children that are elements, in document order. */
export function childElementsOf(element: Element): Element[] {
  return element.children.filter(isElementNode)
}

/** The text directly inside an element, joined; '' where there is none. */
export function textOf(element: Element): string {
  let text = ''
  for (const child of element.children) if (!isElementNode(child)) text += String(child)
  return text
}

/**
 * The markup of an element, to stand where the default namespace is `outerNamespace`: `jabber:client`, as in a client
 * stream, when left out; '' makes a document of its own, as WebSocket framing needs (RFC 7395 §3.3.3). An inherited
 * namespace is written out, so a child can be taken from its parent. Throws RangeError on a character XML cannot hold.
 */
export function serialize(element: Element, outerNamespace: string = NS.client): string {
  return markupOf(element, outerNamespace, namespaceOf(element))
}

/** `ours` is the element's namespace where its own `xmlns` does not say. */
function markupOf(element: Element, outer: string, ours: string): string {
  const namespace = attributeOf(element, 'xmlns') ?? ours
  let markup = `<${element.name}`
  if (namespace !== outer) markup += ` xmlns='${escapeAttribute(namespace)}'`
  for (const name of Object.keys(element.attrs)) {
    const value = name === 'xmlns' ? null : attributeOf(element, name)
    if (value !== null) markup += ` ${name}='${escapeAttribute(value)}'`
  }
  if (element.children.length === 0) return `${markup}/>`
  markup += '>'
  for (const child of element.children) {
    markup += isElementNode(child) ? markupOf(child, namespace, namespace) : escapeText(String(child))
  }
  return `${markup}</${element.name}>`
}

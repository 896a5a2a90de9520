/** Turns a start tag into an element in canonical form, whatever prefixes its author used. */

import { Element } from '@xmpp/xml'
import type { Element as XmlElement } from 'ltx'
import { NS } from './namespaces.ts'
import type { TokenAttribute } from './tokenizer.ts'
import { refuse } from './xml-refusal.ts'

/**
 * Builds the element of a start tag that stands where the namespace is `outerNamespace`: local name, `xmlns` only where
 * the namespace changes, other declarations dropped. An attribute with a prefix other than `xml` gets its prefix declared
 * on its own element, so that the element means the same inside any other stream.
 */
export function toCanonicalElement(
  tag: { readonly local: string; readonly uri: string },
  attributes: readonly TokenAttribute[],
  outerNamespace: string,
): XmlElement {
  // Namespaces in XML 1.0 §3: this name may be bound to no other prefix, and so cannot be written as a default.
  if (tag.uri === NS.xml || tag.uri === NS.xmlns) refuse('invalid-namespace', 'element in a namespace of XML itself')
  const element = new Element(tag.local)
  const { attrs } = element
  if (tag.uri !== outerNamespace) attrs['xmlns'] = tag.uri
  for (const { name, prefix, value, uri } of attributes) {
    if (uri === NS.xmlns) continue
    // An object would lose this one name silently; no vocabulary of XMPP has it.
    if (name === '__proto__') refuse('policy-violation', 'attribute named __proto__')
    if (prefix !== '' && prefix !== 'xml') attrs[`xmlns:${prefix}`] = uri
    attrs[name] = value
  }
  return element
}

const OUTSIDE_ASCII = /[^!-~]/

/** Namespaces in XML 1.0 §4, production QName, within ASCII. The tokenizer asks for a name only before the colon. */
const QNAME = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/

/**
 * Refuses names whose part behind the colon is no name, names outside ASCII, and namespace names with white space around
 * them, which the tokenizer would trim away. XML 1.0 in its fifth edition allows names that the fourth did not, and
 * common parsers still go by the fourth: passing on such an element would end the recipient's stream. No vocabulary of
 * XMPP needs one.
 */
export function checkNames(tagName: string, attributes: readonly TokenAttribute[]): void {
  if (!QNAME.test(tagName)) refuseName(tagName, 'element')
  for (const { name, value, uri } of attributes) {
    if (!QNAME.test(name)) refuseName(name, 'attribute')
    if (uri === NS.xmlns && value !== value.trim()) {
      // Namespaces in XML 1.0 §2.3: names are compared character by character, so this is no name anyone meant.
      refuse('invalid-namespace', 'white space around a namespace name')
    }
  }
}

function refuseName(name: string, whose: 'element' | 'attribute'): never {
  if (OUTSIDE_ASCII.test(name)) return refuse('policy-violation', `${whose} name outside ASCII`)
  return refuse('not-well-formed', `${whose} name that no prefix makes a name`)
}

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

/** Refuses a namespace name with white space around it, which the tokenizer would trim away. */
export function checkNamespaceNames(attributes: readonly TokenAttribute[]): void {
  for (const { value, uri } of attributes) {
    if (uri === NS.xmlns && value !== value.trim()) {
      // Namespaces in XML 1.0 §2.3: names are compared character by character, so this is no name anyone meant.
      refuse('invalid-namespace', 'white space around a namespace name')
    }
  }
}

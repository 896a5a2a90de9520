/** Reads one XML document in XMPP's restricted XML (RFC 6120 §11): saxes, and a guard around it. */

import type { Element } from 'ltx'
import type { SaxesTagNS } from 'saxes'
import { checkNames, toCanonicalElement } from './canonical-element.ts'
import { checkDeclaration, checkFirstLevel, readStreamHeader } from './document-rules.ts'
import type { XmlLimits } from './limits.ts'
import { NS } from './namespaces.ts'
import type { StreamHeader } from './stream-header.ts'
import { createTokenizer, openReferenceOf, type TokenAttribute, type Tokenizer } from './tokenizer.ts'
import { type DocumentFault, explainXmlError, refuse } from './xml-refusal.ts'

/** What the document's root is: a stream header with elements inside it, or the one element itself. */
export type DocumentKind = 'stream' | 'element'

/** What a piece of a document completed. */
export type DocumentEvent =
  | { readonly kind: 'open'; readonly header: StreamHeader }
  | { readonly kind: 'element'; readonly element: Element }
  | { readonly kind: 'close' }

/** Reads one document, fed in pieces that hold whole characters. */
export interface DocumentReader {
  /**
   * Takes a piece, adds what it completed to `events`, and returns the fault it led to, else null. Where every piece ends
   * at its first `>`, it adds one event at most, or two where a stream header is an empty-element tag. Not to be used
   * again after a fault.
   */
  write(piece: string, events: DocumentEvent[]): DocumentFault | null
  /** Ends the document; returns the fault if it is not complete. */
  end(): DocumentFault | null
  /** Lets go of the last piece, which the tokenizer would keep. */
  release(): void
  /** Whether the root's start tag was read. */
  readonly opened: boolean
  /** Whether the document is a stream and stands between its first-level elements. */
  readonly betweenElements: boolean
}

/** Builds a reader. It counts no bytes: `maxStanzaBytes` and `maxHeaderBytes` are its caller's to keep. */
export function createDocumentReader(kind: DocumentKind, limits: XmlLimits): DocumentReader {
  return new GuardedReader(kind, limits)
}

/** Longest reference between `&` and `;`: `#x10FFFF` and some leading zeros. */
const MAX_REFERENCE_CHARACTERS = 16
const NOT_IN_REFERENCE = /[\s<>&'"]/

/** Replaces the attributes of tags that were read, which the tokenizer would keep until the end tag and beyond. */
const NO_ATTRIBUTES: SaxesTagNS['attributes'] = Object.freeze(Object.create(null))
const NO_NAMESPACES: SaxesTagNS['ns'] = Object.freeze(Object.create(null))

/** saxes reports what RFC 6120 forbids; the guard turns that into faults and the rest into elements. */
class GuardedReader implements DocumentReader {
  readonly #markup: Tokenizer
  readonly #limits: XmlLimits
  /** Open elements that belong to no delivered one: the root of a stream. */
  readonly #outside: 0 | 1
  #events: DocumentEvent[] | null = null
  /** Innermost open element, null between first-level elements. */
  #cursor: Element | null = null
  /** Namespaces of the open elements from the first level inwards. */
  readonly #namespaces: string[] = []
  /** Open elements, the root included. */
  #depth = 0
  #elements = 0
  /** Attributes of the tag being read; emptied when it is open. */
  readonly #attributes: TokenAttribute[] = []
  opened = false

  constructor(kind: DocumentKind, limits: XmlLimits) {
    this.#limits = limits
    this.#outside = kind === 'stream' ? 1 : 0
    this.#markup = createTokenizer({
      declaration: checkDeclaration,
      instruction: refuseInstruction,
      comment: refuseComment,
      doctype: refuseDoctype,
      tagStart: () => this.#beginTag(),
      attribute: (attribute) => this.#addAttribute(attribute),
      tagOpen: (tag) => this.#openTag(tag),
      tagClose: () => this.#closeTag(),
      text: (text) => this.#text(text),
      reference: checkReference,
    })
  }

  get betweenElements(): boolean {
    return this.#outside === 1 && this.#depth === 1
  }

  write(piece: string, events: DocumentEvent[]): DocumentFault | null {
    this.#events = events
    try {
      this.#markup.write(piece)
      this.#checkOpenReference()
      return null
    } catch (error) {
      return explainXmlError(error, this.#outside === 1 && !this.opened ? 'header' : 'content')
    }
  }

  end(): DocumentFault | null {
    try {
      this.#markup.close()
      return null
    } catch (error) {
      return explainXmlError(error, 'content')
    }
  }

  release(): void {
    this.#markup.write('')
    this.#events = null
  }

  /** The tokenizer collects a reference until its `;` comes, through markup if need be; this looks at what it holds. */
  #checkOpenReference(): void {
    const reference = openReferenceOf(this.#markup)
    if (reference !== '') checkReference(reference)
  }

  /** Counts before the tokenizer resolves the tag's names, which takes time in proportion to depth and attributes. */
  #beginTag(): void {
    const { maxDepth, maxElements } = this.#limits
    this.#depth++
    const level = this.#depth - this.#outside
    if (level > maxDepth) refuse('policy-violation', `more than ${maxDepth} levels of elements`)
    this.#elements = level <= 1 ? level : this.#elements + 1
    if (this.#elements > maxElements) refuse('policy-violation', `more than ${maxElements} elements in one`)
  }

  #addAttribute(attribute: TokenAttribute): void {
    const { maxAttributes } = this.#limits
    this.#attributes.push(attribute)
    if (this.#attributes.length > maxAttributes) refuse('policy-violation', `more than ${maxAttributes} attributes`)
  }

  #openTag(tag: SaxesTagNS): void {
    checkNames(tag.name, this.#attributes)
    const level = this.#depth - this.#outside
    if (level === 0) this.#events?.push({ kind: 'open', header: readStreamHeader(tag) })
    else this.#openElement(tag, level)
    this.opened = true
    if (!this.#attributes.some(({ uri }) => uri === NS.xmlns)) tag.ns = NO_NAMESPACES
    this.#attributes.length = 0
    tag.attributes = NO_ATTRIBUTES
  }

  #openElement(tag: SaxesTagNS, level: number): void {
    if (level === 1) checkFirstLevel(tag)
    const element = toCanonicalElement(tag, this.#attributes, this.#namespaces.at(-1) ?? NS.client)
    this.#cursor?.cnode(element)
    this.#cursor = element
    this.#namespaces.push(tag.uri)
  }

  #closeTag(): void {
    const level = this.#depth - this.#outside
    this.#depth--
    if (level === 0) {
      this.#events?.push({ kind: 'close' })
      return
    }
    const element = this.#cursor
    this.#cursor = element?.parent ?? null
    this.#namespaces.pop()
    if (level === 1 && element !== null) this.#events?.push({ kind: 'element', element })
  }

  #text(text: string): void {
    const cursor = this.#cursor
    if (cursor === null) {
      // RFC 6120 §4.9.3.1: well-formed, but a stream is made of elements. Outside any root the tokenizer itself refuses.
      if (this.#depth > 0) refuse('bad-format', 'text between first-level elements')
      return
    }
    // Adjacent pieces, as around CDATA, become one node: text has one form whichever way it was written.
    const last = cursor.children.length - 1
    const before = cursor.children[last]
    if (typeof before === 'string') cursor.children[last] = before + text
    else if (text !== '') cursor.children.push(text)
  }
}

/** Asked of whole references and of begun ones alike, so that the answer does not depend on how the bytes arrive. */
function checkReference(reference: string): void {
  if (reference.length > MAX_REFERENCE_CHARACTERS || NOT_IN_REFERENCE.test(reference)) {
    refuse('not-well-formed', 'ampersand that begins no reference')
  }
}

function refuseInstruction(): void {
  refuse('restricted-xml', 'processing instruction')
}

function refuseComment(): void {
  refuse('restricted-xml', 'comment')
}

function refuseDoctype(): void {
  refuse('restricted-xml', 'document type declaration')
}

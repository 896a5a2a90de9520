/** The one place that knows the inside of saxes: builds its parser the quick way and looks at what it holds back. */

import { SaxesParser, type SaxesTagNS, type XMLDecl } from 'saxes'

/** A namespace-aware saxes parser that throws at the first error. */
export type Tokenizer = SaxesParser<{ xmlns: true; position: false }>

/** An attribute as the tokenizer reports it; `uri` is known once its tag is open. */
export interface TokenAttribute {
  readonly name: string
  readonly prefix: string
  readonly value: string
  readonly uri?: string
}

/** What the tokenizer reports. Whatever a handler throws comes out of `write`. */
export interface TokenHandlers {
  declaration(declaration: XMLDecl): void
  instruction(): void
  comment(): void
  doctype(): void
  tagStart(): void
  attribute(attribute: TokenAttribute): void
  tagOpen(tag: SaxesTagNS): void
  tagClose(): void
  text(text: string): void
  /** A whole reference, without its `&` and `;`, before it is resolved. */
  reference(reference: string): void
}

/**
 * The fields behind `on()`. Set by name they leave the object in its fast form; set through `on()`, by computed name, they
 * turn it into a hash table, which makes every step of the tokenizer 4 times as slow and the object twice as large.
 */
interface SaxesFields {
  xmldeclHandler: TokenHandlers['declaration']
  piHandler: TokenHandlers['instruction']
  commentHandler: TokenHandlers['comment']
  doctypeHandler: TokenHandlers['doctype']
  openTagStartHandler: TokenHandlers['tagStart']
  attributeHandler: TokenHandlers['attribute']
  openTagHandler: TokenHandlers['tagOpen']
  closeTagHandler: TokenHandlers['tagClose']
  textHandler: TokenHandlers['text']
  cdataHandler: TokenHandlers['text']
  /** What was read of a reference, without its `&`; '' outside one. */
  readonly entity: string
  /** Resolves a whole reference; a method of the class, which a field of the same name goes before. */
  parseEntity(reference: string): string
  /** Methods of the class by the number of the state: the same in every parser. */
  stateTable: readonly unknown[]
}

// A declared version must not switch to the rules of XML 1.1 before it is refused.
const options = { xmlns: true, position: false, forceXMLVersion: true, defaultXMLVersion: '1.0' } as const

/** The methods of each state: saxes makes every parser a table of its own, and each session keeps a parser. */
const { stateTable } = new SaxesParser(options) as unknown as SaxesFields

/** Builds a tokenizer. There is no handler for errors: saxes then throws the first one, where it would otherwise go on. */
export function createTokenizer(handlers: TokenHandlers): Tokenizer {
  const tokenizer: Tokenizer = new SaxesParser(options)
  const fields = tokenizer as unknown as SaxesFields
  fields.stateTable = stateTable
  fields.xmldeclHandler = handlers.declaration
  fields.piHandler = handlers.instruction
  fields.commentHandler = handlers.comment
  fields.doctypeHandler = handlers.doctype
  fields.openTagStartHandler = handlers.tagStart
  fields.attributeHandler = handlers.attribute
  fields.openTagHandler = handlers.tagOpen
  fields.closeTagHandler = handlers.tagClose
  fields.textHandler = handlers.text
  fields.cdataHandler = handlers.text
  const { parseEntity } = fields
  fields.parseEntity = (reference) => {
    handlers.reference(reference)
    return parseEntity.call(tokenizer, reference)
  }
  return tokenizer
}

/** What was read of a reference whose `;` has not come yet; '' outside one. */
export function openReferenceOf(tokenizer: Tokenizer): string {
  return (tokenizer as unknown as SaxesFields).entity
}

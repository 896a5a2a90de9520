/** What XMPP demands of a document's declaration, of a stream's root, and of first-level elements. */

import type { SaxesTagNS, XMLDecl } from 'saxes'
import { NS } from './namespaces.ts'
import type { StreamHeader } from './stream-header.ts'
import { refuse } from './xml-refusal.ts'

/** Refuses an XML declaration of another version than 1.0 or another encoding than UTF-8 (RFC 6120 §11.5, §11.6). */
export function checkDeclaration(declaration: XMLDecl): void {
  if (declaration.version !== '1.0') refuse('not-well-formed', 'XML version other than 1.0')
  // XML 1.0 §4.3.3: names of encodings are compared without regard to case.
  if (declaration.encoding !== undefined && declaration.encoding.toUpperCase() !== 'UTF-8') {
    refuse('unsupported-encoding', 'declared encoding other than UTF-8')
  }
}

/** Reads the root of a stream, or refuses it with the condition that names what is wrong. */
export function readStreamHeader(tag: SaxesTagNS): StreamHeader {
  checkStreamRoot(tag)
  return Object.freeze({
    from: attributeValue(tag, 'from'),
    to: attributeValue(tag, 'to'),
    id: attributeValue(tag, 'id'),
    version: attributeValue(tag, 'version'),
    lang: attributeValue(tag, 'xml:lang'),
    contentNamespace: contentNamespaceOf(tag),
  })
}

/** Refuses an element that is in no namespace, or in the server's, where a client stream holds stanzas. */
export function checkFirstLevel(tag: SaxesTagNS): void {
  // RFC 6120 §4.8.2: a first-level element is in the content namespace or is explicitly in another one.
  if (tag.uri === '') refuse('invalid-namespace', 'first-level element in no namespace')
  // RFC 6120 §4.8.3: jabber:server has no place on a client stream.
  if (tag.uri === NS.server) refuse('invalid-namespace', 'first-level element in jabber:server')
}

function checkStreamRoot(tag: SaxesTagNS): void {
  if (tag.uri !== NS.streams) {
    // RFC 6120 §4.9.3.2: "no prefix on an element that needs one" is told apart from a wrong namespace.
    const bound = Object.values(tag.ns).includes(NS.streams)
    if (tag.local === 'stream' && bound) refuse('bad-namespace-prefix', 'stream element without its prefix')
    refuse('invalid-namespace', `root element not in ${NS.streams}`)
  }
  // RFC 6120 §4.9.3.1: well-formed and in the right namespace, but nothing that can be processed.
  if (tag.local !== 'stream') refuse('bad-format', 'root element is not stream')
}

/**
 * RFC 6120 §4.8.2 knows two styles: stanzas in the default namespace of the header, or a header whose default namespace
 * is that of streams, with `xmlns` on each stanza. A header that declares neither is refused, since its stanzas would be
 * in no namespace.
 */
function contentNamespaceOf(tag: SaxesTagNS): string {
  const declared = tag.ns['']
  if (declared === NS.client || declared === NS.streams) return NS.client
  if (declared === undefined || declared === '') refuse('invalid-namespace', 'no content namespace declared')
  return refuse('invalid-namespace', `content namespace other than ${NS.client}`)
}

function attributeValue(tag: SaxesTagNS, name: string): string | null {
  return tag.attributes[name]?.value ?? null
}

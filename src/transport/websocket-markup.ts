/** Markup for WebSocket messages: each stands alone as a document, with every declaration it needs (RFC 7395 §3.3.3). */

import { escapeAttribute } from '../xml/escape.ts'
import { NS } from '../xml/namespaces.ts'

/** The name of a first-level element: without prefix, or with the one prefix that a stream declares for all. */
const nameOf = /^<(stream:)?[^\s/>:]+(?=[\s/>])/

/**
 * Makes of one element's markup, as it stands in a client stream, a document of its own. An `xmlns` that the element has
 * itself is its first attribute, as `serialize` writes it; elsewhere nothing is looked for, since an attribute's value may
 * read like a declaration.
 */
export function standAlone(markup: string): string {
  const found = nameOf.exec(markup)
  if (found === null) return markup
  const [tag, prefix] = found
  if (prefix === undefined && markup.startsWith(' xmlns=', tag.length)) return markup
  const declaration = prefix === undefined ? ` xmlns='${NS.client}'` : ` xmlns:stream='${NS.streams}'`
  return `${tag}${declaration}${markup.slice(tag.length)}`
}

/** Our `<open/>` (RFC 7395 §3.4); its attributes are those of a stream header. */
export function formatOpen(header: { readonly from: string; readonly to: string | null; readonly id: string }): string {
  const to = header.to === null ? '' : ` to='${escapeAttribute(header.to)}'`
  const addresses = `from='${escapeAttribute(header.from)}'${to}`
  return `<open xmlns='${NS.framing}' id='${escapeAttribute(header.id)}' ${addresses} xml:lang='en' version='1.0'/>`
}

/** Our `<close/>`; `seeOtherUri` tells the client where to go instead (RFC 7395 §3.6.1). */
export function formatClose(seeOtherUri: string | null): string {
  const elsewhere = seeOtherUri === null ? '' : ` see-other-uri='${escapeAttribute(seeOtherUri)}'`
  return `<close xmlns='${NS.framing}'${elsewhere}/>`
}

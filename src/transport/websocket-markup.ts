/** Markup for WebSocket messages: each stands alone as a document, with every declaration it needs (RFC 7395 §3.3.3). */

import { escapeAttribute } from '../xml/escape.ts'
import { NS } from '../xml/namespaces.ts'

/** Names of first-level elements that a stream would give their namespace: stanzas by default, the rest by prefix. */
const inherited = /^<(?:(message|presence|iq)|stream:(?:features|error))(?=[\s/>])/

/**
 * Makes of one element's markup, as it stands in a client stream, a document of its own. An `xmlns` that a stanza has
 * itself is its first attribute, as `serialize` writes it; elsewhere nothing is looked for, since an attribute's value may
 * read like a declaration.
 */
export function standAlone(markup: string): string {
  const found = inherited.exec(markup)
  if (found === null) return markup
  const [tag, stanza] = found
  if (markup.startsWith(' xmlns=', tag.length)) return markup
  const declaration = stanza === undefined ? ` xmlns:stream='${NS.streams}'` : ` xmlns='${NS.client}'`
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

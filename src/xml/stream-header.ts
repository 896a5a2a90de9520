/** The stream header: what a peer's says and the markup of ours (RFC 6120 §4.7). */

import { escapeAttribute } from './escape.ts'
import { NS } from './namespaces.ts'

/**
 * The attributes of a received stream header, as the text that stood there with references resolved: no JID is parsed,
 * no version judged. Null means the attribute was absent; an empty attribute is the empty string.
 */
export interface StreamHeader {
  readonly from: string | null
  readonly to: string | null
  readonly id: string | null
  /** `version`, not judged yet: see {@link isSpokenVersion}. */
  readonly version: string | null
  /** `xml:lang`, the default language of all stanzas on the stream (RFC 6120 §4.7.4). */
  readonly lang: string | null
  /** The namespace stanzas of this stream are in; the parser lets only `jabber:client` through (RFC 6120 §4.8.2). */
  readonly contentNamespace: string
}

/** What our own stream header says. */
export interface StreamHeaderFields {
  readonly from: string | null
  readonly to: string | null
  /** Null only in the initiating role: a receiving entity always assigns one (RFC 6120 §4.7.3). */
  readonly id: string | null
  /** Language of human-readable text we send; `en` when left out. */
  readonly lang?: string
  /** Whether the XML declaration goes before the header; true when left out (RFC 6120 §11.5). */
  readonly xmlDeclaration?: boolean
}

/**
 * Whether a peer's `version` is 1.0 or above. RFC 6120 §4.7.5: a later one is answered with ours, and it is the client's to
 * take that or leave; none means a client from before XMPP 1.0, which has no SASL to log in with.
 */
export function isSpokenVersion(version: string | null): boolean {
  return version !== null && /^0*[1-9]\d{0,8}\.\d{1,9}$/.test(version)
}

/**
 * The markup of a stream header for a client stream, version 1.0, with `stream` and the default prefix bound. Attributes
 * are escaped; throws RangeError if one holds a character that XML cannot.
 */
export function formatStreamHeader(fields: StreamHeaderFields): string {
  const { id, from, to, lang = 'en' } = fields
  return (
    (fields.xmlDeclaration === false ? opening : declaredOpening) +
    (id === null ? '' : ` id='${escapeAttribute(id)}'`) +
    (from === null ? '' : ` from='${escapeAttribute(from)}'`) +
    (to === null ? '' : ` to='${escapeAttribute(to)}'`) +
    ` xml:lang='${escapeAttribute(lang)}' version='1.0'>`
  )
}

const opening = `<stream:stream xmlns='${NS.client}' xmlns:stream='${NS.streams}'`
const declaredOpening = `<?xml version='1.0'?>${opening}`

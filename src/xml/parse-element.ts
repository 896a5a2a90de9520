/** Parses a text that is one whole element, as each message of WebSocket framing is (RFC 7395 §3.3). */

import type { Element } from 'ltx'
import { fail, ok, type Result } from '../result.ts'
import { createDocumentReader, type DocumentEvent } from './document-reader.ts'
import type { XmlLimits } from './limits.ts'
import { readPlainElement } from './plain-markup.ts'
import { type DocumentFault, documentFault } from './xml-refusal.ts'

/** Longest text that is tried the quick way, UTF-16 units: what it looks at in vain is looked at again. */
const maxPlainLength = 2_048

/**
 * Parses one element by the rules and limits of a stream's first-level elements; `maxStanzaBytes` counts the text as
 * UTF-8, white space around the element included. The text must begin with `<`.
 */
export function parseElement(text: string, limits: XmlLimits): Result<Element, DocumentFault> {
  if (text.length > limits.maxStanzaBytes || Buffer.byteLength(text) > limits.maxStanzaBytes) {
    return fail(documentFault('policy-violation', `element of more than ${limits.maxStanzaBytes} bytes`))
  }
  if (!text.isWellFormed()) return fail(documentFault('unsupported-encoding', 'lone surrogate'))
  // RFC 7395 §3.3: the first character of a message is `<`, so neither white space nor a byte order mark goes before it.
  if (!text.startsWith('<')) return fail(documentFault('not-well-formed', 'no XML: first character is not <'))
  const plain = text.length > maxPlainLength ? null : readPlainElement(text, limits, 'document')
  if (plain !== null && plain.length === text.length) return ok(plain.value)
  const reader = createDocumentReader('element', limits)
  const events: DocumentEvent[] = []
  const fault = reader.write(text, events) ?? reader.end()
  if (fault !== null) return fail(fault)
  const event = events[0]
  if (event?.kind !== 'element') return fail(documentFault('not-well-formed', 'no complete element'))
  return ok(event.element)
}

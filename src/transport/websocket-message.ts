/** What one WebSocket message says: `<open/>`, `<close/>` or one element of the stream (RFC 7395 §3.3). */

import type { ConduitEvent } from '../session/contract.ts'
import { attributeOf, type Element, namespaceOf } from '../xml/element.ts'
import type { XmlLimits } from '../xml/limits.ts'
import { NS } from '../xml/namespaces.ts'
import { parseElement } from '../xml/parse-element.ts'
import type { StreamCondition } from '../xml/stream-error.ts'
import { type CloseCode, closeCodes } from './websocket-codes.ts'

/** A message that ends the stream, with the code its connection is closed with. */
export interface MessageFault {
  readonly kind: 'fault'
  readonly condition: StreamCondition
  readonly why: string
  readonly code: CloseCode
}

/** What a message brought. */
export type MessageEvent = Extract<ConduitEvent, { kind: 'open' | 'element' | 'close' }> | MessageFault

/** What the stream waits for: its header, or anything inside of it. */
export type Awaited = 'open' | 'content'

/** Reads the bytes of a text message, valid UTF-8. */
export function readMessage(data: Buffer, awaited: Awaited, limits: XmlLimits): MessageEvent {
  const room = awaited === 'open' ? limits.maxHeaderBytes : limits.maxStanzaBytes
  if (data.length > room)
    return messageFault('policy-violation', `message of more than ${room} bytes`, closeCodes.tooBig)
  const text = data.toString('utf8')
  // RFC 7395 §3.8: white space keeps nothing alive here.
  if (text.trim() === '')
    return messageFault('not-well-formed', 'message without an element: to keep alive, use a ping')
  if (streamTag.test(text)) {
    return messageFault(
      'bad-format',
      'stream header of TCP: over WebSocket a stream begins with <open/> (RFC 7395 §3.4)',
    )
  }
  const parsed = parseElement(text, limits)
  if (!parsed.ok) return messageFault(parsed.error.condition, parsed.error.why)
  return awaited === 'open' ? readHeader(parsed.value) : readContent(parsed.value)
}

/** A fault; its code follows from the condition where none is named. */
export function messageFault(condition: StreamCondition, why: string, code?: CloseCode): MessageFault {
  return { kind: 'fault', condition, why, code: code ?? closeCodes.of(condition) }
}

/** What clients of TCP begin or end with; a document of its own is only the end's whole. */
const streamTag = /^(?:<\?xml[^>]*>\s*)?<\/?stream:stream[\s/>]/

function readHeader(element: Element): MessageEvent {
  if (namespaceOf(element) !== NS.framing) {
    const isOpen = element.name === 'open'
    if (isOpen) return messageFault('invalid-namespace', `<open/> not in ${NS.framing}`)
    return messageFault('bad-format', 'the first message of a stream is not <open/>')
  }
  if (element.name === 'close') return { kind: 'close' }
  if (element.name !== 'open') return messageFault('bad-format', 'the first message of a stream is not <open/>')
  if (element.children.length > 0) return messageFault('bad-format', '<open/> is not empty')
  return {
    kind: 'open',
    header: Object.freeze({
      from: attributeOf(element, 'from'),
      to: attributeOf(element, 'to'),
      id: attributeOf(element, 'id'),
      version: attributeOf(element, 'version'),
      lang: attributeOf(element, 'xml:lang'),
      contentNamespace: NS.client,
    }),
  }
}

function readContent(element: Element): MessageEvent {
  if (namespaceOf(element) !== NS.framing) return { kind: 'element', element }
  if (element.name === 'close') return { kind: 'close' }
  // RFC 7395 §3.4: one stream a connection; a new one begins only where a restart is due.
  if (element.name === 'open') return messageFault('bad-format', '<open/> inside of a stream')
  return messageFault('unsupported-stanza-type', `<${element.name}/> in the framing namespace`)
}

/** The incremental parser of an XML stream: bytes in, one event at a time out (RFC 6120 §4, §11). */

import { createDocumentReader, type DocumentEvent, type DocumentReader } from './document-reader.ts'
import { createInputQueue, type InputQueue } from './input-queue.ts'
import type { XmlLimits } from './limits.ts'
import {
  type PlainPart,
  plainCloseMarkup,
  plainHeaderMarkup,
  readPlainElement,
  readPlainHeader,
} from './plain-markup.ts'
import type { StreamCondition } from './stream-error.ts'
import type { StreamHeader } from './stream-header.ts'
import { utf8Width } from './utf8.ts'
import { type DocumentFault, documentFault } from './xml-refusal.ts'

/** What a stream brought: its header, a complete first-level element, its end, or why it cannot go on. */
export type ParserEvent = DocumentEvent | DocumentFault

/** Parses one direction of a connection. Pure: no I/O, no time. */
export interface StreamParser {
  /**
   * Takes bytes from the wire, in any division; the parser keeps them until read, so they must not change. More than
   * `maxBufferedBytes` at once is a fault: read until `next()` returns null before pushing more.
   */
  push(chunk: Uint8Array): void
  /**
   * The next event, or null when more bytes are needed. After a fault only that fault; after `close` only null, and what
   * came behind it is dropped.
   */
  next(): ParserEvent | null
  /**
   * Forgets the stream. What came behind the event last returned is read as a new document: the next event is its
   * `open` or a fault. To be called before `next()` is asked again; a restart in the middle of an element is a fault.
   */
  restart(limits?: XmlLimits): void
  /** Bytes received behind the event last returned, white space included: more than 0 after `<starttls/>` is injection. */
  readonly pendingBytes: number
}

/** Builds the parser of a stream, waiting for its header. */
export function createStreamParser(limits: XmlLimits): StreamParser {
  return new ByteStreamParser(limits)
}

const LESS = 0x3c

/** Longest header or element that is tried the quick way, bytes: what it looks at in vain is looked at again. */
const maxPlainBytes = 2_048

/** In clear, behind TLS, and behind SASL. */
const headersOfALogin = 3

class ByteStreamParser implements StreamParser {
  #limits: XmlLimits
  readonly #input: InputQueue = createInputQueue()
  /** Null until there is something that is not plain, which most connections never send; and again behind it. */
  #reader: DocumentReader | null = null
  /** The stream began with a plain header: between its elements a reader is where any reader would be. */
  #isPlain = false
  readonly #events: DocumentEvent[] = []
  /** Bytes of the header or first-level element being read. */
  #used = 0
  /** Bytes consumed since the event last returned. */
  #behind = 0
  #fault: DocumentFault | null = null
  #closed = false
  /** Streams begun, the one under way included. */
  #documents = 1
  /** The last plain header, as long as there may be another like it. */
  #header: { readonly text: string; readonly part: PlainPart<StreamHeader> } | null = null

  constructor(limits: XmlLimits) {
    this.#limits = limits
  }

  get pendingBytes(): number {
    return this.#input.length + this.#behind
  }

  push(chunk: Uint8Array): void {
    if (this.#fault !== null || this.#closed) return
    if (this.#input.length + chunk.length > this.#limits.maxBufferedBytes) {
      this.#fail('policy-violation', 'more unread bytes than the buffer holds')
    } else {
      this.#input.push(chunk)
    }
  }

  next(): ParserEvent | null {
    while (this.#fault === null && !this.#closed) {
      const event = this.#events.shift()
      if (event !== undefined) return this.#deliver(event)
      if (this.#step() === 'starved') {
        this.#rest()
        return null
      }
    }
    return this.#fault
  }

  restart(limits: XmlLimits = this.#limits): void {
    // What was read behind the event is inside the old document and cannot be read again.
    if (this.#reader !== null && this.#used > 0) this.#fail('internal-server-error', 'restart inside an element')
    if (limits.maxAttributes < this.#limits.maxAttributes) this.#header = null
    this.#limits = limits
    this.#reader = null
    this.#isPlain = false
    this.#documents += 1
    this.#events.length = 0
    this.#used = 0
    this.#closed = false
  }

  #deliver(event: DocumentEvent): ParserEvent {
    this.#behind = 0
    if (event.kind === 'close') {
      this.#closed = true
      this.#reader = null
      this.#events.length = 0
      this.#input.clear()
    }
    return event
  }

  /** Reads one piece: to the next `>` at most, so that nothing behind an event is consumed before it is returned. */
  #step(): 'went on' | 'starved' {
    if (this.#used === 0 || this.#reader === null) {
      const first = this.#skipSpace()
      if (first === null) return 'starved'
      const refusal = this.#refusalOf(first)
      if (refusal !== null) {
        this.#stop(refusal)
        return 'went on'
      }
      if (this.#readPlain()) return 'went on'
    }
    this.#reader ??= this.#createReader()
    return this.#readPiece(this.#reader)
  }

  /** Reads the header or element that stands here if it is plain and all there. */
  #readPlain(): boolean {
    if (this.#reader?.opened === true && !this.#isPlain) return false
    const text = this.#input.look(Math.min(this.#room(), maxPlainBytes))
    const length = this.#isPlain ? this.#readPlainContent(text) : this.#readPlainHeader(text)
    if (length === 0) return false
    this.#consume(this.#input.pass(text.length === length ? text : text.slice(0, length)))
    this.#used = 0
    return true
  }

  #readPlainHeader(text: string): number {
    const header = this.#headerAgain(text) ?? readPlainHeader(text, this.#limits)
    if (header === null) return 0
    this.#isPlain = true
    this.#events.push({ kind: 'open', header: header.value })
    // Clients open the streams of a login in the same words, but for a `from` sometimes.
    this.#header = this.#documents < headersOfALogin ? { text: text.slice(0, header.length), part: header } : null
    return header.length
  }

  #headerAgain(text: string): PlainPart<StreamHeader> | null {
    return this.#header !== null && text.startsWith(this.#header.text) ? this.#header.part : null
  }

  #readPlainContent(text: string): number {
    if (text.startsWith(plainCloseMarkup)) {
      this.#events.push({ kind: 'close' })
      return plainCloseMarkup.length
    }
    const element = readPlainElement(text, this.#limits)
    if (element === null) return 0
    this.#events.push({ kind: 'element', element: element.value })
    return element.length
  }

  #createReader(): DocumentReader {
    const reader = createDocumentReader('stream', this.#limits)
    if (this.#isPlain) reader.write(plainHeaderMarkup, [])
    return reader
  }

  /** Nothing is there to be read: lets go of what is not needed before more comes. */
  #rest(): void {
    if (this.#isPlain && this.#used === 0) this.#reader = null
    else this.#reader?.release()
  }

  get #isOpen(): boolean {
    return this.#isPlain || this.#reader?.opened === true
  }

  #readPiece(reader: DocumentReader): 'went on' | 'starved' {
    const piece = this.#input.read(this.#room())
    switch (piece.kind) {
      case 'starved':
        return 'starved'
      case 'over':
        this.#fail('policy-violation', this.#whyOver())
        return 'went on'
      case 'invalid':
        // RFC 6120 §4.9.3.22: a breach of the rules of UTF-8 counts as an unsupported encoding.
        this.#fail('unsupported-encoding', 'invalid UTF-8')
        return 'went on'
      case 'text':
        this.#consume(piece.bytes)
        this.#stop(reader.write(piece.text, this.#events))
        if (this.#events.length > 0) this.#used = 0
        return 'went on'
    }
  }

  /**
   * Passes over white space before a header or between elements (RFC 6120 §4.6.1: keep-alive) and returns the byte behind
   * it. It is not stored; before a header it counts as header, between elements it may go on for as long as the stream.
   */
  #skipSpace(): number | null {
    let byte = this.#input.peek()
    while (byte !== null && isSpace(byte) && this.#room() > 0) {
      this.#input.skip()
      if (!this.#isOpen) this.#consume(1)
      else this.#behind++
      byte = this.#input.peek()
    }
    return byte
  }

  /** What a first byte other than `<` means; RFC 6120 §11.6 makes a byte order mark a character like others. */
  #refusalOf(first: number): DocumentFault | null {
    if (this.#room() <= 0) return documentFault('policy-violation', this.#whyOver())
    if (first === LESS) return null
    if (utf8Width(first) === 0) return documentFault('unsupported-encoding', 'invalid UTF-8')
    if (!this.#isOpen) return documentFault('not-well-formed', 'no XML: first byte is not <')
    if (first < 0x20) return documentFault('not-well-formed', 'control character between first-level elements')
    return documentFault('bad-format', 'text between first-level elements')
  }

  #consume(bytes: number): void {
    this.#used += bytes
    this.#behind += bytes
  }

  #room(): number {
    const { maxHeaderBytes, maxStanzaBytes } = this.#limits
    return (this.#isOpen ? maxStanzaBytes : maxHeaderBytes) - this.#used
  }

  #whyOver(): string {
    const { maxHeaderBytes, maxStanzaBytes } = this.#limits
    return this.#isOpen
      ? `element of more than ${maxStanzaBytes} bytes`
      : `stream header of more than ${maxHeaderBytes} bytes`
  }

  #fail(condition: StreamCondition, why: string): void {
    this.#stop(documentFault(condition, why))
  }

  /** A fault is the last thing a stream brings: what was read and what waits is dropped with it. */
  #stop(fault: DocumentFault | null): void {
    if (fault === null) return
    this.#fault ??= fault
    this.#reader = null
    this.#events.length = 0
    this.#input.clear()
    this.#behind = 0
  }
}

/** XML 1.0 §2.3, production S. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Reads the replies of one connection, one after the other, from what it brings. */

import { isUtf8 } from 'node:buffer'
import { ok } from '../../../result.ts'
import { failed, maxReplyBytes, maxReplyHeaderBytes, type Try, words } from './exchange.ts'
import { isReplyBegin, parseReplyHead, type ReplyHead } from './reply-head.ts'

/** What came of a piece of input. */
export type Reading =
  /** The reply is not there yet. */
  | { readonly kind: 'more' }
  /** `keepMs`: how long the connection can be kept, at the service's word; 0 for not at all, null where it gives none. */
  | { readonly kind: 'done'; readonly result: Try; readonly keepMs: number | null }

const more: Reading = { kind: 'more' }
const nothing = Buffer.alloc(0)

/** Octets of the empty line that ends a header, with the end of the line before. */
const headEndBytes = 4

/** Longest line before a chunk, its extensions included, bytes. */
const maxChunkLineBytes = 1_024

/** Where in a chunked body the reader is. */
type ChunkStep = { readonly at: 'size' | 'end' | 'trailer' } | { readonly at: 'data'; readonly left: number }

/** A reader of one connection. After a reply that is none it is of no more use. */
export class ReplyReader {
  /** Came in, and is not understood yet. */
  #rest: Buffer = nothing
  /** So much of it has no end of a header. */
  #searched = 0
  #head: ReplyHead | null = null
  #body: Buffer[] = []
  #bodyBytes = 0
  #chunk: ChunkStep = { at: 'size' }
  #trailerBytes = 0

  /** Whether the reply has begun: another connection must not be asked the same. */
  get hasBegun(): boolean {
    return this.#head !== null
  }

  /** Takes what came in. */
  read(bytes: Buffer): Reading {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    if (this.#head === null) {
      const fault = this.#readHead()
      if (fault !== null) return this.#fail(fault)
      if (this.#head === null) return more
    }
    return this.#readBody(this.#head)
  }

  /** The service has closed the connection. */
  end(): Reading {
    const head = this.#head
    if (head?.framing.kind === 'close') return this.#finish(head)
    return this.#fail(words.closed, head === null)
  }

  /** Reads headers until that of the reply is there; the fault is a sentence. */
  #readHead(): string | null {
    for (;;) {
      const rest = this.#rest
      if (!isReplyBegin(rest)) return words.junk
      const end = findHeadEnd(rest, this.#searched)
      if ((end ?? rest.length) > maxReplyHeaderBytes) return words.longHeader
      this.#searched = Math.max(0, rest.length - headEndBytes)
      if (end === null) return null
      const head = parseReplyHead(rest.toString('latin1', 0, end))
      if (!head.ok) return head.error
      this.#rest = rest.subarray(end + headEndBytes)
      this.#searched = 0
      // RFC 9110 §15.2: what comes before the reply is none. Nobody asked for another protocol (§15.2.2).
      if (head.value.status >= 200) {
        this.#head = head.value
        return null
      }
      if (head.value.status === 101) return words.junk
    }
  }

  #readBody(head: ReplyHead): Reading {
    const { framing } = head
    switch (framing.kind) {
      case 'none':
        return this.#finish(head)
      case 'length': {
        // As replies come, in one piece: it is read where it stands.
        if (this.#bodyBytes === 0 && this.#rest.length === framing.bytes && framing.bytes <= maxReplyBytes) {
          const body = this.#rest
          this.#rest = nothing
          return this.#finish(head, body)
        }
        const fault = this.#take(framing.bytes - this.#bodyBytes)
        if (fault !== null) return this.#fail(fault)
        return this.#bodyBytes === framing.bytes ? this.#finish(head) : more
      }
      case 'close': {
        const fault = this.#take(this.#rest.length)
        return fault === null ? more : this.#fail(fault)
      }
      case 'chunked':
        return this.#readChunks(head)
    }
  }

  /** RFC 9112 §7.1. */
  #readChunks(head: ReplyHead): Reading {
    for (;;) {
      const step = this.#chunk
      if (step.at === 'data') {
        const before = this.#bodyBytes
        const fault = this.#take(step.left)
        if (fault !== null) return this.#fail(fault)
        const left = step.left - (this.#bodyBytes - before)
        this.#chunk = left > 0 ? { at: 'data', left } : { at: 'end' }
        if (left > 0) return more
        continue
      }
      const line = this.#takeLine()
      if (line === null) return this.#rest.length > maxChunkLineBytes ? this.#fail(words.junk) : more
      if (step.at === 'trailer') {
        // Fields behind the body say nothing that we ask for.
        if (line === '') return this.#finish(head)
        this.#trailerBytes += line.length
        if (this.#trailerBytes > maxReplyHeaderBytes) return this.#fail(words.longHeader)
      } else if (step.at === 'end') {
        if (line !== '') return this.#fail(words.junk)
        this.#chunk = { at: 'size' }
      } else {
        const size = /^([0-9a-f]{1,8})[\t ]*(?:;.*)?$/i.exec(line)?.[1]
        if (size === undefined) return this.#fail(words.junk)
        const left = Number.parseInt(size, 16)
        this.#chunk = left === 0 ? { at: 'trailer' } : { at: 'data', left }
      }
    }
  }

  /** Moves at most so many bytes to the body. */
  #take(bytes: number): string | null {
    const part = this.#rest.length > bytes ? this.#rest.subarray(0, bytes) : this.#rest
    this.#rest = this.#rest.length > bytes ? this.#rest.subarray(bytes) : nothing
    this.#bodyBytes += part.length
    if (this.#bodyBytes > maxReplyBytes) return words.longBody
    if (part.length > 0) this.#body.push(part)
    return null
  }

  /** A line without its end; null when it is not there yet. */
  #takeLine(): string | null {
    const end = this.#rest.indexOf('\r\n')
    if (end === -1) return null
    const line = this.#rest.toString('latin1', 0, end)
    this.#rest = this.#rest.subarray(end + 2)
    return line
  }

  #finish(head: ReplyHead, body: Buffer = joined(this.#body)): Reading {
    const result = readReply(head, body)
    // What comes behind a reply answers a question that was never asked.
    const keepMs = this.#rest.length > 0 ? 0 : head.keepMs
    this.#head = null
    this.#body = []
    this.#bodyBytes = 0
    this.#chunk = { at: 'size' }
    this.#trailerBytes = 0
    return { kind: 'done', result, keepMs }
  }

  #fail(why: string, again = false): Reading {
    return { kind: 'done', result: failed(why, again), keepMs: 0 }
  }
}

function joined(parts: readonly Buffer[]): Buffer {
  const [only = nothing] = parts
  return parts.length > 1 ? Buffer.concat(parts) : only
}

/** The reply of a header and its body. */
function readReply({ status, contentType, contentEncoding }: ReplyHead, bytes: Buffer): Try {
  if (contentEncoding !== '' && contentEncoding !== 'identity') {
    return failed('the reply is compressed, which nobody asked for')
  }
  const body = bytes.toString('utf8')
  // What is not UTF-8 becomes this character, which may as well stand there by itself.
  if (body.includes('\ufffd') && !isUtf8(bytes)) return failed('the reply is not UTF-8')
  const end = contentType.indexOf(';')
  return ok({ status, type: (end === -1 ? contentType : contentType.slice(0, end)).trim(), body })
}

/** Where the CR LF CR LF stands that ends a header; null when it is not there, at least not from `from` on. */
function findHeadEnd(bytes: Uint8Array, from: number): number | null {
  const last = Math.min(bytes.length, maxReplyHeaderBytes + 2 * headEndBytes) - headEndBytes
  for (let at = from; at <= last; at += 1) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at
  }
  return null
}

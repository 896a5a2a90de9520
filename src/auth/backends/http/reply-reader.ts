/** Reads replies of HTTP/1.1 (RFC 9112) from what a connection brings, strictly: whatever can be read in two ways is none. */

import { failed, maxReplyBytes, maxReplyHeaderBytes, type ReplyHead, readReply, type Try, words } from './exchange.ts'

/** What came of a piece of input. */
export type Reading =
  /** The reply is not there yet. */
  | { readonly kind: 'more' }
  /** `keepMs`: how long the connection can be kept, at the service's word; 0 for not at all, null where it gives none. */
  | { readonly kind: 'done'; readonly result: Try; readonly keepMs: number | null }

const more: Reading = { kind: 'more' }

/** How the body ends. */
type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }

interface Head extends ReplyHead {
  readonly framing: Framing
  readonly keepMs: number | null
}

const nothing = Buffer.alloc(0)
const headEnd = '\r\n\r\n'
const anyHead = 'HTTP/1.'

/** Longest line before a chunk, its extensions included, bytes. */
const maxChunkLineBytes = 1_024

/** Where in a chunked body the reader is. */
type ChunkStep = { readonly at: 'size' | 'end' | 'trailer' } | { readonly at: 'data'; readonly left: number }

/** A reader of one connection's replies, one after the other. After a reply that is none it is of no more use. */
export class ReplyReader {
  /** Came in, and is not understood yet. */
  #rest: Buffer = nothing
  #head: Head | null = null
  #body: Buffer[] = []
  #bodyBytes = 0
  #chunk: ChunkStep = { at: 'size' }

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
      const end = rest.indexOf(headEnd)
      if (!isHeadBegin(rest)) return words.junk
      if ((end === -1 ? rest.length : end) > maxReplyHeaderBytes) return words.longHeader
      if (end === -1) return null
      const head = parseHead(rest.toString('latin1', 0, end))
      if (typeof head === 'string') return head
      this.#rest = rest.subarray(end + headEnd.length)
      // RFC 9110 §15.2: what comes before the reply is none. Nobody asked for another protocol (§15.2.2).
      if (head.status >= 200) {
        this.#head = head
        return null
      }
      if (head.status === 101) return words.junk
    }
  }

  #readBody(head: Head): Reading {
    const { framing } = head
    switch (framing.kind) {
      case 'none':
        return this.#finish(head)
      case 'length': {
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
  #readChunks(head: Head): Reading {
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
      const line = this.#takeLine(step.at === 'trailer' ? maxReplyHeaderBytes : maxChunkLineBytes)
      if (line === null) return more
      if (line === tooLong) return this.#fail(words.junk)
      if (step.at === 'trailer') {
        // Fields behind the body say nothing that we ask for.
        if (line === '') return this.#finish(head)
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
  #takeLine(limit: number): string | typeof tooLong | null {
    const end = this.#rest.indexOf('\r\n')
    if ((end === -1 ? this.#rest.length : end) > limit) return tooLong
    if (end === -1) return null
    const line = this.#rest.toString('latin1', 0, end)
    this.#rest = this.#rest.subarray(end + 2)
    return line
  }

  #finish(head: Head): Reading {
    const [only = nothing] = this.#body
    const result = readReply(head, this.#body.length > 1 ? Buffer.concat(this.#body) : only)
    // What comes behind a reply answers a question that was never asked.
    const keepMs = this.#rest.length > 0 ? 0 : head.keepMs
    this.#head = null
    this.#body = []
    this.#bodyBytes = 0
    this.#chunk = { at: 'size' }
    return { kind: 'done', result, keepMs }
  }

  #fail(why: string, again = false): Reading {
    return { kind: 'done', result: failed(why, again), keepMs: 0 }
  }
}

const tooLong = Symbol('too long')

function isHeadBegin(bytes: Buffer): boolean {
  return bytes.length >= anyHead.length
    ? bytes.toString('latin1', 0, anyHead.length) === anyHead
    : anyHead.startsWith(bytes.toString('latin1'))
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t -~\x80-\xff]*)?$/
/** RFC 9110 §5.6.2 and §5.5: no space before the colon, and no line that goes on in the next. */
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*((?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)[\t ]*$/

/** The header of a reply, or a sentence on what is wrong with it. */
function parseHead(text: string): Head | string {
  const [first = '', ...lines] = text.split('\r\n')
  const [, minor, digits] = statusLine.exec(first) ?? []
  if (minor === undefined || digits === undefined) return words.junk
  const fields = new Map<string, string>()
  for (const line of lines) {
    const [, label, value = ''] = fieldLine.exec(line) ?? []
    if (label === undefined) return words.junk
    const name = label.toLowerCase()
    const before = fields.get(name)
    // RFC 9112 §6.3: two lengths are none, even two that are the same.
    if (before !== undefined && name === 'content-length') return words.otherLength
    fields.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  const status = Number(digits)
  const framing = framingOf(status, minor, fields)
  if (framing === null) return words.junk
  return {
    status,
    framing,
    contentType: fields.get('content-type') ?? '',
    contentEncoding: fields.get('content-encoding') ?? '',
    keepMs: keepMsOf(framing, minor, fields),
  }
}

/** RFC 9112 §6.3; null where it cannot be told, which is how one reply is made to look like two. */
function framingOf(status: number, minor: string, fields: ReadonlyMap<string, string>): Framing | null {
  const coding = fields.get('transfer-encoding')
  const length = fields.get('content-length')
  if (coding !== undefined && (length !== undefined || minor === '0' || coding.toLowerCase() !== 'chunked')) return null
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return null
  if (status < 200 || status === 204 || status === 304) return { kind: 'none' }
  if (coding !== undefined) return { kind: 'chunked' }
  return length === undefined ? { kind: 'close' } : { kind: 'length', bytes: Number(length) }
}

/** Kept 2 s less than the service says, so that a question does not cross its goodbye. */
const keepMarginMs = 2_000

function keepMsOf(framing: Framing, minor: string, fields: ReadonlyMap<string, string>): number | null {
  const connection = (fields.get('connection') ?? '').toLowerCase()
  const options = connection === '' ? [] : connection.split(',').map((option) => option.trim())
  const isKept = minor === '1' ? !options.includes('close') : options.includes('keep-alive')
  // A reply without a body that says it has one: what comes next could be that body.
  const isOdd =
    framing.kind === 'none' && (fields.has('transfer-encoding') || !/^0*$/.test(fields.get('content-length') ?? ''))
  if (!isKept || isOdd || framing.kind === 'close') return 0
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(fields.get('keep-alive') ?? '')?.[1]
  return seconds === undefined ? null : Math.max(0, Number(seconds) * 1_000 - keepMarginMs)
}

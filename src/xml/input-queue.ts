/** Bytes waiting to be parsed, handed out as text in pieces that end at `>` and never inside a character. */

import { measureUtf8 } from './utf8.ts'

/** What reading brought. `over`: more bytes are there than the reader has room for. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly bytes: number }
  | { readonly kind: 'starved' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'over' }

/** A queue of bytes; its owner bounds what it pushes. */
export interface InputQueue {
  /** Unread bytes. */
  readonly length: number
  push(chunk: Uint8Array): void
  /** The next byte, even if its character is not complete; null when there is none. */
  peek(): number | null
  /** Passes over one byte that was peeked at and is a character of its own. */
  skip(): void
  /** Reads to the first `>`, or to the last whole character, and at most `room` bytes. */
  read(room: number): Piece
  /** The whole characters that come next: up to `limit` bytes of the chunk at hand. Nothing is read by it. */
  look(limit: number): string
  /** Passes over what was looked at, or the first part of it, and returns how many bytes that was. */
  pass(text: string): number
  clear(): void
}

/** Builds an empty queue. */
export function createInputQueue(): InputQueue {
  return new ChunkQueue()
}

const GREATER = 0x3e
const NOTHING = Buffer.alloc(0)
const STARVED: Piece = Object.freeze({ kind: 'starved' })
const INVALID: Piece = Object.freeze({ kind: 'invalid' })
const OVER: Piece = Object.freeze({ kind: 'over' })

class ChunkQueue implements InputQueue {
  readonly #waiting: Buffer[] = []
  #head: Buffer = NOTHING
  #at = 0
  /** Where whole characters end in the head; behind it is the start of a character, or garbage. */
  #valid = 0
  #garbage = false
  /** Bytes behind `#valid` that show how it goes on there. */
  #restBytes = 0
  length = 0

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#waiting.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    this.length += chunk.length
  }

  peek(): number | null {
    if (this.#at === this.#head.length && !this.#load()) return null
    return this.#head[this.#at] ?? null
  }

  skip(): void {
    this.#advance(this.#at + 1)
  }

  read(room: number): Piece {
    while (this.#at === this.#valid) {
      if (this.#restBytes > room) return OVER
      if (this.#garbage) return INVALID
      if (!this.#load()) return STARVED
    }
    const stop = this.#head.indexOf(GREATER, this.#at)
    const end = stop === -1 || stop >= this.#valid ? this.#valid : stop + 1
    return this.#take(end - this.#at > room ? this.#boundaryBefore(this.#at + room) : end)
  }

  look(limit: number): string {
    const end = this.#valid - this.#at > limit ? this.#boundaryBefore(this.#at + limit) : this.#valid
    return this.#head.toString('utf8', this.#at, end)
  }

  pass(text: string): number {
    const bytes = Buffer.byteLength(text)
    this.#advance(this.#at + bytes)
    return bytes
  }

  clear(): void {
    this.#waiting.length = 0
    this.#setHead(NOTHING)
    this.length = 0
  }

  #take(end: number): Piece {
    const bytes = end - this.#at
    if (bytes === 0) return OVER
    const text = this.#head.toString('utf8', this.#at, end)
    this.#advance(end)
    return { kind: 'text', text, bytes }
  }

  #advance(to: number): void {
    this.length -= to - this.#at
    this.#at = to
    if (to === this.#head.length) this.#setHead(NOTHING)
  }

  /** Brings the next chunk to the head, behind an unfinished character if one is left there; false if there is none. */
  #load(): boolean {
    const next = this.#waiting.shift()
    if (next === undefined) {
      // A few bytes would keep the whole chunk, or the pool it lies in, alive until the next one comes.
      if (this.#at > 0) this.#setHead(Buffer.from(this.#head.subarray(this.#at)))
      return false
    }
    this.#setHead(this.#at === this.#head.length ? next : Buffer.concat([this.#head.subarray(this.#at), next]))
    return true
  }

  #setHead(head: Buffer): void {
    const extent = measureUtf8(head)
    this.#head = head
    this.#at = 0
    this.#valid = extent.valid
    this.#garbage = extent.rest === 'invalid'
    this.#restBytes = extent.restBytes
  }

  #boundaryBefore(position: number): number {
    let at = position
    while (at > this.#at && ((this.#head[at] ?? 0) & 0xc0) === 0x80) at--
    return at
  }
}

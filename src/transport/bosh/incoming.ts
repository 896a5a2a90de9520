/** What a client sent and the stream loop has not read yet: bounded, and turned into events only when asked for. */

import type { ConduitEvent } from '../../session/contract.ts'
import type { Element } from '../../xml/element.ts'
import type { StreamHeader } from '../../xml/stream-header.ts'

type Item =
  | { readonly kind: 'open'; readonly header: StreamHeader }
  | { readonly kind: 'element'; readonly element: Element; readonly bytes: number }
  | { readonly kind: 'close' }

/** Events that one session hands out in a row; before the next, all others have their turn of the event loop. */
const eventsInARow = 16

/** The queue of one session. */
export class Incoming {
  #items: Item[] = []
  #bytes = 0
  #waiter: ((event: ConduitEvent) => void) | null = null
  /** Whether a stream header is due. */
  #fresh = true
  #isOver = false
  #read = 0
  readonly #onRead: () => void

  /** `onRead` is called whenever bytes were read. */
  constructor(onRead: () => void) {
    this.#onRead = onRead
  }

  /** Unread payload. */
  get bytes(): number {
    return this.#bytes
  }

  /** The next event; one read at a time. */
  read(): Promise<ConduitEvent> {
    if (this.#waiter !== null) throw new TypeError('a read is under way')
    const event = this.#next()
    if (event === null) {
      return new Promise((resolve) => {
        this.#waiter = resolve
      })
    }
    this.#read += 1
    if (this.#read % eventsInARow !== 0) return Promise.resolve(event)
    return new Promise((resolve) => setImmediate(resolve, event))
  }

  /** Expects a stream header next. */
  restart(): void {
    this.#fresh = true
  }

  /** Adds what one request brought; `bytes` is the size of all of it. */
  push(header: StreamHeader | null, payload: readonly Element[], isClose: boolean, bytes: number): void {
    if (this.#isOver) return
    if (header !== null) this.#items.push({ kind: 'open', header })
    const share = Math.ceil(bytes / Math.max(1, payload.length))
    for (const element of payload) this.#items.push({ kind: 'element', element, bytes: share })
    this.#bytes += share * payload.length
    if (isClose) this.#items.push({ kind: 'close' })
    this.#wake()
  }

  /** Nothing more comes; what is there may still be read. */
  end(): void {
    this.#isOver = true
    this.#wake()
  }

  /** Nothing more is read. */
  stop(): void {
    this.#items = []
    this.#bytes = 0
    this.end()
  }

  #wake(): void {
    const waiter = this.#waiter
    if (waiter === null) return
    const event = this.#next()
    if (event === null) return
    this.#waiter = null
    waiter(event)
  }

  #next(): ConduitEvent | null {
    const item = this.#items.shift()
    if (item === undefined) return this.#isOver ? { kind: 'end' } : null
    switch (item.kind) {
      case 'open':
        // RFC 6120 §4.3.3: a stream is restarted when the negotiation says so, and at no other time.
        if (!this.#fresh) return { kind: 'fault', condition: 'bad-format', why: 'stream restart where none is due' }
        this.#fresh = false
        return item
      case 'element':
        this.#bytes -= item.bytes
        this.#onRead()
        // XEP-0206 §5: after <success/> the client asks for a restart.
        if (this.#fresh) return { kind: 'fault', condition: 'bad-format', why: 'no stream restart where one is due' }
        return { kind: 'element', element: item.element }
      case 'close':
        return item
    }
  }
}

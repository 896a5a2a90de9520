/** Markup that waits for a request to carry it: bounded, so that a client that does not fetch fills nothing. */

import { qualify } from './answer.ts'

interface Item {
  readonly markup: string
  readonly bytes: number
  readonly taken: (() => void) | null
}

/** What one answer carries. */
export interface Load {
  readonly markup: string
  readonly taken: readonly (() => void)[]
}

/** Carries nothing. */
export const emptyLoad: Load = { markup: '', taken: [] }

/** The queue of one session. */
export class Outgoing {
  #items: Item[] = []
  #bytes = 0
  #waiting: (() => void)[] = []
  #isClosed = false
  readonly #roomBytes: number

  /** Past `roomBytes` whoever puts waits. */
  constructor(roomBytes: number) {
    this.#roomBytes = roomBytes
  }

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  /** Queues markup; resolves when there is room for more, or when the queue is closed. */
  put(markup: string, taken: (() => void) | null): Promise<void> {
    if (this.#isClosed) return done
    const qualified = qualify(markup)
    const bytes = Buffer.byteLength(qualified)
    this.#items.push({ markup: qualified, bytes, taken })
    this.#bytes += bytes
    if (this.#bytes <= this.#roomBytes) return done
    return new Promise((wake) => this.#waiting.push(wake))
  }

  /** Takes what fits into one answer; one item at least, since its size was bounded where it came in. */
  take(): Load {
    let markup = ''
    let count = 0
    let bytes = 0
    const taken: (() => void)[] = []
    for (const item of this.#items) {
      if (count > 0 && bytes + item.bytes > this.#roomBytes) break
      count += 1
      bytes += item.bytes
      markup += item.markup
      if (item.taken !== null) taken.push(item.taken)
    }
    this.#items.splice(0, count)
    this.#bytes -= bytes
    if (this.#bytes <= this.#roomBytes) this.#wake()
    return { markup, taken }
  }

  /** Drops what waits. */
  close(): void {
    this.#isClosed = true
    this.#items = []
    this.#bytes = 0
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

const done = Promise.resolve()

/**
 * The latest answers of one session: kept for requests that are repeated because the answer was lost (XEP-0124 §14.3),
 * and to know which of what they carried has arrived.
 */

import type { Reply } from './terms.ts'

/** An answer that was given. */
export interface Given {
  readonly rid: number
  /** The key that the request showed. */
  readonly key: string | null
  readonly text: string
  readonly hasPayload: boolean
  readonly at: number
  /** On which ways it was sent; none where the connection had gone before. */
  replies: Reply[]
  taken: readonly (() => void)[]
}

/** The answers of one session. */
export class Answers {
  #given: Given[] = []
  readonly #capacity: number

  /** Keeps `capacity` answers. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The highest rid that was answered; 0 before the first. */
  get highest(): number {
    return this.#given.at(-1)?.rid ?? 0
  }

  /** Whether the oldest answer would fall out with the next and is not known to have arrived. */
  get isOverdue(): boolean {
    return this.#given.length === this.#capacity && (this.#given[0]?.taken.length ?? 0) > 0
  }

  /** Remembers an answer. */
  add(given: Given): void {
    this.#given.push(given)
    if (this.#given.length > this.#capacity) this.#given.shift()
  }

  /** The answer to a request that came before; null when it is not kept any more, or was never given. */
  find(rid: number): Given | null {
    return this.#given.find((given) => given.rid === rid) ?? null
  }

  /** All answers up to and including that to `rid` have arrived. With `whole`, those excepted that are known to be cut off. */
  confirm(rid: number, whole: 'proven' | 'unless-broken'): void {
    for (const given of this.#given) {
      if (given.rid > rid) return
      // A way back that is open, or was closed in order, is all that one can ask of a client that is about to leave.
      if (whole === 'unless-broken' && !given.replies.some(({ isBroken }) => !isBroken)) continue
      const { taken } = given
      given.taken = []
      given.replies = []
      for (const tell of taken) tell()
    }
  }
}

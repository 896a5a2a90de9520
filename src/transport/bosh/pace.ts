/** Whether a client asks more often than it may (XEP-0124 §11, §12). */

import type { BoshBody } from './body.ts'
import type { Agreement } from './creation.ts'

/** The pace of one session. */
export class Pace {
  readonly #agreed: Agreement
  readonly #pollingMs: number
  #previousAt = Number.NEGATIVE_INFINITY
  #wasEmpty = false

  constructor(agreed: Agreement, pollingMs: number) {
    this.#agreed = agreed
    this.#pollingMs = pollingMs
  }

  /** Whether a request does nothing but ask. */
  static isEmpty({ payload, isRestart, isTerminate, pauseS, creation }: BoshBody): boolean {
    return payload.length === 0 && !isRestart && !isTerminate && pauseS === null && creation === null
  }

  /**
   * Whether this request, which came at `at` and is the last of `held` unanswered ones, comes too soon behind the one
   * before. `carried`: whether the answer to that one had a payload; null while there is none.
   */
  isTooQuick(body: BoshBody, at: number, held: number, carried: boolean | null): boolean {
    const isEmpty = Pace.isEmpty(body)
    const isSoon = at - this.#previousAt < this.#pollingMs
    const wasEmpty = this.#wasEmpty
    this.#wasEmpty = isEmpty
    this.#previousAt = at
    if (!isEmpty || !isSoon) return false
    // XEP-0124 §12: two polls in a row, the first of which brought nothing.
    if (this.#agreed.isPolling) return wasEmpty && carried === false
    // XEP-0124 §11: as many as may be open, and the last one for nothing.
    return held >= this.#agreed.requests
  }
}

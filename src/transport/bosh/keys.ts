/** Key sequencing (XEP-0124 §15): each request shows the value whose hash the one before it showed. */

import { createHash } from 'node:crypto'

/** The keys of one session. Without a first key there are none, and everything passes. */
export class KeySequence {
  #expected: string | null

  /** `newKey` is that of the session's first request. */
  constructor(newKey: string | null) {
    this.#expected = newKey?.toLowerCase() ?? null
  }

  /** Whether a request, the next in order, shows the right key. */
  accept(key: string | null, newKey: string | null): boolean {
    if (this.#expected === null) return true
    if (key === null || createHash('sha1').update(key).digest('hex') !== this.#expected) return false
    this.#expected = (newKey ?? key).toLowerCase()
    return true
  }
}

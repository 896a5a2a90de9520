/** How often one session may have something written to the store: each write waits for the disk, and everybody with it. */

import type { LocalLimits } from './limits.ts'
import type { StanzaFault } from './stanza.ts'

/** The writes that a session has left. */
export interface WriteBudget {
  /** Takes one write; null, or what the client is told when none is left: to wait. `now` in milliseconds. */
  take(now: number): StanzaFault | null
}

const msPerSecond = 1000

/** A full budget, which fills up again as time goes by. */
export function createWriteBudget(limits: WriteLimits, now: number): WriteBudget {
  return new FillingBudget(limits, now)
}

type WriteLimits = Pick<LocalLimits, 'maxWriteBurst' | 'maxWritesPerSecond'>

/** One small object, since it lives with its session. */
class FillingBudget implements WriteBudget {
  readonly #limits: WriteLimits
  #left: number
  #seen: number

  constructor(limits: WriteLimits, now: number) {
    this.#limits = limits
    this.#left = limits.maxWriteBurst
    this.#seen = now
  }

  take(now: number): StanzaFault | null {
    const { maxWriteBurst, maxWritesPerSecond } = this.#limits
    // A clock that is set back gives nothing and takes nothing.
    const passed = Math.max(0, now - this.#seen)
    this.#seen = now
    this.#left = Math.min(maxWriteBurst, this.#left + (passed * maxWritesPerSecond) / msPerSecond)
    if (this.#left < 1) return { condition: 'resource-constraint', text: 'too many changes in a short time' }
    this.#left -= 1
    return null
  }
}

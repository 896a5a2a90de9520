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
export function createWriteBudget(
  { maxWriteBurst, maxWritesPerSecond }: Pick<LocalLimits, 'maxWriteBurst' | 'maxWritesPerSecond'>,
  now: number,
): WriteBudget {
  let left = maxWriteBurst
  let seen = now
  return {
    take: (at) => {
      // A clock that is set back gives nothing and takes nothing.
      const passed = Math.max(0, at - seen)
      seen = at
      left = Math.min(maxWriteBurst, left + (passed * maxWritesPerSecond) / msPerSecond)
      if (left < 1) return { condition: 'resource-constraint', text: 'too many changes in a short time' }
      left -= 1
      return null
    },
  }
}

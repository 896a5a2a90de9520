/** Time as a BOSH session sees it, so that tests can be quick. */

/** The clock. */
export interface Clock {
  /** Milliseconds from anywhere, never backwards. */
  now(): number
  /** Calls `fire` after `ms`; what it returns takes that back. */
  after(ms: number, fire: () => void): () => void
  /** Calls `fire` when everything that is due now has had its turn. */
  soon(fire: () => void): void
}

/** The machine's clock. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, fire) => {
    const timer = setTimeout(fire, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
  soon: (fire) => void setImmediate(fire),
}

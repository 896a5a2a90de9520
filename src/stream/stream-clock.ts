/** The time that a client has before it is logged in: for each step, and for all of it. */

import type { StreamLimits } from './policy.ts'

/**
 * Rings once at most. One timer, left alone from step to step: it may come too early, never too late, and is set again for
 * what is left when it has.
 */
export class StreamClock {
  /** Whether the time ran out. */
  isLate = false
  readonly #stateMs: number
  readonly #late: () => void
  /** When the login must be done, on the clock of `performance.now`. */
  readonly #deadline: number
  /** When the client's turn began; null while it is ours. */
  #waitingSince: number | null = null
  #timer: NodeJS.Timeout
  /** When the timer comes. */
  #due: number

  /** `late` is called when the client took too long. */
  constructor({ stateMs, loginMs }: Pick<StreamLimits, 'stateMs' | 'loginMs'>, late: () => void) {
    this.#stateMs = stateMs
    this.#late = late
    const now = performance.now()
    const first = Math.min(stateMs, loginMs)
    this.#deadline = now + loginMs
    this.#due = now + first
    this.#timer = setTimeout(ring, first, this)
  }

  /** It is the client's turn: it has the full step time, within the login time. */
  await(): void {
    const now = performance.now()
    this.#waitingSince = now
    const end = Math.min(this.#deadline, now + this.#stateMs)
    if (end < this.#due) this.#set(now, end)
  }

  /** It is our turn: a slow backend has its own deadline and is not the client's fault. */
  pause(): void {
    this.#waitingSince = null
  }

  /** The login is done, or there will be none. Idempotent. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  /** The timer is over, which may be too early. */
  ring(): void {
    const now = performance.now()
    const step = this.#waitingSince === null ? Number.POSITIVE_INFINITY : this.#waitingSince + this.#stateMs
    const end = Math.min(this.#deadline, step)
    if (end > now) this.#set(now, end)
    else {
      this.isLate = true
      this.#late()
    }
  }

  #set(now: number, due: number): void {
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(ring, Math.ceil(Math.max(0, due - now)), this)
  }
}

/** Outside of any closure: one is made for each connection otherwise. */
function ring(clock: StreamClock): void {
  clock.ring()
}

/** The time that a client has before it is logged in: for each step, and for all of it. */

import type { StreamLimits } from './policy.ts'

/** Rings once at most. One timer, which is set again only where it must be. */
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

  /** `late` is called when the client took too long. */
  constructor({ stateMs, loginMs }: Pick<StreamLimits, 'stateMs' | 'loginMs'>, late: () => void) {
    this.#stateMs = stateMs
    this.#late = late
    this.#deadline = performance.now() + loginMs
    this.#timer = setTimeout(ring, Math.min(stateMs, loginMs), this)
  }

  /** It is the client's turn: it has the full step time, within the login time. */
  await(): void {
    const now = performance.now()
    this.#waitingSince = now
    if (now + this.#stateMs <= this.#deadline) this.#timer.refresh()
    else this.#set(this.#deadline - now)
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
    const rest = Math.min(this.#deadline, step) - now
    if (rest > 0) this.#set(rest)
    else {
      this.isLate = true
      this.#late()
    }
  }

  #set(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(ring, Math.ceil(Math.max(0, ms)), this)
  }
}

/** Outside of any closure: one is made for each connection otherwise. */
function ring(clock: StreamClock): void {
  clock.ring()
}

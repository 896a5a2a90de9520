/** One timer that is only moved when it would ring too late: a session changes its mind with every request. */

import type { Clock } from './clock.ts'

/** Rings at some time before or at the one it was last set for; whoever hears it looks at the clock. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #timer: { readonly at: number; readonly cancel: () => void } | null = null

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Sets it for `at`, milliseconds on the clock. */
  set(at: number): void {
    if (this.#timer !== null && this.#timer.at <= at) return
    this.#timer?.cancel()
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#timer = null
      this.#ring()
    })
    this.#timer = { at, cancel }
  }

  /** It rings no more. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}

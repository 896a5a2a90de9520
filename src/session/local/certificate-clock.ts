/**
 * Streams end when the certificate that let them in does (RFC 6120 §13.7.2.3): one timer for all of them, set for the first
 * that is due.
 */

/**
 * Longest wait without a look at the clock, milliseconds. Certificates end by the time of day, which goes on while a machine is
 * suspended or is set; timers do not.
 */
const maxWaitMs = 60_000

/** Rings when the first of the noted certificates ends. */
export class CertificateClock {
  readonly #now: () => number
  readonly #endOver: (nowMs: number) => number
  #due = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | null = null

  /**
   * `now` in milliseconds since the epoch. `endOver` ends what is over by then, and returns when the next certificate ends;
   * infinity where none does.
   */
  constructor(now: () => number, endOver: (nowMs: number) => number) {
    this.#now = now
    this.#endOver = endOver
  }

  /** A stream began, let in by a certificate that ends at `notAfter`; null for a password. */
  note(notAfter: number | null): void {
    if (notAfter !== null && notAfter < this.#due) this.#set(notAfter)
  }

  /** Rings no more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#due = Number.POSITIVE_INFINITY
  }

  #set(due: number): void {
    this.stop()
    this.#due = due
    if (due === Number.POSITIVE_INFINITY) return
    const wait = Math.min(maxWaitMs, Math.max(0, due - this.#now()))
    this.#timer = setTimeout(() => this.#look(), wait)
    this.#timer.unref()
  }

  #look(): void {
    const nowMs = this.#now()
    this.#set(nowMs < this.#due ? this.#due : this.#endOver(nowMs))
  }
}

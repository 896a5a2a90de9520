/** Whether the other side is still there: pings, and a limit on silence. One timer a connection, nothing per message. */

/** How a connection is watched, milliseconds. */
export interface HeartbeatTerms {
  /** Between two pings. */
  readonly pingMs: number
  /** How long anything at all may take to come after a ping. */
  readonly pongMs: number
  /** Silence after which the connection is given up. */
  readonly timeoutMs: number
}

/** What is watched. */
export interface Watched {
  /** Bytes received so far; anything counts as a sign of life, half a message too. */
  bytesRead(): number
  /** Whether nobody reads now, so that silence says nothing about the other side. */
  isPaused(): boolean
  ping(): void
  /** Called once, with the reason; the heartbeat has stopped by then. */
  dead(why: string): void
}

/** Parts of the limit on silence between two looks; the limit is kept to within one part. */
const looksPerTimeout = 4

/** Watches one connection from now on. */
export class Heartbeat {
  readonly #terms: HeartbeatTerms
  readonly #watched: Watched
  readonly #now: () => number
  readonly #stepMs: number
  #timer: NodeJS.Timeout
  #bytes = 0
  /** Clock of the last sign of life. */
  #heardAt: number
  #pingedAt: number
  #awaitsPong = false

  /** `now` gives milliseconds that only grow. */
  constructor(terms: HeartbeatTerms, watched: Watched, now: () => number = () => performance.now()) {
    this.#terms = terms
    this.#watched = watched
    const { pingMs, timeoutMs } = terms
    this.#stepMs = Math.max(1, Math.min(pingMs, Math.ceil(timeoutMs / looksPerTimeout)))
    this.#now = now
    this.#heardAt = now()
    this.#pingedAt = this.#heardAt
    this.#timer = setTimeout(() => this.#look(), this.#stepMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #look(): void {
    const now = this.#now()
    this.#listen(now)
    const why = this.#verdict(now)
    if (why !== null) {
      this.#watched.dead(why)
      return
    }
    const { pingMs, pongMs } = this.#terms
    if (!this.#awaitsPong && isDue(now, this.#pingedAt, pingMs)) {
      this.#pingedAt = now
      this.#awaitsPong = true
      this.#watched.ping()
    }
    const nextIn = this.#pingedAt + (this.#awaitsPong ? pongMs : pingMs) - now
    this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.min(this.#stepMs, nextIn)))
  }

  #listen(now: number): void {
    const bytes = this.#watched.bytesRead()
    if (bytes === this.#bytes && !this.#watched.isPaused()) return
    this.#bytes = bytes
    this.#heardAt = now
    this.#awaitsPong = false
  }

  #verdict(now: number): string | null {
    const { pongMs, timeoutMs } = this.#terms
    if (this.#awaitsPong && isDue(now, this.#pingedAt, pongMs)) return `no answer to a ping for ${pongMs} ms`
    return isDue(now, this.#heardAt, timeoutMs) ? `nothing came for ${timeoutMs} ms` : null
  }
}

/** Timers may be a millisecond early by this clock. */
function isDue(now: number, since: number, limitMs: number): boolean {
  return now - since + 1 >= limitMs
}

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

/** Parts of the limit on silence between two looks. */
const looksPerTimeout = 4

/** Watches one connection from now on. It looks at regular times, so each limit is kept to within one look. */
export class Heartbeat {
  readonly #terms: HeartbeatTerms
  readonly #watched: Watched
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #bytes = 0
  /** Clock of the last sign of life. */
  #heardAt: number
  #pingedAt: number
  #awaitsPong = false

  /** `now` gives milliseconds that only grow. */
  constructor(terms: HeartbeatTerms, watched: Watched, now: () => number = () => performance.now()) {
    this.#terms = terms
    this.#watched = watched
    this.#now = now
    this.#heardAt = now()
    this.#pingedAt = this.#heardAt
    // One timer for the connection's life: at rest there is nothing but this.
    this.#timer = setInterval(() => this.#look(), lookMs(terms))
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = this.#now()
    this.#listen(now)
    const why = this.#verdict(now)
    if (why !== null) {
      this.stop()
      this.#watched.dead(why)
    } else if (!this.#awaitsPong && isDue(now, this.#pingedAt, this.#terms.pingMs)) {
      this.#pingedAt = now
      this.#awaitsPong = true
      this.#watched.ping()
    }
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

/** The time between two looks: a whole part of that between two pings, which are then punctual. */
function lookMs({ pingMs, pongMs, timeoutMs }: HeartbeatTerms): number {
  const most = Math.max(1, Math.min(pongMs, timeoutMs / looksPerTimeout))
  return Math.ceil(pingMs / Math.ceil(pingMs / most))
}

/** Timers may be a millisecond early by this clock. */
function isDue(now: number, since: number, limitMs: number): boolean {
  return now - since + 1 >= limitMs
}

/** The connections to one service, as many as are wanted and allowed, and who waits for one. */

import { type Alarm, createAlarmClock } from '../../alarm-clock.ts'
import { type ConnectionOwner, HttpConnection, type ServiceAddress } from './connection.ts'
import { failed, faultOf, type Try, words } from './exchange.ts'

/** Requests that wait for a free connection; beyond, a login is told to come back. */
export const maxWaiting = 256

/** How long an idle connection is kept, milliseconds, where the service does not say it. */
const idleMs = 30_000

/** The longest that the service can make it, milliseconds. */
const maxIdleMs = 120_000

const closedPool = 'the pool is closed'

/** Limits of the connections. */
export interface LaneLimits {
  /** Connections at most. */
  readonly workers: number
  /** Longest time to connect, milliseconds. */
  readonly connectMs: number
}

/** How long somebody waits. */
export interface Patience {
  /** Null where nobody gives up before the limit. */
  readonly signal: AbortSignal | null
  /** Milliseconds from now. */
  readonly limitMs: number
}

/** Somebody who waits for a reply, or still for a connection. */
interface Waiting {
  readonly request: string
  /** Is called once. */
  readonly tell: (result: Try) => void
  connection: HttpConnection | null
}

/** Connections that open when somebody asks. */
export class Lanes implements ConnectionOwner {
  readonly #address: ServiceAddress
  readonly #limits: LaneLimits
  readonly #clock = createAlarmClock({ holdsProcess: false })
  /** All of them, with the alarm that ends one that connects, or idles, for too long. */
  readonly #alarms = new Map<HttpConnection, Alarm>()
  /** The last is the one that was used last, and is used next: those that are not needed get to idle. */
  readonly #idle: HttpConnection[] = []
  readonly #queue: Waiting[] = []
  #pending = 0
  #isClosed = false

  constructor(address: ServiceAddress, limits: LaneLimits) {
    this.#address = address
    this.#limits = limits
  }

  /** Connections that are open. */
  get open(): number {
    return [...this.#alarms.keys()].filter(({ isOpen }) => isOpen).length
  }

  /** Sends the request on some connection, and waits for the reply. Never rejects. */
  exchange(request: string, { signal, limitMs }: Patience): Promise<Try> {
    if (this.#isClosed) return Promise.resolve(failed(closedPool))
    if (this.#pending >= this.#limits.workers + maxWaiting) {
      return Promise.resolve(failed('too many logins wait for the service'))
    }
    if (signal?.aborted || limitMs <= 0) return Promise.resolve(failed(words.late))
    return new Promise((resolve) => {
      const tell = (result: Try): void => {
        this.#pending -= 1
        this.#clock.clear(alarm)
        signal?.removeEventListener('abort', gone)
        resolve(result)
      }
      const waiting: Waiting = { request, tell, connection: null }
      const stop = (why: string): void => {
        this.#leave(waiting)
        tell(failed(why))
      }
      const gone = () => stop(words.late)
      const alarm = this.#clock.set(performance.now() + limitMs, () =>
        stop(`no answer within ${Math.ceil(limitMs)} ms`),
      )
      signal?.addEventListener('abort', gone, { once: true })
      this.#pending += 1
      this.#enter(waiting)
    })
  }

  /** Ends all connections, and everybody's waiting. */
  close(): void {
    this.#isClosed = true
    const result = failed(closedPool)
    for (const { tell } of this.#queue.splice(0)) tell(result)
    for (const connection of [...this.#alarms.keys()]) {
      this.#clearAlarm(connection)
      connection.close(result)
    }
  }

  free(connection: HttpConnection, keepMs: number | null): void {
    const next = this.#queue.shift()
    if (next !== undefined) {
      this.#ask(connection, next)
      return
    }
    this.#idle.push(connection)
    const until = performance.now() + Math.min(keepMs ?? idleMs, maxIdleMs)
    connection.idleUntil = until
    // One that is set already looks again by itself: most connections idle for a moment only.
    const alarm = this.#alarms.get(connection)
    if (alarm === undefined || alarm.at > until) this.#setAlarm(connection, until)
  }

  gone(connection: HttpConnection, fault: Try | null): void {
    this.#clearAlarm(connection)
    this.#alarms.delete(connection)
    this.#forgetIdle(connection)
    // Nobody can say for whom it was opened: who waits longest hears why it is not there.
    if (fault !== null) this.#queue.shift()?.tell(fault)
    this.#openMore()
  }

  #enter(waiting: Waiting): void {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      // One that is just closing is `gone` in a moment.
      if (!idle.isOpen) continue
      this.#ask(idle, waiting)
      return
    }
    this.#queue.push(waiting)
    this.#openMore()
  }

  #ask(connection: HttpConnection, waiting: Waiting): void {
    waiting.connection = connection
    connection.idleUntil = null
    connection.ask(waiting.request, waiting.tell)
  }

  /** Waits no longer. What a connection is in the middle of cannot be taken back, so that it ends as well. */
  #leave(waiting: Waiting): void {
    if (waiting.connection !== null) {
      waiting.connection.close()
      return
    }
    const place = this.#queue.indexOf(waiting)
    if (place !== -1) this.#queue.splice(place, 1)
  }

  /** Opens a connection for each that waits, as far as there may be so many. */
  #openMore(): void {
    const openingOnes = [...this.#alarms.keys()].filter(({ isOpening }) => isOpening)
    let lacking = this.#queue.length - openingOnes.length
    while (lacking > 0 && this.#alarms.size < this.#limits.workers && !this.#isClosed) {
      lacking -= 1
      try {
        const connection = new HttpConnection(this.#address, this)
        this.#setAlarm(connection, performance.now() + this.#limits.connectMs)
      } catch (cause) {
        this.#queue.shift()?.tell(failed(cause instanceof Error ? faultOf(cause) : words.noConnection))
      }
    }
  }

  /** Has the connection looked at then, and not before. */
  #setAlarm(connection: HttpConnection, at: number): void {
    this.#clearAlarm(connection)
    this.#alarms.set(
      connection,
      this.#clock.set(at, () => this.#look(connection)),
    )
  }

  /** Ends a connection that connects, or idles, for too long. */
  #look(connection: HttpConnection): void {
    const { isOpening, idleUntil } = connection
    const now = performance.now()
    if (isOpening) connection.giveUp()
    else if (idleUntil === null || idleUntil > now) this.#setAlarm(connection, idleUntil ?? now + idleMs)
    else {
      this.#forgetIdle(connection)
      connection.close()
    }
  }

  #clearAlarm(connection: HttpConnection): void {
    const alarm = this.#alarms.get(connection)
    if (alarm !== undefined) this.#clock.clear(alarm)
  }

  #forgetIdle(connection: HttpConnection): void {
    const place = this.#idle.indexOf(connection)
    if (place !== -1) this.#idle.splice(place, 1)
  }
}

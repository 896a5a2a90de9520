/**
 * What waits to be written to one client: a bounded queue, so that a slow reader holds up nobody and fills nothing. Half of it
 * is for what others send, who are refused when that is full; the rest is left to the server's own words, so that nobody but
 * the client itself can make it overflow.
 */

import type { Conduit } from '../contract.ts'
import type { LocalLimits } from './limits.ts'

/** Told once what became of an entry. */
export interface Receipt {
  /** It has left this process. */
  readonly handed: () => void
  /** The session ended before the connection took it, or while it did. */
  readonly lost: () => void
}

/** Why an outbox gave up. */
export type OutboxFault = 'overflow' | 'stalled' | 'broken'

interface Entry {
  readonly markup: string
  readonly bytes: number
  readonly receipt: Receipt | null
}

type Limits = Pick<LocalLimits, 'maxOutboundBytes' | 'maxOutboundStanzas' | 'writeStallMs'>

/** The queue of one session. Writes one stanza at a time, in order. */
export class Outbox {
  readonly #conduit: Pick<Conduit, 'write'>
  readonly #limits: Limits
  readonly #fail: (fault: OutboxFault) => void
  #queue: Entry[] = []
  #bytes = 0
  #writing = false
  #closed = false
  #stall: NodeJS.Timeout | null = null
  /** Written, but not known to have left this process. */
  #unconfirmed: Set<Receipt> | null = null
  /** Left in this turn. A connection that is gone takes everything too, and is found out before the turn is over. */
  #taken: Receipt[] = []
  #confirming: (() => void)[] = []
  #waiting: { readonly below: number; readonly wake: () => void }[] = []
  /** What is to come when all is sent, and before anything from others; null while there was none. */
  #next: Set<string> | null = null

  /** `fail` is called at most once, never from inside `put`'s caller's turn; the outbox is closed by then. */
  constructor(conduit: Pick<Conduit, 'write'>, limits: Limits, fail: (fault: OutboxFault) => void) {
    this.#conduit = conduit
    this.#limits = limits
    this.#fail = fail
  }

  /** Unsent markup, bytes. */
  get bytes(): number {
    return this.#bytes
  }

  get #isConfirmed(): boolean {
    return this.#unconfirmed === null || this.#unconfirmed.size === 0
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Queues markup of the server's own that stands alone at stream level. Once closed, it is lost at once. */
  put(markup: string, receipt: Receipt | null = null): void {
    const bytes = Buffer.byteLength(markup)
    if (!this.#fits(bytes, 1)) this.#giveUp('overflow')
    if (this.#closed) {
      receipt?.lost()
      return
    }
    this.#queue.push({ markup, bytes, receipt })
    this.#bytes += bytes
    if (!this.#writing) this.#run()
  }

  /** Queues what somebody else sends, where {@link takes} says so; false where it does not. */
  offer(markup: string): boolean {
    if (!this.takes(markup)) return false
    this.put(markup)
    return true
  }

  /** Whether there is room for what somebody else sends. */
  takes(markup: string): boolean {
    if (this.#closed || (this.#next !== null && this.#next.size > 0)) return false
    return this.hasRoomFor(markup)
  }

  /** Whether the queue would still be at most half full with this, or has nothing else: for what can also come later. */
  hasRoomFor(markup: string): boolean {
    return this.#fits(Buffer.byteLength(markup), 1 / 2)
  }

  /** Whether the server's own words would still fit. */
  holds(markup: string): boolean {
    return this.#fits(Buffer.byteLength(markup), 1)
  }

  /**
   * Does `work` when all that waits is sent, or the outbox is closed. Until then nothing is taken from others, who could
   * overtake it, or put it off for ever. `name` is waited for once at a time. `work` must not throw.
   */
  whenSent(name: string, work: () => void): void {
    this.#next ??= new Set()
    if (this.#next.has(name)) return
    this.#next.add(name)
    void this.settled(0).then(() => {
      this.#next?.delete(name)
      work()
    })
  }

  /** Resolves when at most `below` bytes are unsent, or when the outbox is closed. */
  settled(below: number): Promise<void> {
    if (this.#closed || this.#bytes <= below) return Promise.resolve()
    return new Promise((wake) => this.#waiting.push({ below, wake }))
  }

  /** Resolves when all is sent and confirmed, when the outbox is closed, or after `drainMs`. */
  async drain(drainMs: number): Promise<void> {
    if (this.#closed || (this.#bytes === 0 && this.#isConfirmed)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, drainMs)
    await Promise.race([this.settled(0).then(() => this.#confirmed()), promise])
    clearTimeout(timer)
  }

  /** Drops what is unsent and reports it lost, in order. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    // A write that never returns must not keep anything alive.
    clearTimeout(this.#stall ?? undefined)
    const unconfirmed = this.#unconfirmed ?? []
    const unsent = this.#queue
    this.#unconfirmed = null
    this.#queue = []
    this.#bytes = 0
    this.#wake()
    for (const { lost } of unconfirmed) lost()
    for (const { receipt } of unsent) receipt?.lost()
  }

  /** A single stanza larger than the queue is let through: its size was bounded where it came in. */
  #fits(bytes: number, share: number): boolean {
    if (this.#queue.length === 0) return true
    const { maxOutboundBytes, maxOutboundStanzas } = this.#limits
    return this.#bytes + bytes <= maxOutboundBytes * share && this.#queue.length < maxOutboundStanzas * share
  }

  /** Writes what is queued, at once as long as there is room. */
  #run(): void {
    this.#writing = true
    try {
      for (let entry = this.#queue[0]; entry !== undefined; entry = this.#queue[0]) {
        const room = this.#writeOne(entry)
        if (room !== null) {
          void this.#awaitRoom(room, entry)
          return
        }
        this.#passed(entry)
      }
    } catch {
      this.#giveUp('broken')
    }
    this.#writing = false
  }

  #writeOne({ markup, receipt }: Entry): Promise<void> | null {
    return receipt === null
      ? this.#conduit.write(markup)
      : this.#conduit.write(markup, () => this.#confirmLater(receipt))
  }

  async #awaitRoom(room: Promise<void>, entry: Entry): Promise<void> {
    this.#stall = setTimeout(() => this.#giveUp('stalled'), this.#limits.writeStallMs)
    try {
      await room
    } catch {
      this.#giveUp('broken')
    } finally {
      clearTimeout(this.#stall)
      this.#stall = null
    }
    if (this.#closed) return
    this.#passed(entry)
    this.#run()
  }

  #passed({ bytes, receipt }: Entry): void {
    if (this.#closed) return
    this.#queue.shift()
    this.#bytes -= bytes
    if (receipt !== null) {
      this.#unconfirmed ??= new Set()
      this.#unconfirmed.add(receipt)
    }
    this.#wake()
  }

  /** Resolves when nothing that was written waits to leave this process, or when the outbox is closed. */
  #confirmed(): Promise<void> {
    if (this.#isConfirmed) return Promise.resolve()
    return new Promise((wake) => this.#confirming.push(wake))
  }

  #confirmLater(receipt: Receipt): void {
    this.#taken.push(receipt)
    if (this.#taken.length > 1) return
    setImmediate(() => {
      const taken = this.#taken
      this.#taken = []
      // What is not among them was reported lost meanwhile.
      for (const receipt of taken) if (this.#unconfirmed?.delete(receipt)) receipt.handed()
      this.#wake()
    })
  }

  #giveUp(fault: OutboxFault): void {
    if (this.#closed) return
    this.close()
    // The caller may be in the middle of a broadcast over sessions that this one's end would change.
    queueMicrotask(() => this.#fail(fault))
  }

  #wake(): void {
    if (this.#confirming.length > 0 && this.#isConfirmed) for (const wake of this.#confirming.splice(0)) wake()
    if (this.#waiting.length === 0) return
    const ready = this.#waiting.filter(({ below }) => this.#closed || this.#bytes <= below)
    this.#waiting = this.#waiting.filter((waiter) => !ready.includes(waiter))
    for (const { wake } of ready) wake()
  }
}

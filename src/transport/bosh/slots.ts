/** The unanswered requests of one session, by rid: held ones, whose turn it was, and early ones, before which some are missing. */

import type { BoshBody } from './body.ts'
import type { Reply } from './terms.ts'

/** One unanswered request. */
export interface Slot {
  readonly rid: number
  readonly key: string | null
  /** When it came. */
  readonly at: number
  /** Null once it was handled. */
  body: BoshBody | null
  /** The ways back that are still there. */
  replies: Reply[]
}

/** The unanswered requests, at most a handful. */
export class Slots {
  /** The highest rid that came with all before it. */
  last = 0
  #slots: Slot[] = []

  get size(): number {
    return this.#slots.length
  }

  /** Requests whose turn it was. */
  get held(): number {
    let held = 0
    while (held < this.#slots.length && (this.#slots[held]?.rid ?? 0) <= this.last) held += 1
    return held
  }

  /** Held requests that have their connection. */
  get live(): number {
    return this.#slots.filter(({ rid, replies }) => rid <= this.last && replies.length > 0).length
  }

  /** Whether a held request has its connection. */
  get hasLive(): boolean {
    return this.firstLive() !== null
  }

  /** Adds a request where it belongs. */
  add(slot: Slot): void {
    const at = this.#slots.findIndex(({ rid }) => rid > slot.rid)
    this.#slots.splice(at < 0 ? this.#slots.length : at, 0, slot)
  }

  find(rid: number): Slot | null {
    return this.#slots.find((slot) => slot.rid === rid) ?? null
  }

  /** The early request whose turn it is now. */
  due(): Slot | null {
    return this.find(this.last + 1)
  }

  /** The held request with the lowest rid. */
  first(): Slot | null {
    const [slot] = this.#slots
    return slot === undefined || slot.rid > this.last ? null : slot
  }

  /** The held request with the lowest rid that has its connection. */
  firstLive(): Slot | null {
    return this.#slots.find(({ rid, replies }) => rid <= this.last && replies.length > 0) ?? null
  }

  /** Takes the held request with the lowest rid out. */
  shift(): Slot | null {
    return this.first() === null ? null : (this.#slots.shift() ?? null)
  }

  /** Forgets a way back; whether it was that of an unanswered request. */
  drop(reply: Reply): boolean {
    for (const slot of this.#slots) {
      const at = slot.replies.indexOf(reply)
      if (at < 0) continue
      slot.replies.splice(at, 1)
      return true
    }
    return false
  }

  /** Takes all of them out. */
  clear(): readonly Slot[] {
    const slots = this.#slots
    this.#slots = []
    return slots
  }
}

/** What was sent to somebody who comes and goes, and what must still come, or never again, after a crash. Pure. */

/**
 * `sent`: it may be anywhere. `passed`: the server took it while the receiver was there or on the way, so it may have gone
 * to a connection. `kept`: the receiver was away from before it was sent until the server had answered what its sender
 * asked behind it, so it must come. `received`: it came; it may come once more. `confirmed`: after it came, the receiver
 * asked something twice and was answered, so it must not come again.
 */
type Stage = 'sent' | 'passed' | 'kept' | 'received' | 'confirmed'

interface Message {
  stage: Stage
  isAccepted: boolean
  /** How often the receiver had come or gone when it was sent. */
  readonly moves: number
}

/** How many messages came to which end. */
export interface MailCounts {
  /** Taken by the server. */
  accepted: number
  /** Of these, kept for a receiver who was away. */
  kept: number
  received: number
  /** Came again without having been confirmed, as they may. */
  repeated: number
  /** Taken for a receiver who was there, and gone with the crash. */
  lostOnTheWay: number
}

/** One receiver's messages from one sender. */
export class Mailbox {
  readonly counts: MailCounts = { accepted: 0, kept: 0, received: 0, repeated: 0, lostOnTheWay: 0 }
  readonly faults: string[] = []
  readonly #messages = new Map<number, Message>()
  #next = 0
  /** The last that came on this stream. */
  #latest = -1
  /** Even while the receiver is away. */
  #moves = 0

  /** The number of a message that goes out now. */
  send(): number {
    this.#next += 1
    this.#messages.set(this.#next, { stage: 'sent', isAccepted: false, moves: this.#moves })
    return this.#next
  }

  /** All that were sent up to this one have been taken by the server. */
  accept(last: number): void {
    for (const [id, message] of this.#messages) {
      if (id > last || message.isAccepted) continue
      message.isAccepted = true
      this.counts.accepted += 1
      if (message.stage !== 'sent') continue
      const isKept = message.moves === this.#moves && this.#moves % 2 === 0
      message.stage = isKept ? 'kept' : 'passed'
      if (isKept) this.counts.kept += 1
    }
  }

  /** The receiver is about to come in. */
  enter(): void {
    this.#latest = -1
    if (this.#moves % 2 === 0) this.#moves += 1
  }

  /** The server has said goodbye to the receiver, or is gone itself. */
  leave(): void {
    if (this.#moves % 2 === 1) this.#moves += 1
  }

  receive(id: number): void {
    const message = this.#messages.get(id)
    if (id <= this.#latest) this.faults.push(`message ${id} came behind ${this.#latest}`)
    this.#latest = id
    if (message === undefined) {
      this.faults.push(`message ${id} came, and was never sent, or given up`)
      return
    }
    if (message.stage === 'confirmed') this.faults.push(`message ${id} came again after it was confirmed`)
    if (message.stage === 'received') this.counts.repeated += 1
    else this.counts.received += 1
    message.stage = 'received'
  }

  /** Numbers of messages that came and are not confirmed. */
  get unconfirmed(): readonly number[] {
    return [...this.#messages].flatMap(([id, { stage }]) => (stage === 'received' ? [id] : []))
  }

  confirm(ids: readonly number[]): void {
    for (const id of ids) {
      const message = this.#messages.get(id)
      if (message !== undefined) message.stage = 'confirmed'
    }
  }

  /** Messages on their way. */
  get open(): number {
    return [...this.#messages.values()].filter(
      ({ stage }) => stage === 'sent' || stage === 'passed' || stage === 'kept',
    ).length
  }

  /** Everything that waited has been handed over after a crash: whatever was kept has come. */
  settle(): void {
    for (const [id, { stage }] of this.#messages) {
      if (stage === 'received' || stage === 'confirmed') continue
      if (stage === 'kept') this.faults.push(`message ${id} was kept, and never came`)
      if (stage === 'passed') this.counts.lostOnTheWay += 1
      this.#messages.delete(id)
    }
  }
}

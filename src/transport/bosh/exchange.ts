/** The requests and answers of one session, and the rules between them (XEP-0124 §8 to §15). */

import { Alarm } from './alarm.ts'
import { type BodyAttributes, formatBody, terminalAnswer } from './answer.ts'
import { Answers } from './answers.ts'
import { confirmArrivals } from './arrivals.ts'
import type { BoshBody } from './body.ts'
import type { Clock } from './clock.ts'
import type { Agreement } from './creation.ts'
import { KeySequence } from './keys.ts'
import { emptyLoad, Outgoing } from './outgoing.ts'
import { Pace } from './pace.ts'
import { type Slot, Slots } from './slots.ts'
import type { BoshTerms, Reply, SessionEnd, TerminalCondition } from './terms.ts'

/** Who the exchange is for. */
export interface ExchangeOwner {
  /** Takes what a request brought, in the order of rids; false when there is more unread than a session may have. */
  take(body: BoshBody): boolean
  /** Whether so much is unread that the client had better wait before it sends more. */
  isFull(): boolean
  /** The session is over; called once, and nothing is called after it. */
  ended(end: SessionEnd): void
}

/** What the session is told of at its end. */
export interface Farewell {
  readonly condition: TerminalCondition | null
  readonly payload: string
}

/** An answer is late when the client has not had it for so long, milliseconds (XEP-0124 §9.2 `report`). */
export const reportAfterMs = 1_000

/** The exchange of one session. */
export class Exchange {
  readonly #terms: BoshTerms
  readonly #agreed: Agreement
  readonly #clock: Clock
  readonly #owner: ExchangeOwner
  readonly #slots = new Slots()
  readonly #answers: Answers
  readonly #outgoing: Outgoing
  readonly #keys: KeySequence
  readonly #pace: Pace
  readonly #alarm: Alarm
  /** What the answer to the first request says of the session; null while it is not known, and once it is said. */
  #greeting: BodyAttributes | null = null
  #isOpened = false
  #farewell: Farewell | null = null
  #isOver = false
  #report: { readonly rid: number; readonly at: number } | null = null
  #isSettling = false
  #quietMs: number
  #quietSince: number | null = null

  constructor(first: BoshBody, agreed: Agreement, terms: BoshTerms, clock: Clock, owner: ExchangeOwner) {
    this.#agreed = agreed
    this.#terms = terms
    this.#clock = clock
    this.#owner = owner
    this.#slots.last = first.rid - 1
    // One more than may be open: the pause and the terminate that are allowed beside them can be repeated as well.
    this.#answers = new Answers(agreed.requests + 1)
    this.#outgoing = new Outgoing(terms.maxOutgoingBytes)
    this.#keys = new KeySequence(first.newKey)
    this.#pace = new Pace(agreed, terms.pollingMs)
    this.#alarm = new Alarm(clock, () => this.#wake())
    this.#quietMs = agreed.inactivityMs
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Unsent markup waits here until a request comes that can carry it. */
  send(markup: string, taken: (() => void) | null): Promise<void> {
    if (this.#isOver || this.#farewell !== null) return Promise.resolve()
    const room = this.#outgoing.put(markup, taken)
    this.#settleSoon()
    return room
  }

  /** The stream is open: the first request can be answered. Later calls mean a restart, of which only features tell. */
  open(greeting: BodyAttributes): void {
    if (!this.#isOpened) this.#greeting = greeting
    this.#isOpened = true
    this.#settleSoon()
  }

  /** Takes one request, whatever its order. */
  receive(body: BoshBody, reply: Reply): void {
    this.#receive(body, reply)
  }

  #receive(body: BoshBody, reply: Reply) {
    if (this.#isOver) return reply.send(this.#terminal('item-not-found'))
    const known = this.#slots.find(body.rid)
    if (known !== null) return this.#repeat(known, body, reply)
    const given = this.#answers.find(body.rid)
    if (given !== null) {
      // XEP-0124 §15: whoever repeats a request shows its key again.
      if (given.key !== body.key) return this.#violate('item-not-found', 'wrong key', reply)
      given.replies = [reply]
      return reply.send({ status: 200, contentType: this.#agreed.contentType, text: given.text })
    }
    const { last } = this.#slots
    // XEP-0124 §11: one more than usual if it is to pause or to terminate.
    const limit = this.#agreed.requests + (body.isTerminate || body.pauseS !== null ? 1 : 0)
    // XEP-0124 §14.2, §14.3: the same answer whether it is too high or too low.
    if (body.rid <= last || body.rid > last + limit) {
      return this.#violate('item-not-found', 'rid outside of the window', reply)
    }
    if (this.#slots.size + 1 > limit) return this.#violate('policy-violation', 'too many simultaneous requests', reply)
    confirmArrivals(body, this.#agreed, this.#answers)
    this.#noteMissing(body)
    if (this.#answers.isOverdue && this.#agreed.clientAcks && body.ack !== null && body.ack < last - limit) {
      return this.#violate('policy-violation', 'answers are neither acknowledged nor asked for again', reply)
    }
    this.#quietMs = this.#agreed.inactivityMs
    this.#slots.add({ rid: body.rid, key: body.key, at: this.#clock.now(), body, replies: [reply] })
    this.#advance()
  }

  /** The connection that a request came on is gone. */
  lost(reply: Reply): void {
    if (this.#slots.drop(reply)) this.#arm()
  }

  /** Says goodbye to the next request there is, behind all that is unsent. */
  finish(farewell: Farewell): void {
    if (this.#isOver || this.#farewell !== null) return
    this.#farewell = farewell
    this.#settle()
  }

  /** Ends the session at once; requests that are open hear of it. */
  abort(condition: TerminalCondition): void {
    if (!this.#isOver) this.#overFor(condition, null, { kind: 'closed', condition })
  }

  /** There is room again for what the client sends. */
  resume(): void {
    this.#settleSoon()
  }

  #repeat(slot: Slot, body: BoshBody, reply: Reply) {
    if (slot.key !== body.key) return this.#violate('item-not-found', 'wrong key', reply)
    if (slot.replies.length >= maxRepeats) return this.#violate('policy-violation', 'too many repeats', reply)
    slot.replies.push(reply)
    this.#settleSoon()
    this.#arm()
  }

  #advance() {
    for (let slot = this.#slots.due(); slot !== null; slot = this.#slots.due()) {
      this.#slots.last = slot.rid
      this.#handle(slot)
      if (this.#isOver) return
    }
    this.#settleSoon()
    this.#arm()
  }

  /** Handles a request whose turn it is. */
  #handle(slot: Slot) {
    const { body } = slot
    if (body === null) return
    slot.body = null
    if (body.creation === null && !this.#keys.accept(body.key, body.newKey)) {
      return this.#violate('item-not-found', 'wrong key', slot)
    }
    const previous = this.#answers.find(slot.rid - 1)
    if (this.#pace.isTooQuick(body, slot.at, this.#slots.live, previous?.hasPayload ?? null)) {
      return this.#violate('policy-violation', 'requests come too often', slot)
    }
    if (this.#farewell !== null) return
    if (body.pauseS !== null && body.pauseS * 1_000 > this.#terms.maxPauseMs) {
      return this.#violate('policy-violation', 'pause that is too long', slot)
    }
    if (!this.#owner.take(body)) return this.#violate('policy-violation', 'more unread than a session may have', slot)
    if (body.isTerminate) return this.#terminate(slot)
    if (body.pauseS !== null) this.#pause(slot, body.pauseS)
  }

  #terminate(slot: Slot) {
    this.#over({ kind: 'terminated' }, (other) =>
      other === slot
        ? terminalAnswer(null, this.#style)
        : { status: 200, contentType: this.#agreed.contentType, text: formatBody({}) },
    )
  }

  #pause(slot: Slot, pauseS: number) {
    while (this.#slots.first() !== slot && this.#slots.held > 0) this.#answerFirst(true)
    // XEP-0124 §10: the answer to the pause itself carries nothing.
    this.#answerFirst(false)
    this.#quietMs = pauseS * 1_000
  }

  /** XEP-0124 §9.2: an answer that the client has not had for some time is reported with the next one. */
  #noteMissing({ ack }: BoshBody) {
    const missed = ack === null || !this.#agreed.clientAcks ? null : this.#answers.find(ack + 1)
    const isLate = missed !== null && this.#clock.now() - missed.at >= reportAfterMs
    this.#report = isLate && this.#terms.serverAcks ? { rid: missed.rid, at: missed.at } : null
  }

  #settleSoon() {
    if (this.#isSettling) return
    this.#isSettling = true
    this.#clock.soon(() => {
      this.#isSettling = false
      if (!this.#isOver) this.#settle()
    })
  }

  /** Answers what is due to be answered. */
  #settle() {
    if (this.#farewell !== null && !this.#isOpened) return this.#sayGoodbye(this.#farewell)
    if (!this.#isOpened) return this.#arm()
    while (!this.#outgoing.isEmpty && this.#skipToLive()) this.#answerFirst(true)
    if (this.#farewell !== null) {
      if (this.#outgoing.isEmpty && this.#skipToLive()) return this.#sayGoodbye(this.#farewell)
      return this.#arm()
    }
    const { hold, waitS } = this.#agreed
    while (this.#slots.held > (waitS === 0 ? 0 : hold)) {
      // Whoever gets no answer sends no more: the only brake there is.
      if (this.#owner.isFull() && this.#greeting === null) break
      this.#answerFirst(true)
    }
    if (this.#report !== null && this.#slots.held > 0) this.#answerFirst(true)
    this.#arm()
  }

  /** Answers requests without a connection, with nothing, where one behind them has one; whether there is one. */
  #skipToLive(): boolean {
    if (!this.#slots.hasLive) return false
    for (let first = this.#slots.first(); first !== null && first.replies.length === 0; first = this.#slots.first()) {
      this.#answerFirst(false)
    }
    return true
  }

  /** Answers the held request with the lowest rid, with what waits if `withLoad` and if somebody is there to take it. */
  #answerFirst(withLoad: boolean) {
    const slot = this.#slots.shift()
    if (slot === null) return
    const load = withLoad && slot.replies.length > 0 ? this.#outgoing.take() : emptyLoad
    const now = this.#clock.now()
    const attributes = { ...this.#greeting, ...this.#acks(slot, now) }
    this.#greeting = null
    const text = formatBody(attributes, load.markup)
    const { rid, key, replies } = slot
    this.#answers.add({ rid, key, text, hasPayload: load.markup !== '', at: now, replies, taken: load.taken })
    for (const reply of replies) reply.send({ status: 200, contentType: this.#agreed.contentType, text })
  }

  #acks({ rid }: Slot, now: number): BodyAttributes {
    const { last } = this.#slots
    const report = this.#report
    this.#report = null
    // XEP-0124 §9.1: in the first answer always, and later only where it is not the request that is answered.
    const ack = this.#terms.serverAcks && (last !== rid || this.#greeting !== null) ? last : null
    return { ack, report: report?.rid ?? null, time: report === null ? null : Math.round(now - report.at) }
  }

  #sayGoodbye({ condition, payload }: Farewell) {
    const first = terminalAnswer(condition, { ...this.#style, payload })
    const others = terminalAnswer(condition, this.#style)
    const slot = this.#slots.first()
    this.#over({ kind: 'closed', condition }, (other) => (other === slot ? first : others))
  }

  #violate(condition: TerminalCondition, why: string, culprit: Slot | Reply) {
    this.#overFor(condition, culprit, { kind: 'violated', condition, why })
  }

  /** XEP-0124 §17.2: the request that is to blame hears why, the others that it was another one. */
  #overFor(condition: TerminalCondition, culprit: Slot | Reply | null, end: SessionEnd) {
    if (culprit !== null && 'send' in culprit) culprit.send(this.#terminal(condition))
    this.#over(end, (slot) => this.#terminal(slot === culprit || culprit === null ? condition : 'other-request'))
  }

  #over(end: SessionEnd, answer: (slot: Slot) => ReturnType<typeof terminalAnswer>): void {
    this.#isOver = true
    this.#alarm.stop()
    for (const slot of this.#slots.clear()) {
      const said = answer(slot)
      for (const reply of slot.replies) reply.send(said)
    }
    this.#outgoing.close()
    this.#owner.ended(end)
  }

  get #style() {
    return { contentType: this.#agreed.contentType, legacy: this.#agreed.ver === null }
  }

  #terminal(condition: TerminalCondition) {
    return terminalAnswer(condition, this.#style)
  }

  /** Sees to it that the session wakes up when something is due, and not before. */
  #arm() {
    if (this.#isOver) return
    const now = this.#clock.now()
    const live = this.#slots.firstLive()
    if (live !== null) this.#quietSince = null
    else this.#quietSince ??= now
    this.#alarm.set(live === null ? (this.#quietSince ?? now) + this.#quietMs : this.#dueAt(live))
  }

  /** Before the stream is open, which takes no time, nothing can be answered. */
  #dueAt(slot: Slot): number {
    return slot.at + Math.max(this.#agreed.waitS * 1_000, this.#isOpened ? 0 : this.#quietMs)
  }

  #wake() {
    const now = this.#clock.now()
    const live = this.#slots.firstLive()
    if (live === null && this.#quietSince !== null && now >= this.#quietSince + this.#quietMs) {
      return this.#overFor('item-not-found', null, { kind: 'expired' })
    }
    if (live !== null && now >= this.#dueAt(live)) {
      if (!this.#isOpened) return this.abort('internal-server-error')
      if (this.#skipToLive()) this.#answerFirst(true)
    }
    this.#arm()
  }
}

/** Ways back of one request: the client repeats it while the earlier ones still seem to be open. */
const maxRepeats = 4

/**
 * A client of one BOSH session over a network that loses and reorders, step by step: requests wait until they are
 * delivered or lost, answers likewise, and what was lost is asked for again when the client finds out.
 */

import assert from 'node:assert/strict'
import { carried, type Scene, type TestReply } from './scene.ts'

/** One request that has no answer yet, as the client sees it. */
interface Open {
  readonly offset: number
  readonly attributes: string
  readonly payload: string
  /** Where it is: on its way, at the server, or lost without the client's knowledge. */
  state: 'going' | 'there' | 'lost'
  reply: TestReply | null
}

/** What may happen next; `n` chooses among several of a kind. */
export type Move = readonly [
  kind: 'say' | 'poll' | 'arrive' | 'lose-request' | 'answer' | 'lose-answer' | 'resend' | 'write' | 'wait',
  n: number,
]

/** All kinds of moves. */
export const moves = [
  ...['say', 'poll', 'arrive', 'lose-request', 'answer', 'lose-answer', 'resend', 'write', 'wait'],
] as readonly Move[0][]

/** The client, and the server's stream behind the session. */
export class LossyClient {
  /** What the client has said, and what the server is to say, in order. */
  readonly said: string[] = []
  readonly written: string[] = []
  /** What the client has heard, in order. */
  readonly heard: string[] = []
  /** What the server takes for heard, in order. */
  readonly taken: string[] = []
  readonly #scene: Scene
  readonly #acks: boolean
  /** Requests with an answer that may be kept: as many as the session allows to be open. */
  readonly #requests: number
  #next = 1
  #open: Open[] = []
  /** Answers that came before an earlier one, by offset. */
  readonly #early = new Map<number, string>()
  #heardUpTo = 0

  constructor(scene: Scene, requests: number, acks: boolean) {
    this.#scene = scene
    this.#requests = requests
    this.#acks = acks
  }

  /** Makes a move, if it can be made now. */
  async make([kind, n]: Move): Promise<void> {
    switch (kind) {
      case 'say':
        return this.#say()
      case 'poll':
        // Nobody may ask again at once after being told that there is nothing.
        await this.#scene.clock.pass(2_500)
        return this.#poll()
      case 'arrive':
        return this.#arrive(choose(this.#in('going'), n))
      case 'lose-request':
        return lose(choose(this.#in('going'), n))
      case 'answer':
        return this.#hear(choose(this.#answered(), n))
      case 'lose-answer':
        return this.#cut(choose(this.#in('there'), n))
      case 'resend':
        return this.#resend(choose(this.#in('lost'), n))
      case 'write':
        return this.#write()
      case 'wait':
        return this.#scene.clock.pass(2_500)
    }
  }

  /** Nothing is lost any more: everything gets through. */
  async finish(): Promise<void> {
    for (let rounds = 0; rounds < 200; rounds += 1) {
      for (const open of this.#in('lost')) this.#resend(open)
      for (const open of this.#in('going')) await this.#arrive(open)
      for (const open of this.#answered()) this.#hear(open)
      const isDone = this.heard.length === this.written.length && this.#scene.read.length === this.said.length
      if (isDone && this.#open.length === 0) return
      await this.#scene.clock.pass(2_500)
      this.#poll()
    }
    assert.fail('something does not get through')
  }

  #say(): void {
    if (!this.#mayAsk()) return
    const text = `c${this.said.length}`
    this.said.push(`<message id='${text}'/>`)
    this.#send(`<message xmlns='jabber:client' id='${text}'/>`)
  }

  #poll(): void {
    if (this.#open.length === 0) this.#send('')
  }

  /** No more than are allowed, nor so far ahead that an answer could not be asked for again. */
  #mayAsk(): boolean {
    return this.#open.length < this.#requests && this.#next <= this.#heardUpTo + this.#requests + 1
  }

  #send(payload: string): void {
    const isBehind = this.#heardUpTo < this.#next - 1
    const attributes = this.#acks && isBehind ? `ack='${1_000 + this.#heardUpTo}'` : ''
    this.#open.push({ offset: this.#next, attributes, payload, state: 'going', reply: null })
    this.#next += 1
  }

  async #arrive(open: Open | null): Promise<void> {
    if (open === null) return
    open.state = 'there'
    open.reply = this.#scene.post(open.offset, open.attributes, open.payload)
    await this.#scene.clock.settle()
  }

  #hear(open: Open | null): void {
    if (open === null) return
    this.#open = this.#open.filter((other) => other !== open)
    assert.equal(open.reply?.answer?.status, 200)
    this.#early.set(open.offset, open.reply?.text ?? '')
    for (let text = this.#early.get(this.#heardUpTo + 1); text !== undefined; ) {
      this.#heardUpTo += 1
      this.#early.delete(this.#heardUpTo)
      assert.doesNotMatch(text, /type='terminate'/)
      this.heard.push(...carried(text))
      text = this.#early.get(this.#heardUpTo + 1)
    }
  }

  async #cut(open: Open | null): Promise<void> {
    if (open === null || open.reply === null) return
    open.state = 'lost'
    await this.#scene.lose(open.reply)
  }

  #resend(open: Open | null): void {
    if (open === null) return
    open.state = 'going'
    open.reply = null
  }

  async #write(): Promise<void> {
    const text = `<message id='s${this.written.length}'/>`
    this.written.push(text)
    await this.#scene.write(text, () => {
      this.taken.push(text)
      assert.ok(this.#hasArrived(text), `${text} counts as taken, and was not`)
    })
  }

  #hasArrived(text: string): boolean {
    return this.heard.includes(text) || [...this.#early.values()].some((answer) => carried(answer).includes(text))
  }

  #in(state: Open['state']): Open[] {
    return this.#open.filter((open) => open.state === state)
  }

  #answered(): Open[] {
    return this.#in('there').filter(({ reply }) => reply?.answer != null)
  }
}

function lose(open: Open | null): void {
  if (open !== null) open.state = 'lost'
}

function choose<T>(from: readonly T[], n: number): T | null {
  return from.length === 0 ? null : (from[n % from.length] ?? null)
}

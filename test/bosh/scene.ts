/** One BOSH session without a network and with a clock of the test's own: requests are texts, answers are texts. */

import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Channel } from '../../src/certificate/channel.ts'
import { parseBody } from '../../src/transport/bosh/body.ts'
import type { Clock } from '../../src/transport/bosh/clock.ts'
import type { BoshAnswer, BoshTerms, Reply, SessionEnd } from '../../src/transport/bosh/terms.ts'
import { BoshTransport } from '../../src/transport/bosh/transport.ts'
import { attributeOf, serialize } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import type { StreamHeader } from '../../src/xml/stream-header.ts'
import { testTerms } from './arena.ts'

/** A clock that stands still until it is told. */
export class TestClock implements Clock {
  #now = 0
  #soon: (() => void)[] = []
  #timers: { readonly at: number; readonly fire: () => void }[] = []

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.length
  }

  now(): number {
    return this.#now
  }

  after(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + ms, fire }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  soon(fire: () => void): void {
    this.#soon.push(fire)
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    do {
      await nextTurn()
      for (const fire of this.#soon.splice(0)) fire()
      await nextTurn()
    } while (this.#soon.length > 0)
  }

  /** Lets `ms` pass. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await this.settle()
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.fire()
    }
    this.#now = end
    await this.settle()
  }
}

/** A way back that only remembers. */
export class TestReply implements Reply {
  answer: BoshAnswer | null = null
  isBroken = false

  send(answer: BoshAnswer): void {
    assert.equal(this.answer, null, 'answered twice')
    this.answer = answer
  }

  /** The text of the answer; with the status where that is no 200; null while there is none. */
  get text(): string | null {
    if (this.answer === null) return null
    return this.answer.status === 200 ? this.answer.text : `${this.answer.status}${this.answer.text}`
  }
}

/** A channel with nothing to it. */
export const plainChannel: Channel = Object.freeze<Channel>({
  transport: 'bosh',
  remote: '192.0.2.1:1',
  tls: null,
  peer: { kind: 'none' },
})

/** The rid of the first request. */
export const firstRid = 1_000

const ns = "xmlns='http://jabber.org/protocol/httpbind'"

/** What a scene begins with. */
export interface ScenePlan {
  readonly terms?: Partial<BoshTerms>
  /** Attributes of the first body beside `rid`. */
  readonly attributes?: string
  readonly payload?: string
  /** Whether the stream reads what comes; true when left out. */
  readonly reads?: boolean
}

/** The usual wishes of a client. */
export const usual = "to='a.example' ver='1.6' wait='60' hold='1' xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'"

/** One session and the stream behind it, which opens itself and does nothing else on its own. */
export class Scene {
  readonly clock = new TestClock()
  readonly transport: BoshTransport
  readonly first = new TestReply()
  readonly headers: StreamHeader[] = []
  /** What the stream read, in one text each; `close`, `end` and faults by their names. */
  readonly read: string[] = []
  end: SessionEnd | null = null
  /** Resolves when the stream has read its end. */
  readonly over: Promise<void>
  onElement: ((markup: string) => void) | null = null
  readonly #replies = new Map<number, TestReply>()

  private constructor({ terms = {}, attributes = usual, payload = '', reads = true }: ScenePlan) {
    const parsed = parseBody(Buffer.from(bodyOf(firstRid, attributes, payload)), DEFAULT_XML_LIMITS)
    assert.ok(parsed.ok, 'a body of its own')
    const { creation } = parsed.value
    assert.ok(creation !== null, 'no sid')
    this.#replies.set(firstRid, this.first)
    this.transport = new BoshTransport(plainChannel, { ...parsed.value, creation }, this.first, {
      terms: { ...testTerms, pollingMs: 2_000, ...terms },
      clock: this.clock,
      onEnd: (end) => {
        assert.equal(this.end, null, 'ended twice')
        this.end = end
      },
    })
    this.over = reads ? this.#run() : Promise.resolve()
  }

  /** A session whose first request was answered. */
  static async begin(plan: ScenePlan = {}): Promise<Scene> {
    const scene = new Scene(plan)
    await scene.clock.settle()
    return scene
  }

  /** Sends the request `offset` behind the first one. */
  async ask(offset: number, attributes = '', payload = ''): Promise<TestReply> {
    const reply = this.post(offset, attributes, payload)
    await this.clock.settle()
    return reply
  }

  /** Sends it and lets nothing happen yet. */
  post(offset: number, attributes = '', payload = ''): TestReply {
    const reply = new TestReply()
    const text = bodyOf(firstRid + offset, `sid='${this.transport.sid}' ${attributes}`, payload)
    const parsed = parseBody(Buffer.from(text), DEFAULT_XML_LIMITS)
    assert.ok(parsed.ok, `not a body: ${text}`)
    this.#replies.set(offset, reply)
    this.transport.receive(parsed.value, reply)
    return reply
  }

  /** The connection of a request is cut. */
  async lose(reply: TestReply): Promise<void> {
    reply.isBroken = true
    if (reply.answer === null) this.transport.lost(reply)
    await this.clock.settle()
  }

  /** Has the stream say something. */
  async write(markup: string, taken?: () => void): Promise<void> {
    void this.transport.write(markup, taken)
    await this.clock.settle()
  }

  /** A text with the identifier of the session as `SID`. */
  masked(text: string | null): string | null {
    return text?.replaceAll(this.transport.sid, 'SID') ?? null
  }

  async #run(): Promise<void> {
    for (;;) {
      const event = await this.transport.read()
      switch (event.kind) {
        case 'open':
          this.headers.push(event.header)
          await this.transport.open({ from: 'a.example', to: null, id: 'stream-1' }, '<stream:features/>')
          break
        case 'element': {
          const markup = serialize(event.element)
          this.read.push(markup)
          this.onElement?.(markup)
          if (attributeOf(event.element, 'id') === 'restart') this.transport.restart('session')
          break
        }
        case 'fault':
          this.read.push(`fault: ${event.why}`)
          await this.transport.close({ condition: event.condition, text: event.why })
          return
        case 'close':
        case 'end':
          this.read.push(event.kind)
          await this.transport.close()
          return
      }
    }
  }
}

function bodyOf(rid: number, attributes: string, payload: string): string {
  return `<body ${ns} rid='${rid}' ${attributes}>${payload}</body>`
}

/** The empty answer. */
export const empty = `<body ${ns}/>`

/** An answer with payload. */
export function carrying(payload: string): string {
  return `<body ${ns}>${payload}</body>`
}

/** A terminal answer. */
export function terminal(condition: string | null): string {
  return `<body type='terminate'${condition === null ? '' : ` condition='${condition}'`} ${ns}/>`
}

/** The stanzas in an answer, as they stand on a stream. */
export function carried(text: string): readonly string[] {
  return [...text.matchAll(/<message xmlns='jabber:client' id='[cs]\d+'\/>/g)].map(([stanza]) =>
    stanza.replace(" xmlns='jabber:client'", ''),
  )
}

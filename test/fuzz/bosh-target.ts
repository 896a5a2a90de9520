/**
 * A session of BOSH, whatever requests come in whatever order: every request is answered once, with XML or with a status,
 * in the order of rids; what is carried says its namespace; and in the end nothing is left, no timer either.
 */

import { createHash } from 'node:crypto'
import { type BoshBody, parseBody } from '../../src/transport/bosh/body.ts'
import { BoshTransport } from '../../src/transport/bosh/transport.ts'
import { childElementsOf, isElement, namespaceOf } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { NS } from '../../src/xml/namespaces.ts'
import { parseElement } from '../../src/xml/parse-element.ts'
import { testTerms } from '../bosh/arena.ts'
import { plainChannel, TestClock, TestReply } from '../bosh/scene.ts'
import { deeds, requestsOf } from './bosh-generator.ts'
import { unpackFrames } from './frames.ts'
import { expect, type FuzzTarget } from './target.ts'

/** Longer than any silence. */
const foreverMs = 3_600_000
const key = createHash('sha1').update('seed').digest('hex')
const readingLimits = { ...DEFAULT_XML_LIMITS, maxStanzaBytes: 10_000_000, maxElements: 100_000 }

/** Fuzzes `BoshTransport` and the reading of bodies. An input is a list of requests; the first octet of each says what else happens. */
export function createBoshTarget(): FuzzTarget {
  return {
    name: 'bosh',
    quickInputs: 800,
    longShare: 20_000,
    generate: requestsOf,
    check: async (input) => {
      const run = new Run()
      for (const frame of unpackFrames(input)) await run.take(frame)
      await run.end()
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** One session, once a request for one was good. */
class Run {
  readonly #clock = new TestClock()
  readonly #replies: { readonly rid: number; readonly reply: TestReply }[] = []
  /** The requests that were answered with something else than an end, in that order. */
  readonly #answered: number[] = []
  #transport: BoshTransport | null = null
  #ends = 0
  #rid = 1_000
  #reading: Promise<void> = Promise.resolve()

  async take(frame: Uint8Array): Promise<void> {
    const deed = frame[0] ?? 0
    const text = this.#filled(Buffer.from(frame.subarray(1)).toString('latin1'))
    const parsed = parseBody(Buffer.from(text, 'latin1'), DEFAULT_XML_LIMITS)
    if (parsed.ok) {
      const { value: body } = parsed
      const reply = this.#deliver(body)
      if (reply !== null && (deed & deeds.cut) !== 0) this.#cut(reply)
    }
    await this.#also(deed)
  }

  async end(): Promise<void> {
    const transport = this.#transport
    if (transport === null) return
    await this.#clock.pass(foreverMs)
    expect(this.#ends === 1, `ended ${this.#ends} times`)
    expect(this.#clock.timers === 0, 'a timer is left')
    await this.#reading
    for (const { rid, reply } of this.#replies) {
      expect(reply.isBroken || reply.answer !== null, `no answer to ${rid}`)
      checkAnswer(reply)
    }
    const sorted = this.#answered.toSorted((a, b) => a - b)
    expect(sorted.join() === this.#answered.join(), `answered in the order ${this.#answered.join()}`)
  }

  #parts() {
    const terms = { ...testTerms, maxOutgoingBytes: 1_000, serverAcks: true }
    const onEnd = () => {
      this.#ends += 1
    }
    return { terms, clock: this.#clock, onEnd }
  }

  /** The way back of a request that was for this session; null for any other. */
  #deliver(body: BoshBody): TestReply | null {
    const transport = this.#transport
    if (transport === null && body.creation !== null) {
      const reply = this.#replyTo(body.rid)
      this.#rid = body.rid
      const begun = new BoshTransport(plainChannel, { ...body, creation: body.creation }, reply, this.#parts())
      this.#transport = begun
      this.#reading = this.#read(begun)
      return reply
    }
    if (transport === null || body.sid !== transport.sid) return null
    const reply = this.#replyTo(body.rid)
    transport.receive(body, reply)
    this.#rid = Math.max(this.#rid, body.rid)
    return reply
  }

  /** The stream: opens itself, answers every element, and ends when it is told to. */
  async #read(transport: BoshTransport): Promise<void> {
    for (;;) {
      const event = await transport.read()
      if (event.kind === 'open') await transport.open({ from: 'a.example', to: null, id: '1' }, '<stream:features/>')
      else if (event.kind === 'element') void transport.write('<message/>')
      else return transport.close(event.kind === 'fault' ? { condition: event.condition, text: event.why } : undefined)
    }
  }

  async #also(deed: number): Promise<void> {
    const transport = this.#transport
    if (transport === null) return
    if ((deed & deeds.write) !== 0) void transport.write("<message><body>x</body></message><iq id='1'/>")
    if ((deed & deeds.writeMuch) !== 0) void transport.write(`<message><body>${'x'.repeat(2_000)}</body></message>`)
    if ((deed & deeds.restart) !== 0) transport.restart('session')
    await this.#clock.pass((deed & deeds.wait) === 0 ? 0 : 3_000)
  }

  #replyTo(rid: number): TestReply {
    const reply = new TestReply()
    const { send } = reply
    const isFirst = !this.#replies.some((other) => other.rid === rid)
    reply.send = (answer) => {
      send.call(reply, answer)
      if (isFirst && !answer.text.includes("type='terminate'") && answer.status === 200) this.#answered.push(rid)
    }
    this.#replies.push({ rid, reply })
    return reply
  }

  #cut(reply: TestReply): void {
    reply.isBroken = true
    if (reply.answer === null) this.#transport?.lost(reply)
  }

  #filled(text: string): string {
    const sid = this.#transport?.sid ?? ''
    return text
      .replaceAll(/\{rid([+-]\d)?\}/g, (_, by: string | undefined) => String(this.#rid + Number(by ?? 0)))
      .replaceAll('{sid}', sid)
      .replaceAll('{key}', key)
  }
}

function checkAnswer({ answer }: TestReply): void {
  if (answer === null) return
  expect(answer.status === 200 || answer.text === '', 'a status with a text')
  if (answer.status !== 200) return
  const parsed = parseElement(answer.text, readingLimits)
  expect(parsed.ok, `broken markup: ${answer.text}`)
  expect(isElement(parsed.value, 'body', NS.httpBind), `no body: ${answer.text}`)
  for (const child of childElementsOf(parsed.value)) {
    expect(namespaceOf(child) !== NS.httpBind, `payload without its namespace: ${answer.text}`)
  }
}

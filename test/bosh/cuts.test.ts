/** A whole session, cut off at every byte of it, in either direction: the client asks again, and nobody notices. */

import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { type Arena, openArena, testTerms } from './arena.ts'

const domain = 'a.example'
const httpBind = "xmlns='http://jabber.org/protocol/httpbind'"
const xmpp = "xmlns:xmpp='urn:xmpp:xbosh'"
const wanted = ['m1', 'm2', 'm3']

/** A line that breaks once, behind so many bytes of what is sent and received through all connections together. */
class BreakingLine {
  bytes = 0
  readonly #breakAt: number
  readonly #open: () => Duplex
  #pipe: Duplex | null = null
  #hasBroken = false

  constructor(open: () => Duplex, breakAt: number) {
    this.#open = open
    this.#breakAt = breakAt
  }

  /** Sends a request and gives the answer's text; sends it again when the line breaks. */
  async ask(request: string): Promise<string> {
    for (let tries = 0; tries < 3; tries += 1) {
      const answer = await this.#tryOnce(Buffer.from(request))
      if (answer !== null) return answer
    }
    return assert.fail('the line breaks once only')
  }

  close(): void {
    this.#pipe?.destroy()
  }

  #tryOnce(request: Buffer): Promise<string | null> {
    if (this.#pipe === null || this.#pipe.destroyed) this.#pipe = this.#open()
    const pipe = this.#pipe
    return new Promise((resolve) => {
      let heard = ''
      const settle = (answer: string | null) => {
        pipe.removeAllListeners('data')
        pipe.off('close', gone)
        resolve(answer)
      }
      const gone = () => settle(null)
      pipe.on('close', gone)
      pipe.on('data', (chunk: Buffer) => {
        heard += chunk.toString('latin1', 0, this.#pass(chunk.length))
        if (this.#isBreaking()) return this.#break(pipe)
        const end = heard.indexOf('\r\n\r\n')
        const length = Number(/content-length: (\d+)/i.exec(heard)?.[1] ?? 0)
        if (end >= 0 && heard.length === end + 4 + length) settle(heard.slice(end + 4))
      })
      const passing = this.#pass(request.length)
      pipe.write(request.subarray(0, passing))
      // What was sent arrives before the line breaks.
      if (this.#isBreaking()) setImmediate(() => this.#break(pipe))
    })
  }

  /** How many of these bytes get through. */
  #pass(bytes: number): number {
    const passing = this.#hasBroken ? bytes : Math.min(bytes, this.#breakAt - this.bytes)
    this.bytes += passing
    return passing
  }

  #isBreaking(): boolean {
    return !this.#hasBroken && this.bytes >= this.#breakAt
  }

  #break(pipe: Duplex): void {
    this.#hasBroken = true
    pipe.destroy()
  }
}

describe('a session that is cut at every byte', () => {
  let arena: Arena
  before(async () => {
    const terms = { ...testTerms, pollingMs: 0 }
    arena = await openArena({ catalogue: createCatalogue(domain), tls: false, generation: { terms } })
  })
  after(() => arena[Symbol.asyncDispose]())

  const session = async (breakAt: number): Promise<{ readonly bytes: number; readonly heard: readonly string[] }> => {
    const line = new BreakingLine(() => arena.pipe(), breakAt)
    const heard: string[] = []
    let rid = 1
    const ask = async (attributes: string, payload = '') => {
      const body = `<body rid='${rid}' ${attributes} ${httpBind}>${payload}</body>`
      rid += 1
      const text = await line.ask(
        `POST /http-bind HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
      for (const [, id = ''] of text.matchAll(/<message [^>]*id='(m\d)'/g)) heard.push(id)
      return text
    }
    const begun = await ask(`to='${domain}' ver='1.6' wait='0' hold='1' ${xmpp} xmpp:version='1.0'`)
    const sid = `sid='${/ sid='([\w-]+)'/.exec(begun)?.[1]}'`
    const until = async (first: string, sign: string) => {
      let text = first
      for (let polls = 0; polls < 20 && !text.includes(sign); polls += 1) text = await ask(sid)
      assert.ok(text.includes(sign), `no ${sign} in ${text}`)
      return text
    }
    const auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"
    await until(await ask(sid, auth), '<success')
    await until(await ask(`${sid} ${xmpp} xmpp:restart='true' to='${domain}'`), '<bind')
    const bind = "<iq type='set' id='b' xmlns='jabber:client'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
    const [, jid = ''] = /<jid>(.*)<\/jid>/.exec(await until(await ask(sid, bind), '<jid>')) ?? []
    for (const id of wanted) await ask(sid, `<message id='${id}' to='${jid}' type='chat'><body>x</body></message>`)
    for (let polls = 0; polls < 20 && heard.length < wanted.length; polls += 1) await ask(sid)
    const last = await ask(`${sid} type='terminate'`)
    // Whoever repeats its farewell finds nobody there.
    assert.match(last, / type='terminate'(?: condition='item-not-found')? xmlns/)
    line.close()
    return { bytes: line.bytes, heard }
  }

  it('delivers each message once, and in order', async () => {
    const { bytes, heard } = await session(Number.POSITIVE_INFINITY)
    assert.deepEqual(heard, wanted)
    assert.ok(bytes > 5_000, 'a whole session is longer')
    const problems: string[] = []
    for (let breakAt = 1; breakAt < bytes; breakAt += 1) {
      const result = await session(breakAt)
      if (result.heard.join() !== wanted.join())
        problems.push(`cut behind byte ${breakAt}: heard ${result.heard.join()}`)
    }
    assert.deepEqual(problems, [])
    assert.equal(arena.host.sessionCount, 0)
  })
})

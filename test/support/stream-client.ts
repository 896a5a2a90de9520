/** What a test client reads and says, whatever the stream travels on: markup as it stands on TCP. Every wait has a deadline. */

import type { Socket } from 'node:net'
import type { Element } from 'ltx'
import type { WireItem } from './wire-items.ts'

/** How long any one wait may take before the test fails, milliseconds. */
export const waitMs = 10_000

/** What comes from the server; `end` says that the connection is gone, with the error code if it did not end in order. */
export type Arrival = WireItem | { readonly kind: 'end'; readonly error: string | null }

/** The forms of `<auth/>` content: nothing at all, `=`, or base64 of a text; `raw` goes out as it stands. */
export type InitialResponse = { readonly text: string } | { readonly raw: string } | 'absent' | 'equals'

const streams = 'http://etherx.jabber.org/streams'

/** The usual stream header to `domain`. */
export function headerTo(domain: string, more = ''): string {
  return `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='${streams}' to='${domain}' version='1.0'${more}>`
}

/** Markup of an `<auth/>` for `mechanism`. */
export function authMarkup(response: InitialResponse, mechanism = 'EXTERNAL'): string {
  const open = `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='${mechanism}'`
  if (response === 'absent') return `${open}/>`
  if (response === 'equals') return `${open}>=</auth>`
  return `${open}>${'raw' in response ? response.raw : Buffer.from(response.text, 'utf8').toString('base64')}</auth>`
}

/** What a transport has in the place of the stream's two tags, for complaints. */
export interface TagNames {
  readonly header: string
  readonly footer: string
}

/** One stream of a client; a transport sends, and hands in what arrives. */
export abstract class StreamClient {
  /** `address:port` of this end, as decision records name the remote. */
  abstract readonly local: string
  /** The port of the other end. */
  abstract readonly port: number
  /** The connection under the stream. */
  abstract readonly socket: Socket
  /** All that was sent (`C:`) and received (`S:`), for messages. */
  readonly transcript: string[] = []
  protected readonly limitMs: number
  readonly #tags: TagNames
  readonly #arrivals: Arrival[] = []
  #waiting: ((arrival: Arrival) => void) | null = null

  /** `limitMs` bounds every wait. */
  constructor(limitMs: number, tags: TagNames) {
    this.limitMs = limitMs
    this.#tags = tags
  }

  /** Sends markup of a TCP stream. */
  abstract send(data: string | Uint8Array): void

  /** Ends the sending side in order, without waiting. */
  abstract finish(): void

  /** Drops the connection with a TCP reset, so that the other side cannot even say goodbye. */
  abstract reset(): void

  /** Drops the connection. */
  abstract destroy(): void

  [Symbol.dispose](): void {
    this.destroy()
  }

  /** The next arrival, in order. Fails the test when none comes in time. */
  async next(): Promise<Arrival> {
    const held = this.#arrivals.shift()
    if (held !== undefined) return held
    if (this.#waiting !== null) throw new Error('two waits at once on one client')
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = null
        reject(this.complaint(`nothing came for ${this.limitMs} ms`))
      }, this.limitMs)
      this.#waiting = (arrival) => {
        clearTimeout(timer)
        this.#waiting = null
        resolve(arrival)
      }
    })
  }

  /** The next arrival, which must be an element, of this name (with its prefix) if one is given. */
  async element(name?: string): Promise<Element> {
    const arrival = await this.next()
    if (arrival.kind === 'element' && (name === undefined || arrival.element.name === name)) return arrival.element
    throw this.complaint(`expected ${name === undefined ? 'an element' : `<${name}>`}, got ${describe(arrival)}`)
  }

  /** The next arrival, which must be a stream header. */
  async header(): Promise<ReadonlyMap<string, string>> {
    const arrival = await this.next()
    if (arrival.kind === 'header') return arrival.attributes
    throw this.complaint(`expected ${this.#tags.header}, got ${describe(arrival)}`)
  }

  /** The next arrivals must be a stream error, the closing tag and the end. Gives condition and text. */
  async streamError(): Promise<{ readonly condition: string; readonly text: string }> {
    const error = await this.element('stream:error')
    await this.closing()
    return readError(error)
  }

  /** The next arrivals must be the closing tag and the end of the connection, in order. */
  async closing(): Promise<void> {
    const arrival = await this.next()
    if (arrival.kind !== 'footer') throw this.complaint(`expected ${this.#tags.footer}, got ${describe(arrival)}`)
    await this.end()
  }

  /** The next arrival must be the end of the connection. Gives the error code if it ended out of order. */
  async end(): Promise<string | null> {
    const arrival = await this.next()
    if (arrival.kind === 'end') return arrival.error
    throw this.complaint(`expected the end, got ${describe(arrival)}`)
  }

  /** Sends a stream header and reads the answer with its features. */
  async open(domain: string, more = ''): Promise<Element> {
    this.send(headerTo(domain, more))
    await this.header()
    return this.element('stream:features')
  }

  /** Sends `<auth/>` and gives the element that answers. */
  async auth(response: InitialResponse, mechanism = 'EXTERNAL'): Promise<Element> {
    this.send(authMarkup(response, mechanism))
    return this.element()
  }

  /** Restarts the stream after `<success/>` and binds a resource; gives the full JID. */
  async bind(domain: string, resource?: string): Promise<string> {
    await this.open(domain)
    const wish = resource === undefined ? '' : `<resource>${resource}</resource>`
    this.send(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>${wish}</bind></iq>`)
    const result = await this.element('iq')
    const jid = result.getChild('bind')?.getChildText('jid')
    if (result.attrs['type'] !== 'result' || jid == null) throw this.complaint(`binding failed: ${result.toString()}`)
    return jid
  }

  protected arrive(arrival: Arrival): void {
    if (this.#waiting === null) this.#arrivals.push(arrival)
    else this.#waiting(arrival)
  }

  protected complaint(what: string): Error {
    return new Error(`${what}\n${this.transcript.join('\n')}`)
  }
}

/**
 * Condition and text of a `<stream:error/>` (RFC 6120 §4.9.2) or a SASL `<failure/>` (§6.5): exactly one condition,
 * before at most one text, all in the namespace that is due. Throws at anything else.
 */
export function readError(error: Element): { readonly condition: string; readonly text: string } {
  const due = error.name === 'stream:error' ? 'urn:ietf:params:xml:ns:xmpp-streams' : 'urn:ietf:params:xml:ns:xmpp-sasl'
  const [condition, text, ...more] = error.getChildElements()
  const isSound =
    condition?.getNS() === due &&
    (text === undefined || (text.name === 'text' && text.getNS() === due)) &&
    more.length === 0 &&
    (error.name === 'stream:error' || error.getNS() === due)
  if (condition === undefined || !isSound) throw new Error(`not the form of an error: ${error.toString()}`)
  return { condition: condition.name, text: text?.getText() ?? '' }
}

function describe(arrival: Arrival): string {
  return arrival.kind === 'end' ? `the end (${arrival.error ?? 'in order'})` : arrival.raw
}

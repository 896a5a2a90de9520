/**
 * A raw XMPP client for tests: sends any bytes, hands back what the server says item by item, and knows
 * just enough of STARTTLS, SASL and binding to log in. Nothing in it is lenient; every wait has a deadline.
 */

import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { connect as connectTls, type SecureContext, type SecureVersion, type TLSSocket } from 'node:tls'
import type { Element } from 'ltx'
import { cutItem, type WireItem } from './wire-items.ts'

/** How long any one wait may take before the test fails, milliseconds. */
export const waitMs = 10_000

/** The client's side of the handshake. The server's certificate is judged only when `ca` is given. */
export interface ClientTls {
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** Made beforehand from certificate and key, for tests with thousands of logins. */
  readonly secureContext?: SecureContext
  readonly ca?: string | Buffer
  readonly servername?: string
  readonly alpn?: readonly string[]
  /** OpenSSL cipher list. */
  readonly ciphers?: string
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
  /** A TLS session of an earlier connection to resume. */
  readonly session?: Buffer
}

/** Where to go and what to say there. */
export interface ClientOptions {
  readonly port: number
  /** 127.0.0.1 if left out. */
  readonly host?: string
  readonly door: 'starttls' | 'direct'
  /** The stream's `to`. */
  readonly domain: string
  readonly tls?: ClientTls
}

/** What comes from the server; `end` says that the connection is gone, with the error code if it did not end in order. */
export type Arrival = WireItem | { readonly kind: 'end'; readonly error: string | null }

/** How a handshake ended. */
export type Handshake =
  | { readonly kind: 'secure'; readonly socket: TLSSocket }
  | { readonly kind: 'failed'; readonly error: string }

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

/** One connection. Made by `connectClient` (bare TCP) or `openClient` (through TLS to the first features). */
export class XmppClient {
  /** `address:port` of this end, as decision records name the remote. */
  readonly local: string
  /** The port of the other end. */
  readonly port: number
  /** All that was sent (`C:`) and received (`S:`), for messages. */
  readonly transcript: string[] = []
  #socket: Socket
  /** The connection below TLS. */
  readonly #tcp: Socket
  #text = ''
  #decoder = new StringDecoder('utf8')
  #arrivals: Arrival[] = []
  #waiting: ((arrival: Arrival) => void) | null = null
  #ended = false
  readonly #limitMs: number

  /** `limitMs` bounds every wait. */
  constructor(socket: Socket, limitMs: number = waitMs) {
    this.#socket = socket
    this.#tcp = socket
    this.#limitMs = limitMs
    this.local = `${socket.localAddress}:${socket.localPort}`
    this.port = socket.remotePort ?? 0
    this.#listen(socket)
  }

  /** The connection under the stream: TLS once that is on. */
  get socket(): Socket {
    return this.#socket
  }

  /** Sends text or bytes as they are. */
  send(data: string | Uint8Array): void {
    this.transcript.push(`C: ${typeof data === 'string' ? data : Buffer.from(data).toString('latin1')}`)
    this.#socket.write(data)
  }

  /** The next arrival, in order. Fails the test when none comes in time. */
  async next(): Promise<Arrival> {
    const held = this.#arrivals.shift()
    if (held !== undefined) return held
    if (this.#waiting !== null) throw new Error('two waits at once on one client')
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = null
        reject(this.#complaint(`nothing came for ${this.#limitMs} ms`))
      }, this.#limitMs)
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
    throw this.#complaint(`expected ${name === undefined ? 'an element' : `<${name}>`}, got ${describe(arrival)}`)
  }

  /** The next arrival, which must be a stream header. */
  async header(): Promise<ReadonlyMap<string, string>> {
    const arrival = await this.next()
    if (arrival.kind === 'header') return arrival.attributes
    throw this.#complaint(`expected a stream header, got ${describe(arrival)}`)
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
    if (arrival.kind !== 'footer') throw this.#complaint(`expected </stream:stream>, got ${describe(arrival)}`)
    await this.end()
  }

  /** The next arrival must be the end of the connection. Gives the error code if it ended out of order. */
  async end(): Promise<string | null> {
    const arrival = await this.next()
    if (arrival.kind === 'end') return arrival.error
    throw this.#complaint(`expected the end, got ${describe(arrival)}`)
  }

  /** Sends a stream header and reads the answer with its features. */
  async open(domain: string, more = ''): Promise<Element> {
    this.send(headerTo(domain, more))
    await this.header()
    return this.element('stream:features')
  }

  /** Asks for TLS and expects to be told to proceed. */
  async requestTls(): Promise<void> {
    this.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    await this.element('proceed')
  }

  /** Does the TLS handshake on this connection. A TLS 1.3 server may still refuse after this, at the first read. */
  async secure(tls: ClientTls = {}): Promise<Handshake> {
    const { alpn, ca, ...rest } = tls
    const raw = this.#socket
    raw.removeAllListeners('data').removeAllListeners('end').removeAllListeners('error').removeAllListeners('close')
    raw.on('error', () => undefined)
    const socket = connectTls({
      ...rest,
      ...(ca === undefined ? {} : { ca }),
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      socket: raw,
      rejectUnauthorized: ca !== undefined,
    })
    const outcome = await new Promise<Handshake>((resolve) => {
      const timer = setTimeout(() => resolve({ kind: 'failed', error: 'timeout' }), this.#limitMs)
      const settle = (handshake: Handshake) => {
        clearTimeout(timer)
        resolve(handshake)
      }
      socket.once('secureConnect', () => settle({ kind: 'secure', socket }))
      socket.once('error', (error: NodeJS.ErrnoException) =>
        settle({ kind: 'failed', error: error.code ?? error.message }),
      )
      socket.once('close', () => settle({ kind: 'failed', error: 'closed' }))
    })
    if (outcome.kind === 'failed') socket.destroy()
    this.#socket = socket
    this.#text = ''
    this.#decoder = new StringDecoder('utf8')
    this.#listen(socket)
    return outcome
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
    if (result.attrs['type'] !== 'result' || jid == null) throw this.#complaint(`binding failed: ${result.toString()}`)
    return jid
  }

  /** Ends the sending side in order, without waiting. */
  finish(): void {
    this.#socket.end()
  }

  /** Drops the connection with a TCP reset, so that the other side cannot even say goodbye. */
  reset(): void {
    this.#tcp.resetAndDestroy()
  }

  /** Drops the connection. */
  destroy(): void {
    this.#socket.destroy()
  }

  [Symbol.dispose](): void {
    this.destroy()
  }

  #listen(socket: Socket): void {
    let fault: string | null = null
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      fault = error.code ?? error.message
    })
    // The server's FIN is its end, whether or not this side has ended yet.
    socket.on('end', () => this.#end(fault))
    socket.on('close', () => this.#end(fault))
    if (socket.destroyed) this.#end(fault)
  }

  #receive(chunk: Buffer): void {
    this.#text += this.#decoder.write(chunk)
    for (let cut = cutItem(this.#text); cut !== null; cut = cutItem(this.#text)) {
      this.#text = cut.rest
      this.transcript.push(`S: ${cut.item.raw}`)
      this.#arrive(cut.item)
    }
  }

  #end(error: string | null): void {
    if (this.#ended) return
    this.#ended = true
    this.transcript.push(`S: (end${error === null ? '' : `: ${error}`})`)
    this.#arrive({ kind: 'end', error })
  }

  #arrive(arrival: Arrival): void {
    if (this.#waiting === null) this.#arrivals.push(arrival)
    else this.#waiting(arrival)
  }

  #complaint(what: string): Error {
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

/** The mechanisms that a `<stream:features/>` offers; null when it has no mechanisms element at all. */
export function mechanismsOf(features: Element): readonly string[] | null {
  const mechanisms = features.getChild('mechanisms', 'urn:ietf:params:xml:ns:xmpp-sasl')
  return mechanisms === undefined ? null : mechanisms.getChildren('mechanism').map((mechanism) => mechanism.getText())
}

/** A bare TCP connection, nothing said yet. */
export async function connectClient(port: number, host = '127.0.0.1', limitMs = waitMs): Promise<XmppClient> {
  const socket = connectTcp({ port, host, noDelay: true })
  await once(socket, 'connect', { signal: AbortSignal.timeout(waitMs) })
  return new XmppClient(socket, limitMs)
}

/** A connection through TLS; nothing said on the secured stream yet. Throws if there is no TLS to be had. */
export async function connectSecure(options: ClientOptions): Promise<XmppClient> {
  const client = await connectClient(options.port, options.host)
  if (options.door === 'starttls') {
    await client.open(options.domain)
    await client.requestTls()
  }
  const handshake = await client.secure(options.tls)
  if (handshake.kind === 'failed') throw new Error(`TLS failed: ${handshake.error}`)
  return client
}

/** A connection through TLS and the first stream header over it, with the features it got. */
export async function openClient(options: ClientOptions): Promise<{ client: XmppClient; features: Element }> {
  const client = await connectSecure(options)
  return { client, features: await client.open(options.domain) }
}

function describe(arrival: Arrival): string {
  return arrival.kind === 'end' ? `the end (${arrival.error ?? 'in order'})` : arrival.raw
}

/**
 * A raw XMPP client over WebSocket (RFC 7395) with the face of `XmppClient`: it takes markup as it stands on a TCP stream
 * and hands back what comes as if it came from one, so that the same tests and tables run on both. Each message must
 * stand alone as a document, or the test fails. `say` sends a message as it is.
 */

import type { Socket } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Element } from 'ltx'
import { WebSocket } from 'ws'
import { standAlone } from '../../src/transport/websocket-markup.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { NS } from '../../src/xml/namespaces.ts'
import { parseElement } from '../../src/xml/parse-element.ts'
import { cutItem, qualified, readAttributes } from './wire-items.ts'
import {
  type Arrival,
  authMarkup,
  type ClientTls,
  headerTo,
  type InitialResponse,
  readError,
  waitMs,
  type XmppClient,
} from './xmpp-client.ts'

/** What clients of all transports have in common. */
export type StreamClient = Pick<
  XmppClient,
  | 'local'
  | 'port'
  | 'transcript'
  | 'socket'
  | 'send'
  | 'next'
  | 'element'
  | 'header'
  | 'streamError'
  | 'closing'
  | 'end'
  | 'open'
  | 'auth'
  | 'bind'
  | 'finish'
  | 'reset'
  | 'destroy'
  | typeof Symbol.dispose
>

/** Where to go, and as whom. */
export interface WebSocketPlan {
  readonly port: number
  /** 127.0.0.1 if left out. */
  readonly host?: string
  /** `/ws` if left out. */
  readonly path?: string
  /** The field Host, if not the address. */
  readonly domain?: string
  /** Null speaks in clear. */
  readonly tls: ClientTls | null
  readonly origin?: string
  /** `['xmpp']` if left out. */
  readonly protocols?: readonly string[]
  readonly limitMs?: number
}

/** How an opening handshake ended: with the status of a refusal and its text, where it was refused. */
export type Opening =
  | { readonly kind: 'open'; readonly client: WebSocketClient }
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly headers: Readonly<Record<string, unknown>>
      readonly body: string
      /** `address:port` of this end. */
      readonly local: string
      readonly port: number
    }

/** Opens a WebSocket; throws when there is none to be had. */
export async function connectWebSocket(plan: WebSocketPlan): Promise<WebSocketClient> {
  const opening = await tryWebSocket(plan)
  if (opening.kind === 'open') return opening.client
  throw new Error(`no WebSocket: ${opening.status} ${opening.body}`)
}

/** Asks for a WebSocket. Throws when no answer comes at all. */
export async function tryWebSocket(plan: WebSocketPlan): Promise<Opening> {
  const { port, host = '127.0.0.1', path = '/ws', tls, origin, protocols = ['xmpp'], limitMs = waitMs, domain } = plan
  const { ca, alpn, ...rest } = tls ?? {}
  const socket = new WebSocket(`${tls === null ? 'ws' : 'wss'}://${host}:${port}${path}`, [...protocols], {
    ...rest,
    ...(ca !== undefined && { ca }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    ...(origin !== undefined && { origin }),
    ...(domain !== undefined && { headers: { Host: domainToASCII(domain) } }),
    rejectUnauthorized: ca !== undefined,
    perMessageDeflate: false,
    autoPong: true,
    handshakeTimeout: limitMs,
  })
  return new Promise((resolve, reject) => {
    let below: Socket | null = null
    socket.once('upgrade', (response) => {
      below = response.socket
      // What comes with the handshake must find its listeners.
      socket.pause()
    })
    socket.once('open', () => {
      if (below !== null) resolve({ kind: 'open', client: new WebSocketClient(socket, below, limitMs) })
    })
    socket.once('unexpected-response', (request, response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      const { localAddress, localPort } = response.socket
      const ends = { local: `${localAddress}:${localPort}`, port }
      response.once('end', () => {
        request.destroy()
        resolve({ kind: 'refused', status: response.statusCode ?? 0, headers: response.headers, body, ...ends })
      })
    })
    socket.on('error', reject)
  })
}

/** One connection. Made by `connectWebSocket`. */
export class WebSocketClient implements StreamClient {
  readonly local: string
  readonly port: number
  readonly transcript: string[] = []
  readonly socket: Socket
  /** For frames and Close frames as they are. */
  readonly frames: WebSocket
  /** The code of the server's Close frame; null while there was none. 1006 for a connection that was cut. */
  closeCode: number | null = null
  #arrivals: Arrival[] = []
  #waiting: ((arrival: Arrival) => void) | null = null
  #unsent = ''
  readonly #limitMs: number

  constructor(frames: WebSocket, socket: Socket, limitMs: number = waitMs) {
    this.frames = frames
    this.socket = socket
    this.#limitMs = limitMs
    this.local = `${socket.localAddress}:${socket.localPort}`
    this.port = socket.remotePort ?? 0
    frames.removeAllListeners('error')
    let fault: string | null = null
    frames.on('error', (error: NodeJS.ErrnoException) => {
      fault = error.code ?? error.message
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      fault = error.code ?? error.message
    })
    frames.on('message', (data, isBinary) => this.#receive(String(data), isBinary))
    frames.on('close', (code) => {
      this.closeCode = code
      this.transcript.push(`S: (end ${code}${fault === null ? '' : `: ${fault}`})`)
      this.#arrive({ kind: 'end', error: fault })
    })
    frames.resume()
  }

  /** Sends markup of a TCP stream, one message an element; what is not whole yet waits for the rest. */
  send(data: string | Uint8Array): void {
    this.#unsent += typeof data === 'string' ? data : Buffer.from(data).toString('utf8')
    for (let cut = cutItem(this.#unsent); cut !== null; cut = cutItem(this.#unsent)) {
      this.#unsent = cut.rest
      const { item } = cut
      switch (item.kind) {
        case 'header':
          this.say(
            item.raw
              .replace(/^<stream:stream/, '<open')
              .replace(/ xmlns(?::stream)?=(?:'[^']*'|"[^"]*")/g, '')
              .replace(/^<open/, `<open xmlns='${NS.framing}'`)
              .replace(/>$/, '/>'),
          )
          break
        case 'footer':
          this.say(`<close xmlns='${NS.framing}'/>`)
          break
        case 'element':
          this.say(item.raw.startsWith('<stream:') ? standAlone(item.raw) : qualified(item.raw))
          break
      }
    }
  }

  /** Sends one message as it is: a text, or bytes as a binary message. */
  say(message: string | Uint8Array): void {
    this.transcript.push(`C: ${typeof message === 'string' ? message : Buffer.from(message).toString('latin1')}`)
    this.frames.send(message)
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

  /** The next arrival, which must be `<open/>`. */
  async header(): Promise<ReadonlyMap<string, string>> {
    const arrival = await this.next()
    if (arrival.kind === 'header') return arrival.attributes
    throw this.#complaint(`expected <open/>, got ${describe(arrival)}`)
  }

  /** The next arrivals must be a stream error, `<close/>` and the end. Gives condition and text. */
  async streamError(): Promise<{ readonly condition: string; readonly text: string }> {
    const error = await this.element('stream:error')
    await this.closing()
    return readError(error)
  }

  /** The next arrivals must be `<close/>` and the end of the connection, in order. */
  async closing(): Promise<void> {
    const arrival = await this.next()
    if (arrival.kind !== 'footer') throw this.#complaint(`expected <close/>, got ${describe(arrival)}`)
    await this.end()
  }

  /** The next arrival must be the end of the connection. Gives the error code if it ended out of order. */
  async end(): Promise<string | null> {
    const arrival = await this.next()
    if (arrival.kind === 'end') return arrival.error
    throw this.#complaint(`expected the end, got ${describe(arrival)}`)
  }

  /** Opens a stream and reads the answer with its features. */
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
    this.send(`<iq type='set' id='bind'><bind xmlns='${NS.bind}'>${wish}</bind></iq>`)
    const result = await this.element('iq')
    const jid = result.getChild('bind')?.getChildText('jid')
    if (result.attrs['type'] !== 'result' || jid == null) throw this.#complaint(`binding failed: ${result.toString()}`)
    return jid
  }

  /** Ends the sending side in order, without waiting and without a Close frame. */
  finish(): void {
    this.socket.end()
  }

  /** Drops the connection with a TCP reset, so that the other side cannot even say goodbye. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Drops the connection. */
  destroy(): void {
    this.frames.terminate()
  }

  [Symbol.dispose](): void {
    this.destroy()
  }

  #receive(raw: string, isBinary: boolean): void {
    this.transcript.push(`S: ${raw}`)
    // RFC 7395 §3.3.3: a document of its own, with all its declarations.
    const document = parseElement(raw, DEFAULT_XML_LIMITS)
    if (isBinary || !document.ok) {
      const why = document.ok ? 'a binary message' : document.error.why
      this.#arrive({ kind: 'end', error: `no document of its own (${why}): ${raw}` })
    } else if (document.value.attrs['xmlns'] !== NS.framing) this.#arriveElement(raw)
    else if (document.value.name === 'open') this.#arrive({ kind: 'header', raw, attributes: readAttributes(raw) })
    else this.#arrive({ kind: 'footer', raw })
  }

  #arriveElement(raw: string): void {
    const cut = cutItem(raw)
    if (cut === null) throw this.#complaint(`half an element: ${raw}`)
    this.#arrive(cut.item)
  }

  #arrive(arrival: Arrival): void {
    if (this.#waiting === null) this.#arrivals.push(arrival)
    else this.#waiting(arrival)
  }

  #complaint(what: string): Error {
    return new Error(`${what}\n${this.transcript.join('\n')}`)
  }
}

function describe(arrival: Arrival): string {
  return arrival.kind === 'end' ? `the end (${arrival.error ?? 'in order'})` : arrival.raw
}

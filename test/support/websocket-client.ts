/**
 * A raw XMPP client over WebSocket (RFC 7395) with the face of `XmppClient`: it takes markup as it stands on a TCP stream
 * and hands back what comes as if it came from one, so that the same tests and tables run on both. Each message must
 * stand alone as a document, or the test fails. `say` sends a message as it is.
 */

import type { Socket } from 'node:net'
import { domainToASCII } from 'node:url'
import { WebSocket } from 'ws'
import { standAlone } from '../../src/transport/websocket-markup.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { NS } from '../../src/xml/namespaces.ts'
import { parseElement } from '../../src/xml/parse-element.ts'
import { StreamClient, waitMs } from './stream-client.ts'
import { cutItem, qualified, readAttributes } from './wire-items.ts'
import type { ClientTls } from './xmpp-client.ts'

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
export class WebSocketClient extends StreamClient {
  readonly local: string
  readonly port: number
  readonly socket: Socket
  /** For frames and Close frames as they are. */
  readonly frames: WebSocket
  /** The code of the server's Close frame; null while there was none. 1006 for a connection that was cut. */
  closeCode: number | null = null
  #unsent = ''

  constructor(frames: WebSocket, socket: Socket, limitMs: number = waitMs) {
    super(limitMs, { header: '<open/>', footer: '<close/>' })
    this.frames = frames
    this.socket = socket
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
      this.arrive({ kind: 'end', error: fault })
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

  #receive(raw: string, isBinary: boolean): void {
    this.transcript.push(`S: ${raw}`)
    // RFC 7395 §3.3.3: a document of its own, with all its declarations.
    const document = parseElement(raw, DEFAULT_XML_LIMITS)
    if (isBinary || !document.ok) {
      const why = document.ok ? 'a binary message' : document.error.why
      this.arrive({ kind: 'end', error: `no document of its own (${why}): ${raw}` })
    } else if (document.value.attrs['xmlns'] !== NS.framing) this.#arriveElement(raw)
    else if (document.value.name === 'open') this.arrive({ kind: 'header', raw, attributes: readAttributes(raw) })
    else this.arrive({ kind: 'footer', raw })
  }

  #arriveElement(raw: string): void {
    const cut = cutItem(raw)
    if (cut === null) throw this.complaint(`half an element: ${raw}`)
    this.arrive(cut.item)
  }
}

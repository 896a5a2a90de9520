/**
 * A raw XMPP client for tests: sends any bytes, hands back what the server says item by item, and knows
 * just enough of STARTTLS, SASL and binding to log in. Nothing in it is lenient.
 */

import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { connect as connectTls, type SecureContext, type SecureVersion, type TLSSocket } from 'node:tls'
import type { Element } from 'ltx'
import { StreamClient, waitMs } from './stream-client.ts'
import { cutItem } from './wire-items.ts'

export { type Arrival, authMarkup, headerTo, type InitialResponse, readError, waitMs } from './stream-client.ts'

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

/** How a handshake ended. */
export type Handshake =
  | { readonly kind: 'secure'; readonly socket: TLSSocket }
  | { readonly kind: 'failed'; readonly error: string }

/** One connection. Made by `connectClient` (bare TCP) or `openClient` (through TLS to the first features). */
export class XmppClient extends StreamClient {
  readonly local: string
  readonly port: number
  #socket: Socket
  /** The connection below TLS. */
  readonly #tcp: Socket
  #text = ''
  #decoder = new StringDecoder('utf8')
  #ended = false

  /** `limitMs` bounds every wait. */
  constructor(socket: Socket, limitMs: number = waitMs) {
    super(limitMs, { header: 'a stream header', footer: '</stream:stream>' })
    this.#socket = socket
    this.#tcp = socket
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
      const timer = setTimeout(() => resolve({ kind: 'failed', error: 'timeout' }), this.limitMs)
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
      this.arrive(cut.item)
    }
  }

  #end(error: string | null): void {
    if (this.#ended) return
    this.#ended = true
    this.transcript.push(`S: (end${error === null ? '' : `: ${error}`})`)
    this.arrive({ kind: 'end', error })
  }
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

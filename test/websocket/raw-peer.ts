/** A client of bytes in clear: asks for the WebSocket by hand, logs in by what the arena takes for its certificate, then sends any frames. */

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { standAlone } from '../../src/transport/websocket-markup.ts'
import { NS } from '../../src/xml/namespaces.ts'
import { waitMs } from '../support/xmpp-client.ts'
import { frame, opcodes, readFrame, text } from './frames.ts'

/** What the server did, in short: `open`, `pong 6869`, `error not-well-formed`, `close`, `Close 1000`, `end`; other texts as they are. */
export type Seen = string

/** What belongs to the handshake alone (RFC 6455 §4.2.2). */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** One raw connection. */
export class RawPeer {
  readonly socket: Socket
  /** Whether a Close frame is answered. */
  answersClose = true
  #bytes: Buffer = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | null = null
  #fault: Error | null = null

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake?.()
    })
    socket.on('error', (error) => {
      this.#fault = error
    })
    socket.on('close', () => {
      this.#ended = true
      this.#wake?.()
    })
    socket.on('end', () => {
      this.#ended = true
      this.#wake?.()
    })
  }

  /** A connection on which nothing was said. */
  static async connect(port: number): Promise<RawPeer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect', { signal: AbortSignal.timeout(waitMs) })
    return new RawPeer(socket)
  }

  /** A WebSocket on which nothing was said. */
  static async upgrade(port: number): Promise<RawPeer> {
    const peer = await RawPeer.connect(port)
    const key = randomBytes(16).toString('base64')
    const answer = await peer.request(requestLines(port, { 'Sec-WebSocket-Key': key }))
    const due = createHash('sha1').update(`${key}${acceptSuffix}`).digest('base64')
    const isSound =
      answer.status === 101 &&
      answer.headers.get('sec-websocket-accept') === due &&
      answer.headers.get('sec-websocket-protocol') === 'xmpp' &&
      !answer.headers.has('sec-websocket-extensions')
    if (!isSound) throw new Error(`no upgrade: ${answer.status} ${JSON.stringify([...answer.headers])}`)
    return peer
  }

  /** A WebSocket with a stream open. */
  static async opened(port: number, domain: string): Promise<RawPeer> {
    const peer = await RawPeer.upgrade(port)
    peer.say(openTo(domain))
    await peer.#expectPastPings('open', /^<stream:features xmlns:stream=/)
    return peer
  }

  /** A session of alice's with the resource `raw`. */
  static async bound(port: number, domain: string, resource = 'raw'): Promise<RawPeer> {
    const peer = await RawPeer.opened(port, domain)
    peer.say(`<auth xmlns='${NS.sasl}' mechanism='EXTERNAL'>=</auth>`)
    await peer.#expectPastPings(/^<success /)
    peer.say(openTo(domain))
    await peer.#expectPastPings('open', /^<stream:features .*<bind /)
    peer.say(
      standAlone(`<iq type='set' id='bind'><bind xmlns='${NS.bind}'><resource>${resource}</resource></bind></iq>`),
    )
    await peer.#expectPastPings(/^<iq .*<jid>/)
    return peer
  }

  /** Sends one text message. */
  say(message: string): void {
    this.socket.write(text(message))
  }

  /** Writes pieces one by one, so that each is likely to arrive by itself. */
  async write(...pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      if (this.socket.destroyed) return
      this.socket.write(piece)
      if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Sends a request and reads the answer with its body, as far as that has a length. */
  async request(lines: string | Uint8Array): Promise<{ status: number; headers: Map<string, string>; body: string }> {
    this.socket.write(lines)
    let end = this.#bytes.indexOf('\r\n\r\n')
    for (; end < 0; end = this.#bytes.indexOf('\r\n\r\n')) await this.#more()
    const [first = '', ...fields] = this.#bytes.subarray(0, end).toString('latin1').split('\r\n')
    const headers = new Map(
      fields.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    this.#bytes = this.#bytes.subarray(end + 4)
    const length = Number(headers.get('content-length') ?? 0)
    while (this.#bytes.length < length) await this.#more()
    const body = this.#bytes.subarray(0, length).toString('utf8')
    this.#bytes = this.#bytes.subarray(length)
    return { status: Number(first.split(' ')[1]), headers, body }
  }

  /** The next thing that the server does. */
  async next(): Promise<Seen> {
    for (;;) {
      const cut = readFrame(this.#bytes)
      if (cut !== null) {
        this.#bytes = cut.rest
        // RFC 6455 §5.5.1: as an honest client does.
        if (cut.frame.opcode === opcodes.close && this.answersClose) this.socket.write(frame(cut.frame))
        return nameOf(cut.frame.opcode, cut.frame.payload)
      }
      if (this.#ended) {
        if (this.#bytes.length > 0) throw new Error('half a frame at the end')
        return this.#fault === null ? 'end' : `end: ${this.#fault.message}`
      }
      await this.#more()
    }
  }

  /** All that the server does until something matches, which is the last one given. */
  async until(done: RegExp): Promise<Seen[]> {
    const seen: Seen[] = []
    for (;;) {
      const next = await this.next()
      seen.push(next)
      if (done.test(next) || next.startsWith('end')) return seen
    }
  }

  /** The next things must match these. */
  async expect(...due: readonly Due[]): Promise<void> {
    for (const one of due) demand(one, await this.next())
  }

  /** A server may ping whenever it likes, in the middle of a login too. */
  async #expectPastPings(...due: readonly Due[]): Promise<void> {
    for (const one of due) {
      let next = await this.next()
      while (next === 'ping') next = await this.next()
      demand(one, next)
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error('the end, where more was due')
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('nothing came')), waitMs)
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
    })
  }
}

/** An `<open/>`. */
export function openTo(domain: string): string {
  return `<open xmlns='${NS.framing}' to='${domain}' version='1.0'/>`
}

type Due = string | RegExp

function demand(due: Due, next: Seen): void {
  const isDue = typeof due === 'string' ? next === due : due.test(next)
  if (!isDue) throw new Error(`expected ${due}, got ${next}`)
}

/** The lines of a request for a WebSocket; an override of null leaves a header out. */
export function requestLines(
  port: number,
  overrides: Readonly<Record<string, string | null>> = {},
  first = 'GET /ws HTTP/1.1',
): string {
  const headers: Record<string, string | null> = {
    Host: `127.0.0.1:${port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
    'Sec-WebSocket-Protocol': 'xmpp',
    ...overrides,
  }
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
  return `${[first, ...lines].join('\r\n')}\r\n\r\n`
}

function nameOf(opcode: number, payload: Buffer): Seen {
  if (opcode === opcodes.text) return nameOfText(payload.toString('utf8'))
  if (opcode === opcodes.ping) return 'ping'
  if (opcode === opcodes.pong) return payload.length === 0 ? 'pong' : `pong ${payload.toString('hex')}`
  if (opcode !== opcodes.close) throw new Error(`opcode ${opcode} from the server`)
  return payload.length === 0 ? 'Close' : `Close ${payload.readUInt16BE(0)}`
}

function nameOfText(message: string): Seen {
  if (message.startsWith(`<open xmlns='${NS.framing}'`)) return 'open'
  if (message.startsWith(`<close xmlns='${NS.framing}'`)) return message.includes('see-other-uri') ? message : 'close'
  const error = /^<stream:error xmlns:stream='[^']+'><([a-z-]+) xmlns='[^']+'\/>/.exec(message)
  return error === null ? message : `error ${error[1]}`
}

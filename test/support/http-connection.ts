/** One connection to an HTTP server, for tests: requests go out as they stand, in a pipeline if need be, answers come in order. */

import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ClientTls, waitMs } from './xmpp-client.ts'

/** Where to go, and as whom. */
export interface ConnectionPlan {
  readonly port: number
  /** 127.0.0.1 if left out. */
  readonly host?: string
  /** Null speaks in clear. */
  readonly tls: ClientTls | null
  readonly limitMs?: number
}

/** One answer. Names of fields are in lower case. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

type Waiter = { readonly resolve: (answer: HttpAnswer) => void; readonly reject: (error: Error) => void }

/** One connection. Made by `openConnection`. */
export class HttpConnection {
  readonly socket: Socket
  /** `address:port` of this end. */
  readonly local: string
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>
  /** The server has said that no further request is taken here. */
  isLast = false
  #bytes = Buffer.alloc(0)
  readonly #waiting: Waiter[] = []
  readonly #limitMs: number

  constructor(socket: Socket, limitMs: number) {
    this.socket = socket
    this.#limitMs = limitMs
    this.local = `${socket.localAddress}:${socket.localPort}`
    const gone = Promise.withResolvers<void>()
    this.closed = gone.promise
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => undefined)
    const end = () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection is gone'))
    }
    socket.on('end', end)
    socket.on('close', () => {
      end()
      gone.resolve()
    })
  }

  /** Requests without an answer yet. */
  get pending(): number {
    return this.#waiting.length
  }

  /** Sends bytes and gives the next answer that is not awaited yet; rejects when the connection goes before. */
  ask(request: string | Uint8Array): Promise<HttpAnswer> {
    this.socket.write(request)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer for ${this.#limitMs} ms`)), this.#limitMs)
      this.#waiting.push({
        resolve: (answer) => {
          clearTimeout(timer)
          resolve(answer)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
    })
  }

  destroy(): void {
    this.socket.destroy()
  }

  [Symbol.dispose](): void {
    this.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    for (let cut = cutAnswer(this.#bytes); cut !== null; cut = cutAnswer(this.#bytes)) {
      this.#bytes = cut.rest
      this.isLast ||= cut.answer.headers.get('connection') === 'close'
      this.#waiting.shift()?.resolve(cut.answer)
    }
  }
}

/** Connects, through TLS where there is any. Throws when there is no connection to be had. */
export async function openConnection({ port, host = '127.0.0.1', tls, limitMs = waitMs }: ConnectionPlan) {
  const raw = connectTcp({ port, host, noDelay: true })
  await once(raw, 'connect', { signal: AbortSignal.timeout(limitMs) })
  if (tls === null) return new HttpConnection(raw, limitMs)
  const { alpn, ca, ...rest } = tls
  const socket = connectTls({
    ...rest,
    ...(ca === undefined ? {} : { ca }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    socket: raw,
    rejectUnauthorized: ca !== undefined,
  })
  await once(socket, 'secureConnect', { signal: AbortSignal.timeout(limitMs) })
  return new HttpConnection(socket, limitMs)
}

/** A whole POST. */
export function postOf(
  path: string,
  host: string,
  body: string,
  fields: Readonly<Record<string, string>> = {},
): string {
  const given = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = Buffer.byteLength(body)
  return (
    `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: ${length}\r\n` +
    `${given.join('')}\r\n${body}`
  )
}

function cutAnswer(bytes: Buffer): { readonly answer: HttpAnswer; readonly rest: Buffer<ArrayBuffer> } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const length = Number(headers.get('content-length') ?? 0)
  if (bytes.length < end + 4 + length) return null
  const text = bytes.toString('utf8', end + 4, end + 4 + length)
  const rest = Buffer.from(bytes.subarray(end + 4 + length))
  return { answer: { status: Number(first.split(' ')[1]), headers, text }, rest }
}

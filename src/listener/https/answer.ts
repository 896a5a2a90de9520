/** Short answers of the listener itself: a status and a line of text. */

import { type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** One answer. */
export interface Answer {
  readonly status: number
  /** For people; one line. */
  readonly text: string
  readonly headers?: OutgoingHttpHeaders
  /** Ends the connection behind it. */
  readonly close?: boolean
}

const plainText: OutgoingHttpHeaders = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** Sends the answer, unless one has begun. */
export function answer(response: ServerResponse, { status, text, headers = {}, close = false }: Answer): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = `${text}\n`
  response.writeHead(status, {
    ...plainText,
    'content-length': Buffer.byteLength(body),
    ...headers,
    ...(close && { connection: 'close' }),
  })
  // HEAD is answered without the body (RFC 9110 §9.3.2), which Node sees to.
  response.end(body)
}

/** Sends the answer where there is no response to send it with, and ends the connection, by force after `lingerMs`. */
export function answerRaw(socket: Duplex, { status, text, headers = {} }: Answer, lingerMs: number): void {
  const body = `${text}\n`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries({ ...plainText, ...headers }).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  farewell(socket, lingerMs)
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** What comes is still read and thrown away: closing over unread bytes would reset the connection, and the answer with it. */
function farewell(socket: Duplex, lingerMs: number): void {
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer)).resume()
}

/** The way back of one BOSH request over HTTP, and what its answers have in common. */

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { BoshAnswer, Reply } from '../../transport/bosh/terms.ts'

/**
 * An answer holds what others wrote, in a content type that the client may choose: a browser that is made to show it as a
 * page must run nothing of it.
 */
const guards: OutgoingHttpHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
}

/** One request's way back. */
export class HttpReply implements Reply {
  #response: ServerResponse | null
  readonly #headers: OutgoingHttpHeaders
  #isBroken = false
  /** Called when the connection goes before the answer was given. */
  onLost: (() => void) | null = null

  constructor(response: ServerResponse, headers: OutgoingHttpHeaders) {
    this.#response = response
    this.#headers = headers
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  /** See {@link Reply.send}. */
  send({ status, contentType, text }: BoshAnswer): void {
    this.#write(status, contentType, text, {})
  }

  /** A line for people; with `close`, the connection ends behind it. */
  say(status: number, text: string, close = false): void {
    this.#write(status, 'text/plain; charset=utf-8', `${text}\n`, close ? { connection: 'close' } : {})
  }

  /** A terminal answer, behind which the connection ends: there is a body on it that nobody reads. */
  sendAndClose({ status, contentType, text }: BoshAnswer): void {
    this.#write(status, contentType, text, { connection: 'close' })
  }

  /** The connection is gone. */
  lose(): void {
    const response = this.#response
    if (response === null || response.writableFinished) return
    this.#isBroken = true
    this.#response = null
    const { onLost } = this
    this.onLost = null
    if (!response.writableEnded) onLost?.()
  }

  #write(status: number, contentType: string, text: string, more: OutgoingHttpHeaders): void {
    const response = this.#response
    this.onLost = null
    if (response === null || response.writableEnded) return
    response.once('finish', () => {
      // The session keeps this for as long as its answer may be asked for again, and nothing of the connection.
      this.#response = null
    })
    const length = Buffer.byteLength(text)
    response.writeHead(status, {
      ...guards,
      ...this.#headers,
      ...more,
      'content-type': contentType,
      'content-length': length,
    })
    response.end(text)
  }
}

/** Tells replies when their connections go: a response that waits for its turn in a pipeline would not hear of it. */
export interface ConnectionWatch {
  watch(socket: Socket, reply: HttpReply, response: ServerResponse): void
}

/** A watch over all connections of one handler. */
export function createConnectionWatch(): ConnectionWatch {
  const open = new WeakMap<Socket, Set<HttpReply>>()
  const repliesOf = (socket: Socket): Set<HttpReply> => {
    const known = open.get(socket)
    if (known !== undefined) return known
    const replies = new Set<HttpReply>()
    open.set(socket, replies)
    socket.once('close', () => {
      for (const reply of replies) reply.lose()
      replies.clear()
    })
    return replies
  }
  return {
    watch: (socket, reply, response) => {
      const replies = repliesOf(socket)
      replies.add(reply)
      response.once('finish', () => replies.delete(reply))
    },
  }
}

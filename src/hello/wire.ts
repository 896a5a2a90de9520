/** The client's side of one connection: sends markup, receives stream events one by one, goes over to TLS. */

import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { DocumentEvent } from '../xml/document-reader.ts'
import { DEFAULT_XML_LIMITS } from '../xml/limits.ts'
import { createStreamParser } from '../xml/stream-parser.ts'

/** What the client shows and trusts in the handshake, PEM. */
export interface ClientIdentity {
  readonly certificate: string
  readonly key: string
  readonly ca: string
  /** Name that the server's certificate must be for. */
  readonly serverName: string
}

/** One connection. Every promise rejects once the connection has failed or the time is up. */
export interface Wire {
  send(markup: string): void
  receive(): Promise<DocumentEvent>
  /** Shakes hands; resolves with the checked TLS socket. */
  secure(identity: ClientIdentity): Promise<TLSSocket>
  /** Expects a new stream header next (RFC 6120 §4.3.3). */
  restart(): void
  close(): void
}

interface Waiter {
  readonly resolve: (event: DocumentEvent) => void
  readonly reject: (cause: Error) => void
}

/** Connects over TCP; fails everything that still waits after `limitMs`. */
export function openWire(host: string, port: number, limitMs: number): Promise<Wire> {
  const socket = connectTcp({ host, port, noDelay: true })
  const wire = new SocketWire(socket, limitMs)
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(wire))
    wire.onFailure = reject
  })
}

/** Whether something accepts connections there. */
export async function isAnswering(host: string, port: number): Promise<boolean> {
  const socket = connectTcp({ host, port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

class SocketWire implements Wire {
  readonly #parser = createStreamParser(DEFAULT_XML_LIMITS)
  readonly #timer: NodeJS.Timeout
  #socket: Socket
  #waiter: Waiter | null = null
  #failure: Error | null = null
  /** Told of the first failure, whatever waits at that time. */
  onFailure: (cause: Error) => void = () => undefined

  constructor(socket: Socket, limitMs: number) {
    this.#socket = socket
    this.#timer = setTimeout(() => this.#fail(new Error(`no answer within ${limitMs / 1000} s`)), limitMs)
    this.#attach(socket)
  }

  send(markup: string): void {
    this.#socket.write(markup)
  }

  receive(): Promise<DocumentEvent> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
      this.#pump()
    })
  }

  secure(identity: ClientIdentity): Promise<TLSSocket> {
    const plain = this.#socket
    plain.removeAllListeners('data')
    return new Promise((resolve, reject) => {
      const { certificate: cert, key, ca, serverName: servername } = identity
      const options = { socket: plain, cert, key, ca, servername, ALPNProtocols: ['xmpp-client'] }
      const secured = connectTls(options, () => resolve(secured))
      this.onFailure = reject
      this.#socket = secured
      this.#attach(secured)
    })
  }

  restart(): void {
    this.#parser.restart()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#socket.destroy()
  }

  #attach(socket: Socket): void {
    socket.on('data', (chunk) => {
      this.#parser.push(chunk)
      this.#pump()
    })
    socket.on('error', (cause) => this.#fail(cause))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  #pump(): void {
    const waiter = this.#waiter
    if (waiter === null) return
    const event = this.#parser.next()
    if (event === null && this.#failure === null) return
    this.#waiter = null
    if (event === null) waiter.reject(this.#failure ?? new Error('the connection is gone'))
    else if (event.kind === 'fault') waiter.reject(new Error(`the server sent ${event.condition}: ${event.why}`))
    else waiter.resolve(event)
  }

  #fail(cause: Error): void {
    if (this.#failure !== null) return
    this.#failure = cause
    clearTimeout(this.#timer)
    this.#socket.destroy()
    this.onFailure(cause)
    this.#pump()
  }
}

/** One connection to the service: one question at a time, from connecting to its end. It is never mended. */

import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { failed, faultOf, isLostConnection, type Try, words } from './exchange.ts'
import { ReplyReader } from './reply-reader.ts'

/** Octets that show a firewall on the way that the connection lives, milliseconds. */
const tcpKeepAliveMs = 60_000

/** Where a service is. */
export interface ServiceAddress {
  /** Name or address, without brackets. */
  readonly host: string
  readonly port: number
  /** Null for clear text. */
  readonly tls: Omit<ConnectionOptions, 'host' | 'port'> | null
}

/** Who has a connection, and hears of it. */
export interface ConnectionOwner {
  /** It takes a question. `keepMs`: how long it may be kept without one; null where the service does not say. */
  free(connection: HttpConnection, keepMs: number | null): void
  /** It is closed; the result says why it was never open, and is null where it had been. */
  gone(connection: HttpConnection, fault: Try | null): void
}

/** A connection that connects at once. Who waits for an answer is told exactly once, unless the connection is closed by us. */
export class HttpConnection {
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #reader = new ReplyReader()
  /** Who is asking. */
  #told: ((result: Try) => void) | null = null
  /** The question, until it is sent. */
  #request: string | null = null
  /** Until when its owner keeps it idle, on the `performance.now()` clock; null while it has something to do. */
  idleUntil: number | null = null
  #isOpen = false
  #isUsed = false

  constructor({ host, port, tls }: ServiceAddress, owner: ConnectionOwner) {
    this.#owner = owner
    this.#socket =
      tls === null
        ? connectTcp({ host, port }, this.#open)
        : connectTls({ ...tls, host, port, ALPNProtocols: ['http/1.1'] }, this.#open)
    let fault: Error | null = null
    this.#socket
      .setNoDelay(true)
      .setKeepAlive(true, tcpKeepAliveMs)
      .on('data', (bytes) => this.#read(bytes))
      .on('end', () => this.#end())
      .on('error', (error) => {
        fault ??= error
      })
      .on('close', () => this.#close(fault))
  }

  /** Whether it is connected. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#socket.destroyed
  }

  /** Whether it is still connecting. */
  get isOpening(): boolean {
    return !this.#isOpen && !this.#socket.destroyed
  }

  /** Asks a question on a connection that is free. */
  ask(request: string, told: (result: Try) => void): void {
    this.#told = told
    this.#request = request
    // What came in without being asked, and is still to be read this turn, is read first: it could pass for the answer.
    if (this.#isUsed) setImmediate(this.#send)
    else this.#send()
  }

  /** Ends it at once; whoever asked is told this, or nothing. */
  close(result: Try | null = null): void {
    const told = this.#told
    this.#told = null
    this.#request = null
    this.#socket.destroy()
    if (result !== null) told?.(result)
  }

  /** Gives up connecting. */
  giveUp(): void {
    this.#socket.destroy(new Error(words.noConnection))
  }

  readonly #open = (): void => {
    this.#isOpen = true
    this.#owner.free(this, null)
  }

  readonly #send = (): void => {
    if (this.#request === null || this.#socket.destroyed) return
    this.#isUsed = true
    const request = this.#request
    this.#request = null
    this.#socket.write(request, 'utf8')
  }

  #read(bytes: Buffer): void {
    // A question that is not out yet has no answer: another connection is asked.
    if (this.#told === null || this.#request !== null) {
      this.#socket.destroy()
      return
    }
    this.#settle(this.#reader.read(bytes))
  }

  #end(): void {
    if (this.#told !== null && this.#request === null) this.#settle(this.#reader.end())
    this.#socket.destroy()
  }

  #settle(reading: ReturnType<ReplyReader['read']>): void {
    const told = this.#told
    if (reading.kind === 'more' || told === null) return
    this.#told = null
    told(reading.result)
    if (reading.keepMs === 0) this.#socket.destroy()
    else this.#owner.free(this, reading.keepMs)
  }

  #close(fault: Error | null): void {
    const wasOpen = this.#isOpen
    const told = this.#told
    this.#told = null
    this.#isOpen = false
    const again = !this.#reader.hasBegun && (fault === null || isLostConnection(fault))
    const result = failed(fault === null ? words.closed : faultOf(fault), again)
    told?.(result)
    this.#owner.gone(this, wasOpen ? null : result)
  }
}

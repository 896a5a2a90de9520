/** An XMPP stream over TCP, in clear or behind TLS (RFC 6120 §3, §5). Reading is pull: unread bytes stay in the kernel. */

import type { Socket } from 'node:net'
import type { Channel } from '../certificate/channel.ts'
import { randomId } from '../random-id.ts'
import { fail, ok } from '../result.ts'
import type { ConduitEvent } from '../session/contract.ts'
import type { StreamTransport } from '../stream/ports.ts'
import { STRANGER_XML_LIMITS, type XmlLimits } from '../xml/limits.ts'
import { NS } from '../xml/namespaces.ts'
import { formatStreamError } from '../xml/stream-error.ts'
import { formatStreamHeader } from '../xml/stream-header.ts'
import { createStreamParser, type StreamParser } from '../xml/stream-parser.ts'
import { drained } from './drained.ts'
import type { TlsDoor } from './tls-door.ts'

/** What a connection over TCP is made with. */
export interface TcpTerms {
  /** Null when TLS is on already, or not to be had. */
  readonly door: TlsDoor | null
  /** Limits of the stream once its user has logged in. */
  readonly xmlLimits: XmlLimits
  /** Speaks in a stream error that comes before any domain was named. */
  readonly defaultHost: string
  /** How long a closing connection may take to say goodbye, milliseconds. */
  readonly lingerMs: number
}

/** Bytes that a closing connection reads on, to hear the client's own goodbye; what comes behind them waits in the kernel. */
const maxDrainedBytes = 65_536

/** Events that one connection hands out in a row; before the next, all others have their turn of the event loop. */
const eventsInARow = 16

/** One client connection. */
export class TcpTransport implements StreamTransport {
  channel: Channel
  startTls: StreamTransport['startTls']
  #socket: Socket
  readonly #parser: StreamParser
  readonly #xmlLimits: XmlLimits
  readonly #defaultHost: string
  readonly #lingerMs: number
  #waiter: ((event: ConduitEvent) => void) | null = null
  #headerSent = false
  #peerGone = false
  #securing = false
  #closing: Promise<void> | null = null
  #drainedBytes = 0
  #eventsRead = 0

  /** Owns `socket` from here on, but for its 'error', which is for whoever made it to hear: 'close' follows, and counts. */
  constructor(socket: Socket, channel: Channel, terms: TcpTerms) {
    this.channel = channel
    // Not the terms themselves: they hold the door, which a session of days has no more use for.
    this.#xmlLimits = terms.xmlLimits
    this.#defaultHost = terms.defaultHost
    this.#lingerMs = terms.lingerMs
    this.#parser = createStreamParser(STRANGER_XML_LIMITS)
    this.#socket = socket
    this.#attach(socket)
    const { door } = terms
    this.startTls = door === null ? null : () => this.#secure(door)
  }

  /** The next event; one read at a time. */
  read(): Promise<ConduitEvent> {
    if (this.#waiter !== null) throw new TypeError('a read is under way')
    const event = this.#next()
    if (event !== null) {
      this.#eventsRead += 1
      if (this.#eventsRead % eventsInARow !== 0) return Promise.resolve(event)
      return new Promise((resolve) => setImmediate(resolve, event))
    }
    const socket = this.#socket
    // It mostly flows already, and to say so again is work.
    if (socket.isPaused()) socket.resume()
    return new Promise((resolve) => {
      this.#waiter = resolve
    })
  }

  /** See {@link StreamTransport.restart}. */
  restart(stage: 'negotiation' | 'session'): void {
    this.#parser.restart(stage === 'session' ? this.#xmlLimits : STRANGER_XML_LIMITS)
    this.#headerSent = false
  }

  /** See {@link Conduit.write}. */
  write(markup: string, taken?: () => void): Promise<void> | null {
    const socket = this.#socket
    if (this.#closing !== null || !socket.writable) return null
    // What Node buffers dies with the process: only the callback says that the kernel has it.
    if (socket.write(markup, taken && ((error) => void (error ?? taken())))) return null
    return drained(socket)
  }

  /** Header and features leave in one write. */
  open(header: { from: string; to: string | null; id: string }, features: string): Promise<void> | null {
    const markup = formatStreamHeader(header) + features
    this.#headerSent = true
    return this.write(markup)
  }

  /** Says goodbye and hangs up; destroys what lingers. */
  close(error?: Parameters<StreamTransport['close']>[0]): Promise<void> {
    this.#closing ??= this.#hangUp(error)
    return this.#closing
  }

  #hangUp(error: Parameters<StreamTransport['close']>[0]): Promise<void> {
    const socket = this.#socket
    // Words in clear have no place in the middle of a handshake.
    if (this.#securing) socket.destroy()
    if (!socket.destroyed) {
      const markup = error === undefined ? '' : formatStreamError(error.condition, error.text)
      if (this.#headerSent) socket.end(`${markup}</stream:stream>`)
      else if (error === undefined) socket.end()
      else {
        // RFC 6120 §4.9.1.2: an error before our header is preceded by one.
        const header = formatStreamHeader({ from: this.#defaultHost, to: null, id: randomId() })
        socket.end(`${header}${markup}</stream:stream>`)
      }
    }
    this.#wake({ kind: 'end' })
    // Unread bytes would turn our goodbye into a reset, and keep us from hearing the client's own.
    socket.resume()
    return new Promise((resolve) => {
      if (socket.closed) return resolve()
      const timer = setTimeout(() => socket.destroy(), this.#lingerMs)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  async #secure(door: TlsDoor): ReturnType<NonNullable<StreamTransport['startTls']>> {
    const raw = this.#socket
    this.startTls = null
    // What came behind <starttls/> in clear was never under TLS: it must not become the first bytes of the secured stream.
    if (this.#parser.pendingBytes > 0 || raw.readableLength > 0) {
      raw.destroy()
      return fail({ why: 'bytes in clear came behind <starttls/>: refused as injection' })
    }
    this.#detach(raw)
    raw.pause()
    raw.write(`<proceed xmlns='${NS.tls}'/>`)
    this.#securing = true
    const secured = await door.accept(raw, this.channel.remote, null)
    this.#securing = false
    if (!secured.ok) {
      this.#peerGone = true
      return secured
    }
    this.#socket = secured.value.socket
    this.#attach(secured.value.socket)
    this.channel = secured.value.channel
    return ok(this.channel)
  }

  readonly #onData = (chunk: Buffer) => {
    if (this.#closing !== null) return this.#drain(chunk)
    this.#parser.push(chunk)
    if (this.#waiter === null) {
      this.#socket.pause()
      return
    }
    const event = this.#parser.next()
    if (event !== null) this.#wake(event)
  }

  #drain(chunk: Buffer): void {
    this.#drainedBytes += chunk.length
    // Whoever floods on would have us read, and decrypt, for nothing until the time to linger is over.
    if (this.#drainedBytes > maxDrainedBytes) this.#socket.pause()
  }

  readonly #onGone = () => {
    this.#peerGone = true
    this.#wake({ kind: 'end' })
  }

  readonly #onClosed = () => {
    // V8 keeps the handle of a closed socket until a full collection, and everything that can be reached from it.
    this.#detach(this.#socket)
    this.#onGone()
  }

  #attach(socket: Socket): void {
    // First, or the listener for 'data' would set it flowing for the rest of this turn.
    socket.pause()
    socket.on('data', this.#onData)
    // Not `once`: hearing it twice does no harm, and a wrapper each would live as long as the session.
    socket.on('end', this.#onGone)
    socket.on('close', this.#onClosed)
  }

  #detach(socket: Socket): void {
    socket.off('data', this.#onData)
    socket.off('end', this.#onGone)
    socket.off('close', this.#onClosed)
  }

  #next(): ConduitEvent | null {
    if (this.#closing !== null) return { kind: 'end' }
    return this.#parser.next() ?? (this.#peerGone ? { kind: 'end' } : null)
  }

  #wake(event: ConduitEvent): void {
    const waiter = this.#waiter
    if (waiter === null) return
    this.#waiter = null
    // The socket is not paused here: a client that waits for our answer would pay for it at every step. What comes before
    // the next read is one chunk at most, which the parser has room for, and pauses it then.
    waiter(event)
  }
}

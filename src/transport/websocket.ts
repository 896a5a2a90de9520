/** An XMPP stream over WebSocket (RFC 7395): one element a message. Reading is pull: unread messages stay in the kernel. */

import type { Socket } from 'node:net'
import { type RawData, WebSocket } from 'ws'
import type { Channel } from '../certificate/channel.ts'
import { randomId } from '../random-id.ts'
import type { ConduitEvent } from '../session/contract.ts'
import type { StreamTransport } from '../stream/ports.ts'
import { STRANGER_XML_LIMITS, type XmlLimits } from '../xml/limits.ts'
import { formatStreamError, type StreamCondition } from '../xml/stream-error.ts'
import { drained } from './drained.ts'
import { type CloseCode, closeCodes } from './websocket-codes.ts'
import { pingFrame, textFrames } from './websocket-frames.ts'
import { Heartbeat, type HeartbeatTerms } from './websocket-heartbeat.ts'
import { formatClose, formatOpen, standAlone } from './websocket-markup.ts'
import { type Awaited, type MessageEvent, type MessageFault, messageFault, readMessage } from './websocket-message.ts'
import type { FramedSocket } from './websocket-upgrade.ts'

/** What a connection over WebSocket is made with. */
export interface WebSocketTerms {
  /** Limits of the stream once its user has logged in. */
  readonly xmlLimits: XmlLimits
  /** Speaks in a stream error that comes before any domain was named. */
  readonly defaultHost: string
  readonly heartbeat: HeartbeatTerms
  /** Where clients are sent at shutdown; null sends them nowhere. */
  readonly seeOtherUri: string | null
  /** How long a closing connection may take to say goodbye, milliseconds. */
  readonly lingerMs: number
}

/** Messages of one chunk of bytes that wait to be read; each is small then, and no honest client sends so many at once. */
const maxWaitingMessages = 2_048

/** Bytes of ours that may wait for the peer before its pings go unanswered (RFC 6455 §5.5.3: not each needs a Pong). */
const maxBytesBeforePong = 65_536

/** Bytes that a closing connection reads on, to hear the client's own goodbye; what comes behind them waits in the kernel. */
const maxDrainedBytes = 65_536

/** Events that one connection hands out in a row; before the next, all others have their turn of the event loop. */
const eventsInARow = 16

/** One client connection. */
export class WebSocketTransport implements StreamTransport {
  readonly channel: Channel
  /** RFC 7395 §3.9: TLS is below. */
  readonly startTls = null
  readonly #frames: FramedSocket
  readonly #socket: Socket
  readonly #terms: WebSocketTerms
  readonly #heartbeat: Heartbeat
  #limits: XmlLimits = STRANGER_XML_LIMITS
  #awaited: Awaited = 'open'
  /** Messages as they came, parsed when they are read: a restart changes what the next one means. */
  readonly #waiting: (Buffer | MessageFault)[] = []
  #waiter: ((event: ConduitEvent) => void) | null = null
  /** The last that this peer says: what comes behind it is dropped. */
  #fault: MessageFault | null = null
  #brokenCode: number | null = null
  #opened = false
  /** Whether a stream was ever opened here, or the client has closed its own. */
  #owesClose = false
  #peerGone = false
  #closing: Promise<void> | null = null
  #drainedBytes = 0
  #eventsRead = 0

  /** Owns both from here on: `frames` speaks through `socket`, and nothing was read from it yet. */
  constructor(frames: FramedSocket, socket: Socket, channel: Channel, terms: WebSocketTerms) {
    this.channel = channel
    this.#frames = frames
    this.#socket = socket
    this.#terms = terms
    frames.limitMessages(STRANGER_XML_LIMITS.maxStanzaBytes)
    frames.endReceiverOnce()
    frames.pause()
    frames.watcher = this.#watcher
    frames.on('message', this.#onMessage)
    frames.on('ping', this.#onPing)
    frames.on('error', this.#onError)
    frames.on('close', this.#onClosed)
    this.#heartbeat = new Heartbeat(terms.heartbeat, {
      bytesRead: () => socket.bytesRead,
      isPaused: () => frames.isPaused,
      ping: () => void (this.#isOpen() && socket.write(pingFrame)),
      dead: (why) => this.#fail(messageFault('connection-timeout', why)),
    })
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
    return new Promise((resolve) => {
      this.#waiter = resolve
      if (this.#frames.isPaused) this.#frames.resume()
    })
  }

  /** See {@link StreamTransport.restart}; the client begins the new stream without closing the old (RFC 7395 §3.7). */
  restart(stage: 'negotiation' | 'session'): void {
    this.#limits = stage === 'session' ? this.#terms.xmlLimits : STRANGER_XML_LIMITS
    this.#frames.limitMessages(this.#limits.maxStanzaBytes)
    this.#awaited = 'open'
    this.#opened = false
  }

  /** See {@link Conduit.write}. */
  write(markup: string, taken?: () => void): Promise<void> | null {
    if (!this.#isOpen()) return null
    // What Node buffers dies with the process: only the callback says that the kernel has it.
    const frame = textFrames(standAlone(markup))
    if (this.#socket.write(frame, taken && ((error) => void (error ?? taken())))) return null
    return drained(this.#socket)
  }

  /** Header and features are two messages, and leave in one write. */
  open(header: { from: string; to: string | null; id: string }, features: string): Promise<void> | null {
    this.#opened = true
    this.#owesClose = true
    if (!this.#isOpen()) return null
    const messages = features === '' ? [formatOpen(header)] : [formatOpen(header), standAlone(features)]
    return this.#socket.write(textFrames(...messages)) ? null : drained(this.#socket)
  }

  /** Says goodbye in XMPP and in WebSocket, in one write; destroys what lingers. */
  close(error?: Parameters<StreamTransport['close']>[0]): Promise<void> {
    this.#closing ??= this.#hangUp(error)
    return this.#closing
  }

  /** Drops the connection without a word. */
  destroy(): void {
    this.#socket.destroy()
  }

  #hangUp(error: Parameters<StreamTransport['close']>[0]): Promise<void> {
    const socket = this.#socket
    this.#heartbeat.stop()
    this.#wake({ kind: 'end' })
    if (socket.closed) return written
    if (this.#frames.readyState === WebSocket.OPEN) this.#sayGoodbye(error)
    // The Close frame of the peer is among what was not read yet. Only so much of it: whoever floods on would have us
    // decrypt for nothing until the time to linger is over.
    socket.on('data', this.#drain)
    this.#frames.resume()
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#terms.lingerMs)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #sayGoodbye(error: Parameters<StreamTransport['close']>[0]): void {
    const messages: string[] = []
    if (error !== undefined) {
      // RFC 7395 §3.5: an error while the stream is being opened is preceded by our <open/>.
      if (!this.#opened) messages.push(formatOpen({ from: this.#terms.defaultHost, to: null, id: randomId() }))
      messages.push(standAlone(formatStreamError(error.condition, error.text)))
    }
    const isShutdown = error?.condition === 'system-shutdown'
    // RFC 7395 §3.6: a <close/> is answered wherever it came, and a stream that was opened is closed.
    if (this.#owesClose || error !== undefined) messages.push(formatClose(isShutdown ? this.#terms.seeOtherUri : null))
    const frames = messages.length === 0 ? null : textFrames(...messages)
    this.#socket.cork()
    if (frames !== null) this.#socket.write(frames)
    this.#frames.finish(this.#codeOf(error?.condition))
    this.#socket.uncork()
  }

  #codeOf(condition: StreamCondition | undefined): CloseCode {
    if (condition === undefined) return closeCodes.normal
    return this.#fault?.condition === condition ? this.#fault.code : closeCodes.of(condition)
  }

  readonly #onMessage = (data: RawData, isBinary: boolean) => {
    if (this.#closing !== null || this.#fault !== null) return
    if (isBinary) return this.#fail(messageFault('bad-format', 'binary message', closeCodes.binary))
    // ws was told nothing else than to hand out buffers.
    this.#waiting.push(data as Buffer)
    const waiter = this.#waiter
    if (waiter === null) {
      if (!this.#frames.isPaused) this.#frames.pause()
      if (this.#waiting.length > maxWaitingMessages)
        this.#fail(messageFault('policy-violation', 'too many messages at once'))
      return
    }
    const event = this.#next()
    // The socket is not paused here: a client that waits for our answer would pay for it at every step.
    if (event !== null) this.#wake(event)
  }

  readonly #onPing = (data: Buffer) => {
    if (this.#isOpen() && this.#socket.writableLength <= maxBytesBeforePong) this.#frames.pong(data)
  }

  readonly #watcher = {
    broken: (code: number) => {
      this.#brokenCode = code
    },
    left: () => this.#onGone(),
  }

  /** Behind `broken`, with the words for it; any other error is followed by 'close', which is what counts. */
  readonly #onError = (cause: Error) => {
    if (this.#brokenCode !== null) this.#fail(framingFault(this.#brokenCode, cause.message))
  }

  readonly #onGone = () => {
    this.#peerGone = true
    // What waits is for the next read, whoever has gone: to take it with nobody there would be to lose it.
    const event = this.#waiter === null ? null : this.#next()
    if (event !== null) this.#wake(event)
  }

  readonly #onClosed = () => {
    this.#heartbeat.stop()
    this.#onGone()
  }

  readonly #drain = (chunk: Buffer) => {
    this.#drainedBytes += chunk.length
    if (this.#drainedBytes > maxDrainedBytes) this.#frames.pause()
  }

  /** The fault waits behind the messages that came before it. */
  #fail(fault: MessageFault): void {
    if (this.#fault !== null) return
    this.#fault = fault
    this.#waiting.push(fault)
    const event = this.#waiter === null ? null : this.#next()
    if (event !== null) this.#wake(event)
  }

  #next(): ConduitEvent | null {
    if (this.#closing !== null) return { kind: 'end' }
    const first = this.#waiting.shift()
    if (first === undefined) return this.#peerGone ? { kind: 'end' } : null
    const event = Buffer.isBuffer(first) ? readMessage(first, this.#awaited, this.#limits) : first
    this.#note(event)
    return event
  }

  #note(event: MessageEvent): void {
    if (event.kind === 'open') this.#awaited = 'content'
    if (event.kind === 'close') this.#owesClose = true
    if (event.kind !== 'fault') return
    this.#fault = event
    this.#waiting.length = 0
    this.#waiting.push(event)
  }

  #wake(event: ConduitEvent): void {
    const waiter = this.#waiter
    if (waiter === null) return
    this.#waiter = null
    waiter(event)
  }

  #isOpen(): boolean {
    return this.#closing === null && this.#frames.readyState === WebSocket.OPEN
  }
}

const written = Promise.resolve()

/** What ws found wrong with the frames; its codes are those of RFC 6455 §7.4.1. */
function framingFault(code: number, why: string): MessageFault {
  switch (code) {
    case closeCodes.encoding:
      return messageFault('unsupported-encoding', why)
    case closeCodes.tooBig:
      return messageFault('policy-violation', why, closeCodes.tooBig)
    case closeCodes.of('policy-violation'):
      return messageFault('policy-violation', why)
    default:
      return messageFault('undefined-condition', `WebSocket: ${why}`, closeCodes.protocol)
  }
}

/** An XMPP stream over BOSH (XEP-0124, XEP-0206): one session, whatever connections its requests come on. */

import { randomBytes } from 'node:crypto'
import type { Channel } from '../../certificate/channel.ts'
import type { ConduitEvent } from '../../session/contract.ts'
import type { StreamTransport } from '../../stream/ports.ts'
import { STRANGER_XML_LIMITS, type XmlLimits } from '../../xml/limits.ts'
import { NS } from '../../xml/namespaces.ts'
import { formatStreamError, type StreamCondition } from '../../xml/stream-error.ts'
import type { StreamHeader } from '../../xml/stream-header.ts'
import type { BodyAttributes } from './answer.ts'
import type { BoshBody } from './body.ts'
import type { Clock } from './clock.ts'
import { type Agreement, agree, type CreationTerms } from './creation.ts'
import { Exchange, type Farewell } from './exchange.ts'
import { Incoming } from './incoming.ts'
import type { BoshTerms, Reply, SessionEnd, TerminalCondition } from './terms.ts'

/** A request for a new session. */
export type CreationBody = BoshBody & { readonly creation: CreationTerms }

/** What a session is made with. */
export interface BoshSessionParts {
  readonly terms: BoshTerms
  readonly clock: Clock
  /** Called once, when no request can reach the session any more. */
  readonly onEnd: (end: SessionEnd) => void
}

/** Unread payload of one client past which its requests stay unanswered, and past how many times of it the session ends. */
const maxUnreadTimes = 4

/** Randomness of a session identifier (XEP-0124 §19.3). */
const sidBytes = 24

/** One session. */
export class BoshTransport implements StreamTransport {
  readonly channel: Channel
  readonly startTls = null
  /** Knowing it is what makes a client this session's client, together with its certificate. */
  readonly sid: string = randomBytes(sidBytes).toString('base64url')
  readonly #terms: BoshTerms
  readonly #clock: Clock
  readonly #agreed: Agreement
  readonly #exchange: Exchange
  readonly #incoming: Incoming
  readonly #header: StreamHeader
  #stage: 'negotiation' | 'session' = 'negotiation'
  #isOpened = false
  #isClosed = false
  readonly #gone: Promise<void>

  /** `channel` is that of the first request, `body`; its answer goes to `reply` once the stream is open. */
  constructor(channel: Channel, body: CreationBody, reply: Reply, { terms, clock, onEnd }: BoshSessionParts) {
    this.channel = channel
    this.#terms = terms
    this.#clock = clock
    this.#agreed = agree(body.creation, terms)
    this.#header = headerOf(body, null)
    const gone = Promise.withResolvers<void>()
    this.#gone = gone.promise
    this.#incoming = new Incoming(() => this.#exchange.resume())
    this.#exchange = new Exchange(body, this.#agreed, terms, clock, {
      take: (request) => this.#take(request),
      isFull: () => this.#incoming.bytes > this.limits.maxBufferedBytes,
      ended: (end) => {
        this.#incoming.end()
        gone.resolve()
        onEnd(end)
      },
    })
    this.#exchange.receive(body, reply)
  }

  /** What its client may send now; more once it has logged in. */
  get limits(): XmlLimits {
    return this.#stage === 'session' ? this.#terms.xmlLimits : STRANGER_XML_LIMITS
  }

  /** Takes a request that names this session and came over a connection that may. */
  receive(body: BoshBody, reply: Reply): void {
    this.#exchange.receive(body, reply)
  }

  /** The connection that a request came on is gone, and no answer can be given there. */
  lost(reply: Reply): void {
    this.#exchange.lost(reply)
  }

  /** Ends the session without waiting for anybody. */
  abort(): void {
    this.#isClosed = true
    this.#incoming.stop()
    this.#exchange.abort('system-shutdown')
  }

  /** See {@link StreamTransport.restart}. */
  restart(stage: 'negotiation' | 'session'): void {
    this.#stage = stage
    this.#incoming.restart()
  }

  /** The next event; one read at a time. */
  read(): Promise<ConduitEvent> {
    return this.#incoming.read()
  }

  /**
   * Waits for a request to carry the markup. `taken` is called when the answer is known to have reached the client: it said
   * so (`ack`), or it sent a request that it may not send without having it, or it terminates in order.
   */
  write(markup: string, taken?: () => void): Promise<void> | null {
    return this.#isClosed ? null : this.#exchange.send(markup, taken ?? null)
  }

  /** The first call answers the request for the session; later ones the request for a restart. */
  open(header: { from: string; to: string | null; id: string }, features: string): Promise<void> | null {
    this.#isOpened = true
    const written = features === '' ? null : this.#exchange.send(features, null)
    this.#exchange.open(this.#greeting(header))
    return written
  }

  /** Says goodbye with the next answer; waits a little for a request to come that can be answered. */
  async close(error?: Parameters<StreamTransport['close']>[0]): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true
      this.#exchange.finish(this.#farewell(error))
      this.#incoming.stop()
    }
    if (this.#exchange.isOver) return
    const late = Promise.withResolvers<void>()
    const cancel = this.#clock.after(this.#terms.lingerMs, late.resolve)
    await Promise.race([this.#gone, late.promise])
    cancel()
  }

  #take(body: BoshBody): boolean {
    const header = body.creation !== null ? this.#header : body.isRestart ? headerOf(body, this.#header) : null
    this.#incoming.push(header, body.payload, body.isTerminate, body.payload.length === 0 ? 0 : body.bytes)
    return this.#incoming.bytes <= maxUnreadTimes * this.limits.maxBufferedBytes
  }

  #greeting({ from, id }: { from: string; id: string }): BodyAttributes {
    const { ver, waitS, hold, requests, inactivityMs } = this.#agreed
    return {
      sid: this.sid,
      wait: waitS,
      ...{ requests, hold },
      inactivity: seconds(inactivityMs),
      polling: seconds(this.#terms.pollingMs),
      maxpause: seconds(this.#terms.maxPauseMs),
      ver: ver === null ? null : `${ver.major}.${ver.minor}`,
      ...{ from, authid: id },
      secure: this.channel.tls === null ? null : 'true',
      'xmpp:version': '1.0',
      'xmpp:restartlogic': 'true',
      'xmlns:xmpp': NS.xbosh,
    }
  }

  #farewell(error: Parameters<StreamTransport['close']>[0]): Farewell {
    if (error === undefined) return { condition: null, payload: '' }
    const own = this.#ownCondition(error.condition)
    if (own !== null) return { condition: own, payload: '' }
    return { condition: 'remote-stream-error', payload: formatStreamError(error.condition, error.text) }
  }

  /** XEP-0124 §17.2: what is no error of the stream, seen from here, has its own word. */
  #ownCondition(condition: StreamCondition): TerminalCondition | null {
    switch (condition) {
      case 'host-unknown':
        if (this.#isOpened) return null
        return this.#header.to === null || this.#header.to === '' ? 'improper-addressing' : 'host-unknown'
      case 'host-gone':
      case 'system-shutdown':
      case 'internal-server-error':
      case 'remote-connection-failed':
        return condition
      default:
        return null
    }
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000)
}

/** The stream header that a body stands for; a restart keeps of the `first` one what it does not say itself. */
function headerOf(body: BoshBody, first: StreamHeader | null): StreamHeader {
  return Object.freeze({
    from: body.from,
    to: body.to ?? first?.to ?? null,
    id: null,
    version: body.version ?? first?.version ?? null,
    lang: body.lang ?? first?.lang ?? null,
    contentNamespace: NS.client,
  })
}

/** A stream transport without a network, made from the real parser: the flights of a client are bytes in an array. */

import type { Channel } from '../../src/certificate/channel.ts'
import { fail, ok } from '../../src/result.ts'
import type { ConduitEvent } from '../../src/session/contract.ts'
import type { StreamTransport } from '../../src/stream/ports.ts'
import { DEFAULT_XML_LIMITS, STRANGER_XML_LIMITS } from '../../src/xml/limits.ts'
import { formatStreamError } from '../../src/xml/stream-error.ts'
import { formatStreamHeader } from '../../src/xml/stream-header.ts'
import { createStreamParser } from '../../src/xml/stream-parser.ts'

/** The transport, and what became of it. */
export interface MemoryTransport extends StreamTransport {
  /** Markup that the client got, in order; one text for each write. */
  readonly written: readonly string[]
  /** Times that `close` was called. */
  readonly closings: number
  /** Whether the client had nothing more to say and was waited for. */
  readonly starved: boolean
  readonly secured: boolean
}

/** A client in clear that sends `flights` one by one, each when it is waited for, and then goes away. */
export function createMemoryTransport(
  flights: readonly Uint8Array[],
  plain: Channel,
  secured: Channel,
): MemoryTransport {
  return new ArrayTransport(flights, plain, secured)
}

class ArrayTransport implements MemoryTransport {
  channel: Channel
  startTls: StreamTransport['startTls']
  readonly written: string[] = []
  closings = 0
  starved = false
  secured = false
  readonly #flights: Uint8Array[]
  readonly #parser = createStreamParser(STRANGER_XML_LIMITS)
  #hasHeader = false

  constructor(flights: readonly Uint8Array[], plain: Channel, secured: Channel) {
    this.#flights = [...flights]
    this.channel = plain
    this.startTls = async () => {
      this.startTls = null
      if (this.#parser.pendingBytes > 0) return fail({ why: 'injection' })
      this.written.push('<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>')
      this.secured = true
      this.channel = secured
      return ok(secured)
    }
  }

  async read(): Promise<ConduitEvent> {
    if (this.closings > 0) return { kind: 'end' }
    for (;;) {
      const event = this.#parser.next()
      if (event !== null) return event
      const flight = this.#flights.shift()
      if (flight === undefined) {
        this.starved = true
        return { kind: 'end' }
      }
      this.#parser.push(flight)
    }
  }

  restart(stage: 'negotiation' | 'session'): void {
    this.#parser.restart(stage === 'session' ? DEFAULT_XML_LIMITS : STRANGER_XML_LIMITS)
    this.#hasHeader = false
  }

  async write(markup: string, taken?: () => void): Promise<void> {
    this.written.push(markup)
    taken?.()
  }

  async open(header: Parameters<StreamTransport['open']>[0], features: string): Promise<void> {
    this.#hasHeader = true
    this.written.push(formatStreamHeader(header) + features)
  }

  async close(error?: Parameters<StreamTransport['close']>[0]): Promise<void> {
    this.closings += 1
    const markup = error === undefined ? '' : formatStreamError(error.condition, error.text)
    const header = formatStreamHeader({ from: 'a.example', to: null, id: 'x' })
    if (this.#hasHeader) this.written.push(`${markup}</stream:stream>`)
    else if (error !== undefined) this.written.push(`${header}${markup}</stream:stream>`)
  }
}

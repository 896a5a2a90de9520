/** Connections to the HTTP service: kept alive, few, bounded in every direction, and never waited for past the deadline. */

import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { Call } from '../../../observe/call.ts'
import { fail, type Result } from '../../../result.ts'
import type { ServiceAddress } from './connection.ts'
import { type HttpQuestion, type HttpReply, requestText } from './exchange.ts'
import { Lanes } from './lanes.ts'

export { type HttpQuestion, type HttpReply, maxReplyBytes, maxReplyHeaderBytes } from './exchange.ts'
export { maxWaiting } from './lanes.ts'

/** Further tries after a connection that was refused or lost before a reply began. */
export const maxRetries = 2

/** Pause before the second of them, milliseconds; the first is for a connection that idled too long and needs none. */
const retryPauseMs = 100

/** What a pool is made of. */
export interface HttpPoolParts {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string
  /** Connections at most. */
  readonly workers: number
  /** Limit of one try, milliseconds. */
  readonly requestTimeoutMs: number
  /** Limit of one question with all its tries, milliseconds. */
  readonly callTimeoutMs: number
  /** Null leaves TLS to the defaults of Node, for an origin that has it; without a `servername` none is sent. */
  readonly tls: Omit<ConnectionOptions, 'host' | 'port'> | null
}

/** Asks one service. */
export interface HttpPool extends AsyncDisposable {
  /** Connections that are open. */
  readonly connections: number
  /** The reply, whatever its status; the error is a sentence without any of the question in it. */
  ask(question: HttpQuestion, call: Call): Promise<Result<HttpReply, Error>>
}

/** A pool that connects when it is first asked. */
export function createHttpPool(parts: HttpPoolParts): HttpPool {
  const { origin, workers, requestTimeoutMs, callTimeoutMs, tls } = parts
  const { host } = new URL(origin)
  const lanes = new Lanes(addressOf(origin, tls), { workers, connectMs: requestTimeoutMs })
  return {
    get connections() {
      return lanes.open
    },
    ask: async (question, call) => {
      const signal = call.endsEarly === false ? null : call.signal
      const request = requestText(question, host)
      const endsAt = Math.min(call.deadline, performance.now() + callTimeoutMs)
      for (let retries = 0; ; retries += 1) {
        const limitMs = Math.min(endsAt - performance.now(), requestTimeoutMs)
        const result = await lanes.exchange(request, { signal, limitMs })
        if (result.ok) return result
        const { again, why } = result.error
        const pauseMs = retries === 0 ? 0 : retryPauseMs
        if (!again || retries === maxRetries || performance.now() + pauseMs >= endsAt) return fail(new Error(why))
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    },
    [Symbol.asyncDispose]: async () => lanes.close(),
  }
}

function addressOf(origin: string, tls: HttpPoolParts['tls']): ServiceAddress {
  const { protocol, hostname, port } = new URL(origin)
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'http:') return { host, port: Number(port || 80), tls: null }
  // RFC 6066 §3 has no name for addresses.
  const byDefault = isIP(host) === 0 ? { servername: host } : {}
  return { host, port: Number(port || 443), tls: tls ?? byDefault }
}

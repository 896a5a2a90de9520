/** Connections to the HTTP service: kept alive, few, bounded in every direction, and never waited for past the deadline. */

import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { type buildConnector, Pool } from 'undici'
import type { Call } from '../../../observe/call.ts'
import { fail, type Result } from '../../../result.ts'
import {
  exchange,
  failed,
  type HttpQuestion,
  type HttpReply,
  maxReplyBytes,
  maxReplyHeaderBytes,
  type Try,
  words,
} from './exchange.ts'

export { type HttpQuestion, type HttpReply, maxReplyBytes, maxReplyHeaderBytes } from './exchange.ts'

/** Requests that wait for a free connection; beyond, a login is told to come back. */
export const maxWaiting = 256

/** Further tries after a connection that was refused or lost before a reply began. */
export const maxRetries = 2

/** Pause before the second of them, milliseconds; the first is for a connection that idled too long and needs none. */
const retryPauseMs = 100

/** How long an idle connection is kept, milliseconds, where the service does not say it. */
const idleMs = 30_000

/** The longest that the service can make it, milliseconds. */
const maxIdleMs = 120_000

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
export function createHttpPool({ origin, workers, requestTimeoutMs, callTimeoutMs, tls }: HttpPoolParts): HttpPool {
  const pool = new Pool(origin, {
    connections: workers,
    pipelining: 1,
    allowH2: false,
    maxResponseSize: maxReplyBytes,
    maxHeaderSize: maxReplyHeaderBytes,
    // The clock of these two is coarse, up to a second late; each try has a timer of its own instead (`withLimit`).
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: maxIdleMs,
    connect:
      tls !== null && tls.servername === undefined
        ? withoutName(tls, requestTimeoutMs)
        : { ...tls, timeout: requestTimeoutMs },
  })
  let pending = 0
  const attempt = async (question: HttpQuestion, endsAt: number, signal: AbortSignal): Promise<Try> => {
    if (pending >= workers + maxWaiting) return failed('too many logins wait for the service')
    pending += 1
    try {
      return await exchange(pool, question, { signal, limitMs: Math.min(endsAt - performance.now(), requestTimeoutMs) })
    } finally {
      pending -= 1
    }
  }
  return {
    get connections() {
      return pool.stats.connected
    },
    ask: async (question, { deadline, signal }) => {
      const endsAt = Math.min(deadline, performance.now() + callTimeoutMs)
      for (let retries = 0; ; retries += 1) {
        const result = await attempt(question, endsAt, signal)
        if (result.ok) return result
        const { again, why } = result.error
        const pauseMs = retries === 0 ? 0 : retryPauseMs
        if (!again || retries === maxRetries || performance.now() + pauseMs >= endsAt) return fail(new Error(why))
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  }
}

type PoolTls = NonNullable<HttpPoolParts['tls']>

/** TLS that asks for no name (SNI), which the library's own connector would. The certificate is checked for `hostname`. */
function withoutName(tls: PoolTls, limitMs: number): buildConnector.connector {
  return ({ hostname, port, protocol }, callback) => {
    if (protocol !== 'https:') return callback(new Error('TLS is for https:// alone'), null)
    const socket = connectTls({
      ...tls,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 443),
      ALPNProtocols: ['http/1.1'],
    })
    const timer = setTimeout(() => socket.destroy(new Error(words.noConnection)), limitMs)
    const refuse = (cause: Error) => callback(cause, null)
    socket.once('close', () => clearTimeout(timer))
    socket.once('error', refuse)
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      socket.off('error', refuse)
      socket.setNoDelay(true)
      callback(null, socket)
    })
  }
}

/** Connections to the HTTP service: kept alive, few, bounded in every direction, and never waited for past the deadline. */

import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { type buildConnector, type Dispatcher, Pool } from 'undici'
import type { Call } from '../../../observe/call.ts'
import { fail, ok, type Result } from '../../../result.ts'

/** Longest reply body, bytes: a few hundred certificates. */
export const maxReplyBytes = 256 * 1024

/** Longest header of a reply, bytes. */
export const maxReplyHeaderBytes = 16 * 1024

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

/** Characters of another program's error that go into a record. */
const maxFaultLength = 200

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

/** A question. Asking twice is the same as asking once: every question may be repeated on another connection. */
export interface HttpQuestion {
  readonly method: 'GET' | 'POST'
  /** Path and query; never in a record, since a query may hold a password. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** A whole reply of at most `maxReplyBytes`. */
export interface HttpReply {
  readonly status: number
  /** Media type without parameters, lower case; empty when the service names none. */
  readonly type: string
  readonly body: string
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
      return await withLimit(signal, Math.min(endsAt - performance.now(), requestTimeoutMs), (limited) =>
        exchange(pool, question, limited),
      )
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
    const timer = setTimeout(() => socket.destroy(new Error(words['UND_ERR_CONNECT_TIMEOUT'])), limitMs)
    const failed = (cause: Error) => callback(cause, null)
    socket.once('close', () => clearTimeout(timer))
    socket.once('error', failed)
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      socket.off('error', failed)
      socket.setNoDelay(true)
      callback(null, socket)
    })
  }
}

type Try = Result<HttpReply, { readonly again: boolean; readonly why: string }>

function failed(why: string, again = false): Try {
  return fail({ again, why })
}

/**
 * Runs `work` for at most `limitMs`. What waits for a connection does not hear of the signal until it has one, so
 * the answer does not wait for the work itself.
 */
function withLimit(outer: AbortSignal, limitMs: number, work: (signal: AbortSignal) => Promise<Try>): Promise<Try> {
  if (outer.aborted || limitMs <= 0) return Promise.resolve(failed('no answer before the deadline'))
  const controller = new AbortController()
  return new Promise((resolve) => {
    const stop = (why: string) => {
      resolve(failed(why))
      controller.abort()
    }
    const gone = () => stop('no answer before the deadline')
    const timer = setTimeout(() => stop(`no answer within ${Math.ceil(limitMs)} ms`), limitMs)
    outer.addEventListener('abort', gone, { once: true })
    work(controller.signal)
      .then(resolve, (error: unknown) => resolve(failed(faultOf(error))))
      .finally(() => {
        clearTimeout(timer)
        outer.removeEventListener('abort', gone)
      })
  })
}

async function exchange(pool: Pool, question: HttpQuestion, signal: AbortSignal): Promise<Try> {
  let reply: Dispatcher.ResponseData
  try {
    reply = await pool.request({ ...question, signal, idempotent: true })
  } catch (error) {
    return failed(faultOf(error), isLostConnection(error))
  }
  const bytes = await reply.body.bytes()
  const { statusCode: status, headers } = reply
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    return failed('the reply is compressed, which nobody asked for')
  const type = String(headers['content-type'] ?? '')
  return ok({ status, type: (type.split(';')[0] ?? '').trim().toLowerCase(), body: decode(bytes) })
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Error('the reply is not UTF-8')
  }
}

/** Faults of the connection, after which another one may do better. */
const lostConnection = ['UND_ERR_SOCKET', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE']

function isLostConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && lostConnection.includes(String(error.code))
}

const words: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'the service closed the connection',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: `the reply is longer than ${maxReplyBytes} bytes`,
  UND_ERR_HEADERS_OVERFLOW: `the header of the reply is longer than ${maxReplyHeaderBytes} bytes`,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the reply is not as long as it says',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
}

/** A sentence of our own: an error object may carry the request, and with it a password. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown fault'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const text = words[code] ?? (error.name === 'HTTPParserError' ? 'the reply is not HTTP' : error.message || code)
  return text.replaceAll(/[^ -~]/g, '?').slice(0, maxFaultLength)
}

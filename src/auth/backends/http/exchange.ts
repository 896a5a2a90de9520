/** One try of a question: sent on some connection of the pool, its reply read whole, and nobody kept waiting past a limit. */

import { isUtf8 } from 'node:buffer'
import type { Dispatcher } from 'undici'
import { fail, ok, type Result } from '../../../result.ts'

/** Longest reply body, bytes: a few hundred certificates. */
export const maxReplyBytes = 256 * 1024

/** Longest header of a reply, bytes. */
export const maxReplyHeaderBytes = 16 * 1024

/** Characters of another program's error that go into a record. */
const maxFaultLength = 200

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

/** A reply, or a sentence on why there is none, and whether another connection may do better. */
export type Try = Result<HttpReply, { readonly again: boolean; readonly why: string }>

/** Waiting that ends at the first of a signal and a limit. */
export interface Patience {
  readonly signal: AbortSignal
  readonly limitMs: number
}

/** A try without a reply. */
export function failed(why: string, again = false): Try {
  return fail({ again, why })
}

/** Sends the question and waits for the reply. Never rejects. */
export function exchange(pool: Dispatcher, question: HttpQuestion, { signal, limitMs }: Patience): Promise<Try> {
  if (signal.aborted || limitMs <= 0) return Promise.resolve(failed(words.late))
  return new Promise((resolve) => {
    const reception = createReception((result) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', gone)
      resolve(result)
    })
    const gone = () => reception.stop(words.late)
    const timer = setTimeout(() => reception.stop(`no answer within ${Math.ceil(limitMs)} ms`), limitMs)
    signal.addEventListener('abort', gone, { once: true })
    // The library's plainest door: streams and promises of its own would cost as much as all the rest.
    pool.dispatch({ ...question, idempotent: true }, reception.handler)
  })
}

interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

interface Reception {
  readonly handler: Dispatcher.DispatchHandler
  /** Waits no longer, for this reason. */
  stop(why: string): void
}

/** Takes one reply as it comes in. `done` is called once. */
function createReception(done: (result: Try) => void): Reception {
  let controller: Dispatcher.DispatchController | null = null
  let head: Head | null = null
  let isOver = false
  const chunks: Buffer[] = []
  const settle = (result: Try): void => {
    if (isOver) return
    isOver = true
    done(result)
  }
  return {
    stop: (why) => {
      settle(failed(why))
      controller?.abort(new Error(why))
    },
    handler: {
      onRequestStart: (started) => {
        controller = started
        // What waits for a connection does not hear that nobody waits any more, until it has one.
        if (isOver) started.abort(new Error(words.late))
      },
      onResponseStart: (_, status, headers) => {
        // RFC 9110 §15.2: what comes before the reply is none.
        if (status >= 200) head = { status, headers }
      },
      onResponseData: (_, chunk) => void chunks.push(chunk),
      onResponseEnd: () => settle(head === null ? failed(words.junk) : readReply(head, chunks)),
      onResponseError: (_, error) => settle(failed(faultOf(error), head === null && isLostConnection(error))),
    },
  }
}

function readReply({ status, headers }: Head, chunks: readonly Buffer[]): Try {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    return failed('the reply is compressed, which nobody asked for')
  const body = decode(chunks)
  if (body === null) return failed('the reply is not UTF-8')
  const type = String(headers['content-type'] ?? '')
  return ok({ status, type: (type.split(';')[0] ?? '').trim().toLowerCase(), body })
}

function decode(chunks: readonly Buffer[]): string | null {
  const [first = Buffer.alloc(0)] = chunks
  const bytes = chunks.length === 1 ? first : Buffer.concat(chunks)
  return isUtf8(bytes) ? bytes.toString('utf8') : null
}

/** Faults of the connection, after which another one may do better. */
const lostConnection = ['UND_ERR_SOCKET', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE']

function isLostConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && lostConnection.includes(String(error.code))
}

/** Sentences of our own. */
export const words = {
  late: 'no answer before the deadline',
  junk: 'the reply is not HTTP',
  noConnection: 'no connection in time',
} as const

const byCode: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'the service closed the connection',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: `the reply is longer than ${maxReplyBytes} bytes`,
  UND_ERR_HEADERS_OVERFLOW: `the header of the reply is longer than ${maxReplyHeaderBytes} bytes`,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the reply is not as long as it says',
  UND_ERR_CONNECT_TIMEOUT: words.noConnection,
}

/** A sentence of our own: an error object may carry the request, and with it a password. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown fault'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const text = byCode[code] ?? (error.name === 'HTTPParserError' ? words.junk : error.message || code)
  return text.replaceAll(/[^ -~]/g, '?').slice(0, maxFaultLength)
}

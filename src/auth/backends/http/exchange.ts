/** One try of a question, and what can become of it. */

import { fail, type Result } from '../../../result.ts'

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

/** A try without a reply. */
export function failed(why: string, again = false): Try {
  return fail({ again, why })
}

/** What a question is in UTF-8, header and body in one. Throws for what could pass for two questions. */
export function requestText({ method, path, headers, body }: HttpQuestion, host: string): string {
  // All of it is encoded before it comes here (RFC 9112 §3.2: no space in the target; RFC 9110 §5.5: no line feed in a value).
  if (!isPrintable(path, 0x21)) throw new Error('the question has a path that is none')
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  for (const [name, value] of Object.entries(headers)) {
    if (!isPrintable(value, 0x20)) throw new Error(`the question has a header that is none: ${name}`)
    head += `${name}: ${value}\r\n`
  }
  return body === null ? `${head}\r\n` : `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function isPrintable(text: string, least: number): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < least || code > 0x7e) return false
  }
  return true
}

/** Sentences of our own. */
export const words = {
  late: 'no answer before the deadline',
  junk: 'the reply is not HTTP',
  closed: 'the service closed the connection',
  noConnection: 'no connection in time',
  longBody: `the reply is longer than ${maxReplyBytes} bytes`,
  longHeader: `the header of the reply is longer than ${maxReplyHeaderBytes} bytes`,
  otherLength: 'the reply is not as long as it says',
} as const

/** Faults of the connection, after which another one may do better. */
const lostConnection = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE']

/** Whether another connection may do better after this fault of one. */
export function isLostConnection(error: Error): boolean {
  return 'code' in error && lostConnection.includes(String(error.code))
}

/** A sentence of our own: an error object may carry the request, and with it a password. */
export function faultOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (error.message || code).replaceAll(/[^ -~]/g, '?').slice(0, maxFaultLength)
}

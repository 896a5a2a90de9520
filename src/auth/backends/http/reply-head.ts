/**
 * The header of a reply (RFC 9112), read strictly: whatever can be read in two ways is none. It goes by characters and
 * not by patterns, since a process that sleeps between two logins pays for every part of the runtime that it touches.
 */

import { fail, ok, type Result } from '../../../result.ts'
import { words } from './exchange.ts'

/** How the body ends. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }

/** A header, as far as it matters. */
export interface ReplyHead {
  readonly status: number
  /** Lower case, empty without, as the next. */
  readonly contentType: string
  readonly contentEncoding: string
  readonly framing: Framing
  /** How long the connection can be kept, at the service's word; 0 for not at all, null where it gives none. */
  readonly keepMs: number | null
}

/** What every reply begins with. */
const protocol = 'HTTP/1.'

/** Whether these octets, perhaps not all of them there, can be the begin of a reply. */
export function isReplyBegin(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, protocol.length)
  for (let at = 0; at < length; at += 1) if (bytes[at] !== protocol.charCodeAt(at)) return false
  return true
}

/** Fields that matter; empty where they are not there. */
interface Fields {
  connection: string
  keepAlive: string
  contentType: string
  contentLength: string
  contentEncoding: string
  transferEncoding: string
}

/** Reads a header that `isReplyBegin`, ISO 8859-1 without the empty line; the error is a sentence. */
export function parseReplyHead(text: string): Result<ReplyHead, string> {
  const end = lineEnd(text, 0)
  const minor = text.charCodeAt(7) - digit0
  const status = statusOf(text)
  if (end === -1 || (minor !== 0 && minor !== 1) || status === null || (end > 12 && text[12] !== ' '))
    return fail(words.junk)
  const fields: Fields = {
    connection: '',
    keepAlive: '',
    contentType: '',
    contentLength: '',
    contentEncoding: '',
    transferEncoding: '',
  }
  const fault = readFields(text.toLowerCase(), end + 2, fields)
  if (fault !== null) return fail(fault)
  const framing = framingOf(status, minor, fields)
  if (framing === null) return fail(words.junk)
  return ok({
    status,
    contentType: fields.contentType,
    contentEncoding: fields.contentEncoding,
    framing,
    keepMs: keepMsOf(framing, minor, fields),
  })
}

const digit0 = 0x30
const space = 0x20
const tab = 0x09
const cr = 0x0d
const lf = 0x0a
const colon = 0x3a

/** Three digits behind a space. */
function statusOf(text: string): number | null {
  let status = 0
  for (let at = 9; at < 12; at += 1) {
    const digit = text.charCodeAt(at) - digit0
    if (!(digit >= 0 && digit <= 9)) return null
    status = status * 10 + digit
  }
  return text.charCodeAt(8) === space && status >= 100 ? status : null
}

/** Where the line ends that begins at `from`, at CR LF or with the text; -1 when something stands in it that may not. */
function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === cr) return text.charCodeAt(at + 1) === lf ? at : -1
    // RFC 9110 §5.5: a line feed or NUL inside of a value is a danger to whoever reads it differently.
    if ((code < space && code !== tab) || code === 0x7f) return -1
  }
  return text.length
}

/** Fills in the fields of a text in lower case; the fault is a sentence. */
function readFields(text: string, from: number, fields: Fields): string | null {
  for (let start = from; start < text.length; ) {
    const end = lineEnd(text, start)
    let nameEnd = start
    while (nameEnd < end && isTokenCode(text.charCodeAt(nameEnd))) nameEnd += 1
    // RFC 9112 §5.1 and §5.2: no space before the colon, and no line that goes on in the next.
    if (end === -1 || nameEnd === start || text.charCodeAt(nameEnd) !== colon) return words.junk
    const fault = keepField(fields, text, start, nameEnd, end)
    if (fault !== null) return fault
    start = end + 2
  }
  return null
}

/** Keeps the value of a field that matters; the fault is a sentence. Its name is told by its length first. */
function keepField(fields: Fields, text: string, start: number, nameEnd: number, end: number): string | null {
  switch (nameEnd - start) {
    case 10:
      if (text.startsWith('connection', start)) {
        fields.connection = joined(fields.connection, trimmed(text, nameEnd + 1, end))
      } else if (text.startsWith('keep-alive', start)) fields.keepAlive = trimmed(text, nameEnd + 1, end)
      return null
    case 12:
      if (text.startsWith('content-type', start)) {
        fields.contentType = joined(fields.contentType, trimmed(text, nameEnd + 1, end))
      }
      return null
    case 14:
      if (!text.startsWith('content-length', start)) return null
      // RFC 9112 §6.3: two lengths are none, even two that are the same.
      if (fields.contentLength !== '') return words.otherLength
      fields.contentLength = trimmed(text, nameEnd + 1, end)
      return fields.contentLength === '' ? words.otherLength : null
    case 16:
      if (text.startsWith('content-encoding', start)) {
        fields.contentEncoding = joined(fields.contentEncoding, trimmed(text, nameEnd + 1, end))
      }
      return null
    case 17:
      if (text.startsWith('transfer-encoding', start)) {
        fields.transferEncoding = joined(fields.transferEncoding, trimmed(text, nameEnd + 1, end))
      }
      return null
    default:
      return null
  }
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`
}

/** RFC 9110 §5.6.2, lower case only. */
function isTokenCode(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true
  if (code === 0x2d || (code >= digit0 && code <= 0x39)) return true
  return (
    code > space &&
    code < 0x7f &&
    !(code >= 0x41 && code <= 0x5a) &&
    !'"(),/:;<=>?@[\\]{}'.includes(String.fromCharCode(code))
  )
}

function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === space || code === tab
}

/** RFC 9112 §6.3; null where it cannot be told, which is how one reply is made to look like two. */
function framingOf(status: number, minor: number, fields: Fields): Framing | null {
  const coding = fields.transferEncoding
  const length = fields.contentLength
  if (coding !== '' && (length !== '' || minor === 0 || coding !== 'chunked')) return null
  const bytes = length === '' ? 0 : numberOf(length)
  if (bytes === null) return null
  if (status < 200 || status === 204 || status === 304) return { kind: 'none' }
  if (coding !== '') return { kind: 'chunked' }
  return length === '' ? { kind: 'close' } : { kind: 'length', bytes }
}

/** Digits of a length, and not so many that they cannot be told exactly. */
function numberOf(digits: string): number | null {
  let value = 0
  for (let at = 0; at < digits.length; at += 1) {
    const digit = digits.charCodeAt(at) - digit0
    if (!(digit >= 0 && digit <= 9)) return null
    value = value * 10 + digit
  }
  return digits.length > 0 && digits.length <= 15 ? value : null
}

/** Kept 2 s less than the service says, so that a question does not cross its goodbye. */
const keepMarginMs = 2_000

function keepMsOf(framing: Framing, minor: number, fields: Fields): number | null {
  const { connection } = fields
  const isKept = minor === 1 ? connection === '' || !lists(connection, 'close') : lists(connection, 'keep-alive')
  // A reply without a body that says it has one: what comes next could be that body.
  const isOdd = framing.kind === 'none' && (fields.transferEncoding !== '' || (numberOf(fields.contentLength) ?? 0) > 0)
  if (!isKept || isOdd || framing.kind === 'close') return 0
  const said = fields.keepAlive
  const place = said.indexOf('timeout=')
  const seconds = place === -1 ? Number.NaN : Number.parseInt(said.slice(place + 'timeout='.length), 10)
  return seconds >= 0 ? Math.max(0, seconds * 1_000 - keepMarginMs) : null
}

function lists(value: string, option: string): boolean {
  return value === option || value.split(',').some((item) => item.trim() === option)
}

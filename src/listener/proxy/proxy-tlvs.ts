/** The further fields of a PROXY header of version 2 (§2.2.1 to §2.2.7): type, length, value. */

import { fail, ok, type Result } from '../../result.ts'
import { crc32c } from './crc32c.ts'
import type { ProxyFacts, ProxyTls } from './proxy-header.ts'

/** Fields in one header, and again among those of PP2_TYPE_SSL. */
export const maxTlvs = 64

/** Longest text in a field, bytes; a server name (RFC 6066 §3) is not longer. */
export const maxTlvTextBytes = 255

/** Longest unique id (§2.2.5). */
export const maxUniqueIdBytes = 128

const types = { alpn: 0x01, authority: 0x02, crc32c: 0x03, noop: 0x04, uniqueId: 0x05, ssl: 0x20, netns: 0x30 } as const

const subtypes = {
  version: 0x21,
  commonName: 0x22,
  cipher: 0x23,
  sigAlg: 0x24,
  keyAlg: 0x25,
  certificate: 0x28,
} as const

/** Bits of PP2_TYPE_SSL. */
const clientSsl = 0x01
const certConn = 0x02
const certSess = 0x04

/** Client bits and verify result, before the inner fields. */
const sslFixedBytes = 5

/** Where one value lies in its header. */
interface Span {
  readonly start: number
  readonly end: number
}

type Spans = ReadonlyMap<number, Span>

/** Reads the fields of `header`, a whole header, from `start` on; else says what is wrong with them. */
export function parseFacts(header: Uint8Array, start: number): Result<ProxyFacts, string> {
  const fields = spansOf(header, { start, end: header.length }, Object.values(types))
  if (!fields.ok) return fields
  const value = (type: number): Uint8Array | null => valueIn(header, fields.value, type)
  const checksum = fields.value.get(types.crc32c)
  if (checksum !== undefined && !isChecked(header, checksum)) return fail('the checksum is wrong')
  const uniqueId = value(types.uniqueId)
  if (uniqueId !== null && uniqueId.length > maxUniqueIdBytes) return fail('a unique id that is too long')
  const alpn = value(types.alpn)
  if (alpn?.length === 0) return fail('an empty ALPN')
  const authority = textOf(value(types.authority), serverNameForm)
  const netns = textOf(value(types.netns), asciiForm)
  if (authority === undefined || netns === undefined) return fail('a field that is no proper text')
  const ssl = fields.value.get(types.ssl)
  const tls = ssl === undefined ? ok(null) : parseSsl(header, ssl)
  if (!tls.ok) return tls
  return ok({ alpn, authority: authority?.toLowerCase() ?? null, uniqueId, netns, tls: tls.value })
}

function parseSsl(header: Uint8Array, { start, end }: Span): Result<ProxyTls | null, string> {
  if (end - start < sslFixedBytes) return fail('PP2_TYPE_SSL is too short')
  const fields = spansOf(header, { start: start + sslFixedBytes, end }, Object.values(subtypes))
  if (!fields.ok) return fields
  const client = header[start] ?? 0
  const view = new DataView(header.buffer, header.byteOffset + start + 1, 4)
  const presented = client & certConn ? 'connection' : client & certSess ? 'session' : 'no'
  const value = (type: number): Uint8Array | null => valueIn(header, fields.value, type)
  const text = (type: number) => textOf(value(type), asciiForm)
  const [version, cipher, sigAlg, keyAlg] = [subtypes.version, subtypes.cipher, subtypes.sigAlg, subtypes.keyAlg].map(
    text,
  )
  const commonName = textOf(value(subtypes.commonName), nameForm)
  if ([version, cipher, sigAlg, keyAlg, commonName].includes(undefined)) return fail('a field that is no proper text')
  const certificate = value(subtypes.certificate)
  if (certificate?.length === 0) return fail('an empty certificate')
  // §2.2.6: the names and the certificate are those of a client that has shown one, and one is only shown under TLS.
  if ((certificate !== null || commonName !== null) && presented === 'no')
    return fail('a certificate that nobody showed')
  if ((client & clientSsl) === 0) {
    return presented === 'no' && fields.value.size === 0 ? ok(null) : fail('facts of TLS without TLS')
  }
  return ok({
    presented,
    verify: view.getUint32(0),
    version: version ?? null,
    cipher: cipher ?? null,
    commonName: commonName ?? null,
    signatureAlgorithm: sigAlg ?? null,
    keyAlgorithm: keyAlg ?? null,
    certificate,
  })
}

/** Where the value of each of the `known` types lies. Unknown types are passed over, as the protocol wants it (§2.2). */
function spansOf(header: Uint8Array, { start, end }: Span, known: readonly number[]): Result<Spans, string> {
  const spans = new Map<number, Span>()
  let count = 0
  for (let at = start; at < end; count += 1) {
    if (count === maxTlvs) return fail(`more than ${maxTlvs} fields`)
    if (end - at < 3) return fail('a field that is cut short')
    const [type = 0, high = 0, low = 0] = header.subarray(at, at + 3)
    const from = at + 3
    at = from + ((high << 8) | low)
    if (at > end) return fail('a field that is longer than the header')
    if (type === types.noop || !known.includes(type)) continue
    // Two of a kind could be read as either by whoever comes next.
    if (spans.has(type)) return fail(`field 0x${type.toString(16).padStart(2, '0')} twice`)
    spans.set(type, { start: from, end: at })
  }
  return ok(spans)
}

function valueIn(header: Uint8Array, spans: Spans, type: number): Uint8Array | null {
  const span = spans.get(type)
  // A copy: the certificate lives as long as the connection, and the header it came in is not to.
  return span === undefined ? null : Uint8Array.from(header.subarray(span.start, span.end))
}

/** §2.2.3: the checksum is that of the whole header with zeros in its place. */
function isChecked(header: Uint8Array, { start, end }: Span): boolean {
  if (end - start !== 4) return false
  const blank = Uint8Array.from(header)
  blank.fill(0, start, end)
  return new DataView(header.buffer, header.byteOffset + start, 4).getUint32(0) === crc32c(blank)
}

const asciiForm = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
const serverNameForm = /^[\x21-\x7e]+$/
const nameForm = /^\P{Cc}+$/u

/** A text of this form; undefined where it is not, null where there is none. */
function textOf(value: Uint8Array | null, form: RegExp): string | null | undefined {
  if (value === null) return null
  if (value.length > maxTlvTextBytes) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
    return form.test(text) ? text : undefined
  } catch {
    return undefined
  }
}

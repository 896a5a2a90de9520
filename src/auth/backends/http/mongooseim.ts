/** MongooseIM's protocol with an HTTP authentication service: what is asked, and what its replies mean. */

import type { BareJid } from '../../../jid/jid.ts'
import type { ReasonCode } from '../../../observe/reasons.ts'
import type { Result } from '../../../result.ts'
import { parseScram, type StoredPassword } from '../../passwords/stored-password.ts'
import type { HttpQuestion, HttpReply } from './pool.ts'

/** Methods of the protocol that only ask. */
export type HttpMethod = 'get_certs' | 'user_exists' | 'check_password' | 'get_password'

/** What a reply means; `T` is what the method is about. */
export type HttpAnswer<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'deny'; readonly code: ReasonCode; readonly why: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable'; readonly why: string }

/** Reads the certificates (DER) of a PEM text; the error is a sentence. */
export type ReadCertificates = (pem: string) => Result<readonly Uint8Array[], string>

/** Certificates in one reply. */
export const maxListedCertificates = 1_000

/** The request for a method about one account. `password` is empty where the method has no use for it. */
export function questionOf(
  method: HttpMethod,
  jid: BareJid,
  password: string,
  { pathPrefix, headers }: Asking,
): HttpQuestion {
  const query = `user=${formValue(jid.local)}&server=${formValue(jid.domain)}&pass=${formValue(password)}`
  return { method: 'GET', path: `${pathPrefix}${method}?${query}`, headers, body: null }
}

/** Form encoding of UTF-8: every character that could end a value is escaped. */
function formValue(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    if (!isPlainCode(text.charCodeAt(at))) return new URLSearchParams({ '': text }).toString().slice(1)
  }
  return text
}

/** Characters that form encoding leaves alone: letters, digits and `*-._`. */
function isPlainCode(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true
  if (code >= 0x41 && code <= 0x5a) return true
  return (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e || code === 0x5f || code === 0x2a
}

/** What all requests of one backend have in common. */
export interface Asking {
  readonly pathPrefix: string
  readonly headers: Readonly<Record<string, string>>
}

/** `get_certs`: whether the certificate (DER) is byte for byte one of those that the service lists. */
export function readCertificateList(reply: HttpReply, der: Uint8Array, read: ReadCertificates): HttpAnswer<true> {
  if (reply.status === 204) return notListed('the service lists no certificate for the account')
  if (reply.status !== 200) return statusAnswer(reply.status)
  // An account without certificates is an account all the same: another backend must not let this one in.
  if (reply.body.trim() === '') return notListed('the service lists no certificate for the account')
  const listed = read(reply.body)
  if (!listed.ok) return malformed(`its list of certificates is not sound PEM: ${listed.error}`)
  if (listed.value.length === 0) return malformed('its list of certificates holds none (PEM, BEGIN CERTIFICATE)')
  if (listed.value.length > maxListedCertificates) {
    return malformed(`its list has more than ${maxListedCertificates} certificates`)
  }
  if (listed.value.some((one) => Buffer.compare(one, der) === 0)) return { kind: 'value', value: true }
  return notListed(`it is none of the ${listed.value.length} that the service lists for the account`)
}

/** `user_exists` and `check_password`: `true` or `false`, and nothing around it. */
export function readBoolean(reply: HttpReply): HttpAnswer<boolean> {
  if (reply.status === 204) return { kind: 'value', value: false }
  if (reply.status !== 200) return statusAnswer(reply.status)
  if (reply.body === 'true' || reply.body === 'false') return { kind: 'value', value: reply.body === 'true' }
  return malformed('it answers neither "true" nor "false"')
}

/** `check_password`: a service that refuses by status means the password, not us. */
export function readPasswordCheck(reply: HttpReply): HttpAnswer<boolean> {
  return reply.status === 401 ? { kind: 'value', value: false } : readBoolean(reply)
}

/** `get_password`: what is stored, in the format that is configured; null for an account without a password. */
export function readStoredPassword(reply: HttpReply, format: 'scram' | 'plain'): HttpAnswer<StoredPassword | null> {
  if (reply.status === 204) return { kind: 'value', value: null }
  if (reply.status !== 200) return statusAnswer(reply.status)
  if (reply.body === '') return { kind: 'value', value: null }
  const scram = parseScram(reply.body)
  if (scram !== null) return { kind: 'value', value: scram }
  // Taken for a password in clear, a damaged serialisation or an error page would open the account to who knows it.
  if (format === 'scram' || /^==(?:MULTI_)?SCRAM==/.test(reply.body)) {
    return malformed('its password is in neither of the two serialised SCRAM forms')
  }
  return { kind: 'value', value: { kind: 'plain', password: reply.body } }
}

function notListed(why: string): HttpAnswer<never> {
  return { kind: 'deny', code: 'certificate-not-listed', why }
}

function malformed(why: string): HttpAnswer<never> {
  return { kind: 'unavailable', why: `the service answers amiss: ${why}` }
}

function statusAnswer(status: number): HttpAnswer<never> {
  if (status === 404) return { kind: 'unknown' }
  if (status === 403) return { kind: 'deny', code: 'backend-denied', why: 'the service answers 403' }
  if (status === 401) {
    return { kind: 'unavailable', why: 'the service answers 401: it does not take our own `auth.http.basic_auth`' }
  }
  if (status >= 300 && status < 400) {
    return { kind: 'unavailable', why: `the service answers ${status}: redirects are not followed` }
  }
  return { kind: 'unavailable', why: `the service answers ${status}` }
}

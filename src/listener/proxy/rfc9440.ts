/** `Client-Cert` and `Client-Cert-Chain` (RFC 9440): byte sequences of structured fields (RFC 8941 §3.3.5, §3.1). */

import { fail, ok, type Result } from '../../result.ts'
import { certificateOfBase64, maxForwardedCertificates, tooMany } from './certificate-texts.ts'
import { type ForwardFault, malformed } from './forward-fault.ts'
import { trimmed } from './header-fields.ts'

/**
 * One byte sequence. RFC 8941 §4.2.7 lets a parser be lenient about padding; a certificate has one spelling here, the one
 * that every serializer must write (§4.1.8). RFC 9440 defines no parameters, and none are taken.
 */
export function parseClientCert(value: string): Result<Uint8Array, ForwardFault> {
  const [, base64] = /^:([^:]*):$/.exec(value) ?? []
  return base64 === undefined ? fail(malformed('Client-Cert is no byte sequence')) : certificateOfBase64(base64)
}

/** A list of byte sequences; `values` are its lines. RFC 9440 §2.3: in the order of TLS, the client's own left out. */
export function parseClientCertChain(values: readonly string[]): Result<readonly Uint8Array[], ForwardFault> {
  const items = values.flatMap((value) => value.split(',')).map(trimmed)
  // The client's own certificate stands in the other field.
  if (items.length >= maxForwardedCertificates) return fail(tooMany())
  const chain: Uint8Array[] = []
  for (const item of items) {
    const der = parseClientCert(item)
    if (!der.ok) return fail(malformed('Client-Cert-Chain is no list of byte sequences'))
    chain.push(der.value)
  }
  return ok(chain)
}

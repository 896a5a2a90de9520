/** The writings in which proxies put certificates into headers: base64 of DER, and PEM in some disguise. */

import { readDer } from '../../certificate/der.ts'
import { fail, ok, type Result } from '../../result.ts'
import { decodeBase64 } from '../../sasl/base64.ts'
import { maxPathCertificates } from '../../trust/path-building.ts'
import { parsePem } from '../../trust/pem.ts'
import { type ForwardFault, malformed, tooLong } from './forward-fault.ts'

/** Characters of one header's value; a chain of three with large keys is a third of it. */
export const maxFieldChars = 32_768

/** Certificates in one request, the client's own included. */
export const maxForwardedCertificates = maxPathCertificates

type Ders = Result<readonly Uint8Array[], ForwardFault>

/** DER from strict base64 (RFC 4648 §4) without any white space. */
export function certificateOfBase64(text: string): Result<Uint8Array, ForwardFault> {
  const der = text === '' ? null : decodeBase64(text)
  return der === null ? fail(malformed('a certificate that is no base64')) : ok(der)
}

/** Certificates from PEM text with nothing around or between them: at least one. */
export function certificatesOfPem(text: string): Ders {
  if (!pemForm.test(text)) return fail(malformed('a certificate that is no PEM'))
  const blocks = parsePem(text)
  if (!blocks.ok) return fail(malformed('a certificate whose PEM is damaged'))
  if (blocks.value.length > maxForwardedCertificates) return fail(tooMany())
  return ok(blocks.value.map(({ der }) => der))
}

const pemForm = /^(?:-----BEGIN CERTIFICATE-----\r?\n(?:[A-Za-z0-9+/=]+\r?\n)+-----END CERTIFICATE-----(?:\r?\n|$))+$/

/** PEM with percent-escapes (RFC 3986 §2.1); what need not be escaped may stand as it is, `+` is a plus sign. */
export function certificatesOfEscapedPem(text: string): Ders {
  const plain = unescaped(text)
  return plain === null ? fail(malformed('a certificate with a broken percent-escape')) : certificatesOfPem(plain)
}

/** PEM in which line breaks have become spaces or tabs. */
export function certificatesOfFlatPem(text: string): Ders {
  // The two lines of dashes hold a space of their own.
  const words = text.replace(/-----(BEGIN|END) CERTIFICATE-----/g, '-----$1_CERTIFICATE-----').split(/[ \t]+/)
  return certificatesOfPem(
    `${words
      .map((word) => word.replace('_', ' '))
      .join('\n')
      .trimEnd()}\n`,
  )
}

/** Percent-escapes taken back (ASCII only); null where one is broken. */
export function unescaped(text: string): string | null {
  if (!text.includes('%')) return text
  if (/%(?![0-7][0-9a-fA-F])/.test(text)) return null
  return text.replace(/%([0-7][0-9a-fA-F])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Several certificates in DER, one behind the other. */
export function certificatesOfDers(bytes: Uint8Array): Ders {
  const found: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    if (found.length === maxForwardedCertificates) return fail(tooMany())
    const end = endOfDer(bytes, at)
    if (end === null) return fail(malformed('a chain that is no DER'))
    found.push(bytes.subarray(at, end))
    at = end
  }
  return ok(found)
}

function endOfDer(bytes: Uint8Array, at: number): number | null {
  try {
    return readDer(bytes, at, bytes.length).end
  } catch {
    return null
  }
}

/** More certificates than are taken. */
export function tooMany(): ForwardFault {
  return tooLong(`more than ${maxForwardedCertificates} certificates`)
}

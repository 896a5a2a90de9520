/** Files with certificates that the command line names: text in PEM, and a word for the forms that are none. */

import { readBytes } from '../config/files.ts'
import { fail, ok, type Result } from '../result.ts'

/** The text of the file, or why it cannot be used, as the end of a sentence that begins with its name. `name` is how it was written. */
export function readPemFile(path: string, name: string): Result<string, string> {
  const bytes = readBytes(path)
  if (!bytes.ok) return bytes
  if (isPkcs12(bytes.value)) {
    return fail(`is PKCS #12, not PEM; convert it: openssl pkcs12 -in ${quoted(name)} -nokeys -out ${pemName(name)}`)
  }
  if (isCertificate(bytes.value)) {
    return fail(`is DER, not PEM; convert it: openssl x509 -inform der -in ${quoted(name)} -out ${pemName(name)}`)
  }
  return ok(Buffer.from(bytes.value).toString('utf8'))
}

/** RFC 7292 §4: a sequence whose first element is the version, 3. */
function isPkcs12(bytes: Uint8Array): boolean {
  const at = contentOf(bytes, 0)
  return at !== null && bytes[at] === 0x02 && bytes[at + 1] === 0x01 && bytes[at + 2] === 0x03
}

/** RFC 5280 §4.1: a sequence of a sequence whose first element has the tag of the version, [0]; `explain` judges the rest. */
function isCertificate(bytes: Uint8Array): boolean {
  const at = contentOf(bytes, 0)
  const inner = at === null ? null : contentOf(bytes, at)
  return inner !== null && bytes[inner] === 0xa0
}

/** Where the content of the sequence at `at` begins; null when none does. PKCS #12 may leave the length open, as BER can. */
function contentOf(bytes: Uint8Array, at: number): number | null {
  if (bytes[at] !== 0x30) return null
  const length = bytes[at + 1] ?? 0
  return length < 0x80 ? at + 2 : at + 2 + (length & 0x7f)
}

function pemName(name: string): string {
  return quoted(`${name.replace(/\.[^./]*$/, '')}.pem`)
}

/** As a shell takes it for one word. */
function quoted(name: string): string {
  return /^[\w./+@%:,-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`
}

/** Strict base64, as RFC 6120 §6.4.2 and RFC 4648 §4 have it. */

const alphabet = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * The bytes that `text` encodes, or null. Refused are other alphabets, white space, missing or
 * misplaced padding, and non-zero bits under the padding (RFC 4648 §3.5), so that a value has one spelling.
 */
export function decodeBase64(text: string): Uint8Array | null {
  if (!alphabet.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** The one spelling of `bytes`. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

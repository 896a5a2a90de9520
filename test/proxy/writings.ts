/** Writes certificates into headers the way each proxy does. */

/** Base64 of the bytes. */
export const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64')

/** PEM with lines of 64. */
export function pem(der: Uint8Array): string {
  const lines = base64(der).match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** nginx: `$ssl_client_escaped_cert`. */
export const nginxEscaped = (der: Uint8Array): string => encodeURIComponent(pem(der))

/** RFC 9440: a byte sequence. */
export const byteSequence = (der: Uint8Array): string => `:${base64(der)}:`

/** Apache: line breaks have become spaces. */
export const flat = (der: Uint8Array): string => pem(der).replaceAll('\n', ' ')

/** Name and value by turns. */
export const raw = (...pairs: readonly (readonly [name: string, value: string])[]): string[] => pairs.flat()

/** Writes the few DER types (X.690) that the development certificates need. */

/** One value: identifier, length in its shortest form, content. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const digits = content.length.toString(16)
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  const prefix = content.length < 0x80 ? length : Buffer.concat([Buffer.from([0x80 | length.length]), length])
  return Buffer.concat([Buffer.from([tag]), prefix, content])
}

/** SEQUENCE. */
export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts)

/** SET of one value, which needs no sorting. */
export const setOf = (part: Uint8Array): Buffer => tlv(0x31, part)

/** OCTET STRING. */
export const octets = (content: Uint8Array): Buffer => tlv(0x04, content)

/** NULL. */
export const nothing = (): Buffer => tlv(0x05)

/** `[number]` around a complete value (EXPLICIT), or a constructed type under another tag (IMPLICIT). */
export const context = (number: number, ...parts: readonly Uint8Array[]): Buffer => tlv(0xa0 | number, ...parts)

/** `[number] IMPLICIT` of a primitive type. */
export const contextPrimitive = (number: number, content: Uint8Array): Buffer => tlv(0x80 | number, content)

/** UTF8String. */
export const utf8String = (text: string): Buffer => tlv(0x0c, Buffer.from(text, 'utf8'))

/** IA5String; the text must be ASCII. */
export const ia5String = (text: string): Buffer => tlv(0x16, Buffer.from(text, 'latin1'))

/** Big-endian UTF-16, which is what a BMPString holds. */
export const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

/** BMPString. */
export const bmpString = (text: string): Buffer => tlv(0x1e, utf16(text))

/** INTEGER that is not negative. */
export function integer(value: number): Buffer {
  const digits = value.toString(16)
  const content = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  // The first bit is the sign.
  return tlv(0x02, (content[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), content]) : content)
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number)
  return tlv(0x06, Buffer.from([first * 40 + second, ...arcs.flatMap(base128)]))
}

function base128(arc: number): number[] {
  const septets = [arc & 0x7f]
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) septets.unshift(0x80 | (rest & 0x7f))
  return septets
}

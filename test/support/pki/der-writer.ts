/** Writes DER, value by value. It checks nothing: a test suite must be able to write what no encoder would. */

/** Joins parts under one tag, with the length in its shortest form. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return Buffer.from([0x80 | digits.length, ...digits])
}

/** SEQUENCE of the parts. */
export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts)

/** SET of the parts, in the order given (a DER SET OF would sort them). */
export const set = (...parts: readonly Uint8Array[]): Buffer => tlv(0x31, ...parts)

/** OCTET STRING. */
export const octets = (...parts: readonly Uint8Array[]): Buffer => tlv(0x04, ...parts)

/** BIT STRING of whole octets, or with the last `unused` bits unused. */
export const bits = (value: Uint8Array, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), value)

/** BOOLEAN, with DER's 0xFF for true. */
export const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]))

/** NULL. */
export const nothing = (): Buffer => tlv(0x05)

/** Context tag around complete values: `[number] EXPLICIT`, or an IMPLICIT constructed type. */
export const context = (number: number, ...parts: readonly Uint8Array[]): Buffer => tlv(0xa0 | number, ...parts)

/** Context tag on a primitive value: `[number] IMPLICIT`. */
export const contextPrimitive = (number: number, value: Uint8Array): Buffer => tlv(0x80 | number, value)

/** INTEGER from a number or bigint (two's complement, shortest), or from raw content octets. */
export function integer(value: number | bigint | Uint8Array): Buffer {
  if (value instanceof Uint8Array) return tlv(0x02, value)
  let rest = BigInt(value)
  const digits: number[] = []
  do {
    digits.unshift(Number(BigInt.asUintN(8, rest)))
    rest >>= 8n
  } while (rest !== 0n && rest !== -1n)
  const top = digits[0] ?? 0
  if (rest === 0n && top >= 0x80) digits.unshift(0)
  if (rest === -1n && top < 0x80) digits.unshift(0xff)
  return tlv(0x02, Buffer.from(digits))
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number)
  return tlv(0x06, Buffer.from([first * 40 + second, ...arcs].flatMap(base128)))
}

function base128(arc: number): number[] {
  const digits = [arc % 128]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest % 128))
  return digits
}

/** How the characters of a string become octets. */
export type StringType = 'utf8' | 'printable' | 'ia5' | 'teletex' | 'bmp' | 'universal'

const stringTags = { utf8: 0x0c, printable: 0x13, teletex: 0x14, ia5: 0x16, universal: 0x1c, bmp: 0x1e } as const

/** A character string of the given type; raw octets are put under the type's tag as they are. */
export function text(type: StringType, value: string | Uint8Array): Buffer {
  return tlv(stringTags[type], typeof value === 'string' ? encode(type, value) : value)
}

function encode(type: StringType, value: string): Buffer {
  switch (type) {
    case 'bmp':
      return Buffer.from(value, 'utf16le').swap16()
    case 'universal': {
      const points = [...value].map((character) => character.codePointAt(0) ?? 0)
      const encoded = Buffer.alloc(points.length * 4)
      points.forEach((point, index) => {
        encoded.writeUInt32BE(point, index * 4)
      })
      return encoded
    }
    case 'teletex':
      return Buffer.from(value, 'latin1')
    case 'utf8':
    case 'printable':
    case 'ia5':
      return Buffer.from(value, 'utf8')
  }
}

/** UTCTime up to 2049, GeneralizedTime from 2050 and before 1950 (RFC 5280 §4.1.2.5). */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/[-:T]|\.\d+/g, '')
  const year = at.getUTCFullYear()
  return year >= 1950 && year < 2050 ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits))
}

/** The primitive values of DER that X.509 is made of: numbers, bits, identifiers and times (strings: der-strings.ts). */

import { contentOf, DerFault, expectTag, maxOidBytes, type Tlv, tags } from './der.ts'

/** Lower-case hexadecimal of bytes, without separators. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

/** A BOOLEAN: 00 or FF and nothing else (X.690 §11.1). `tag` for an implicitly tagged one. */
export function readBoolean(tlv: Tlv, tag: number = tags.boolean): boolean {
  expectTag(tlv, tag)
  const octet = tlv.bytes[tlv.contentStart]
  if (tlv.end - tlv.contentStart !== 1 || (octet !== 0 && octet !== 0xff)) throw new DerFault('a BOOLEAN not 00 or FF')
  return octet === 0xff
}

/** The content octets of an INTEGER in the least number of octets (X.690 §8.3.2), as a view. */
export function readInteger(tlv: Tlv, tag: number = tags.integer): Uint8Array {
  expectTag(tlv, tag)
  const content = contentOf(tlv)
  const [first, second] = content
  if (first === undefined) throw new DerFault('an INTEGER without octets')
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw new DerFault('an INTEGER with needless leading octets')
  }
  return content
}

/** A non-negative INTEGER of at most 31 bits. */
export function readSmallInteger(tlv: Tlv, tag: number = tags.integer): number {
  const content = readInteger(tlv, tag)
  if ((content[0] as number) >= 0x80) throw new DerFault('a negative INTEGER')
  if (content.length > 4) throw new DerFault('an INTEGER of more than 31 bits')
  return content.reduce((value, octet) => value * 256 + octet, 0)
}

/** An OBJECT IDENTIFIER in dotted decimal form. Arcs beyond 2^53 are faults. */
export function readOid(tlv: Tlv, tag: number = tags.oid): string {
  expectTag(tlv, tag)
  const { bytes, contentStart, end } = tlv
  if (end === contentStart) throw new DerFault('an OBJECT IDENTIFIER without octets')
  if (end - contentStart > maxOidBytes) throw new DerFault('an OBJECT IDENTIFIER that is too long')
  if ((bytes[end - 1] as number) >= 0x80) throw new DerFault('an OBJECT IDENTIFIER cut short')
  let text = ''
  let arc = 0
  let atStart = true
  for (let i = contentStart; i < end; i += 1) {
    const octet = bytes[i] as number
    if (atStart && octet === 0x80) throw new DerFault('an OBJECT IDENTIFIER with a padded arc')
    arc = arc * 128 + (octet & 0x7f)
    if (arc > Number.MAX_SAFE_INTEGER) throw new DerFault('an OBJECT IDENTIFIER with an arc too large')
    atStart = octet < 0x80
    if (!atStart) continue
    text = text === '' ? firstArcs(arc) : `${text}.${arc}`
    arc = 0
  }
  return text
}

/** X.690 §8.19.4: the first two arcs share one number, and only root 2 has second arcs above 39. */
function firstArcs(joint: number): string {
  const root = Math.min(2, Math.floor(joint / 40))
  return `${root}.${joint - root * 40}`
}

/** A BIT STRING: its octets, and how many bits of the last one do not count. Those must be zero (X.690 §11.2.1). */
export function readBitString(
  tlv: Tlv,
  tag: number = tags.bitString,
): { readonly unusedBits: number; readonly octets: Uint8Array } {
  expectTag(tlv, tag)
  const unusedBits = tlv.bytes[tlv.contentStart]
  if (tlv.end === tlv.contentStart || unusedBits === undefined) throw new DerFault('a BIT STRING without octets')
  const octets = tlv.bytes.subarray(tlv.contentStart + 1, tlv.end)
  const last = octets[octets.length - 1]
  if (unusedBits > 7 || (last === undefined && unusedBits > 0))
    throw new DerFault('a BIT STRING with a wrong bit count')
  if (last !== undefined && (last & ((1 << unusedBits) - 1)) !== 0) {
    throw new DerFault('a BIT STRING with unused bits that are not zero')
  }
  return { unusedBits, octets }
}

/** A BIT STRING of whole octets, such as a key or a signature. */
export function readBitOctets(tlv: Tlv): Uint8Array {
  const { unusedBits, octets } = readBitString(tlv)
  if (unusedBits !== 0) throw new DerFault('a BIT STRING that is not whole octets')
  return octets
}

/** The content of an OCTET STRING, as a view. */
export function readOctets(tlv: Tlv, tag: number = tags.octetString): Uint8Array {
  return contentOf(expectTag(tlv, tag))
}

/**
 * A Time in milliseconds since the epoch: `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, with seconds, in UTC,
 * without fractions. RFC 5280 §4.1.2.5: both types must be processed, whatever the year.
 */
export function readTime(tlv: Tlv): number {
  if (tlv.tag !== tags.utcTime && tlv.tag !== tags.generalizedTime)
    throw new DerFault('neither UTCTime nor GeneralizedTime')
  const yearDigits = tlv.tag === tags.utcTime ? 2 : 4
  const { bytes, contentStart, end } = tlv
  if (end - contentStart !== yearDigits + 11 || bytes[end - 1] !== 0x5a)
    throw new DerFault('a time not in its one form')
  let at = contentStart + yearDigits
  const pair = (): number => {
    const value = readDigits(bytes, at, 2)
    at += 2
    return value
  }
  const year = fullYear(readDigits(bytes, contentStart, yearDigits), yearDigits)
  return instant(year, pair(), pair(), pair(), pair(), pair())
}

/** RFC 5280 §4.1.2.5.1: a two-digit year of 50 or more is of the twentieth century. */
function fullYear(year: number, digits: number): number {
  if (digits === 4) return year
  return year >= 50 ? 1900 + year : 2000 + year
}

function readDigits(bytes: Uint8Array, offset: number, count: number): number {
  let value = 0
  for (let i = offset; i < offset + count; i += 1) {
    const digit = (bytes[i] as number) - 0x30
    if (digit < 0 || digit > 9) throw new DerFault('a time not in its one form')
    value = value * 10 + digit
  }
  return value
}

function instant(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  const date = new Date(0)
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day)
  const isRealDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!isRealDay || hour > 23 || minute > 59 || second > 59) throw new DerFault('a time that does not exist')
  return date.setUTCHours(hour, minute, second)
}

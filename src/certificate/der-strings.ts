/** The character strings of ASN.1, each held to its alphabet. */

import { contentOf, DerFault, expectTag, type Tlv, tags } from './der.ts'

/** The string types that names in certificates use. */
export type StringEncoding = 'utf8' | 'numeric' | 'printable' | 'teletex' | 'ia5' | 'universal' | 'bmp'

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const numericAlphabet = /^[0-9 ]*$/
const printableAlphabet = /^[A-Za-z0-9 '()+,\-./:=?]*$/

/** Bytes as UTF-8; broken, overlong and surrogate sequences are faults, a byte order mark is kept as a character. */
export function decodeUtf8(bytes: Uint8Array): string {
  if (isAscii(bytes)) return latin1Of(bytes)
  try {
    return strictUtf8.decode(bytes)
  } catch {
    throw new DerFault('invalid UTF-8')
  }
}

/** Bytes as IA5 (ASCII, control characters included). */
export function decodeIa5(bytes: Uint8Array): string {
  if (!isAscii(bytes)) throw new DerFault('an IA5String with an octet above 7F')
  return latin1Of(bytes)
}

/** A UTF8String. */
export function readUtf8String(tlv: Tlv): string {
  return decodeUtf8(contentOf(expectTag(tlv, tags.utf8String)))
}

/** An IA5String, or one that is tagged implicitly. */
export function readIa5String(tlv: Tlv, tag: number = tags.ia5String): string {
  return decodeIa5(contentOf(expectTag(tlv, tag)))
}

/** Which string type a value is, null for anything else. */
export function stringEncodingOf(tlv: Tlv): StringEncoding | null {
  switch (tlv.tag) {
    case tags.utf8String:
      return 'utf8'
    case tags.numericString:
      return 'numeric'
    case tags.printableString:
      return 'printable'
    case tags.teletexString:
      return 'teletex'
    case tags.ia5String:
      return 'ia5'
    case tags.universalString:
      return 'universal'
    case tags.bmpString:
      return 'bmp'
    default:
      return null
  }
}

/** The content of a string type as text. Throws {@link DerFault} for what is outside its alphabet. */
export function decodeString(encoding: StringEncoding, bytes: Uint8Array): string {
  switch (encoding) {
    case 'utf8':
      return decodeUtf8(bytes)
    case 'ia5':
      return decodeIa5(bytes)
    case 'numeric':
      return inAlphabet(latin1Of(bytes), numericAlphabet, 'NumericString')
    case 'printable':
      return inAlphabet(latin1Of(bytes), printableAlphabet, 'PrintableString')
    case 'teletex':
      return decodeTeletex(bytes)
    case 'bmp':
      return decodeWide(bytes, 2, 'BMPString')
    case 'universal':
      return decodeWide(bytes, 4, 'UniversalString')
  }
}

function inAlphabet(text: string, alphabet: RegExp, type: string): string {
  if (!alphabet.test(text)) throw new DerFault(`a ${type} with a character outside its alphabet`)
  return text
}

/**
 * TeletexString as every certificate maker writes it, which is Latin-1 and not T.61. Octets that switch
 * character sets (SO, SI, ESC) or lie in C1 have no agreed reading, so they are faults.
 */
function decodeTeletex(bytes: Uint8Array): string {
  for (const octet of bytes) {
    if (octet === 0x0e || octet === 0x0f || octet === 0x1b || (octet >= 0x80 && octet < 0xa0)) {
      throw new DerFault('a TeletexString with an octet of no agreed meaning')
    }
  }
  return latin1Of(bytes)
}

/** Big-endian code points of two or four octets; surrogates are no characters in either type. */
function decodeWide(bytes: Uint8Array, width: 2 | 4, type: string): string {
  if (bytes.length % width !== 0) throw new DerFault(`a ${type} of a broken length`)
  let text = ''
  for (let i = 0; i < bytes.length; i += width) {
    let point = 0
    for (let j = i; j < i + width; j += 1) point = point * 256 + (bytes[j] as number)
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
      throw new DerFault(`a ${type} with what is no character`)
    text += String.fromCodePoint(point)
  }
  return text
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i += 1) if ((bytes[i] as number) >= 0x80) return false
  return true
}

function latin1Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** Finds how much of a piece of input is whole, valid UTF-8 (RFC 3629). */

import { isUtf8 } from 'node:buffer'

/** How a chunk divides: whole characters; then nothing, the start of a character, or garbage. */
export interface Utf8Extent {
  /** Bytes of whole characters. */
  readonly valid: number
  readonly rest: 'none' | 'unfinished' | 'invalid'
  /** Bytes behind them that show what the rest is: the character's start, or garbage up to the byte that proves it. */
  readonly restBytes: number
}

/**
 * Measures a chunk that begins at a character boundary. `unfinished` means the rest (at most 3 bytes) can still become a
 * character; `invalid` means it never can: overlong forms, surrogates, beyond U+10FFFF, stray continuation bytes.
 */
export function measureUtf8(bytes: Uint8Array): Utf8Extent {
  if (isUtf8(bytes)) return { valid: bytes.length, rest: 'none', restBytes: 0 }
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0
    const width = utf8Width(lead)
    if (width === 0) return { valid: at, rest: 'invalid', restBytes: 1 }
    for (let k = 1; k < width; k++) {
      const byte = bytes[at + k]
      if (byte === undefined) return { valid: at, rest: 'unfinished', restBytes: k }
      if (!isContinuation(lead, k, byte)) return { valid: at, rest: 'invalid', restBytes: k + 1 }
    }
    at += width
  }
  return { valid: at, rest: 'none', restBytes: 0 }
}

/** Bytes of the character that begins with `lead`; 0 where none does. */
export function utf8Width(lead: number): 0 | 1 | 2 | 3 | 4 {
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}

/** RFC 3629 §4: four leads narrow the range of the byte behind them, which keeps overlongs and surrogates out. */
function isContinuation(lead: number, position: number, byte: number): boolean {
  if (byte < 0x80 || byte > 0xbf) return false
  if (position !== 1) return true
  switch (lead) {
    case 0xe0:
      return byte >= 0xa0
    case 0xed:
      return byte <= 0x9f
    case 0xf0:
      return byte >= 0x90
    case 0xf4:
      return byte <= 0x8f
    default:
      return true
  }
}

/** Changes bytes and texts at random. */

import type { Random } from '../support/pki/random.ts'

/** Octets that parsers trip over. */
const awkward = [0x00, 0x01, 0x09, 0x0a, 0x0d, 0x20, 0x7f, 0x80, 0x81, 0x82, 0xbf, 0xc0, 0xc2, 0xed, 0xf4, 0xfe, 0xff]

/** Longest piece that is copied or cut out. */
const maxPieceBytes = 40

/** One to four changes; `other` is where pieces of foreign material come from. */
export function mutateBytes(random: Random, bytes: Uint8Array, other: Uint8Array = bytes): Buffer {
  let result: Buffer = Buffer.from(bytes)
  for (let left = 1 + random.below(4); left > 0; left -= 1) result = changeOnce(random, result, other)
  return result
}

function changeOnce(random: Random, bytes: Buffer, other: Uint8Array): Buffer {
  const at = random.below(bytes.length + 1)
  const piece = 1 + random.below(Math.min(maxPieceBytes, bytes.length - at + 1))
  switch (random.below(8)) {
    case 0:
    case 1:
      return withOctet(bytes, at, (octet) => octet ^ (1 << random.below(8)))
    case 2:
      return withOctet(bytes, at, () => random.below(256))
    case 3:
      return withOctet(bytes, at, () => random.pick(awkward))
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + piece)])
    case 5:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([random.below(256)]), bytes.subarray(at)])
    case 6: {
      const from = random.below(other.length + 1)
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + piece), bytes.subarray(at)])
    }
    default:
      return random.chance(0.2) ? Buffer.from(bytes.subarray(0, at)) : withOctet(bytes, at, (octet) => octet + 1)
  }
}

function withOctet(bytes: Buffer, at: number, change: (octet: number) => number): Buffer {
  const octet = bytes[at]
  if (octet !== undefined) bytes[at] = change(octet)
  return bytes
}

/** One to three changes with pieces of `vocabulary`, in whole characters. */
export function mutateText(random: Random, text: string, vocabulary: readonly string[]): string {
  let result = text
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const at = random.below(result.length + 1)
    const cut = random.chance(0.5) ? 0 : 1 + random.below(8)
    const added = random.chance(0.75) ? random.pick(vocabulary) : ''
    result = result.slice(0, at) + added + result.slice(at + cut)
  }
  return result
}

/** Up to `limit` random octets. */
export function randomOctets(random: Random, limit: number): Buffer {
  return Buffer.from(Array.from({ length: random.below(limit + 1) }, () => random.below(256)))
}

/** A text of `count` pieces at most. */
export function randomText(random: Random, vocabulary: readonly string[], count: number): string {
  let text = ''
  for (let left = random.below(count + 1); left > 0; left -= 1) text += random.pick(vocabulary)
  return text
}

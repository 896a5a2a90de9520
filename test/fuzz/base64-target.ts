/** Base64: a text is taken exactly if it is the one spelling of some bytes. */

import { decodeBase64, encodeBase64 } from '../../src/sasl/base64.ts'
import type { Random } from '../support/pki/random.ts'
import { mutateBytes, randomOctets } from './mutate.ts'
import { expect, type FuzzTarget } from './target.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Fuzzes `decodeBase64` and `encodeBase64`. */
export function createBase64Target(decode: typeof decodeBase64 = decodeBase64): FuzzTarget {
  return {
    name: 'base64',
    quickInputs: 20_000,
    longShare: 150_000,
    generate,
    check: (input) => {
      const text = Buffer.from(input).toString('utf8')
      const decoded = decode(text)
      const expected = decodeSlowly(text)
      expect((decoded === null) === (expected === null), decoded === null ? 'refused' : 'accepted')
      if (decoded !== null && expected !== null) {
        expect(Buffer.compare(decoded, expected) === 0, 'decoded to other bytes')
        expect(encodeBase64(decoded) === text, 'not the one spelling')
      }
      const own = decode(encodeBase64(input))
      expect(own !== null && Buffer.compare(own, input) === 0, 'what is written is not read back')
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function generate(random: Random): Uint8Array {
  const text = Buffer.from(randomOctets(random, 24).toString('base64'))
  if (random.chance(0.2)) return text
  if (random.chance(0.4)) return mutateBytes(random, text)
  const wrong = random.pick(['=', '==', '-', '_', ' ', '\n', 'A', 'AA', 'é', '\0', '===', '=A'])
  const at = random.below(text.length + 1)
  return Buffer.concat([text.subarray(0, at), Buffer.from(wrong), text.subarray(at + random.below(3))])
}

/** RFC 4648 §4 bit by bit; null for anything that is not exactly so. */
function decodeSlowly(text: string): Buffer | null {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0) return null
  const bits = Array.from(text.slice(0, text.length - padding), (character) => {
    const value = alphabet.indexOf(character)
    return value < 0 ? 'wrong' : value.toString(2).padStart(6, '0')
  }).join('')
  const octets = Math.floor(bits.length / 8)
  if (bits.includes('wrong') || bits.slice(octets * 8).includes('1')) return null
  return Buffer.from(Array.from({ length: octets }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2)))
}

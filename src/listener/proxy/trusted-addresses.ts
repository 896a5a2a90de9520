/** Which addresses are proxies of the operator's: single ones and ranges (RFC 4632, RFC 4291 §2.3). */

import { BlockList, isIP } from 'node:net'
import { formatIp } from '../../certificate/ip-address.ts'
import { fail, ok, type Result } from '../../result.ts'
import { formatAddress, octetsOfAddress, plainAddress } from './ip-text.ts'

/** A range: all addresses that share the first `bits` bits with `address`. */
export interface AddressRange {
  readonly address: string
  readonly bits: number
}

/** The addresses of the operator's proxies. */
export interface TrustedAddresses {
  /** Whether this address, as a socket prints it, is one of them. */
  includes(address: string): boolean
  readonly isEmpty: boolean
}

/** What is wrong with the text of a range, completing "it …"; and what may have been meant. */
export interface RangeFault {
  readonly why: string
  readonly meant: string | null
}

/** Reads `address` or `address/bits`. Bits behind the prefix must be zero, so that the text says what it covers. */
export function parseRange(text: string): Result<AddressRange, RangeFault> {
  const [address = '', bitsText, ...more] = text.split('/')
  const octets = octetsOfAddress(address)
  if (octets === null || more.length > 0) return fail({ why: 'is no IP address, or range of them', meant: null })
  const plain = formatAddress(octets)
  if (octets.length === 16 && !plain.includes(':')) {
    const why = 'is an IPv4 address in IPv6 clothes, which connections are not compared with'
    return fail({ why, meant: bitsText === undefined ? plain : null })
  }
  const whole = octets.length * 8
  if (bitsText === undefined) return ok({ address, bits: whole })
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bitsText) || Number(bitsText) > whole) {
    return fail({ why: `has no prefix length from 0 to ${whole} behind the slash`, meant: null })
  }
  const bits = Number(bitsText)
  const network = octets.map((octet, at) => octet & (0xff << Math.min(8, Math.max(0, (at + 1) * 8 - bits))))
  if (Buffer.compare(network, octets) === 0) return ok({ address, bits })
  return fail({ why: `has bits behind its prefix of ${bits}`, meant: `${formatIp(network)}/${bits}` })
}

/** The set of all of these ranges. */
export function createTrustedAddresses(ranges: readonly AddressRange[]): TrustedAddresses {
  const list = new BlockList()
  for (const { address, bits } of ranges) list.addSubnet(address, bits, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return Object.freeze({
    isEmpty: ranges.length === 0,
    includes: (address: string) => {
      const plain = plainAddress(address)
      const family = isIP(plain)
      return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
    },
  })
}

/** Nobody is trusted. */
export const nobody: TrustedAddresses = createTrustedAddresses([])

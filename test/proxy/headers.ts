/** Writes PROXY headers for tests, right and wrong ones. */

import { crc32c } from '../../src/listener/proxy/crc32c.ts'

/** The signature of version 2. */
export const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** One field: type, length, value. */
export function tlv(type: number, value: Uint8Array | string): Buffer {
  const octets = Buffer.from(value)
  return Buffer.concat([Buffer.from([type, octets.length >> 8, octets.length & 0xff]), octets])
}

/** PP2_TYPE_SSL with its client bits, verify result and inner fields. */
export function sslTlv(client: number, verify: number, inner: readonly Buffer[] = []): Buffer {
  const fixed = Buffer.alloc(5)
  fixed[0] = client
  fixed.writeUInt32BE(verify, 1)
  return tlv(0x20, Buffer.concat([fixed, ...inner]))
}

/** What a header of version 2 is made of; a client at 192.0.2.10:40000 by TCP over IPv4 unless told otherwise. */
export interface V2Parts {
  /** Version and command. */
  readonly command?: number
  /** Family and protocol. */
  readonly family?: number
  readonly addresses?: Uint8Array
  readonly fields?: readonly Uint8Array[]
  /** Instead of the right one. */
  readonly length?: number
}

/** 192.0.2.10:40000 to 198.51.100.1:443. */
export const inetAddresses = Buffer.from('c000020ac6336401' + '9c4001bb', 'hex')

/** A header of version 2. */
export function v2({
  command = 0x21,
  family = 0x11,
  addresses = inetAddresses,
  fields = [],
  length,
}: V2Parts = {}): Buffer {
  const block = Buffer.concat([addresses, ...fields])
  const size = length ?? block.length
  return Buffer.concat([signature, Buffer.from([command, family, size >> 8, size & 0xff]), block])
}

/** The same with a checksum in front of its fields, the right one unless `wrong` is given. */
export function v2Checked(parts: V2Parts, wrong?: number): Buffer {
  const fields = [tlv(0x03, Buffer.alloc(4)), ...(parts.fields ?? [])]
  const header = v2({ ...parts, fields })
  const at = 16 + (parts.addresses ?? inetAddresses).length + 3
  header.writeUInt32BE(wrong ?? crc32c(header), at)
  return header
}

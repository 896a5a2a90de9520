/** CRC32C (Castagnoli; RFC 4960 appendix B), the checksum of PROXY headers. */

const polynomial = 0x82f63b78

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
  return value
})

/** The checksum as a number from 0 to 2^32 − 1. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const octet of bytes) crc = (crc >>> 8) ^ (table[(crc ^ octet) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}

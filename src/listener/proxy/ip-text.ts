/** IP addresses as texts and octets. */

import { BlockList, isIP, SocketAddress } from 'node:net'
import { formatIp } from '../../certificate/ip-address.ts'

/** The 4 or 16 octets of an address; null for a text that is none. A zone (RFC 4007 §11) is refused. */
export function octetsOfAddress(text: string): Uint8Array | null {
  if (text.includes('%')) return null
  switch (isIP(text)) {
    case 4:
      return Uint8Array.from(text.split('.').map(Number))
    case 6:
      return octetsOfIpv6(text)
    default:
      return null
  }
}

function octetsOfIpv6(address: string): Uint8Array {
  // The system's own writing is the usual one, with a dotted quad at the end at most.
  const { address: usual } = new SocketAddress({ address, family: 'ipv6' })
  const [head = '', tail] = usual.split('::')
  const after = octetsOfGroups(tail ?? '')
  const octets = new Uint8Array(16)
  octets.set(octetsOfGroups(head))
  octets.set(after, 16 - after.length)
  return octets
}

function octetsOfGroups(part: string): number[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

/** `::ffff:0:0/96`, in which IPv6 sockets show IPv4 addresses (RFC 4291 §2.5.5.2). */
const mappedPrefix = Buffer.from('00000000000000000000ffff', 'hex')

/** The one writing of an address (RFC 5952); an IPv4 address in IPv6 clothes becomes itself again. */
export function formatAddress(octets: Uint8Array): string {
  const isMapped = octets.length === 16 && Buffer.compare(octets.subarray(0, 12), mappedPrefix) === 0
  return formatIp(isMapped ? octets.subarray(12) : octets)
}

/** The one writing of an address as a socket prints it, its zone dropped; as it is, where it is none. */
export function plainAddress(address: string): string {
  const octets = octetsOfAddress(address.split('%')[0] ?? '')
  return octets === null ? address : formatAddress(octets)
}

/** Stands for the address of a client whom its proxy cannot name: it is nobody's, and never that of the proxy itself. */
export const unknownAddress = 'unknown'

/** `address:port`, the way records name the other end of a connection. */
export function formatRemote(address: string, port: number): string {
  return `${address}:${port}`
}

/** The address of what `formatRemote` made. */
export function addressOfRemote(remote: string): string {
  return remote.slice(0, remote.lastIndexOf(':'))
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether only this machine reaches the address. */
export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

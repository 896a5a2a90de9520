/** Whom connections are counted for: one IPv4 address, or the /64 of an IPv6 address. */

/** IPv4 addresses as a dual-stack socket shows them (RFC 4291 §2.5.5.2). */
const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * The counted part of a remote address as sockets print it. One household or machine commands all of an IPv6 /64
 * (RFC 6177), so that counting its single addresses would count nothing.
 */
export function addressKey(remote: string): string {
  if (!remote.includes(':')) return remote
  const [, v4] = mapped.exec(remote) ?? []
  if (v4 !== undefined) return v4
  const [address = '', zone] = remote.split('%')
  const [head = '', tail] = address.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${prefix.join(':')}::/64${zone === undefined ? '' : `%${zone}`}`
}

/** The 16-bit groups of a part of an IPv6 address; a dotted quad counts as two of them and lies behind the /64. */
function groupsOf(part: string): string[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}

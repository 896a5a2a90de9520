/** Which listeners cannot have one port side by side. */

import { isIPv4 } from 'node:net'
import { plainAddress } from './proxy/ip-text.ts'

/** Where a listener listens, as the options of its section say it. */
export interface Endpoint {
  readonly port: number
  readonly ip_address?: string | undefined
  readonly ip_version?: 4 | 6 | undefined
  readonly reuse_port?: boolean | undefined
}

/** Every IPv4 address, and every address at all: Node listens on `::` for IPv4 as well (IPV6_V6ONLY off). */
const [everyIpv4, every] = ['0.0.0.0', '::']

/**
 * Why the system would not open `second` beside `first`, which is there already; null when it would. With SO_REUSEPORT on
 * both an address of its own may stand beside all of them, and gets what is sent to it.
 */
export function endpointFault(first: Endpoint, second: Endpoint): string | null {
  if (first.port !== second.port || first.port === 0) return null
  const [there, here] = [hostOf(first), hostOf(second)]
  if (there === here) return 'another listener has the same address and port; give each its own'
  if (first.reuse_port === true && second.reuse_port === true) return null
  if (covers(there, here)) return `another listener has this port on ${there}, which takes ${here} as well; ${advice}`
  if (covers(here, there)) return `another listener has this port on ${there}, which ${here} takes as well; ${advice}`
  return null
}

const advice = 'give each its own'

function covers(host: string, other: string): boolean {
  return host === every || (host === everyIpv4 && isIPv4(other))
}

function hostOf({ ip_address: address, ip_version: version }: Endpoint): string {
  if (address === undefined) return version === 6 ? every : everyIpv4
  // The same link-local address is another one on another link.
  return address.includes('%') ? address : plainAddress(address)
}

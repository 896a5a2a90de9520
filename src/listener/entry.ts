/** How a connection comes in: straight, or from a trusted proxy that names its client first. */

import type { Socket } from 'node:net'
import type { Channel } from '../certificate/channel.ts'
import type { TlsDoor } from '../transport/tls-door.ts'
import type { Admission } from './admission.ts'
import type { Passage } from './handshake-gate.ts'
import { remoteOf } from './listener.ts'
import type { CrowdOptions } from './listener-options.ts'
import { type Arrival, arrivalOf } from './proxy/arrival.ts'
import type { PeerParts } from './proxy/forwarded-peer.ts'
import { isLoopback, plainAddress } from './proxy/ip-text.ts'
import { readProxyHeader } from './proxy/read-proxy-header.ts'
import { reportedDoor } from './proxy/reported-door.ts'
import type { TrustedAddresses } from './proxy/trusted-addresses.ts'

/** Who stands in front of a listener. */
export type ProxyTerms =
  | {
      /** Connections begin with a PROXY header. */
      readonly kind: 'protocol'
      /** Nobody else can connect. */
      readonly trusted: TrustedAddresses
      /** How forwarded certificates are judged; null where TLS ends here. */
      readonly peers: PeerParts | null
    }
  | {
      /** Proxies name their clients request by request. */
      readonly kind: 'headers'
      readonly trusted: TrustedAddresses
    }

/** A connection that is in, and counted for its client. */
export interface Entry {
  readonly passage: Passage
  /** Address and port of the client, for records. */
  readonly remote: string
  /** Whether it is a proxy's own, which only sees whether anybody is here: what becomes of it is no news. */
  readonly isCheck: boolean
  /** What a proxy says of it; null where there is none. */
  readonly reported: Arrival['channel'] | null
}

/**
 * Lets a connection in; null when it was refused, and closed. It is counted for its own address at once; with PROXY headers
 * only the proxy speaks until the header is there, and the connection counts for the client that it names.
 */
export function comeIn(
  socket: Socket,
  admission: Admission,
  crowd: CrowdOptions,
  terms: ProxyTerms | null,
): Entry | null | Promise<Entry | null> {
  if (terms?.kind === 'protocol') return comeByProxy(socket, admission, crowd, terms)
  // Behind one connection of a proxy are many clients: limits of an address would be limits of the proxy.
  const isProxy = terms?.trusted.includes(socket.remoteAddress ?? '') === true
  const passage = isProxy ? admission.admitProxy(socket, crowd) : admission.admit(socket, crowd)
  return passage === null ? null : { passage, remote: remoteOf(socket), isCheck: false, reported: null }
}

/**
 * Whether a connection that nothing encrypts may be one of HTTP: from this machine, or from a trusted proxy. The port may
 * be open to a whole network for the proxy's sake, and whoever else is there would speak, or show a token, in clear.
 */
export function mayComeInClear(
  { remoteAddress = '' }: Pick<Socket, 'remoteAddress'>,
  terms: ProxyTerms | null,
): boolean {
  // PROXY headers have a look at the address themselves.
  if (terms?.kind === 'protocol' || terms?.trusted.includes(remoteAddress) === true) return true
  return isLoopback(plainAddress(remoteAddress))
}

/** The words for those who may not. */
export const clearWords = 'HTTP in clear is for this machine and trusted_proxies; the listener has no `tls` section'

async function comeByProxy(
  socket: Socket,
  admission: Admission,
  crowd: CrowdOptions,
  { trusted, peers }: Extract<ProxyTerms, { kind: 'protocol' }>,
): Promise<Entry | null> {
  const proxy = { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
  // One line of the log for each address, however often it comes.
  const refuse = (why: string) => admission.refuse(socket, 'proxy', why, `${proxy.address} ${why}`)
  if (!trusted.includes(proxy.address)) return refuse(strangerWords)
  if (!admission.enter(socket, crowd)) return null
  socket.on('error', ignoreError)
  const header = await readProxyHeader(socket)
  // A load balancer that only sees whether the port is open.
  if (!header.ok && header.error.isSilent) return admission.dismiss(socket, header.error.why)
  if (!header.ok) return refuse(header.error.why)
  const arrival = arrivalOf(header.value, proxy, peers)
  if (!arrival.ok) return refuse(arrival.error.why)
  const { address, remote, isCheck, channel } = arrival.value
  const passage = admission.settle(socket, address, crowd)
  return passage === null ? null : { passage, remote, isCheck, reported: channel }
}

const strangerWords = 'none of trusted_proxies, and nobody else may connect with proxy_protocol = true'

/** The connection before TLS, or behind that of a proxy. */
export function channelOfEntry({ remote, reported }: Entry, transport: Channel['transport']): Channel {
  return Object.freeze<Channel>({ transport, remote, tls: null, peer: { kind: 'none' }, ...reported })
}

/** The door for this connection: channels that it opens name the proxy, if there is one. */
export function doorOfEntry(door: TlsDoor, { reported }: Entry): TlsDoor {
  return reported === null ? door : reportedDoor(door, reported.forwarded)
}

/** An error is always followed by 'close', which is what counts. */
function ignoreError(): void {}

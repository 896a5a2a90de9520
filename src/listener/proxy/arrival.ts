/** Who is behind a connection, by the words of its PROXY header. */

import type { Channel, TlsFacts } from '../../certificate/channel.ts'
import { fail, ok, type Result } from '../../result.ts'
import { forwardedPeer, type PeerParts } from './forwarded-peer.ts'
import { formatRemote, unknownAddress } from './ip-text.ts'
import type { Endpoint, ProxyHeader, ProxyTls } from './proxy-header.ts'

/** A connection whose header has been read. */
export interface Arrival {
  /** Whom the connection counts for: the client's address; the proxy's own where it speaks for itself. */
  readonly address: string
  /** The same with its port, for records. */
  readonly remote: string
  /** Whether the proxy itself has come, to see whether anybody is here. */
  readonly isCheck: boolean
  /** What is known of it before its first own byte. */
  readonly channel: Pick<Channel, 'tls' | 'peer'> & Required<Pick<Channel, 'forwarded'>>
}

/** Why a connection with a proper header is refused all the same, in words. */
export interface ArrivalFault {
  readonly why: string
}

/**
 * The client as `proxy` reports it. `peers` is null where TLS ends here: the connection is in clear so far, whatever the
 * header says of TLS. Else the proxy has ended it, and has to say so; the certificate is judged here again.
 */
export function arrivalOf(
  header: ProxyHeader,
  proxy: Endpoint,
  peers: PeerParts | null,
): Result<Arrival, ArrivalFault> {
  const { version, command, facts } = header
  const unknown = command === 'local' ? proxy : { address: unknownAddress, port: 0 }
  const { address, port } = header.source ?? unknown
  const known = { address, remote: formatRemote(address, port), isCheck: command === 'local' }
  const forwarded = Object.freeze({ by: proxy.address, dialect: `proxy-v${version}` })
  // Nobody can log in over a connection of the proxy itself: it is in clear for good.
  if (peers === null || known.isCheck) return ok({ ...known, channel: { tls: null, peer: noPeer, forwarded } })
  const { tls } = facts
  if (tls === null)
    return fail({ why: 'its PROXY header does not say that the client used TLS, which ends at the proxy here' })
  const ders = tls.certificate === null ? [] : [tls.certificate]
  const peer = forwardedPeer(ders, objectionOf(tls), peers)
  return ok({ ...known, channel: { tls: tlsFactsOf(tls, facts.authority), peer, forwarded } })
}

const noPeer = Object.freeze({ kind: 'none' })

function tlsFactsOf({ version, cipher }: ProxyTls, serverName: string | null): TlsFacts {
  return Object.freeze({
    version: version ?? 'unknown',
    cipher: cipher ?? 'unknown',
    // The proxy's sessions are its own business: the certificate is judged for this very connection.
    resumed: false,
    serverName,
  })
}

function objectionOf({ verify }: ProxyTls): string | null {
  return verify === 0 ? null : `verify error ${verify}`
}

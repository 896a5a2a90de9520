/** What the handshake established about one connection; built once, frozen, read by everyone above. */

import type { ReasonCode } from '../observe/reasons.ts'
import type { CertificateFault, PeerCertificate } from './facts.ts'

/** What path validation found. A refused chain carries the reason's code and the words of whoever refused it. */
export type ChainStatus =
  | { readonly kind: 'trusted'; readonly chain: readonly Uint8Array[] }
  | { readonly kind: 'self-signed' }
  | { readonly kind: 'untrusted'; readonly code: ReasonCode; readonly text: string }

/** The client's side of the handshake. */
export type Peer =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly sha256: string; readonly fault: CertificateFault }
  | { readonly kind: 'certificate'; readonly certificate: PeerCertificate; readonly chain: ChainStatus }

/** How a listener treats client certificates (MongooseIM's `tls.verify_mode`). */
export type VerifyMode = 'none' | 'peer' | 'selfsigned_peer'

/** The parameters of the TLS connection. */
export interface TlsFacts {
  readonly version: string
  readonly cipher: string
  readonly resumed: boolean
  /** Server name the client asked for (SNI), lower-case; null when it sent none. */
  readonly serverName: string | null
}

/** Types of channel binding (RFC 5056) that are served: RFC 9266, RFC 5929 §4 and §3. The best first. */
export const bindingNames = ['tls-exporter', 'tls-server-end-point', 'tls-unique'] as const

/** One type of channel binding. */
export type BindingType = (typeof bindingNames)[number]

/** Binding data of one connection, taken from it when asked for: logins with a certificate never ask. */
export interface ChannelBindings {
  /** The data; null where this connection has none of that type, or is gone. */
  data(type: BindingType): Uint8Array | null
}

/** Who reports the facts of a connection that ended elsewhere. */
export interface Forwarded {
  /** Address of the proxy. */
  readonly by: string
  /** In which words: a dialect of headers, or a version of the PROXY protocol. */
  readonly dialect: string
}

/** One connection as the handshake left it, or as a trusted proxy reports it. */
export interface Channel {
  readonly transport: 'tcp' | 'websocket' | 'bosh'
  /** Address and port of the peer, for records. */
  readonly remote: string
  /** Null before TLS. */
  readonly tls: TlsFacts | null
  readonly peer: Peer
  /** What SCRAM can bind itself to; absent where there is nothing. */
  readonly bindings?: ChannelBindings
  /** Present where the client's own connection ended at a proxy. The certificate is judged here again all the same. */
  readonly forwarded?: Forwarded
}

/**
 * Whether a listener of this mode takes this peer's certificate as evidence: null if it does, else the
 * reason. The one place where `verify_mode` meets the chain status, for every transport.
 */
export function certificateRefusal(channel: Channel, mode: VerifyMode): ReasonCode | null {
  if (channel.tls === null) return 'tls-required'
  if (mode === 'none') return 'certificate-not-requested'
  const { peer } = channel
  if (peer.kind === 'none') return 'certificate-missing'
  if (peer.kind === 'unreadable') return 'certificate-unreadable'
  // A resumed session carries the verdict of an older handshake under older trust.
  if (channel.tls.resumed) return 'session-resumed'
  switch (peer.chain.kind) {
    case 'trusted':
      return null
    case 'self-signed':
      return mode === 'selfsigned_peer' ? null : 'chain-self-signed'
    case 'untrusted':
      return peer.chain.code
  }
}

/** Whoever refused this peer's certificate, in its own words; empty when nobody said more than the reason's code. */
export function certificateRefusalText({ peer }: Channel): string {
  if (peer.kind === 'unreadable') return `${peer.fault.field}: ${peer.fault.why}`
  return peer.kind === 'certificate' && peer.chain.kind === 'untrusted' ? peer.chain.text : ''
}

/** Reads from a TLS socket, once and behind the handshake, what the handshake established. */

import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { ChainStatus, Channel, Peer, VerifyMode } from '../certificate/channel.ts'
import type { CertificateCache, PeerCertificate } from '../certificate/facts.ts'
import { judgeChain } from '../trust/chain-status.ts'
import { maxExtraCertificates } from '../trust/path-building.ts'
import type { ValidatePath } from '../trust/path-validation.ts'
import type { TrustStore } from '../trust/trust-store.ts'
import { createChannelBindings } from './channel-bindings.ts'

/** What the client's certificate is read and judged with. */
export interface ChannelParts {
  readonly verifyMode: VerifyMode
  readonly trust: TrustStore
  readonly certificates: CertificateCache
  /** Path validation, which may remember its verdicts. */
  readonly validate: ValidatePath
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** One more than path validation takes, so that it sees, and refuses, a list that is too long. */
const maxChainCertificates = maxExtraCertificates + 1

/** Private to Node, and proven by the start-up self test: the verdict of OpenSSL's path validation. */
interface VerifyingHandle {
  verifyError(): (Error & { readonly code?: string }) | null
}

/**
 * The facts of a server's connection behind its handshake, frozen. Call it once and before anybody else asks the socket
 * for the certificate: Node hands out the chain to the first who asks, and only the leaf afterwards.
 */
export function readChannel(socket: TLSSocket, remote: string, parts: ChannelParts): Channel {
  const name = socket.servername
  return Object.freeze({
    transport: 'tcp',
    remote,
    tls: Object.freeze({
      version: socket.getProtocol() ?? 'unknown',
      cipher: socket.getCipher().name,
      resumed: socket.isSessionReused(),
      serverName: typeof name === 'string' ? name.toLowerCase() : null,
    }),
    bindings: createChannelBindings(socket, parts.certificates),
    peer: Object.freeze(parts.verifyMode === 'none' ? { kind: 'none' } : readPeer(socket, parts)),
  })
}

function readPeer(socket: TLSSocket, parts: ChannelParts): Peer {
  // Once and never again: the first call hands out the chain, later ones the leaf alone.
  const leaf = socket.getPeerX509Certificate()
  if (leaf === undefined) return { kind: 'none' }
  const read = parts.certificates.read(leaf.raw)
  if (!read.ok)
    return { kind: 'unreadable', sha256: createHash('sha256').update(leaf.raw).digest('hex'), fault: read.error }
  const extra: PeerCertificate[] = []
  let next = leaf.issuerCertificate
  for (let count = 0; next !== undefined && count < maxChainCertificates; count += 1) {
    // An extra certificate that cannot be read helps nobody; the path is built without it.
    const parsed = parts.certificates.read(next.raw)
    if (parsed.ok) extra.push(parsed.value)
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return { kind: 'certificate', certificate: read.value, chain: judge(socket, read.value, extra, parts) }
}

function judge(
  socket: TLSSocket,
  leaf: PeerCertificate,
  extra: readonly PeerCertificate[],
  parts: ChannelParts,
): ChainStatus {
  const { _handle: handle } = socket as unknown as { readonly _handle: Partial<VerifyingHandle> | null }
  if (handle === null) return { kind: 'untrusted', code: 'chain-refused-by-tls', text: 'the connection is gone' }
  if (typeof handle.verifyError !== 'function') {
    return { kind: 'untrusted', code: 'chain-refused-by-tls', text: 'this Node does not tell what OpenSSL found' }
  }
  const error = handle.verifyError()
  const openssl =
    error === null
      ? { asked: true, error: null }
      : { asked: true, error: { code: error.code ?? '', message: error.message } }
  return judgeChain(leaf, extra, parts.trust, parts.now(), openssl, parts.validate)
}

/** Reads channel binding data from a server's TLS socket, when somebody asks for it. */

import { hash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { BindingType, ChannelBindings } from '../certificate/channel.ts'
import type { CertificateCache } from '../certificate/facts.ts'
import { signatureHash } from './signature-hash.ts'

/** RFC 9266 §2: the label, 32 bytes, and a context that is there and empty. */
const exporterLabel = 'EXPORTER-Channel-Binding'
const exporterBytes = 32

/** The binding data of a connection behind its handshake. */
export function createChannelBindings(socket: TLSSocket, certificates: CertificateCache): ChannelBindings {
  return Object.freeze(new SocketBindings(socket, certificates))
}

/** One small object, since it lives with its connection and is seldom asked. */
class SocketBindings implements ChannelBindings {
  readonly #socket: TLSSocket
  readonly #certificates: CertificateCache
  #known: Map<BindingType, Uint8Array | null> | null = null

  constructor(socket: TLSSocket, certificates: CertificateCache) {
    this.#socket = socket
    this.#certificates = certificates
  }

  data(type: BindingType): Uint8Array | null {
    this.#known ??= new Map()
    const found = this.#known.get(type)
    if (found !== undefined) return found
    const data = this.#socket.destroyed ? null : this.#read(type)
    this.#known.set(type, data)
    return data
  }

  #read(type: BindingType): Uint8Array | null {
    switch (type) {
      case 'tls-exporter':
        return exported(this.#socket)
      case 'tls-server-end-point':
        return endPoint(this.#socket, this.#certificates)
      case 'tls-unique':
        return firstFinished(this.#socket)
    }
  }
}

/**
 * RFC 9266 §4.2: before TLS 1.3 the exporter is only unique with the extended master secret, and Node does not tell
 * whether there was one.
 */
function exported(socket: TLSSocket): Uint8Array | null {
  if (socket.getProtocol() !== 'TLSv1.3') return null
  return socket.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0))
}

/**
 * RFC 5929 §3.1: the first Finished message of the handshake, which in a full one is the client's. Its known weakness needs
 * a resumed session or a renegotiation; the first has none here, the second is off. slixmpp knows no other type, and uses
 * it in TLS 1.3 as well, where that message is bound to the handshake's keys all the more.
 */
function firstFinished(socket: TLSSocket): Uint8Array | null {
  return socket.isSessionReused() ? null : (socket.getPeerFinished() ?? null)
}

/** RFC 5929 §4.1: the hash of our own certificate, with the hash of its signature; SHA-256 in the place of MD5 and SHA-1. */
function endPoint(socket: TLSSocket, certificates: CertificateCache): Uint8Array | null {
  const own = socket.getX509Certificate()
  const parsed = own === undefined ? null : certificates.read(own.raw)
  if (own === undefined || parsed?.ok !== true) return null
  const name = signatureHash(parsed.value.signature)
  if (name === null) return null
  return hash(name === 'md5' || name === 'sha1' ? 'sha256' : name, own.raw, 'buffer')
}

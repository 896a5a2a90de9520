/** Asks OpenSSL through a real handshake on the loopback what it says about a client's certificates. */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { createAuthority, issueServer } from './pki/certificate.ts'
import { dns } from './pki/names.ts'

/** OpenSSL's objection; null for none. */
export type Objection = { readonly code: string; readonly message: string } | null

/** Code of the answer to certificates that OpenSSL cannot even load, so that nobody sends them with it. */
export const unsendable = 'UNSENDABLE'

/** What a client presents: PEM of what it sends, leaf first, and the leaf's key. */
export interface Presented {
  readonly chainPem: string
  readonly keyPem: string
}

/** Hands certificates over in a handshake with a server that trusts `ca` (PEM texts); rejects if there is no handshake. */
export interface TlsOracle {
  ask(ca: readonly string[], presented: Presented): Promise<Objection>
}

/** An oracle; its server has a certificate of its own. */
export function createTlsOracle(): TlsOracle {
  const authority = createAuthority({ name: 'Oracle Root CA' })
  const own = issueServer(authority, [dns('oracle.example')], 'oracle.example')
  return {
    async ask(ca, presented) {
      const context = createSecureContext({ cert: own.pem, key: own.keyPem, ca: [...ca] })
      const server = createServer()
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const client = connectOrNull(server, presented)
      try {
        if (client === null) return { code: unsendable, message: 'OpenSSL cannot read the certificate' }
        client.on('error', () => undefined)
        const [socket] = (await once(server, 'connection')) as [Socket]
        return await verdictOf(socket, context)
      } finally {
        client?.destroy()
        server.close()
      }
    },
  }
}

function connectOrNull(server: Server, { chainPem, keyPem }: Presented): TLSSocket | null {
  const { port } = server.address() as AddressInfo
  try {
    // The client must be willing to send what the server is there to refuse.
    const ciphers = 'DEFAULT@SECLEVEL=0'
    return connect({ host: '127.0.0.1', port, rejectUnauthorized: false, cert: chainPem, key: keyPem, ciphers })
  } catch {
    return null
  }
}

interface VerifyingHandle {
  verifyError(): (Error & { readonly code?: string }) | null
}

async function verdictOf(socket: Socket, secureContext: SecureContext): Promise<Objection> {
  const door = new TLSSocket(socket, { isServer: true, requestCert: true, rejectUnauthorized: false, secureContext })
  const { promise: failed, reject } = Promise.withResolvers<never>()
  // Kept to the end: an error that nobody hears would end the process.
  for (const event of ['error', '_tlsError']) door.on(event, reject)
  socket.on('error', reject)
  failed.catch(() => undefined)
  try {
    await Promise.race([once(door, 'secure'), failed])
    if (door.getPeerX509Certificate() === undefined) throw new TypeError('the client sent no certificate')
    const { _handle: handle } = door as unknown as { readonly _handle: VerifyingHandle }
    const error = handle.verifyError()
    return error === null ? null : { code: error.code ?? '', message: error.message }
  } finally {
    door.destroy()
  }
}

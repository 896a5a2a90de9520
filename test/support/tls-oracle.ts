/** Asks OpenSSL through a real handshake, in memory, what it says about a client's certificates. */

import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { connect, createSecureContext, TLSSocket } from 'node:tls'
import { createAuthority, issueServer } from './pki/certificate.ts'
import { dns } from './pki/names.ts'

/** OpenSSL's objection; null for none. */
export type Objection = { readonly code: string; readonly message: string } | null

/** What a client presents: PEM of what it sends, leaf first, and the leaf's key. */
export interface Presented {
  readonly chainPem: string
  readonly keyPem: string
}

/** Hands certificates over in a handshake with a server that trusts `ca` (PEM texts). */
export interface TlsOracle {
  ask(ca: readonly string[], presented: Presented): Promise<Objection>
}

interface VerifyingHandle {
  verifyError(): (Error & { readonly code?: string }) | null
}

/** An oracle; its server has a certificate of its own. */
export function createTlsOracle(): TlsOracle {
  const authority = createAuthority({ name: 'Oracle Root CA' })
  const server = issueServer(authority, [dns('oracle.example')], 'oracle.example')
  return {
    async ask(ca, { chainPem, keyPem }) {
      const secureContext = createSecureContext({ cert: server.pem, key: server.keyPem, ca: [...ca] })
      const [near, far] = duplexPair()
      const door = new TLSSocket(near, { isServer: true, requestCert: true, rejectUnauthorized: false, secureContext })
      const client = connect({
        socket: far,
        rejectUnauthorized: false,
        cert: chainPem,
        key: keyPem,
        // The client must be willing to send what the server is there to refuse.
        ciphers: 'DEFAULT@SECLEVEL=0',
      })
      client.on('error', () => undefined)
      try {
        await once(door, 'secure')
        if (door.getPeerX509Certificate() === undefined) throw new TypeError('the client sent no certificate')
        const { _handle: handle } = door as unknown as { readonly _handle: VerifyingHandle }
        const error = handle.verifyError()
        return error === null ? null : { code: error.code ?? '', message: error.message }
      } finally {
        client.destroy()
        door.destroy()
      }
    },
  }
}

/** A client for HTTPS tests: whole requests by Node's own client, and raw bytes behind a handshake for everything else. */

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { Catalogue, CatalogueCertificate } from '../support/pki/catalogue.ts'

/** What came back. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Address and port of the client's end, as the server sees it. */
  readonly local: string
}

/** One request. */
export interface Ask {
  readonly port: number
  readonly catalogue: Catalogue
  readonly certificate?: CatalogueCertificate
  readonly path?: string
  readonly method?: string
  /** Value of `Host`; the catalogue's domain when left out. */
  readonly host?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
}

/** Asks on a connection of its own. */
export function ask({
  port,
  catalogue,
  certificate,
  path = '/',
  method = 'GET',
  host,
  headers,
  body,
}: Ask): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        ...{ host: '127.0.0.1', port, path, method, agent: false },
        servername: catalogue.domain,
        ca: catalogue.rootPem,
        ...(certificate && { cert: certificate.chainPem, key: certificate.keyPem }),
        headers: { host: host ?? catalogue.domain, ...headers },
      },
      (response) => {
        const { localAddress, localPort } = response.socket
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString(),
            local: `${localAddress}:${localPort}`,
          }),
        )
        response.on('error', reject)
      },
    )
    sent.on('error', reject).end(body)
  })
}

/** A connection behind TLS for bytes that no client would send. */
export function openRaw(
  { port, catalogue, certificate }: Pick<Ask, 'port' | 'catalogue' | 'certificate'>,
  alpn: readonly string[] = ['http/1.1'],
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ host: '127.0.0.1', port, servername: catalogue.domain, ca: catalogue.rootPem },
      ALPNProtocols: [...alpn],
      ...(certificate && { cert: certificate.chainPem, key: certificate.keyPem }),
    })
    socket.once('error', reject).once('secureConnect', () => {
      socket.off('error', reject).on('error', () => undefined)
      resolve(socket)
    })
  })
}

/** Everything that comes until the server closes. */
export function untilClosed(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part
    })
    socket.once('close', () => resolve(text)).once('end', () => socket.destroy())
  })
}

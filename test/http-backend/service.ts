/** An HTTP authentication service for tests: it asks for client certificates, counts connections, and can be killed and started again. */

import { once } from 'node:events'
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Certificate, createAuthority, issue, issueServer } from '../support/pki/certificate.ts'
import { dns, ip } from '../support/pki/names.ts'

/** What the service got. */
export interface Seen {
  readonly method: string
  /** As it stood in the request line. */
  readonly target: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly string[]
  readonly body: string
  /** Common name of the client's certificate; null without TLS. */
  readonly client: string | null
  /** The name that the service was asked for by (SNI); null for none. */
  readonly serverName: string | null
}

/** Answers a request: status, or status and body; `never` says nothing; a function does as it likes. */
export type Reaction =
  | number
  | { readonly status: number; readonly body?: string | Buffer; readonly headers?: Readonly<Record<string, string>> }
  | 'never'
  | ((response: ServerResponse) => void)

/** A service. Disposing of it kills it. */
export interface TestService extends AsyncDisposable {
  readonly origin: string
  readonly port: number
  readonly seen: readonly Seen[]
  /** Connections accepted so far. */
  readonly connections: number
  /** Stops listening and resets every connection. */
  kill(): Promise<void>
  /** Listens again on the same port. */
  revive(): Promise<void>
  /** Resolves when the `count`th request is there, headers and body. */
  arrived(count: number): Promise<void>
}

/** CA, service certificate and our certificate of the tests. */
export interface ServicePki {
  readonly ca: Certificate
  readonly server: Certificate
  readonly client: Certificate
}

/** A CA with a service for `localhost` and a client. */
export function createServicePki(): ServicePki {
  const ca = createAuthority({ name: 'Service CA' })
  return {
    ca,
    server: issueServer(ca, [dns('localhost'), ip(127, 0, 0, 1)], 'localhost'),
    client: issue(ca, { cn: 'signet' }),
  }
}

/** Starts a service; with `pki` over TLS, and only for clients of its CA. */
export async function startService(
  react: (seen: Seen, count: number) => Reaction,
  pki: ServicePki | null = null,
): Promise<TestService> {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  const waiting = new Set<() => void>()
  let connections = 0
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const item = await read(request)
    seen.push(item)
    for (const wake of waiting) wake()
    respond(response, react(item, seen.length))
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch(() => response.destroy())
  }
  const server =
    pki === null
      ? createPlain(listener)
      : createSecure(
          { cert: pki.server.pem, key: pki.server.keyPem, ca: pki.ca.pem, requestCert: true, rejectUnauthorized: true },
          listener,
        )
  server.on(pki === null ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)
  const kill = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    origin: pki === null ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    seen,
    get connections() {
      return connections
    },
    kill,
    revive: async () => {
      await listen(port)
    },
    arrived: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (seen.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    [Symbol.asyncDispose]: kill,
  }
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const target = request.url ?? ''
  const socket = request.socket as TLSSocket
  return {
    method: request.method ?? '',
    target,
    url: new URL(target, 'http://service'),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    rawHeaders: request.rawHeaders,
    body: Buffer.concat(chunks).toString(),
    client: socket.encrypted === true ? String(socket.getPeerCertificate().subject.CN) : null,
    serverName: serverNameOf(socket),
  }
}

/** Node's own property for it says `false` where none was sent, and its types do not know it on the server's side. */
function serverNameOf(socket: TLSSocket): string | null {
  const { servername } = socket as { servername?: string | false }
  return servername || null
}

function respond(response: ServerResponse, reaction: Reaction): void {
  if (reaction === 'never') return
  if (typeof reaction === 'function') {
    reaction(response)
    return
  }
  const { status, body = '', headers = {} } = typeof reaction === 'number' ? { status: reaction } : reaction
  response.writeHead(status, { ...headers }).end(body)
}

/** One handler behind a bare HTTP server, for tests of handlers alone; the connection it seems to come on is the test's to say. */

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Channel } from '../../src/certificate/channel.ts'
import type { HttpHandler } from '../../src/listener/https/handler.ts'

/** What a request is. */
export interface Ask {
  readonly method?: string
  /** Path with its query. */
  readonly target: string
  /** The `Host`, with its port. */
  readonly authority?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Address and port that the connection seems to come from; the test's own when left out. */
  readonly remote?: string
  /** Over TLS unless said otherwise. */
  readonly clear?: boolean
}

/** What came back. */
export interface Told {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A running server. Disposing of it stops it. */
export interface HandlerServer extends AsyncDisposable {
  ask(ask: Ask): Promise<Told>
}

const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', resumed: false, serverName: null }

/** Serves `handler` on a free port. */
export async function serveHandler(handler: HttpHandler): Promise<HandlerServer> {
  let current: Ask = { target: '/' }
  const server = createServer((incoming, response) => {
    const { remoteAddress, remotePort } = incoming.socket
    const channel: Channel = {
      transport: 'bosh',
      remote: current.remote ?? `${remoteAddress}:${remotePort}`,
      tls: current.clear === true ? null : tls,
      peer: { kind: 'none' },
    }
    const host = (incoming.headers.host ?? '').replace(/:\d*$/, '').toLowerCase()
    const [path = ''] = (incoming.url ?? '').split('?')
    handler.handle({ request: incoming, path, host, channel }, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ask: async (ask) => {
      current = ask
      const { method = 'GET', target: path, authority = 'localhost', headers = {} } = ask
      const sent = request({ host: '127.0.0.1', port, method, path, headers: { host: authority, ...headers } })
      sent.end()
      const [response] = await once(sent, 'response')
      let body = ''
      for await (const chunk of response.setEncoding('utf8')) body += chunk
      return { status: response.statusCode, headers: response.headers, body }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * The services of the measurement, a process of their own: HTTP with a list of certificates or a verdict, whatever is
 * asked, and an echo over TLS.
 */

import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

const [parts] = (await once(process, 'message')) as [Record<'cert' | 'key' | 'ca' | 'pem', string>]
const server = createServer({ ...parts, requestCert: true }, (request, response) => {
  request.resume().once('end', () => {
    if (request.method === 'GET') response.end(parts.pem)
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"verdict":"allow"}')
  })
})
const echo = createTlsServer({ ...parts, requestCert: true }, (socket) => socket.setNoDelay(true).pipe(socket))
server.listen(0, '127.0.0.1')
echo.listen(0, '127.0.0.1')
await Promise.all([once(server, 'listening'), once(echo, 'listening')])
process.send?.([server, echo].map((each) => (each.address() as AddressInfo).port))

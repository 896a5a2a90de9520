/**
 * The bare handshake: `tls.createServer` asking for a client certificate, one byte in answer, nothing else.
 *
 * Usage: tls-server.ts PORT CERTIFICATE KEY CA; listens on 127.0.0.1.
 */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'

const [port = '', cert = '', key = '', ca = ''] = process.argv.slice(2)

createServer(
  {
    cert: readFileSync(cert),
    key: readFileSync(key),
    ca: readFileSync(ca),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    noDelay: true,
  },
  (socket) => {
    socket.on('error', () => undefined)
    socket.resume()
    // A client of TLS 1.3 is through before the server has seen its certificate: the byte tells it that it was taken.
    socket.write('K')
  },
).listen({ port: Number(port), host: '127.0.0.1', backlog: 1024 })

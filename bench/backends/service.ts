/**
 * The services of the measurement, a process of their own: HTTP with a list of certificates or a verdict, whatever is
 * asked; a directory, whose log is read here; and an echo over TLS.
 */

import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { createServicePki } from '../../test/http-backend/service.ts'
import { directory, startSlapd } from '../../test/support/slapd.ts'

/** An account and its certificate: PEM, and base64 of the DER. */
export interface KnownAccount {
  readonly user: string
  readonly pem: string
  readonly der: string
}

/** Where the services are, and what they are asked with (PEM). */
export interface Services {
  readonly ports: { readonly http: number; readonly echo: number; readonly ldaps: number }
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
}

const [accounts] = (await once(process, 'message')) as [readonly KnownAccount[]]
const { ca, server, client } = createServicePki()
const parts = { cert: server.pem, key: server.keyPem, ca: ca.pem, requestCert: true }
// An account's certificate is the second of two.
const lists = new Map(accounts.map(({ user, pem }) => [user, client.pem + pem]))
const http = createServer(parts, (request, response) => {
  request.resume().once('end', () => {
    const { searchParams } = new URL(request.url ?? '', 'https://localhost')
    if (request.method === 'GET') response.end(lists.get(searchParams.get('user') ?? ''))
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"verdict":"allow"}')
  })
})
const echo = createTlsServer(parts, (socket) => socket.setNoDelay(true).pipe(socket))
for (const each of [http, echo]) await once(each.listen(0, '127.0.0.1'), 'listening')
const slapd = await startSlapd({ ldif: ldifOf(accounts), tls: { server, clientCa: ca } })
process.once('disconnect', () => {
  slapd[Symbol.asyncDispose]().then(() => process.exit())
})
const portOf = (each: typeof http | typeof echo): number => (each.address() as AddressInfo).port
const services: Services = {
  ports: { http: portOf(http), echo: portOf(echo), ldaps: slapd.tlsPort },
  tls: { ca: ca.pem, cert: client.pem, key: client.keyPem },
}
process.send?.(services)

function ldifOf(known: readonly KnownAccount[]): string {
  const { suffix } = directory
  return [
    `dn: ${suffix}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n`,
    `dn: ou=people,${suffix}\nobjectClass: organizationalUnit\nou: people\n`,
    ...known.map(
      ({ user, der }) =>
        `dn: uid=${user},ou=people,${suffix}\nobjectClass: inetOrgPerson\nuid: ${user}\ncn: ${user}\nsn: Person\n` +
        `userCertificate;binary:: ${der}\n`,
    ),
  ].join('\n')
}

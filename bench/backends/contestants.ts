/** Backends as they run in a server, each with the service that it asks: `pki` asks nobody. */

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { allow } from '../../src/auth/allow.ts'
import { createJsonBackend, createMongooseimBackend } from '../../src/auth/backends/http/backend.ts'
import { createHttpPool } from '../../src/auth/backends/http/pool.ts'
import { createLdapBackends } from '../../src/auth/backends/ldap/backends.ts'
import { createPkiBackend } from '../../src/auth/backends/pki.ts'
import type { AuthBackend } from '../../src/auth/contract.ts'
import { createPasswordChecker } from '../../src/auth/passwords/checking.ts'
import { readCertificates } from '../../src/compose-http.ts'
import { ldapOptions, poolOptions } from '../../test/ldap/people.ts'
import type { Certificate } from '../../test/support/pki/certificate.ts'
import type { Services } from './service.ts'
import { startServices } from './start-services.ts'

/** Backends by what they are called in the table. */
export interface Contestants extends AsyncDisposable {
  readonly backends: ReadonlyMap<string, AuthBackend>
}

/** Starts the services for one account, `alice`, with this certificate. */
export async function startContestants(leaf: Certificate): Promise<Contestants> {
  const owned = new AsyncDisposableStack()
  const alice = { user: 'alice', pem: leaf.pem, der: leaf.der.toString('base64') }
  const services = owned.use(await startServices([alice]))
  const backends = new Map([
    ['pki', createPkiBackend()],
    ...(await connectHttp(services, owned)),
    ['ldap, over LDAPS', connectLdap(services, owned)],
  ] as const)
  return { backends, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function connectHttp(
  { ports, tls: pems }: Services,
  owned: AsyncDisposableStack,
): Promise<readonly [string, AuthBackend][]> {
  const tls = { ...pems, servername: 'localhost' }
  const limits = { workers: 10, requestTimeoutMs: 2_000, callTimeoutMs: 5_000 }
  const pool = owned.use(createHttpPool({ origin: `https://127.0.0.1:${ports.http}`, tls, ...limits }))
  const common = { pool, evidence: ['certificate'], basicAuth: 'signet:secret' } as const
  const passwords = createPasswordChecker({ format: 'scram', hashes: ['sha256'], iterations: 10_000 })
  const form = { pathPrefix: '/', format: 'scram', passwords, readCertificates } as const
  const question = { path: '/judge', secret: 'x'.repeat(40), listener: 'c2s', sendCertificate: false, now: Date.now }
  const echo = connect({ ...tls, port: ports.echo, host: '127.0.0.1' }).setNoDelay(true)
  await once(echo, 'secureConnect')
  owned.defer(() => void echo.destroy())
  return [
    ['an echo over mTLS', echoBackend(echo)],
    ['http, over mTLS', createMongooseimBackend({ ...common, ...form })],
    ['http in JSON, over mTLS', createJsonBackend({ ...common, ...question })],
  ]
}

/** As many octets as a question has go out and come back: what any service costs that is asked over TLS. */
function echoBackend(socket: TLSSocket): AuthBackend {
  const question = Buffer.alloc(200)
  const waiting: (() => void)[] = []
  let left = 0
  socket.on('data', (data) => {
    for (left += data.length; left >= question.length; left -= question.length) waiting.shift()?.()
  })
  return {
    name: 'echo',
    takes: ['certificate'],
    judge: async (claim) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        socket.write(question)
      })
      return allow(claim)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function connectLdap({ ports, tls }: Services, owned: AsyncDisposableStack): AuthBackend {
  const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'))
  owned.defer(() => rmSync(folder, { recursive: true, force: true }))
  const cacertfile = join(folder, 'ca.pem')
  writeFileSync(cacertfile, tls.ca)
  const pool = poolOptions(['127.0.0.1'], ports.ldaps, {
    workers: 10,
    tls: {
      ...{ start: 'at-once', verify: true, cacertfile, identity: null, versions: ['tlsv1.3'] },
      ...{ serverName: 'localhost', sendsName: true },
    },
  })
  return owned.use(createLdapBackends(new Map([['default', pool]]))).of(ldapOptions('certificate_match = "exact"'))
}

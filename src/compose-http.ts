/** The backends `http` of one configuration generation, and the connections that they share. */

import { createJsonBackend, createMongooseimBackend } from './auth/backends/http/backend.ts'
import type { ReadCertificates } from './auth/backends/http/mongooseim.ts'
import { createHttpPool, type HttpPool } from './auth/backends/http/pool.ts'
import { defaultHttpPool, type HttpPoolOptions } from './auth/backends/http/pool-options.ts'
import { readSecret } from './auth/backends/http/secret.ts'
import type { AuthBackend } from './auth/contract.ts'
import { urlOf } from './auth/http-options.ts'
import type { AuthOptions } from './auth/options.ts'
import { createPasswordChecker, type PasswordChecker } from './auth/passwords/checking.ts'
import { connectOptions } from './auth/pool-tls.ts'
import type { PoolReading } from './observe/metrics.ts'
import { fail, ok } from './result.ts'
import { parsePem } from './trust/pem.ts'

/** The backends `http` of one generation. */
export interface HttpBackends {
  /** The one of an `[auth]` section on a listener. Throws when a file cannot be read. */
  of(auth: AuthOptions, listener: string): AuthBackend
  /** Connections by service. */
  readings(): readonly PoolReading[]
}

/** Backends whose connections go into `owned`. `now` in milliseconds since the epoch. */
export function composeHttp(
  options: HttpPoolOptions | null,
  owned: AsyncDisposableStack,
  now: () => number = Date.now,
): HttpBackends {
  const pools = new Map<string, HttpPool>()
  const poolOf = (origin: string): HttpPool => {
    const pool = pools.get(origin) ?? owned.use(openPool(origin, options ?? defaultHttpPool))
    pools.set(origin, pool)
    return pool
  }
  // One a set of password options: the queue of derivations belongs to the backend.
  const checkers = new Map<AuthOptions['password'], PasswordChecker>()
  const of: HttpBackends['of'] = ({ http, password }, listener) => {
    if (http === undefined) throw new Error('method "http" is not configured')
    const { api, evidence, basicAuth } = http
    if (api.kind === 'json') {
      const { origin, path } = urlOf(api.url) ?? { origin: '', path: '' }
      const secret = readSecret(api.secretFile)
      if (!secret.ok) throw new Error(`${api.secretFile} ${secret.error}`)
      const { sendCertificate } = api
      const pool = poolOf(origin)
      return createJsonBackend({
        pool,
        evidence,
        basicAuth,
        path,
        secret: secret.value,
        listener,
        sendCertificate,
        now,
      })
    }
    if (options === null || options.origin === null) throw new Error('method "http" has no pool')
    const passwords = checkers.get(password) ?? createPasswordChecker(password)
    checkers.set(password, passwords)
    const { origin, pathPrefix } = options
    const { format } = password
    const pool = poolOf(origin)
    return createMongooseimBackend({ pool, evidence, basicAuth, pathPrefix, format, passwords, readCertificates })
  }
  const readings = () =>
    [...pools].map(([origin, { connections }]) => ({ pool: 'http', server: new URL(origin).host, connections }))
  return { of, readings }
}

function openPool(origin: string, { tls, workers, callTimeoutMs, requestTimeoutMs }: HttpPoolOptions): HttpPool {
  const { hostname } = new URL(origin)
  const ownTls = tls === null ? null : connectOptions(tls, hostname.replace(/^\[|\]$/g, ''))
  return createHttpPool({ origin, workers, callTimeoutMs, requestTimeoutMs, tls: ownTls })
}

/** The certificates of a PEM text, whatever else stands in it. */
export const readCertificates: ReadCertificates = (pem) => {
  const blocks = parsePem(pem)
  if (blocks.ok) return ok(blocks.value.filter(({ label }) => label === 'CERTIFICATE').map(({ der }) => der))
  return fail(blocks.error.map(({ line, text }) => `line ${line}: ${text}`).join('; '))
}

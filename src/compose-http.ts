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
  const plain = readPlainList(pem)
  if (plain !== null) return ok(plain)
  const blocks = parsePem(pem)
  if (blocks.ok) return ok(blocks.value.filter(({ label }) => label === 'CERTIFICATE').map(({ der }) => der))
  return fail(blocks.error.map(({ line, text }) => `line ${line}: ${text}`).join('; '))
}

const beginLine = '-----BEGIN CERTIFICATE-----\n'
const endLine = '-----END CERTIFICATE-----\n'
const lineFeed = 0x0a

/** Characters of a base64 line as RFC 7468 §2 has it, the line feed not counted. */
const lineChars = 64

/** Certificates in a list that is read here. */
const maxPlain = 16

/**
 * A list as services print it: nothing but certificates in lines of one length. Null for every other text, sound or not.
 * It comes to the same as the way by lines and patterns, in a fifth of the time of a process that has just woken.
 */
function readPlainList(pem: string): readonly Uint8Array[] | null {
  const found: Uint8Array[] = []
  for (let at = 0; at < pem.length; ) {
    const start = at + beginLine.length
    const stop = pem.indexOf(endLine, start)
    if (stop <= start || found.length === maxPlain || !pem.startsWith(beginLine, at)) return null
    if (pem.charCodeAt(stop - 1) !== lineFeed) return null
    for (let end = start + lineChars; end < stop; end += lineChars + 1) {
      if (pem.charCodeAt(end) !== lineFeed) return null
    }
    const base64 = pem.slice(start, stop).replaceAll('\n', '')
    const der = Buffer.from(base64, 'base64')
    // RFC 4648 §3.5, as `parsePem` does it: whatever is no base64, or ends in stray bits, does not come back the same.
    if (der.length === 0 || der.toString('base64') !== base64) return null
    found.push(der)
    at = stop + endLine.length
  }
  return found
}

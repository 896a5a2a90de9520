/** Options of the connections to the HTTP service (`[outgoing_pools.http.auth]`). */

import type { z } from 'zod'
import { integer, section, text } from '../../../config/declare.ts'
import type { Place } from '../../../config/place.ts'
import { type HttpAuthOptions, urlOf, warnOfClearText } from '../../http-options.ts'
import { poolSection } from '../../pool-section.ts'
import { type PoolTlsOptions, poolTlsSection, resolvePoolTls } from '../../pool-tls.ts'

/** One pool, resolved. */
export interface HttpPoolOptions {
  /** `http://host:port` or `https://host:port`; null where only `[auth.http] url` says it. */
  readonly origin: string | null
  /** Stands before the name of each method; begins with `/`. */
  readonly pathPrefix: string
  /** Connections at most. */
  readonly workers: number
  /** Limit of one question with all its tries, milliseconds. */
  readonly callTimeoutMs: number
  /** Limit of one try, milliseconds. */
  readonly requestTimeoutMs: number
  readonly tls: PoolTlsOptions | null
}

const connectionSection = section('Where the service is.', {
  host: text({
    says: 'The service; not needed where every `[auth.http]` has a `url`.',
    allowed: '"http://" or "https://", a host name or address, and perhaps a port',
    test: (value) => urlOf(value)?.path === '/' && !value.endsWith('/'),
  }),
  path_prefix: text({
    says: 'What stands between the host and the name of a method.',
    allowed: 'a path that begins with "/", without "?" and "#"',
    byDefault: '"/"',
    test: (value) => /^\/[!-~]*$/.test(value) && !/[?#\\]|\/\.{1,2}(?:\/|$)/.test(value),
  }),
  request_timeout: integer({
    says: 'Limit of one request.',
    min: 50,
    max: 60_000,
    byDefault: 2_000,
    unit: 'milliseconds',
  }),
  tls: poolTlsSection.optional(),
})

const authPool = poolSection(
  {
    says: 'Connections to the service that judges logins.',
    callTimeout: {
      says: 'Limit of one question: waiting for a connection, and further tries after a lost one, included.',
      min: 50,
    },
    strategy: 'whichever connection is free is used',
  },
  connectionSection.prefault({}),
)

/** `[outgoing_pools.http]`: the one pool that `[auth.http]` uses. */
export const httpPoolsSection = section('Pools of HTTP connections.', { auth: authPool.optional() })

/** The pool `auth`; null when there is none. */
export function resolveHttpPool(
  values: z.output<typeof httpPoolsSection> | undefined,
  place: Place,
): HttpPoolOptions | null {
  const pool = values?.auth
  if (pool === undefined) return null
  const { host, path_prefix: pathPrefix = '/', request_timeout: requestTimeoutMs, tls } = pool.connection
  const at = place.at('auth', 'connection')
  if (requestTimeoutMs > pool.call_timeout) {
    at.at('request_timeout').warn('conflict', `is longer than \`call_timeout\` (${pool.call_timeout}), which ends it`)
  }
  const origin = host === undefined ? null : (urlOf(host)?.origin ?? null)
  warnOfClearText(origin, at.at('host'))
  if (origin?.startsWith('http:') === true && tls !== undefined) {
    at.at('tls').error('conflict', 'is for "https://", and `host` begins with "http://"')
  }
  return {
    ...{ origin, pathPrefix, requestTimeoutMs },
    workers: pool.workers,
    callTimeoutMs: pool.call_timeout,
    tls: resolvePoolTls(tls, at.at('tls')),
  }
}

/** An `[auth.http]`, and where the methods of its `[auth]` stand. */
interface AskedHttp {
  readonly http: HttpAuthOptions
  readonly methods: Place
}

/** Says what the methods that use the pool, which stands at `at`, miss in it; `asked` are those of all hosts. */
export function checkHttpPool(pool: HttpPoolOptions | null, asked: readonly AskedHttp[], at: Place): void {
  const speaking = asked.filter(({ http }) => http.api.kind === 'mongooseim')
  if (pool === null) {
    const message = 'has "http", which needs a service: add `[outgoing_pools.http.auth]` with `connection.host`'
    for (const { methods } of speaking) methods.error('conflict', message)
  } else if (speaking.length > 0 && pool.origin === null) {
    at.at('connection', 'host').error('missing', 'is missing: method "http" asks the service there')
  }
  const urls = asked.flatMap(({ http: { api } }) => (api.kind === 'json' ? api.url : []))
  if (pool?.tls != null && urls.some((url) => url.startsWith('http:'))) {
    at.at('connection', 'tls').error('conflict', `is for "https://", and \`[auth.http] url\` begins with "http://"`)
  }
}

/** The pool where the JSON form has said everything that must be said. */
export const defaultHttpPool: HttpPoolOptions = {
  origin: null,
  pathPrefix: '/',
  workers: 10,
  callTimeoutMs: 5_000,
  requestTimeoutMs: 2_000,
  tls: null,
}

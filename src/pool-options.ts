/** Options of the connections to services that backends ask (`[outgoing_pools]`). */

import type { z } from 'zod'
import {
  checkHttpPool,
  type HttpPoolOptions,
  httpPoolsSection,
  resolveHttpPool,
} from './auth/backends/http/pool-options.ts'
import {
  isThisMachine,
  type LdapPoolOptions,
  ldapPoolSection,
  resolveLdapPool,
} from './auth/backends/ldap/pool-options.ts'
import { type RdbmsPoolOptions, rdbmsPoolsSection, resolveRdbmsPool } from './auth/backends/rdbms/options.ts'
import type { AuthOptions } from './auth/options.ts'
import { section, sectionsByTag } from './config/declare.ts'
import type { Place } from './config/place.ts'

/** Connections to the services that backends ask; null where there are none. */
export interface PoolOptions {
  readonly rdbms: RdbmsPoolOptions | null
  /** Absent without `[outgoing_pools.http.auth]`. */
  readonly http?: HttpPoolOptions
  /** Pools by their tags; absent without any. */
  readonly ldap?: ReadonlyMap<string, LdapPoolOptions>
}

/** `[outgoing_pools]`. */
export const poolsSection = section(
  'Connections to the services that backends ask.',
  { http: httpPoolsSection.optional(), ldap: sectionsByTag(ldapPoolSection), rdbms: rdbmsPoolsSection.optional() },
  {
    notYet: {
      redis: { feature: 'use for Redis' },
      rabbit: { feature: 'use for RabbitMQ' },
      elastic: { feature: 'use for Elasticsearch' },
      cassandra: { feature: 'use for Cassandra' },
    },
  },
)

/** An `[auth]` and where it stands. */
interface PlacedAuth {
  readonly auth: AuthOptions
  readonly place: Place
}

/** `[outgoing_pools]`, at `place`, with its defaults; `auths` are those of all hosts, whose methods need their pools. */
export function resolvePools(
  values: z.output<typeof poolsSection> | undefined,
  auths: readonly PlacedAuth[],
  place: Place,
): PoolOptions {
  const http = resolveHttpPool(values?.http, place.at('http'))
  const pools = {
    ...(http !== null && { http }),
    rdbms: resolveRdbmsPool(values?.rdbms, place.at('rdbms')),
    ...(values?.ldap !== undefined && { ldap: resolveLdapPools(values.ldap, place.at('ldap')) }),
  }
  for (const placed of auths) checkRdbmsPool(placed, pools.rdbms, place.at('rdbms'))
  checkHttpPool(
    http,
    auths.flatMap(({ auth, place: at }) =>
      auth.http === undefined ? [] : { http: auth.http, methods: at.at('methods') },
    ),
    place.at('http', 'auth'),
  )
  const ldap = pools.ldap ?? new Map()
  for (const placed of auths) checkLdapTags(placed, ldap, place.at('ldap'))
  for (const tag of new Set(auths.flatMap(({ auth }) => auth.ldap?.bindPoolTag ?? []))) {
    checkBindPool(ldap.get(tag), place.at('ldap', tag))
  }
  return pools
}

function resolveLdapPools(
  values: Readonly<Record<string, z.output<typeof ldapPoolSection>>>,
  place: Place,
): ReadonlyMap<string, LdapPoolOptions> {
  return new Map(Object.entries(values).map(([tag, pool]) => [tag, resolveLdapPool(pool, place.at(tag))]))
}

function checkLdapTags(
  { auth: { ldap }, place }: PlacedAuth,
  pools: ReadonlyMap<string, LdapPoolOptions>,
  there: Place,
): void {
  if (ldap === undefined || there.isSpoiled) return
  const { poolTag, bindPoolTag } = ldap
  const asked = [{ key: 'pool_tag', tag: poolTag, use: 'entries are searched' }]
  // Certificates need no pool for passwords, so that of the default name may be left out.
  if (bindPoolTag !== 'bind') asked.push({ key: 'bind_pool_tag', tag: bindPoolTag, use: 'passwords are tried' })
  for (const { key, tag, use } of asked) {
    if (pools.has(tag)) continue
    const message = `${use} through the pool ${JSON.stringify(tag)}, which is not there: add \`[outgoing_pools.ldap.${tag}]\``
    place.at('ldap', key).error('conflict', message)
  }
}

function checkBindPool(pool: LdapPoolOptions | undefined, place: Place): void {
  if (pool === undefined || pool.tls !== null || pool.servers.every(isThisMachine)) return
  const message = 'takes the passwords of users over the network in clear text: add a `tls` section'
  place.at('connection').warn('clear-text', message)
}

function checkRdbmsPool({ auth, place }: PlacedAuth, pool: RdbmsPoolOptions | null, there: Place): void {
  if (!auth.methods.includes('rdbms') || pool !== null || there.isSpoiled) return
  const message = 'has "rdbms", which needs a database: add `[outgoing_pools.rdbms.default]` with its `connection`'
  place.at('methods').error('conflict', message)
}

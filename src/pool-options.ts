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
import type { LdapOptions } from './auth/ldap/options.ts'
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

/** `[outgoing_pools]` with its defaults; `auths` are those of all hosts, whose methods need their pools. */
export function resolvePools(
  values: z.output<typeof poolsSection> | undefined,
  auths: readonly AuthOptions[],
  root: Place,
): PoolOptions {
  const http = resolveHttpPool(values?.http, root.at('outgoing_pools', 'http'))
  const pools = {
    ...(http !== null && { http }),
    rdbms: resolveRdbmsPool(values?.rdbms, root.at('outgoing_pools', 'rdbms')),
    ...(values?.ldap !== undefined && { ldap: resolveLdapPools(values.ldap, root.at('outgoing_pools', 'ldap')) }),
  }
  checkPools(auths, pools, root)
  const asked = auths.flatMap((auth) => auth.http ?? [])
  checkHttpPool(http, asked, root)
  for (const { ldap } of auths) if (ldap !== undefined) checkLdapPools(ldap, pools.ldap ?? new Map(), root)
  return pools
}

function resolveLdapPools(
  values: Readonly<Record<string, z.output<typeof ldapPoolSection>>>,
  place: Place,
): ReadonlyMap<string, LdapPoolOptions> {
  return new Map(Object.entries(values).map(([tag, pool]) => [tag, resolveLdapPool(pool, place.at(tag))]))
}

function checkLdapPools(
  { poolTag, bindPoolTag }: LdapOptions,
  pools: ReadonlyMap<string, LdapPoolOptions>,
  root: Place,
): void {
  const place = root.at('outgoing_pools', 'ldap')
  // Certificates need no pool for passwords, so that of the default name may be left out.
  for (const tag of bindPoolTag === 'bind' ? [poolTag] : [poolTag, bindPoolTag]) {
    if (pools.has(tag)) continue
    place
      .at(tag)
      .error('missing', `method "ldap" asks on a pool that is not there: add \`[outgoing_pools.ldap.${tag}]\``)
  }
  const bind = pools.get(bindPoolTag)
  if (bind?.tls === null && !bind.servers.every(isThisMachine)) {
    const message = 'takes the passwords of users over the network in clear text: add a `tls` section'
    place.at(bindPoolTag, 'connection').warn('clear-text', message)
  }
}

function checkPools(auths: readonly AuthOptions[], { rdbms }: PoolOptions, root: Place): void {
  const isUsed = auths.some(({ methods }) => methods.includes('rdbms'))
  if (!isUsed || rdbms !== null || root.at('outgoing_pools', 'rdbms').isSpoiled) return
  const message = 'has "rdbms", which needs a database: add `[outgoing_pools.rdbms.default]` with its `connection`'
  root.at('auth', 'methods').error('conflict', message)
}

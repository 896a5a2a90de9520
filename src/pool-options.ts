/** Options of the connections to services that backends ask (`[outgoing_pools]`). */

import type { z } from 'zod'
import { type RdbmsPoolOptions, rdbmsPoolsSection, resolveRdbmsPool } from './auth/backends/rdbms/options.ts'
import type { AuthOptions } from './auth/options.ts'
import { section } from './config/declare.ts'
import type { Place } from './config/place.ts'

/** Connections to the services that backends ask; null where there are none. */
export interface PoolOptions {
  readonly rdbms: RdbmsPoolOptions | null
}

/** `[outgoing_pools]`. */
export const poolsSection = section(
  'Connections to the services that backends ask.',
  { rdbms: rdbmsPoolsSection.optional() },
  {
    notYet: {
      http: { feature: 'HTTP backend' },
      ldap: { feature: 'LDAP backend' },
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
  const pools = { rdbms: resolveRdbmsPool(values?.rdbms, root.at('outgoing_pools', 'rdbms')) }
  checkPools(auths, pools, root)
  return pools
}

function checkPools(auths: readonly AuthOptions[], { rdbms }: PoolOptions, root: Place): void {
  const isUsed = auths.some(({ methods }) => methods.includes('rdbms'))
  if (!isUsed || rdbms !== null || root.at('outgoing_pools', 'rdbms').isSpoiled) return
  const message = 'has "rdbms", which needs a database: add `[outgoing_pools.rdbms.default]` with its `connection`'
  root.at('auth', 'methods').error('conflict', message)
}

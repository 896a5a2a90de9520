/** The `ldap` backends of one configuration, over the pools that it names. */

import type { PoolReading } from '../../../observe/metrics.ts'
import type { AuthBackend } from '../../contract.ts'
import type { LdapOptions } from '../../ldap/options.ts'
import { createLdapBackend } from './backend.ts'
import { createLdapPool, type LdapPool } from './pool.ts'
import type { LdapPoolOptions } from './pool-options.ts'

/** Backends and their pools. Disposing of it closes the pools. */
export interface LdapBackends extends AsyncDisposable {
  /** The backend for these options. Throws when there is no pool to search on. */
  of(options: LdapOptions): AuthBackend
  /** Connections by pool and server. */
  readings(): readonly PoolReading[]
}

/** Backends over pools of these options, by tag. Nothing connects before somebody logs in. */
export function createLdapBackends(pools: ReadonlyMap<string, LdapPoolOptions>): LdapBackends {
  const owned = new AsyncDisposableStack()
  const searching = new Map<string, LdapPool>()
  const binding = new Map<string, LdapPool>()
  const backends = new Map<LdapOptions, AuthBackend>()
  const poolOf = (tag: string, made: Map<string, LdapPool>, use: 'search' | 'bind'): LdapPool | null => {
    const options = pools.get(tag)
    if (options === undefined) return null
    const known = made.get(tag)
    if (known !== undefined) return known
    // Whoever tries a password speaks as that user, and as nobody before.
    const pool = createLdapPool(use === 'search' ? options : { ...options, identity: { kind: 'anonymous' } })
    made.set(tag, owned.use(pool))
    return pool
  }
  return {
    of: (options) => {
      const known = backends.get(options)
      if (known !== undefined) return known
      const search = poolOf(options.poolTag, searching, 'search')
      if (search === null) throw new Error(`method "ldap" has no pool ${JSON.stringify(options.poolTag)}`)
      const backend = createLdapBackend(options, { search, bind: poolOf(options.bindPoolTag, binding, 'bind') })
      backends.set(options, backend)
      return backend
    },
    readings: () =>
      [...searching, ...binding].flatMap(([tag, pool]) =>
        pool.health().map(({ server, connections }) => ({ pool: `ldap.${tag}`, server, connections })),
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The backends of one configuration generation: each is made once, and shared by the listeners and hosts that name it. */

import { createLdapBackends } from './auth/backends/ldap/backends.ts'
import { createPkiBackend } from './auth/backends/pki.ts'
import { createRdbmsBackend } from './auth/backends/rdbms/backend.ts'
import { createDatabase } from './auth/backends/rdbms/database.ts'
import { createUserTable, type UserTable } from './auth/backends/rdbms/table.ts'
import type { AuthBackend } from './auth/contract.ts'
import type { AuthOptions } from './auth/options.ts'
import { createPasswordChecker } from './auth/passwords/checking.ts'
import { composeHttp } from './compose-http.ts'
import type { Log } from './observe/log.ts'
import type { PoolReading } from './observe/metrics.ts'
import type { SignetOptions } from './options.ts'
import { reservePrivateFile } from './private-file.ts'

/** Backends and what they share. Disposing of it closes what was opened; backends that were handed in stay. */
export interface BackendSet extends AsyncDisposable {
  /** The backend of a name in `auth.methods`, configured as `auth` says, for the listener of this name. Throws for a name that no backend has. */
  of(auth: AuthOptions, name: string, listener: string): AuthBackend
  /** Connections of the pools that somebody has asked for. */
  readings(): readonly PoolReading[]
}

/**
 * The backends that `options` can ask for, none of which connects before it is asked. `handedIn` are those of the host
 * program, by name. Asking for one throws when a file that it needs cannot be read.
 */
export function composeBackends(
  { pools }: SignetOptions,
  handedIn: ReadonlyMap<string, AuthBackend>,
  log: Log,
): BackendSet {
  const owned = new AsyncDisposableStack()
  const table = once((): UserTable => {
    const opened = composeUserTable({ pools }, log)
    if (opened === null) throw new Error('method "rdbms" has no pool')
    return owned.use(opened)
  })
  const ldap = once(() => owned.use(createLdapBackends(pools.ldap ?? new Map())))
  const http = composeHttp(pools.http ?? null, owned)
  const pki = once(createPkiBackend)
  // One a set of password options: the queue of derivations belongs to the backend.
  const rdbms = perKey((password: AuthOptions['password']) =>
    createRdbmsBackend(table.get(), createPasswordChecker(password)),
  )
  const builtIn: Readonly<Record<string, (auth: AuthOptions, listener: string) => AuthBackend>> = {
    http: http.of,
    ldap: (auth) => {
      if (auth.ldap === undefined) throw new Error('method "ldap" has no section')
      return ldap.get().of(auth.ldap)
    },
    pki: pki.get,
    rdbms: ({ password }) => rdbms(password),
  }
  return {
    of: (auth, name, listener) => {
      const backend = handedIn.get(name) ?? (Object.hasOwn(builtIn, name) ? builtIn[name]?.(auth, listener) : undefined)
      if (backend === undefined) throw new Error(`no backend is named ${JSON.stringify(name)}`)
      return backend
    },
    readings: () => [...http.readings(), ...(ldap.made?.readings() ?? []), ...databaseReadings(pools, table.made)],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The table of `[outgoing_pools.rdbms.default]`, which belongs to the caller; null without that pool. */
export function composeUserTable({ pools }: Pick<SignetOptions, 'pools'>, log: Log): UserTable | null {
  if (pools.rdbms === null) return null
  const { connection } = pools.rdbms
  if (connection.driver === 'sqlite') reservePrivateFile(connection.database)
  return createUserTable(createDatabase(pools.rdbms, log))
}

function databaseReadings({ rdbms }: SignetOptions['pools'], table: UserTable | null): readonly PoolReading[] {
  if (rdbms === null || table === null) return []
  const { connection } = rdbms
  const server = connection.driver === 'sqlite' ? connection.driver : `${connection.host}:${connection.port}`
  return [{ pool: 'rdbms.default', server, connections: table.connections }]
}

/** Something that is made when it is first asked for. */
interface Once<T> {
  readonly get: () => T
  /** Null before that. */
  readonly made: T | null
}

function once<T>(make: () => T): Once<T> {
  let made: { readonly value: T } | null = null
  return {
    get: () => {
      made ??= { value: make() }
      return made.value
    },
    get made() {
      return made?.value ?? null
    },
  }
}

function perKey<K extends object, T>(make: (key: K) => T): (key: K) => T {
  const made = new Map<K, T>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}

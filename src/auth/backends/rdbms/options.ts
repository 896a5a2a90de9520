/** Options of the database connections (`[outgoing_pools.rdbms.default]`). */

import { isIP } from 'node:net'
import type { z } from 'zod'
import { integer, optionalChoice, section, text } from '../../../config/declare.ts'
import type { Place } from '../../../config/place.ts'
import { poolSection } from '../../pool-section.ts'
import { type PoolTlsOptions, poolTlsSection, resolvePoolTls } from '../../pool-tls.ts'

/** A database server. */
export interface ServerConnection {
  readonly driver: 'pgsql' | 'mysql'
  readonly host: string
  readonly port: number
  readonly database: string
  readonly username: string
  /** Never logged. */
  readonly password: string
  readonly tls: PoolTlsOptions | null
}

/** An SQLite file; absolute path. */
export interface FileConnection {
  readonly driver: 'sqlite'
  readonly database: string
}

/** Where the table is. */
export type RdbmsConnection = ServerConnection | FileConnection

/** One pool, resolved. */
export interface RdbmsPoolOptions {
  /** Connections at most. */
  readonly workers: number
  /** Longest wait for a free connection, milliseconds. */
  readonly callTimeoutMs: number
  /** Longest time of one statement, milliseconds. */
  readonly queryTimeoutMs: number
  /** Seconds between probes of idle connections; null for none of our own. */
  readonly keepaliveS: number | null
  readonly connection: RdbmsConnection
}

const defaultPorts = { pgsql: 5432, mysql: 3306 } as const

const isPresent = (value: string): boolean => value !== '' && !value.includes('\0')

const connectionSection = section(
  'Where the database is.',
  {
    driver: optionalChoice(['pgsql', 'mysql', 'sqlite'], {
      says: 'Kind of database: PostgreSQL, MySQL or MariaDB, or one SQLite file.',
      byDefault: 'none: it must be given',
      notYet: { cockroachdb: 'CockroachDB driver' },
    }),
    host: text({ says: 'Host of the database server.', allowed: 'a host name or address', test: isPresent }),
    port: integer({
      says: 'TCP port of the database server; 0 stands for the usual one, 5432 or 3306.',
      min: 0,
      max: 65_535,
      byDefault: 0,
    }),
    database: text({
      says: 'Name of the database; with `driver = "sqlite"` the name of its file.',
      allowed: 'a non-empty text',
      test: isPresent,
    }),
    username: text({ says: 'Who we are to the database.', allowed: 'a non-empty text', test: isPresent }),
    password: text({ says: 'Our password there.', allowed: 'a non-empty text', secret: true, test: isPresent }),
    query_timeout: integer({
      says: 'Limit of one statement.',
      min: 100,
      max: 60_000,
      byDefault: 5_000,
      unit: 'milliseconds',
    }),
    keepalive_interval: integer({
      says: 'Time between probes of idle connections; 0 leaves them to TCP.',
      min: 0,
      max: 86_400,
      byDefault: 0,
      unit: 'seconds',
    }),
    tls: poolTlsSection.optional(),
  },
  { meaningless: { max_start_interval: 'a connection is made when somebody logs in, and again when one was lost' } },
)

const defaultPool = poolSection(
  {
    says: 'Connections to the database that holds the accounts.',
    callTimeout: { says: 'Longest wait for a free connection.', min: 100 },
    strategy: 'whichever connection is free is used',
  },
  connectionSection,
)

/** `[outgoing_pools.rdbms]`: the one pool that `[auth.rdbms]` uses. */
export const rdbmsPoolsSection = section('Pools of database connections.', { default: defaultPool.optional() })

/** The pool `default`; null when there is none, or, reported, when it cannot be used. */
export function resolveRdbmsPool(
  values: z.output<typeof rdbmsPoolsSection> | undefined,
  place: Place,
): RdbmsPoolOptions | null {
  const pool = values?.default
  if (pool === undefined) return null
  const at = place.at('default', 'connection')
  const connection = resolveConnection(pool.connection, at)
  if (connection === null) return null
  const { query_timeout: queryTimeoutMs, keepalive_interval: keepalive } = pool.connection
  return {
    workers: pool.workers,
    callTimeoutMs: pool.call_timeout,
    queryTimeoutMs,
    keepaliveS: keepalive === 0 ? null : keepalive,
    connection,
  }
}

function resolveConnection(values: z.output<typeof connectionSection>, place: Place): RdbmsConnection | null {
  const { driver, database, host, username, password } = values
  if (driver === undefined) {
    place.at('driver').error('missing', 'is missing: it must be one of "pgsql", "mysql", "sqlite"')
    return null
  }
  if (driver === 'sqlite') return resolveFile(values, place)
  const needed = { host, database, username, password }
  const missing = Object.entries(needed).filter(([, value]) => value === undefined)
  for (const [key] of missing) place.at(key).error('missing', `is missing: driver "${driver}" needs it`)
  if (host === undefined || database === undefined || username === undefined || password === undefined) return null
  const port = values.port === 0 ? defaultPorts[driver] : values.port
  const tls = resolvePoolTls(values.tls, place.at('tls'))
  if (values.tls?.server_name_indication !== undefined) {
    const message = 'has no effect on connections to databases: they are asked for, and checked, by their `host`'
    place.at('tls', 'server_name_indication').error('conflict', message)
  }
  // The driver for MySQL compares no addresses with the certificate.
  if (driver === 'mysql' && tls?.verify === true && isIP(host) !== 0) {
    place
      .at('host')
      .error('conflict', 'must be a name, not an address, so that the certificate can be compared with it')
  }
  return { driver, host, port, database, username, password, tls }
}

const ofServers = ['host', 'username', 'password', 'tls'] as const

function resolveFile(values: z.output<typeof connectionSection>, place: Place): RdbmsConnection | null {
  for (const key of ofServers) {
    if (values[key] !== undefined) place.at(key).error('conflict', 'has no meaning with `driver = "sqlite"`; remove it')
  }
  if (values.database === undefined) {
    place.at('database').error('missing', 'is missing: driver "sqlite" needs the name of its file')
    return null
  }
  return { driver: 'sqlite', database: place.at('database').resolve(values.database) }
}

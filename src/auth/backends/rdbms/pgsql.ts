/** PostgreSQL. */

import { Pool } from 'pg'
import type { Log } from '../../../observe/log.ts'
import { connectOptions } from '../../pool-tls.ts'
import type { RdbmsPoolOptions, ServerConnection } from './options.ts'
import { numbered, type SqlDatabase } from './sql.ts'

/** How long an unused connection stays open, milliseconds. */
const idleMs = 60_000

/** A pool of connections, none of which is made before it is needed. Throws when a file of `tls` cannot be read. */
export function createPostgres(options: RdbmsPoolOptions, connection: ServerConnection, log: Log): SqlDatabase {
  const { host, port, database, username: user, password, tls } = connection
  const pool = new Pool({
    ...{ host, port, database, user, password },
    ssl: tls === null ? false : connectOptions(tls, host),
    max: options.workers,
    connectionTimeoutMillis: options.callTimeoutMs,
    // The server gives up first, so that the connection is still of use.
    statement_timeout: options.queryTimeoutMs,
    query_timeout: options.queryTimeoutMs + graceMs,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
    ...(options.keepaliveS !== null && { keepAliveInitialDelayMillis: options.keepaliveS * 1000 }),
    application_name: 'signet',
    allowExitOnIdle: true,
  })
  // An idle connection that dies says so here, and unheard it would end the process.
  pool.on('error', (cause) => log.warn('pool_connection_lost', { pool: 'rdbms', why: cause.message }))
  return {
    get connections() {
      return pool.totalCount
    },
    run: async (statement, values) => {
      const { rows } = await pool.query({ name: statement, text: numbered[statement], values: [...values] })
      return rows
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

const graceMs = 250

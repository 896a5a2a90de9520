/** MySQL and MariaDB. */

import { isIP, type Socket } from 'node:net'
import { createPool, type PoolConnection, type PoolOptions, type SslOptions } from 'mysql2/promise'
import type { Log } from '../../../observe/log.ts'
import { connectOptions, type PoolTlsOptions } from '../../pool-tls.ts'
import type { RdbmsPoolOptions, ServerConnection } from './options.ts'
import { questionMarks, type Row, type SqlDatabase } from './sql.ts'

/** Logins that wait for a connection at one time; further ones are refused at once. */
const maxWaiting = 1_000

/** How long an unused connection stays open, milliseconds. */
const idleMs = 60_000

/** A pool of connections, none of which is made before it is needed. Throws when a file of `tls` cannot be read. */
export function createMysql(options: RdbmsPoolOptions, connection: ServerConnection, log: Log): SqlDatabase {
  const pool = createPool(poolOptions(options, connection))
  const heard = new WeakSet<object>()
  let connections = 0
  const acquire = async (): Promise<PoolConnection> => {
    const held = await withLimit(pool.getConnection(), options.callTimeoutMs, (late) => late.release())
    if (!heard.has(held.connection)) {
      heard.add(held.connection)
      connections += 1
      whenClosed(held.connection, () => {
        connections -= 1
      })
      // An idle connection that dies says so here, and unheard it would end the process.
      held.connection.on('error', (cause: Error) =>
        log.warn('pool_connection_lost', { pool: 'rdbms', why: cause.message }),
      )
    }
    return held
  }
  return {
    get connections() {
      return connections
    },
    run: async (statement, values) => {
      const held = await acquire()
      try {
        const asked = held.execute(questionMarks[statement], [...values])
        const [rows] = await withLimit(asked, options.queryTimeoutMs, () => undefined)
        held.release()
        return Array.isArray(rows) ? (rows as Row[]) : []
      } catch (cause) {
        // Whatever went wrong, and an answer that may still come, stays with this connection.
        held.destroy()
        throw cause
      }
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

/** The driver tells of some ends of a connection only; its socket, which it does not declare, tells of all. */
function whenClosed(connection: object, heard: () => void): void {
  const { stream } = connection as { readonly stream?: Socket }
  stream?.once('close', heard)
}

function poolOptions(
  options: RdbmsPoolOptions,
  { host, port, database, username: user, password, tls }: ServerConnection,
): PoolOptions {
  return {
    ...{ host, port, database, user, password },
    charset: 'utf8mb4',
    connectTimeout: options.callTimeoutMs,
    connectionLimit: options.workers,
    idleTimeout: idleMs,
    queueLimit: maxWaiting,
    enableKeepAlive: true,
    ...(options.keepaliveS !== null && { keepAliveInitialDelay: options.keepaliveS * 1000 }),
    multipleStatements: false,
    ...(tls !== null && { ssl: sslOptions(tls, host) }),
  }
}

function sslOptions(tls: PoolTlsOptions, host: string): SslOptions {
  // The driver would believe any certificate of the CA.
  if (tls.verify && isIP(host) !== 0) throw new Error('with TLS the host of the database must be a name')
  const { ca, cert, key, passphrase, minVersion, rejectUnauthorized } = connectOptions(tls, host)
  const texts = { ca, cert, key, passphrase, minVersion }
  const given = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined))
  return { ...given, rejectUnauthorized: rejectUnauthorized === true, verifyIdentity: tls.verify }
}

/** The driver has no limit for these waits of its own; what comes too late is given to `drop`. */
function withLimit<T>(promise: Promise<T>, limitMs: number, drop: (late: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      reject(new Error(`the database did not answer within ${limitMs} ms`))
    }, limitMs)
    promise.then(
      (value) => {
        clearTimeout(timer)
        if (isLate) drop(value)
        else resolve(value)
      },
      (cause: unknown) => {
        clearTimeout(timer)
        reject(cause)
      },
    )
  })
}

/** The database that the options name. */

import type { Log } from '../../../observe/log.ts'
import { createMysql } from './mysql.ts'
import type { RdbmsPoolOptions } from './options.ts'
import { createPostgres } from './pgsql.ts'
import type { SqlDatabase } from './sql.ts'
import { createSqlite } from './sqlite.ts'

/** Connects to nothing yet. Throws when a file of `tls` cannot be read. */
export function createDatabase(options: RdbmsPoolOptions, log: Log): SqlDatabase {
  const { connection } = options
  switch (connection.driver) {
    case 'pgsql':
      return createPostgres(options, connection, log)
    case 'mysql':
      return createMysql(options, connection, log)
    case 'sqlite':
      return createSqlite(connection)
  }
}

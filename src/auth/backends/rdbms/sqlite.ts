/** One SQLite file, for a site without a database server. */

import { DatabaseSync } from 'node:sqlite'
import type { FileConnection } from './options.ts'
import { questionMarks, type SqlDatabase, type StatementName } from './sql.ts'

/** How long another program may hold the file, milliseconds; it is short because everything waits with us. */
const busyMs = 250

/** MongooseIM's table, which has no SQLite form of its own. */
const schema = `
CREATE TABLE IF NOT EXISTS users (
  username TEXT NOT NULL,
  server TEXT NOT NULL,
  password TEXT NOT NULL,
  pass_details TEXT,
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (server, username)
)`

/** The file, opened and given its table when it is first needed, and again after a fault. */
export function createSqlite({ database }: FileConnection): SqlDatabase {
  let opened: DatabaseSync | null = null
  const open = (): DatabaseSync => {
    if (opened !== null) return opened
    const file = new DatabaseSync(database, { timeout: busyMs })
    try {
      file.exec(schema)
    } catch (cause) {
      file.close()
      throw cause
    }
    opened = file
    return file
  }
  const run = (statement: StatementName, values: readonly (string | number | null)[]) => {
    const prepared = open().prepare(questionMarks[statement])
    if (statement === 'find' || statement === 'list') return prepared.all(...values)
    prepared.run(...values)
    return []
  }
  return {
    get connections() {
      return opened === null ? 0 : 1
    },
    run: async (statement, values) => {
      try {
        return run(statement, values)
      } catch (cause) {
        opened?.close()
        opened = null
        throw cause
      }
    },
    [Symbol.asyncDispose]: async () => {
      opened?.close()
      opened = null
    },
  }
}

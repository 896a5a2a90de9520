/** Start-up check of the store (`[session.local]`). */

import { readHead, writeFault } from './config/files.ts'
import type { OptionsReading } from './options.ts'
import { inMemory } from './session/local/options.ts'

/** What every SQLite file begins with (https://www.sqlite.org/fileformat.html#the_database_header). */
const header = Buffer.from('SQLite format 3\0')

/**
 * Adds why the store could not be opened. Only for a process that has not opened it: closing a file that was looked into
 * takes SQLite's locks on it away from the whole process (fcntl(2)), and then another server could open it as well.
 */
export function lintStore({ options, root }: OptionsReading): void {
  const database = options?.session.database ?? inMemory
  if (database === inMemory) return
  const fault = writeFault(database) ?? contentFault(database)
  if (fault !== null) root.at('session', 'local', 'database').error('store-unusable', fault)
}

function contentFault(database: string): string | null {
  const head = readHead(database, header.length)
  // SQLite makes an empty file into a database.
  if (head === null || head.length === 0 || header.equals(head)) return null
  return `${database} is no SQLite database`
}

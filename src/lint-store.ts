/** Start-up checks of the SQLite files: the store (`[session.local]`), and the accounts (`[outgoing_pools.rdbms]`). */

import { readHead, realPath, writeFault } from './config/files.ts'
import type { OptionsReading } from './options.ts'
import { inMemory } from './session/local/options.ts'
import { refuseForeign } from './session/local/store/database.ts'

/** What every SQLite file begins with (https://www.sqlite.org/fileformat.html#the_database_header). */
const magic = Buffer.from('SQLite format 3\0')

/** Where the rest of the header has what the store goes by, and how much of a file one reads for it. */
const userVersionAt = 60
const applicationIdAt = 68
/** In the header of the first page, which is the root of the table of all tables: how many cells it has. */
const cellCountAt = 103
const headBytes = 105

/**
 * Adds why the store and the accounts could not be opened. Only for a process that has not opened them: closing a file
 * that was looked into takes SQLite's locks on it away from the whole process (fcntl(2)), and then another server could
 * open it as well.
 */
export function lintStore({ options, root }: OptionsReading): void {
  if (options === null) return
  const { session, pools } = options
  const store = session.database === inMemory ? null : session.database
  const fault = store === null ? null : (writeFault(store) ?? magicFault(store) ?? ownFault(store))
  if (fault !== null) root.at('session', 'local', 'database').error('store-unusable', fault)
  const connection = pools.rdbms?.connection
  if (connection?.driver !== 'sqlite') return
  const at = root.at('outgoing_pools', 'rdbms', 'default', 'connection', 'database')
  const accounts = connection.database
  if (store !== null && realPath(store) === realPath(accounts)) {
    at.error('conflict', `${accounts} is the store as well (\`session.local.database\`); name another file`)
    return
  }
  const unusable = accountsFault(accounts)
  if (unusable !== null) at.error('store-unusable', unusable)
}

/** A server makes the file where there is none; one that is there it only reads. */
function accountsFault(database: string): string | null {
  const fault = writeFault(database)
  return fault === null ? magicFault(database) : isSqlite(readHead(database, magic.length)) ? null : fault
}

function magicFault(database: string): string | null {
  const head = readHead(database, magic.length)
  // SQLite makes an empty file into a database.
  return head === null || head.length === 0 || isSqlite(head) ? null : `${database} is no SQLite database`
}

function isSqlite(head: Uint8Array | null): boolean {
  return head !== null && magic.equals(head.subarray(0, magic.length))
}

/**
 * By the header, without SQLite. While a server runs, and after a crash, what is newer may still be in the WAL beside it:
 * then something may be missed, and nothing refused that would be taken, since no version goes back.
 */
function ownFault(database: string): string | null {
  const bytes = readHead(database, headBytes)
  if (bytes === null || bytes.length < headBytes) return null
  const head = new DataView(bytes.buffer, bytes.byteOffset)
  const refusal = refuseForeign({
    version: head.getInt32(userVersionAt),
    application: head.getInt32(applicationIdAt),
    tables: head.getUint16(cellCountAt),
  })
  return refusal && `${database}: ${refusal.why}`
}

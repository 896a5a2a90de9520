/** Opens the SQLite file: locked to this process, checked, migrated; every commit is on the disk when it returns. */

import { DatabaseSync } from 'node:sqlite'
import type { Result } from '../../../result.ts'
import { fail, ok } from '../../../result.ts'
import { applicationId, migrations } from './schema.ts'

/** Why the file cannot be used. */
export interface StoreFault {
  readonly code: 'store-locked' | 'store-corrupt' | 'store-foreign' | 'store-newer' | 'store-unavailable'
  /** The file as it was named. */
  readonly path: string
  /** A sentence for the operator. */
  readonly why: string
}

/** How long another process may keep the file before it counts as in use, milliseconds. */
const lockWaitMs = 1_000

/** Opens the file at `path` (`:memory:` for none), creating it if it is missing. Never throws. */
export function openDatabase(path: string): Result<DatabaseSync, StoreFault> {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { timeout: lockWaitMs, defensive: true })
    const why = prepareDatabase(database)
    if (why === null) return ok(database)
    database.close()
    return fail({ ...why, path })
  } catch (error) {
    if (database?.isOpen === true) database.close()
    return fail(explainFault(error, path))
  }
}

type Refusal = Pick<StoreFault, 'code' | 'why'>

function prepareDatabase(database: DatabaseSync): Refusal | null {
  // Two servers on one file would each miss what the other's sessions do.
  database.exec('PRAGMA locking_mode = EXCLUSIVE')
  database.exec('PRAGMA journal_mode = WAL')
  // FULL: in WAL mode NORMAL may lose acknowledged commits when the power goes.
  database.exec('PRAGMA synchronous = FULL')
  const foreign = refuseForeign(markOf(database))
  if (foreign !== null) return foreign
  const check = readPragma(database, 'quick_check')
  if (check !== 'ok') return { code: 'store-corrupt', why: `SQLite finds the file damaged: ${String(check)}` }
  database.exec('BEGIN EXCLUSIVE')
  for (let version = Number(readPragma(database, 'user_version')); version < migrations.length; version += 1) {
    database.exec(migrations[version] ?? '')
    database.exec(`PRAGMA user_version = ${version + 1}`)
  }
  database.exec(`PRAGMA application_id = ${applicationId}`)
  database.exec('COMMIT')
  return null
}

function markOf(database: DatabaseSync): StoreMark {
  return {
    version: Number(readPragma(database, 'user_version')),
    application: Number(readPragma(database, 'application_id')),
    tables: Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']),
  }
}

/** What a file says of who wrote it. */
export interface StoreMark {
  /** `PRAGMA user_version`. */
  readonly version: number
  /** `PRAGMA application_id`. */
  readonly application: number
  /** Entries of its schema. */
  readonly tables: number
}

/** Why a file with this mark is not for this release; null when it is. */
export function refuseForeign({ version, application, tables }: StoreMark): Refusal | null {
  if (application !== applicationId && (tables > 0 || version > 0)) {
    return { code: 'store-foreign', why: 'the file is an SQLite database of another program' }
  }
  if (version > migrations.length) {
    const why = `the file was written by a newer Signet (schema ${version}; this one knows ${migrations.length})`
    return { code: 'store-newer', why }
  }
  return null
}

function readPragma(database: DatabaseSync, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get()
  return row === undefined ? null : Object.values(row)[0]
}

/** SQLite's primary result codes, the low byte of `errcode`. */
const resultCodes: Readonly<Record<number, Refusal>> = {
  5: { code: 'store-locked', why: 'another process has the file open; is a Signet still running on it?' },
  6: { code: 'store-locked', why: 'another process has the file open; is a Signet still running on it?' },
  11: { code: 'store-corrupt', why: 'SQLite finds the file damaged' },
  26: { code: 'store-corrupt', why: 'the file is no SQLite database' },
}

function explainFault(error: unknown, path: string): StoreFault {
  const words = error instanceof Error ? error.message : String(error)
  const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
  const known = resultCodes[errcode & 0xff]
  if (known !== undefined) return { ...known, path }
  return { code: 'store-unavailable', path, why: words }
}

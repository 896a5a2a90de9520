/** The state that must survive: accounts, rosters, offline messages and private XML in one SQLite file. */

import type { DatabaseSync } from 'node:sqlite'
import type { Result } from '../../../result.ts'
import { ok } from '../../../result.ts'
import { openDatabase, type StoreFault } from './database.ts'
import { createOfflineStore, type OfflineBounds, type OfflineStore } from './offline-store.ts'
import { createPrivateStore, type PrivateBounds, type PrivateStore } from './private-store.ts'
import { createRosterStore, type RosterStore } from './roster-store.ts'
import { migrations } from './schema.ts'

/** The open store. All calls are synchronous; when one returns, what it wrote survives a crash and a power cut. */
export interface Store {
  readonly roster: RosterStore
  readonly offline: OfflineStore
  readonly privateXml: PrivateStore
  /** Notes an account at its login; true if it was not known. Accounts exist from their first login on. */
  enroll(account: string): boolean
  knows(account: string): boolean
  /** Runs `work` whole or not at all; inside another call it joins that one. Rethrows what `work` throws. */
  transaction<T>(work: () => T): T
  /** Like `transaction`, but what `work` did is undone when it answers false. Not to be called inside a transaction. */
  attempt(work: () => boolean): boolean
  /** Whether the disk takes what is written; asks it each time, by a write that changes nothing. Not to be called inside a transaction. */
  isWritable(): boolean
  /** Idempotent. */
  close(): void
}

/** Accounts known to be in the file, so that their logins ask it nothing. No account is ever taken out of it. */
const maxRemembered = 16_384

/** Opens the file at `path`, or a store in memory for `:memory:`. */
export function openStore(path: string, bounds: OfflineBounds & PrivateBounds): Result<Store, StoreFault> {
  const opened = openDatabase(path)
  if (!opened.ok) return opened
  const database = opened.value
  const knows = database.prepare('SELECT 1 FROM account WHERE jid = ?')
  const enroll = database.prepare('INSERT INTO account (jid) VALUES (?)')
  const remembered = new Set<string>()
  return ok({
    roster: createRosterStore(database),
    offline: createOfflineStore(database, bounds),
    privateXml: createPrivateStore(database, bounds),
    enroll: (account) => {
      if (knows.get(account) !== undefined) return false
      enroll.run(account)
      return true
    },
    knows: (account) => {
      if (remembered.has(account)) return true
      if (knows.get(account) === undefined) return false
      // Within a transaction the row may be one that a rollback takes away again.
      if (!database.isTransaction && remembered.size < maxRemembered) remembered.add(account)
      return true
    },
    transaction: (work) => runTransaction(database, work, () => true),
    attempt: (work) => runTransaction(database, work, (isDone) => isDone),
    isWritable: () => canWrite(database),
    close: () => {
      if (database.isOpen) database.close()
    },
  })
}

/** SQLite writes the header's page whether its fields change or not, and waits for the disk. */
function canWrite(database: DatabaseSync): boolean {
  try {
    database.exec(`PRAGMA user_version = ${migrations.length}`)
    return true
  } catch {
    return false
  }
}

function runTransaction<T>(database: DatabaseSync, work: () => T, isKept: (result: T) => boolean): T {
  if (database.isTransaction) return work()
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec(isKept(result) ? 'COMMIT' : 'ROLLBACK')
    return result
  } catch (error) {
    // SQLite has already rolled back after some errors (disk full, I/O).
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Messages for accounts that are away (XEP-0160). */

import type { DatabaseSync } from 'node:sqlite'

/** A message that waits. */
export interface OfflineMessage {
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly storedAt: number
  /** The `<message/>` as it would have been delivered. */
  readonly markup: string
}

/** Bounds on what waits for one account. */
export interface OfflineBounds {
  readonly maxOfflineMessages: number
  readonly maxOfflineBytes: number
}

/** Keeps messages in order of arrival. Owners are bare JIDs in text form; methods throw what SQLite throws. */
export interface OfflineStore {
  /** False when the account's queue has no room for it. */
  add(owner: string, markup: string, storedAt: number): boolean
  list(owner: string): readonly OfflineMessage[]
  remove(ids: readonly number[]): void
}

/** Prepares the statements on an open database. */
export function createOfflineStore(database: DatabaseSync, bounds: OfflineBounds): OfflineStore {
  const usage = database.prepare('SELECT count(*) AS n, total(bytes) AS bytes FROM offline WHERE owner = ?')
  const add = database.prepare('INSERT INTO offline (owner, stored_at, markup, bytes) VALUES (?, ?, ?, ?)')
  const list = database.prepare('SELECT id, stored_at, markup FROM offline WHERE owner = ? ORDER BY id')
  const remove = database.prepare('DELETE FROM offline WHERE id IN (SELECT value FROM json_each(?))')
  return {
    add: (owner, markup, storedAt) => {
      const bytes = Buffer.byteLength(markup)
      const used = usage.get(owner)
      if (Number(used?.['n']) >= bounds.maxOfflineMessages) return false
      if (Number(used?.['bytes']) + bytes > bounds.maxOfflineBytes) return false
      add.run(owner, storedAt, markup, bytes)
      return true
    },
    list: (owner) =>
      list.all(owner).map((row) => ({
        id: Number(row['id']),
        storedAt: Number(row['stored_at']),
        markup: String(row['markup']),
      })),
    remove: (ids) => {
      remove.run(JSON.stringify(ids))
    },
  }
}

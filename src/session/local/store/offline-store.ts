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
  /** A new id. Ids stand for the order in which messages came; one may be used later than it was taken, or never. */
  nextId(): number
  /** False when the account's queue has no room for it. `id` is a new one when left out. */
  add(owner: string, markup: string, storedAt: number, id?: number): boolean
  list(owner: string): readonly OfflineMessage[]
  remove(ids: readonly number[]): void
}

/** Prepares the statements on an open database. */
export function createOfflineStore(database: DatabaseSync, bounds: OfflineBounds): OfflineStore {
  const usage = database.prepare('SELECT count(*) AS n, total(bytes) AS bytes FROM offline WHERE owner = ?')
  const add = database.prepare('INSERT INTO offline (id, owner, stored_at, markup, bytes) VALUES (?, ?, ?, ?, ?)')
  const list = database.prepare('SELECT id, stored_at, markup FROM offline WHERE owner = ? ORDER BY id')
  const remove = database.prepare('DELETE FROM offline WHERE id IN (SELECT value FROM json_each(?))')
  // The file is ours alone: what SQLite counted last is what was used last.
  const sequence = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'offline'").get()
  let lastId = Number(sequence?.['seq'] ?? 0)
  const nextId = () => {
    lastId += 1
    return lastId
  }
  return {
    nextId,
    add: (owner, markup, storedAt, id = nextId()) => {
      const bytes = Buffer.byteLength(markup)
      const used = usage.get(owner)
      if (Number(used?.['n']) >= bounds.maxOfflineMessages) return false
      if (Number(used?.['bytes']) + bytes > bounds.maxOfflineBytes) return false
      add.run(id, owner, storedAt, markup, bytes)
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

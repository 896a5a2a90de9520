/** Private XML storage (XEP-0049): elements that clients keep for themselves, by name and namespace. */

import type { DatabaseSync } from 'node:sqlite'

/** An element to keep. */
export interface PrivateElement {
  readonly name: string
  readonly xmlns: string
  readonly markup: string
}

/** Bounds on what one account may keep. */
export interface PrivateBounds {
  readonly maxPrivateItems: number
  readonly maxPrivateBytes: number
}

/** Reads and writes elements. Owners are bare JIDs in text form; methods throw what SQLite throws. */
export interface PrivateStore {
  /** The markup, or null if nothing is kept under that name and namespace. */
  find(owner: string, name: string, xmlns: string): string | null
  /** Replaces the element of the same name and namespace; false when the account's room is used up. */
  save(owner: string, element: PrivateElement): boolean
}

/** Prepares the statements on an open database. */
export function createPrivateStore(database: DatabaseSync, bounds: PrivateBounds): PrivateStore {
  const find = database.prepare('SELECT markup FROM private_xml WHERE owner = ? AND name = ? AND xmlns = ?')
  const others = database.prepare(
    'SELECT count(*) AS n, total(bytes) AS bytes FROM private_xml WHERE owner = ? AND NOT (name = ? AND xmlns = ?)',
  )
  const save = database.prepare(
    'INSERT OR REPLACE INTO private_xml (owner, name, xmlns, markup, bytes) VALUES (?, ?, ?, ?, ?)',
  )
  return {
    find: (owner, name, xmlns) => {
      const row = find.get(owner, name, xmlns)
      return row === undefined ? null : String(row['markup'])
    },
    save: (owner, { name, xmlns, markup }) => {
      const bytes = Buffer.byteLength(markup)
      const used = others.get(owner, name, xmlns)
      if (Number(used?.['n']) >= bounds.maxPrivateItems) return false
      if (Number(used?.['bytes']) + bytes > bounds.maxPrivateBytes) return false
      save.run(owner, name, xmlns, markup, bytes)
      return true
    },
  }
}

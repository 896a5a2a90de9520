/** What accounts know of each other: roster items, subscription states, waiting requests, roster versions. */

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { SubscriptionState } from '../subscriptions.ts'

/** One contact of one account. */
export interface Contact {
  /** Bare JID, prepared. */
  readonly jid: string
  /** Whether it is a roster item; false for somebody who only asked for a subscription. */
  readonly listed: boolean
  readonly name: string | null
  readonly groups: readonly string[]
  readonly state: SubscriptionState
  /** Markup of the subscription request that waits for an answer; set exactly when `state.pendingIn`. */
  readonly request: string | null
}

/** How much of its room an account's roster takes. */
export interface RosterUsage {
  readonly items: number
  readonly bytes: number
  readonly requests: number
}

/** Reads and writes contacts. Owners and contacts are bare JIDs in text form; methods throw what SQLite throws. */
export interface RosterStore {
  find(owner: string, jid: string): Contact | null
  /** Roster items, ordered by JID. */
  items(owner: string): readonly Contact[]
  /** Contacts that see the owner's presence. */
  subscribers(owner: string): readonly string[]
  /** Contacts whose presence the owner sees. */
  subscriptions(owner: string): readonly string[]
  /** Subscription requests that wait for the owner's answer, as markup. */
  requests(owner: string): readonly string[]
  /** Accounts that asked `jid` for a subscription and wait. */
  askers(jid: string): readonly string[]
  usage(owner: string): RosterUsage
  /** `bytes` is the size that the item takes in a roster. */
  save(owner: string, contact: Contact, bytes: number): void
  remove(owner: string, jid: string): void
  version(owner: string): string
  /** Counts a change that clients see; returns the new version. */
  nextVersion(owner: string): string
}

type Row = Record<string, SQLOutputValue>

/** Prepares the statements on an open database. */
export function createRosterStore(database: DatabaseSync): RosterStore {
  const epoch = String(database.prepare('SELECT epoch FROM installation').get()?.['epoch'])
  const columns = 'jid, listed, name, groups, sees, seen, ask, approved, request'
  const find = database.prepare(`SELECT ${columns} FROM contact WHERE owner = ? AND jid = ?`)
  const items = database.prepare(`SELECT ${columns} FROM contact WHERE owner = ? AND listed = 1 ORDER BY jid`)
  const subscribers = database.prepare('SELECT jid FROM contact WHERE owner = ? AND seen = 1')
  const subscriptions = database.prepare('SELECT jid FROM contact WHERE owner = ? AND sees = 1')
  const requests = database.prepare('SELECT request FROM contact WHERE owner = ? AND request IS NOT NULL')
  const askers = database.prepare('SELECT owner FROM contact WHERE jid = ? AND ask = 1')
  const usage = database.prepare(
    'SELECT total(listed) AS items, total(bytes) AS bytes, count(request) AS requests FROM contact WHERE owner = ?',
  )
  const save = database.prepare(
    `INSERT OR REPLACE INTO contact (owner, ${columns}, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const remove = database.prepare('DELETE FROM contact WHERE owner = ? AND jid = ?')
  const version = database.prepare('SELECT roster_version AS n FROM account WHERE jid = ?')
  const bump = database.prepare(
    'UPDATE account SET roster_version = roster_version + 1 WHERE jid = ? RETURNING roster_version AS n',
  )
  // The epoch keeps a version that a client remembers from meaning something else after the file was replaced.
  const versionOf = (row: Row | undefined) => `${epoch}-${Number(row?.['n'] ?? 0)}`
  return {
    find: (owner, jid) => {
      const row = find.get(owner, jid)
      return row === undefined ? null : readContact(row)
    },
    items: (owner) => items.all(owner).map(readContact),
    subscribers: (owner) => subscribers.all(owner).map((row) => String(row['jid'])),
    subscriptions: (owner) => subscriptions.all(owner).map((row) => String(row['jid'])),
    requests: (owner) => requests.all(owner).map((row) => String(row['request'])),
    askers: (jid) => askers.all(jid).map((row) => String(row['owner'])),
    usage: (owner) => {
      const row = usage.get(owner)
      return { items: Number(row?.['items']), bytes: Number(row?.['bytes']), requests: Number(row?.['requests']) }
    },
    save: (owner, contact, bytes) => {
      const { state } = contact
      save.run(
        owner,
        contact.jid,
        Number(contact.listed),
        contact.name,
        JSON.stringify(contact.groups),
        Number(state.to),
        Number(state.from),
        Number(state.ask),
        Number(state.approved),
        contact.request,
        bytes,
      )
    },
    remove: (owner, jid) => {
      remove.run(owner, jid)
    },
    version: (owner) => versionOf(version.get(owner)),
    nextVersion: (owner) => versionOf(bump.get(owner)),
  }
}

function readContact(row: Row): Contact {
  const request = row['request']
  const name = row['name']
  const groups: unknown = JSON.parse(String(row['groups']))
  return {
    jid: String(row['jid']),
    listed: row['listed'] === 1,
    name: typeof name === 'string' ? name : null,
    groups: Array.isArray(groups) ? groups.map(String) : [],
    state: {
      to: row['sees'] === 1,
      from: row['seen'] === 1,
      ask: row['ask'] === 1,
      approved: row['approved'] === 1,
      pendingIn: typeof request === 'string',
    },
    request: typeof request === 'string' ? request : null,
  }
}

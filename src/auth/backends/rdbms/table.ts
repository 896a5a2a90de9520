/** MongooseIM's table `users` as its columns stand, whatever the database. */

import type { BareJid } from '../../../jid/jid.ts'
import { formatScram, parseScram, type StoredPassword } from '../../passwords/stored-password.ts'
import type { Row, SqlDatabase } from './sql.ts'

/** What the table has on one account; `unreadable` is there, and is nobody's password. */
export type FoundPassword = StoredPassword | { readonly kind: 'unreadable' }

/** Accounts and their passwords. Every method rejects when the database does not answer in time. */
export interface UserTable extends AsyncDisposable {
  /** Connections that are open. */
  readonly connections: number
  /** Null for an account that is not there. */
  find(jid: BareJid): Promise<FoundPassword | null>
  /** Localparts of a domain, in order; at most `maxListed`. */
  list(domain: string): Promise<readonly string[]>
  /** False, and nothing done, for an account that is there already. */
  add(jid: BareJid, password: StoredPassword): Promise<boolean>
  /** False for an account that is not there. */
  replace(jid: BareJid, password: StoredPassword): Promise<boolean>
  /** False for an account that was not there. */
  remove(jid: BareJid): Promise<boolean>
}

/** Accounts that are listed at most. */
export const maxListed = 100_000

/** The table in `database`, which it owns from here on. */
export function createUserTable(database: SqlDatabase): UserTable {
  const find = async ({ local, domain }: BareJid): Promise<FoundPassword | null> => {
    const rows = await database.run('find', [domain, local])
    // MySQL's usual collations take é for e and A for a; an account is only the very same text.
    const row = rows.find(({ username, server }) => username === local && server === domain)
    return row === undefined ? null : readRow(row)
  }
  return {
    get connections() {
      return database.connections
    },
    find,
    list: async (domain) => {
      const rows = await database.run('list', [domain, maxListed])
      return rows.filter(({ server }) => server === domain).map(({ username }) => String(username))
    },
    add: async (jid, password) => {
      if ((await find(jid)) !== null) return false
      await database.run('add', [jid.domain, jid.local, ...columnsOf(password)])
      return true
    },
    replace: async (jid, password) => {
      if ((await find(jid)) === null) return false
      await database.run('replace', [...columnsOf(password), jid.domain, jid.local])
      return true
    },
    remove: async (jid) => {
      if ((await find(jid)) === null) return false
      await database.run('remove', [jid.domain, jid.local])
      return true
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

/** `pass_details` decides where it is not NULL, and `password` is then not looked at. */
function readRow({ password, pass_details: details }: Row): FoundPassword {
  if (details === null) return typeof password === 'string' ? { kind: 'plain', password } : { kind: 'unreadable' }
  return (typeof details === 'string' ? parseScram(details) : null) ?? { kind: 'unreadable' }
}

/** Both columns are always written: MongooseIM leaves an old `pass_details` behind a new plain password, and it goes on deciding. */
function columnsOf(password: StoredPassword): readonly [string, string | null] {
  return password.kind === 'plain' ? [password.password, null] : ['', formatScram(password.secrets)]
}

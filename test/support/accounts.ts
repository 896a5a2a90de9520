/** Accounts in a table `users`, for tests that log in by password. */

import { join } from 'node:path'
import { createDatabase } from '../../src/auth/backends/rdbms/database.ts'
import type { RdbmsPoolOptions } from '../../src/auth/backends/rdbms/options.ts'
import { createUserTable } from '../../src/auth/backends/rdbms/table.ts'
import { createPasswordChecker, type PasswordPolicy } from '../../src/auth/passwords/checking.ts'
import { silentLog } from '../../src/observe/log.ts'

/** SCRAM with every hash and few iterations. */
export const testPasswords: PasswordPolicy = {
  format: 'scram',
  hashes: ['sha', 'sha224', 'sha256', 'sha384', 'sha512'],
  iterations: 4096,
}

/** A pool with short limits. */
export function poolOf(connection: RdbmsPoolOptions['connection']): RdbmsPoolOptions {
  return { workers: 4, callTimeoutMs: 2_000, queryTimeoutMs: 2_000, keepaliveS: null, connection }
}

/** A pool on an SQLite file in `folder`. */
export function filePool(folder: string): RdbmsPoolOptions {
  return poolOf({ driver: 'sqlite', database: join(folder, 'accounts.sqlite') })
}

/** Adds accounts, by localpart, at `domain`. */
export async function addAccounts(
  pool: RdbmsPoolOptions,
  domain: string,
  accounts: Readonly<Record<string, string>>,
  policy = testPasswords,
): Promise<void> {
  await using table = createUserTable(createDatabase(pool, silentLog))
  const checker = createPasswordChecker(policy)
  for (const [local, password] of Object.entries(accounts)) {
    const stored = await checker.store(password)
    if (stored === null || !(await table.add({ local, domain }, stored))) throw new Error(`cannot add ${local}`)
  }
}

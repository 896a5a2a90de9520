/** Files that are for nobody else on the machine. */

import { closeSync, openSync } from 'node:fs'

/**
 * Makes an SQLite file before SQLite would, which goes by the umask: what people write to each other, and their passwords,
 * are for nobody else on the machine. SQLite gives the files beside it the same mode. A file that is there keeps its own.
 */
export function reservePrivateFile(path: string): void {
  if (path === ':memory:') return
  try {
    closeSync(openSync(path, 'ax', 0o600))
  } catch {
    // It is there, or cannot be made; the second SQLite will say in the store's own words.
  }
}

/** Options of the embedded session host (`[session.local]`). */

import type { z } from 'zod'
import { file, section } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'

/** The embedded session host, resolved. */
export interface LocalSessionOptions {
  readonly kind: 'local'
  /** SQLite file that keeps rosters, offline messages and private XML; absolute path, or `:memory:`. */
  readonly database: string
}

const defaultDatabase = 'signet.sqlite'

/** SQLite's name for a database that is no file. */
export const inMemory = ':memory:'

/** `[session.local]`. */
export const localSessionSection = section('The embedded session host: people on this server chat with each other.', {
  database: file({
    says: 'SQLite file that keeps rosters, offline messages and private XML; made when it is missing. `:memory:` keeps them until the process ends.',
    byDefault: `"${defaultDatabase}"`,
  }),
})

/** `[session.local]` with its defaults. */
export function resolveLocalSession(
  values: z.output<typeof localSessionSection> | undefined,
  place: Place,
): LocalSessionOptions {
  const database = values?.database ?? defaultDatabase
  return { kind: 'local', database: database === inMemory ? inMemory : place.at('database').resolve(database) }
}

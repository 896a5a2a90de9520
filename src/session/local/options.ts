/** Options of the embedded session host (`[session.local]`). */

/** The embedded session host, resolved. */
export interface LocalSessionOptions {
  readonly kind: 'local'
  /** SQLite file that keeps rosters, offline messages and private XML; absolute path. */
  readonly database: string
}

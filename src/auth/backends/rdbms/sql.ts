/** The statements, all there are, each in the words of its database. Values travel apart from the text, always. */

/** A value that goes with a statement. */
export type SqlValue = string | number | null

/** Columns of a result. */
export type Row = Readonly<Record<string, unknown>>

/** One of the statements. */
export type StatementName = 'find' | 'list' | 'add' | 'replace' | 'remove'

/** A database that runs them. */
export interface SqlDatabase extends AsyncDisposable {
  /** Rejects when the database refuses, or does not answer within the pool's limits. */
  run(statement: StatementName, values: readonly SqlValue[]): Promise<readonly Row[]>
  /** Connections that are open. */
  readonly connections: number
}

/** Texts by statement. */
export type Statements = Readonly<Record<StatementName, string>>

/** For MySQL and SQLite. */
export const questionMarks: Statements = {
  find: 'SELECT username, server, password, pass_details FROM users WHERE server = ? AND username = ?',
  list: 'SELECT username, server FROM users WHERE server = ? ORDER BY username LIMIT ?',
  add: 'INSERT INTO users (server, username, password, pass_details) VALUES (?, ?, ?, ?)',
  replace: 'UPDATE users SET password = ?, pass_details = ? WHERE server = ? AND username = ?',
  remove: 'DELETE FROM users WHERE server = ? AND username = ?',
}

/** For PostgreSQL. */
export const numbered: Statements = {
  find: number(questionMarks.find),
  list: number(questionMarks.list),
  add: number(questionMarks.add),
  replace: number(questionMarks.replace),
  remove: number(questionMarks.remove),
}

function number(text: string): string {
  let count = 0
  return text.replace(/\?/g, () => {
    count += 1
    return `$${count}`
  })
}

/** Runs the rows of a batch, several in flight, and collects what went wrong. */

import { type Batch, nameOf, type Row } from './rows.ts'
import { runRow, type Target } from './run-row.ts'

/** Logins in flight at once: enough to keep both sides busy, few enough that no wait grows long. */
const inFlight = 8

/** How a batch went: the number of rows that ran, and a line per row that failed. */
export interface BatchReport {
  readonly ran: number
  readonly problems: readonly string[]
}

/** Runs every row of `batch` at `target`. */
export async function runBatch(target: Target, { setting, rows }: Batch): Promise<BatchReport> {
  const problems: string[] = []
  const queue: Iterator<Row> = rows.values()
  let ran = 0
  const worker = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const found = await runRow(target, next.value)
      ran++
      if (found.length > 0) problems.push(`${nameOf(setting, next.value)}\n    ${found.join('\n    ')}`)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return { ran, problems }
}

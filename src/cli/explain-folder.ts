/** `signet explain --all`: a folder of certificates at once, so that a rule can be tried on last month's before it is turned on. */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { faultOf } from '../config/files.ts'
import type { Explanation } from '../explain.ts'
import { reasons } from '../observe/reasons.ts'
import { ansiPaint, noPaint, printable } from '../observe/sentence.ts'
import { fail, ok, type Result } from '../result.ts'
import { readPemFile } from './certificate-file.ts'
import type { CliIo } from './io.ts'

/** Files of a folder that are looked at; a folder with more is refused, not cut. */
export const maxFiles = 10_000

const certificateFile = /\.(?:pem|crt|cer)$/i

/** What became of one file: its explanation, or why there is none. */
export interface FolderRow {
  readonly file: string
  readonly result: Result<Explanation, string>
}

/** Explains every certificate file of a folder, in the order of their names. */
export async function explainFolder(
  folder: string,
  explainPem: (pem: string) => Promise<Result<Explanation, string>>,
): Promise<Result<readonly FolderRow[], string>> {
  const names = await readdir(folder).catch(faultOf)
  if (typeof names === 'string') return fail(`${folder} ${names}`)
  const files = names.filter((name) => certificateFile.test(name)).sort()
  if (files.length === 0) return fail(`${folder} has no certificate files (.pem, .crt, .cer)`)
  if (files.length > maxFiles) return fail(`${folder} has ${files.length} certificate files; ${maxFiles} are the most`)
  const rows: FolderRow[] = []
  for (const file of files) {
    const pem = readPemFile(join(folder, file), file)
    rows.push({ file, result: pem.ok ? await explainPem(pem.value) : pem })
  }
  return ok(rows)
}

/** How many of each there are. */
export function countRows(rows: readonly FolderRow[]): { allowed: number; denied: number; unreadable: number } {
  const counts = { allowed: 0, denied: 0, unreadable: 0 }
  for (const { result } of rows) {
    if (!result.ok) counts.unreadable += 1
    else counts[result.value.decision.outcome.kind === 'allow' ? 'allowed' : 'denied'] += 1
  }
  return counts
}

/** The table: file, verdict, JID or reason, and what it is about; then the sums. */
export function folderText(rows: readonly FolderRow[], { colour }: Pick<CliIo, 'colour'>): string {
  const paint = colour ? ansiPaint : noPaint
  const cells = rows.map(({ file, result }) => [printable(file), ...cellsOf(result)] as const)
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  const lines = cells.map(([file, verdict, who, why]) => {
    const shown = verdict.padEnd(widths[1] ?? 0)
    const painted = verdict === 'allow' ? paint.good(shown) : paint.bad(shown)
    return `${file.padEnd(widths[0] ?? 0)}  ${painted}  ${who.padEnd(widths[2] ?? 0)}  ${paint.dim(why)}`.trimEnd()
  })
  const { allowed, denied, unreadable } = countRows(rows)
  const sums = `${allowed} allowed, ${denied} denied${unreadable === 0 ? '' : `, ${unreadable} not readable`}`
  return `${lines.join('\n')}\n\n${sums}\n`
}

function cellsOf(result: FolderRow['result']): readonly [string, string, string] {
  if (!result.ok) return ['error', '', printable(result.error)]
  const { outcome, certificate } = result.value.decision
  const subject = printable(certificate?.subject ?? '')
  if (outcome.kind === 'allow') return ['allow', printable(outcome.jid), `by ${outcome.via}; ${subject}`]
  const why = outcome.why === '' ? reasons[outcome.code].meaning : printable(outcome.why)
  return ['deny', outcome.code, subject === '' ? why : `${subject}: ${why}`]
}

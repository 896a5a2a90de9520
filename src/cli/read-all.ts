/** A configuration file for a command that runs it: options, or everything that is wrong with them. */

import type { ConfigProblem } from '../config/problem.ts'
import { loadCheckedOptions } from '../lint.ts'
import type { SignetOptions } from '../options.ts'

/** What was found; `options` is null when the file cannot be run. Errors come first. */
export interface ReadOptions {
  readonly options: SignetOptions | null
  readonly problems: readonly ConfigProblem[]
}

/** Reads and checks the file. */
export function readAll(file: string): ReadOptions {
  const loaded = loadCheckedOptions(file, Date.now())
  if (loaded.ok) return { options: loaded.value.options, problems: loaded.value.warnings }
  return { options: null, problems: [...loaded.error.problems, ...loaded.error.warnings] }
}

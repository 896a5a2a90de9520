/** Where a room's own checks report: one option of the file being read, with what surrounds it. */

import { resolve } from 'node:path'
import { fileFault } from './files.ts'
import type { Findings } from './findings.ts'
import type { ConfigRule, OptionPath } from './problem.ts'

/** One option or section of the file being read. */
export interface Place {
  readonly path: OptionPath
  /** An option or section below this one. */
  at(...steps: OptionPath): Place
  /** True when the option is already known to be broken: a check that builds on it should keep quiet. */
  readonly isSpoiled: boolean
  /**
   * Reports that the start must not go on; `more` is a suggestion, or what it clashes with. Silent when the option is already
   * known to be broken.
   */
  error(rule: ConfigRule, message: string, more?: string | Clash): void
  /** Reports something odd. Silent when the option is already known to be broken. */
  warn(rule: ConfigRule, message: string): void
  /** The absolute name of a file, seen from the configuration file's folder. */
  resolve(name: string): string
  /** Like `resolve`, and reports a file that cannot be read; nothing else is reported of the option then. */
  file(name: string): string
}

/** What else in the file an option cannot stand beside; the problem says where that is. */
export interface Clash {
  readonly clashesWith: Place
}

/** The place at `path` in a file that stands in `folder`. */
export function createPlace(findings: Findings, folder: string, path: OptionPath = []): Place {
  const report = (severity: 'error' | 'warning', rule: ConfigRule, message: string, more?: string | Clash): void => {
    if (findings.isSpoiled(path)) return
    const hint = typeof more === 'string' ? { suggestion: more } : more && { other: more.clashesWith.path }
    findings.add({ severity, path, pointing: pointingOf(rule), rule, message, ...hint })
  }
  return {
    path,
    at: (...steps) => createPlace(findings, folder, [...path, ...steps]),
    get isSpoiled() {
      return findings.isSpoiled(path)
    },
    error: (rule, message, more) => report('error', rule, message, more),
    warn: (rule, message) => report('warning', rule, message),
    resolve: (name) => resolve(folder, name),
    file: (name) => {
      const full = resolve(folder, name)
      const fault = fileFault(full)
      const shown = full === name ? '' : `, looked for as ${full},`
      if (fault === null) return full
      report('error', 'file-unreadable', `the file ${JSON.stringify(name)}${shown} ${fault}`)
      findings.spoil(path)
      return full
    },
  }
}

function pointingOf(rule: ConfigRule): 'key' | 'value' {
  return rule === 'missing' || rule === 'assumed' ? 'key' : 'value'
}

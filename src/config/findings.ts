/** Collects what is wrong with a configuration while it is read, and places it in the file afterwards. */

import { createLocator, type Pointing } from './position.ts'
import {
  type ConfigProblem,
  type ConfigRule,
  dotted,
  dottedWithIndexes,
  type Excerpt,
  type OptionPath,
} from './problem.ts'

/** Something to say about one option, not yet placed in the file. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly path: OptionPath
  /** Where in the file it stands, for a finding made before list indexes and spellings were put right. */
  readonly writtenAt?: OptionPath
  readonly pointing: Pointing
  readonly rule: ConfigRule
  readonly message: string
  readonly suggestion?: string
  /** What else it is about; where that stands is told behind the message. */
  readonly other?: OptionPath
}

/** Where findings go. One of these lives as long as one reading of one file. */
export interface Findings {
  add(finding: Finding): void
  /** Marks an option whose value is already known to be broken: checks that build on it keep quiet. */
  spoil(path: OptionPath): void
  /** Whether the option, or a section around it, is known to be broken. */
  isSpoiled(path: OptionPath): boolean
  /** Tells that the option at `path` is written elsewhere in the file. */
  moved(path: OptionPath, writtenAt: OptionPath): void
  readonly errors: number
  /** All findings, placed, in the order of the file; in the order of finding where there is no text. */
  place(file: string, text: string | null): ConfigProblem[]
}

/** Starts an empty collection. */
export function createFindings(): Findings {
  const found: Finding[] = []
  const spoiled = new Set<string>()
  const origins = new Map<string, OptionPath>()
  const origin = (path: OptionPath): OptionPath => {
    for (let length = path.length; length > 0; length -= 1) {
      const writtenAt = origins.get(keyOf(path.slice(0, length)))
      if (writtenAt !== undefined) return [...writtenAt, ...path.slice(length)]
    }
    return path
  }
  return {
    add: (finding) => found.push(finding),
    spoil: (path) => spoiled.add(keyOf(path)),
    isSpoiled: (path) => path.some((_, index) => spoiled.has(keyOf(path.slice(0, index + 1)))),
    moved: (path, writtenAt) => origins.set(keyOf(path), writtenAt),
    get errors() {
      return found.filter((finding) => finding.severity === 'error').length
    },
    place: (file, text) => {
      if (found.length === 0) return []
      if (text === null)
        return found.map((finding) => {
          const placed = withOther(finding, (other) => dottedWithIndexes(origin(other)))
          return unplaced(placed, file, finding.writtenAt ?? origin(finding.path))
        })
      const locate = createLocator(text)
      const lineOf = (other: OptionPath) => `line ${locate(origin(other), 'key').line}`
      const lines = text.split(/\r?\n/)
      const placed = found.map((finding) => {
        const position = locate(finding.writtenAt ?? origin(finding.path), finding.pointing)
        return problemOf(withOther(finding, lineOf), file, position, lines[position.line - 1] ?? '')
      })
      return placed.sort((a, b) => a.line - b.line || a.column - b.column)
    },
  }
}

/** The finding with the place of what else it is about in its message. */
function withOther(finding: Finding, placeOf: (path: OptionPath) => string): Finding {
  if (finding.other === undefined) return finding
  return { ...finding, message: `${finding.message} (see ${placeOf(finding.other)})` }
}

function unplaced({ severity, rule, message, suggestion }: Finding, file: string, path: OptionPath): ConfigProblem {
  const hint = suggestion === undefined ? {} : { suggestion }
  return { severity, file, path: dottedWithIndexes(path), line: 0, column: 0, message, rule, ...hint }
}

function problemOf(finding: Finding, file: string, at: { line: number; column: number }, line: string): ConfigProblem {
  const { severity, rule, message, suggestion, path } = finding
  const excerpt = showable(line, at.column, at.column)
  return {
    severity,
    file,
    path: dotted(path),
    ...at,
    message,
    rule,
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(excerpt === null ? {} : { excerpt }),
  }
}

/** Whether a text may hold a password or the like. */
export function speaksOfSecrets(text: string): boolean {
  return secretWord.test(text)
}

const secretWord = /pass|secret|token|credential|basic_auth|pin\b/i
const quotedText = /"(?:[^"\\]|\\.)*"?|'[^']*'?/g

/**
 * A source line as it may be shown, with the place of `column` in it: texts other than the one that begins at `kept`
 * are blotted out, because a mistyped option may hold a password. Null for a line that speaks of secrets, a comment
 * and an empty line.
 */
export function showable(line: string, column: number, kept: number): Excerpt | null {
  if (speaksOfSecrets(line) || /^\s*(?:#|$)/.test(line)) return null
  let shift = 0
  const text = line.replace(quotedText, (found, offset: number) => {
    if (offset === kept - 1) return found
    const blotted = found.length <= 2 ? found : `${found[0]}…${found[0]}`
    // How long a password is nobody needs to know either, so the rest of the line moves up.
    if (offset + found.length < column) shift += found.length - blotted.length
    return blotted
  })
  return { text, column: column - shift }
}

function keyOf(path: OptionPath): string {
  return JSON.stringify(path)
}

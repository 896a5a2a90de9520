/** Problems of a configuration file: plain data, and how a person reads them. */

/** Steps from the root of the file to an option; numbers are indexes of lists. */
export type OptionPath = readonly (string | number)[]

/** Stable names of everything that can be wrong or odd in a configuration. */
export type ConfigRule =
  | 'file-unreadable'
  | 'syntax'
  | 'unknown-key'
  | 'bad-value'
  | 'missing'
  | 'duplicate'
  | 'conflict'
  | 'dated-spelling'
  | 'no-meaning'
  | 'removed'
  | 'not-yet'
  | 'limited'
  | 'assumed'
  | 'certificate-unusable'
  | 'certificate-expired'
  | 'certificate-expires-soon'
  | 'certificate-host-mismatch'
  | 'key-unusable'
  | 'key-mismatch'
  | 'key-exposed'
  | 'trust-unusable'
  | 'trust-public'
  | 'store-unusable'
  | 'anyone-as-anyone'
  | 'secrets-kept'
  | 'clear-text'

/** One problem, placed in the file it is about. Never quotes a password. */
export interface ConfigProblem {
  readonly severity: 'error' | 'warning'
  /** The file as the operator wrote its name. */
  readonly file: string
  /**
   * The option, dotted: `listen.c2s.tls.mode`; empty for the whole file. List indexes are left out where line and column
   * tell the place.
   */
  readonly path: string
  /** From 1; 0 where the configuration is no text. */
  readonly line: number
  /** From 1; 0 where the configuration is no text. */
  readonly column: number
  readonly message: string
  readonly rule: ConfigRule
  /** What was probably meant, ready to be written into the file. */
  readonly suggestion?: string
  /** The line of the file; absent where it might hold a secret. */
  readonly excerpt?: Excerpt
}

/** A line of the file, with texts other than the one in question blotted out. */
export interface Excerpt {
  readonly text: string
  /** The place in `text`, from 1; not the column in the file if something before it was blotted out. */
  readonly column: number
}

/** How `formatProblem` writes. */
export interface ProblemStyle {
  /** Adds the source line with a caret under the place. */
  readonly excerpt: boolean
  readonly colour: boolean
}

const plain: ProblemStyle = { excerpt: false, colour: false }

/** Writes the steps of a path with dots, list indexes left out, as MongooseIM does. */
export function dotted(path: OptionPath): string {
  return path.filter((step) => typeof step === 'string').join('.')
}

/** Writes the steps of a path with dots and list indexes: `listen.c2s[0].port`. */
export function dottedWithIndexes(path: OptionPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}

/** One problem as `file:line:column: error: option: what is wrong; did you mean …?`, without a final newline. */
export function formatProblem(problem: ConfigProblem, style: ProblemStyle = plain): string {
  const paint = (code: number, text: string): string => (style.colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const place = problem.line === 0 ? '' : `${problem.line}:${problem.column}:`
  const where = paint(1, legible(`${problem.file}:${place}`))
  const severity = problem.severity === 'error' ? paint(31, 'error:') : paint(33, 'warning:')
  const option = problem.path === '' ? '' : `${paint(1, legible(problem.path))}: `
  const hint = problem.suggestion === undefined ? '' : `; did you mean ${problem.suggestion}?`
  const head = `${where} ${severity} ${option}${legible(problem.message + hint)}`
  if (!style.excerpt || problem.excerpt === undefined) return head
  const number = String(problem.line)
  // A tab is as wide as the terminal likes: the caret line repeats it so that both lines agree.
  const { column } = problem.excerpt
  const text = problem.excerpt.text.replaceAll(unprintable, '\ufffd')
  const lead = text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')
  return `${head}\n  ${number} | ${text}\n  ${' '.repeat(number.length)} | ${lead}${paint(32, '^')}`
}

/** What would move the cursor, change colours or turn the writing direction; tabs do no harm. */
const unprintable = /[^\P{Cc}\t]|[\u202a-\u202e\u2066-\u2069]/gu

/** Names and values of a file, and so sentences about them, may hold anything; a terminal is shown its code points. */
function legible(text: string): string {
  return text.replaceAll(unprintable, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

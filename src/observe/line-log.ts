/** The log as lines: JSON for machines, or one readable line an event for people. One line costs little, since each login writes three. */

import { type ErrorFields, errorFields } from './error-fields.ts'
import type { Log, LogEvent, LogFields } from './log.ts'
import { ansiPaint, noPaint, sentence } from './sentence.ts'

/** Severities from silence to everything. */
export type LogSeverity = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'

/** How to log. */
export interface LineLogOptions {
  readonly level: LogSeverity
  /** `json` for machines; `line` and `colour` for people. */
  readonly form: 'json' | 'line' | 'colour'
  /** Gets whole lines, each with its line feed. */
  readonly destination: { write(line: string): void }
}

/** A log whose level can change while it runs. */
export interface AdjustableLog extends Log {
  setLevel(level: LogSeverity): void
}

type WrittenLevel = 'debug' | 'info' | 'warn' | 'error'

/** What each level writes at least. */
const ranks: Readonly<Record<LogSeverity, number>> = {
  ...{ trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 },
  silent: Number.POSITIVE_INFINITY,
}

// Nothing puts these into a log on purpose; the list is for the day somebody does.
const secretNames: ReadonlySet<string> = new Set(['password', 'passphrase', 'key', 'token'])
const censored = '[removed]'

/** Opens a log on `destination`. */
export function createLineLog({ level, form, destination }: LineLogOptions): AdjustableLog {
  let least = ranks[level]
  const format = form === 'json' ? jsonLine : createReader(form === 'colour')
  const write = (severity: WrittenLevel) => (event: LogEvent, fields?: LogFields) => {
    if (ranks[severity] >= least) destination.write(format(severity, event, fields))
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel: (next) => {
      least = ranks[next]
    },
  }
}

/** `{"level":…,"time":…,"event":…,…fields}` */
function jsonLine(level: WrittenLevel, event: LogEvent, fields: LogFields | undefined): string {
  const head = `{"level":"${level}","time":"${new Date().toISOString()}","event":"${event}"`
  if (fields === undefined) return `${head}}\n`
  const body = jsonOf(writable(fields))
  return body === '{}' ? `${head}}\n` : `${head},${body.slice(1)}\n`
}

/** A log must not throw at whoever logs: what JSON cannot hold (a cycle, a bigint) costs the line its fields. */
function jsonOf(fields: LogFields): string {
  try {
    return JSON.stringify(fields)
  } catch (cause) {
    return JSON.stringify({ unwritable: cause instanceof Error ? cause.message : String(cause) })
  }
}

/** The fields with secrets removed, on the first level and the second, and the cause spelt out; mostly the fields themselves. */
function writable(fields: LogFields): LogFields {
  let clean: Record<string, unknown> | null = null
  for (const name in fields) {
    const value = fields[name]
    const kept = secretNames.has(name) ? censored : isRecord(value) ? censorValue(value) : value
    const written = name === 'cause' && kept instanceof Error ? errorFields(kept) : kept
    if (written === value) continue
    clean ??= { ...fields }
    clean[name] = written
  }
  return clean ?? fields
}

function censorValue(value: LogFields): LogFields | ErrorFields {
  for (const name in value) {
    if (!secretNames.has(name)) continue
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, secretNames.has(key) ? censored : part]))
  }
  return value
}

function isRecord(value: unknown): value is LogFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Error)
}

/** Lines for people. */
function createReader(colour: boolean) {
  const paint = colour ? ansiPaint : noPaint
  return (level: WrittenLevel, event: LogEvent, fields: LogFields | undefined): string => {
    // By way of JSON, so that a field reads the same in either form.
    const shown: LogFields = fields === undefined ? {} : JSON.parse(jsonOf(writable(fields)))
    const clock = paint.dim(new Date().toLocaleTimeString('en-GB'))
    const mark = level === 'error' ? `${paint.bad(level)} ` : ''
    return `${clock}  ${mark}${sentence(event, shown, paint)}\n`
  }
}

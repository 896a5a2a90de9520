/** The log on pino: JSON lines, or one readable line an event on a terminal. */

import { type DestinationStream, pino } from 'pino'
import type { Log, LogEvent, LogFields } from './log.ts'
import { ansiPaint, noPaint, sentence } from './sentence.ts'

/** Severities from silence to everything, in pino's words. */
export type LogSeverity = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'

/** How to log. */
export interface PinoLogOptions {
  readonly level: LogSeverity
  /** `json` for machines; `line` and `colour` for people. */
  readonly form: 'json' | 'line' | 'colour'
  /** Gets whole lines, each with its line feed. */
  readonly destination: DestinationStream
}

/** A log whose level can change while it runs. */
export interface AdjustableLog extends Log {
  setLevel(level: LogSeverity): void
}

// Nothing puts these into a log on purpose; the list is for the day somebody does.
const secretNames: ReadonlySet<string> = new Set(['password', 'passphrase', 'key', 'token'])
const censored = '[removed]'
/** A member of such a name, at any level of a line's JSON. */
const secretMember = new RegExp(`"(?:${[...secretNames].join('|')})":`)

/** Opens a log on `destination`. */
export function createPinoLog({ level, form, destination }: PinoLogOptions): AdjustableLog {
  const stream = form === 'json' ? destination : readable(destination, form === 'colour')
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { cause: pino.stdSerializers.err },
    },
    stream,
  )
  const write = (severity: 'debug' | 'warn' | 'error') => (event: LogEvent, fields?: LogFields) => {
    // Asked here too: two lines a connection are for debugging, and to make them ready costs as much as to write them.
    if (logger.isLevelEnabled(severity)) logger[severity]({ event, ...(fields !== undefined && censor(fields)) })
  }
  return {
    debug: write('debug'),
    // Three lines a login: pino's own way to one is a few per cent of a login's time (docs/decisions/0005).
    info: (event, fields) => {
      if (logger.isLevelEnabled('info')) stream.write(infoLine(event, fields))
    },
    warn: write('warn'),
    error: write('error'),
    setLevel: (next) => {
      logger.level = next
    },
  }
}

/** The line that pino would write. */
function infoLine(event: LogEvent, fields: LogFields | undefined): string {
  const head = `{"level":"info","time":"${new Date().toISOString()}","event":"${event}"`
  const body = fields === undefined ? '{}' : cleanJsonOf(fields)
  return body === '{}' ? `${head}}\n` : `${head},${body.slice(1)}\n`
}

/** One look at the whole text says for nearly every line that there is nothing to remove. */
function cleanJsonOf(fields: LogFields): string {
  const json = jsonOf(fields)
  return secretMember.test(json) ? jsonOf(censor(fields)) : json
}

/** A log must not throw at whoever logs: what JSON cannot hold (a cycle, a bigint) costs the line its fields. */
function jsonOf(fields: LogFields): string {
  const { cause } = fields
  try {
    return JSON.stringify(cause instanceof Error ? { ...fields, cause: pino.stdSerializers.err(cause) } : fields)
  } catch (fault) {
    return JSON.stringify({ unwritable: fault instanceof Error ? fault.message : String(fault) })
  }
}

/** The fields with secrets removed, on the first level and the second. pino's own way costs ten times as much a line. */
function censor(fields: LogFields): LogFields {
  let clean: Record<string, unknown> | null = null
  for (const name in fields) {
    const value = fields[name]
    const kept = secretNames.has(name) ? censored : isRecord(value) ? censorValue(value) : value
    if (kept === value) continue
    clean ??= { ...fields }
    clean[name] = kept
  }
  return clean ?? fields
}

function censorValue(value: LogFields): LogFields {
  for (const name in value) {
    if (!secretNames.has(name)) continue
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, secretNames.has(key) ? censored : part]))
  }
  return value
}

function isRecord(value: unknown): value is LogFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Error)
}

/** Turns JSON lines into readable ones. */
function readable(destination: DestinationStream, colour: boolean): DestinationStream {
  const paint = colour ? ansiPaint : noPaint
  return {
    write: (json: string) => {
      const { level, time, event, ...fields } = JSON.parse(json)
      const clock = paint.dim(new Date(time).toLocaleTimeString('en-GB'))
      const mark = level === 'error' || level === 'fatal' ? `${paint.bad(level)} ` : ''
      destination.write(`${clock}  ${mark}${sentence(event, fields, paint)}\n`)
    },
  }
}

/** MongooseIM's log levels in the log's words. */

import type { LogSeverity } from '../observe/pino-log.ts'
import type { LogLevel } from '../options.ts'

const severities: Readonly<Record<LogLevel, LogSeverity>> = {
  none: 'silent',
  emergency: 'fatal',
  alert: 'fatal',
  critical: 'fatal',
  error: 'error',
  warning: 'warn',
  notice: 'info',
  info: 'info',
  debug: 'debug',
  all: 'trace',
}

/** The severity from which on `level` lets events through. */
export function severityOf(level: LogLevel): LogSeverity {
  return severities[level]
}

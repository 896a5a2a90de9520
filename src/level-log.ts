/** Puts `general.loglevel` in front of a log that the embedding program brings. */

import type { Log, LogEvent, LogFields } from './observe/log.ts'
import type { LogLevel } from './options.ts'

/** A log whose level can change while it runs. */
export interface LevelLog extends Log {
  setLevel(level: LogLevel): void
}

type Severity = keyof Log

const ranks: Readonly<Record<Severity, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** The least rank that each level lets through. */
const thresholds: Readonly<Record<LogLevel, number>> = {
  none: 4,
  // Nothing that is logged is worse than an error.
  emergency: 4,
  alert: 4,
  critical: 4,
  error: ranks.error,
  warning: ranks.warn,
  notice: ranks.info,
  info: ranks.info,
  debug: ranks.debug,
  all: ranks.debug,
}

/** A log that passes on to `target` what is important enough; everything above `info` until it is told a level. */
export function createLevelLog(target: Log): LevelLog {
  let threshold = thresholds.info
  const write = (severity: Severity) => (event: LogEvent, fields?: LogFields) => {
    if (ranks[severity] >= threshold) target[severity](event, fields)
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel: (level) => {
      threshold = thresholds[level]
    },
  }
}

/** The log of a listener, for what strangers can cause at no cost: so many lines a second, then one that counts the rest. */

import type { Log, LogEvent, LogFields } from '../observe/log.ts'
import { createThinnedLog } from './thinned-log.ts'

/** Events that a stranger causes without showing anything. Decisions are not among them: each attempt has its record. */
const cheap: ReadonlySet<LogEvent> = new Set([
  'tls_handshake_failed',
  'tls_certificate_refused',
  'stream_error_sent',
  'stream_error_received',
  'bosh_request_refused',
  'websocket_refused',
])

/** Lines of one such event that are written in a second. */
export const linesPerSecond = 250

/** A log that is flooded no more. */
export interface FloodLog extends Log {
  /** Writes what has been counted and not written. */
  close(): void
}

/** Past `linesPerSecond` of a cheap event, the last of an interval is written with `times`. `now` counts milliseconds from anywhere. */
export function createFloodLog(log: Log, now: () => number = () => performance.now()): FloodLog {
  const levels = new Map<LogEvent, 'info' | 'warn'>()
  const thinned = createThinnedLog(({ event, ...fields }) => {
    const name = event as LogEvent
    log[levels.get(name) ?? 'info'](name, fields)
  })
  const written = new Map<LogEvent, number>()
  let second = Math.floor(now() / 1_000)
  const guard = (level: 'info' | 'warn') => (event: LogEvent, fields?: LogFields) => {
    if (!cheap.has(event)) return log[level](event, fields)
    const current = Math.floor(now() / 1_000)
    if (current !== second) written.clear()
    second = current
    const lines = (written.get(event) ?? 0) + 1
    written.set(event, lines)
    if (lines <= linesPerSecond) return log[level](event, fields)
    levels.set(event, level)
    thinned.say(event, { event, ...fields })
  }
  return {
    debug: (event, fields) => log.debug(event, fields),
    info: guard('info'),
    warn: guard('warn'),
    error: (event, fields) => log.error(event, fields),
    close: () => thinned.close(),
  }
}

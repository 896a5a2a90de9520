/** A log that keeps what it is told, so that tests can ask for it and wait for it. */

import type { Decision } from '../../src/observe/decision.ts'
import type { Log, LogEvent, LogFields } from '../../src/observe/log.ts'

/** One line of the log. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: LogEvent
  readonly fields: LogFields
}

/** How long a wait for an entry may take before the test fails, milliseconds. */
const waitMs = 10_000

/** The recording log. */
export interface RecordingLog extends Log {
  readonly entries: readonly LogEntry[]
  /** Decision records of the attempts that came from this `address:port`, oldest first. */
  decisionsOf(remote: string): readonly Decision[]
  /** The first entry of this event, past or to come, that `matches`. */
  until(event: LogEvent, matches?: (fields: LogFields) => boolean): Promise<LogEntry>
}

/** An empty recording log. */
export function createRecordingLog(): RecordingLog {
  const entries: LogEntry[] = []
  const decisions = new Map<string, Decision[]>()
  const watchers = new Set<(entry: LogEntry) => void>()
  const write =
    (level: LogEntry['level']) =>
    (event: LogEvent, fields: LogFields = {}) => {
      const entry = { level, event, fields }
      entries.push(entry)
      if (event === 'login_decision_made') {
        const decision = fields as unknown as Decision
        decisions.set(decision.remote, [...(decisions.get(decision.remote) ?? []), decision])
      }
      for (const watcher of [...watchers]) watcher(entry)
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    entries,
    decisionsOf: (remote) => decisions.get(remote) ?? [],
    until: (event, matches = () => true) => {
      const wanted = (entry: LogEntry) => entry.event === event && matches(entry.fields)
      const past = entries.find(wanted)
      return past === undefined ? watch(watchers, wanted, event) : Promise.resolve(past)
    },
  }
}

function watch(
  watchers: Set<(entry: LogEntry) => void>,
  wanted: (entry: LogEntry) => boolean,
  event: LogEvent,
): Promise<LogEntry> {
  return new Promise((resolve, reject) => {
    const watcher = (entry: LogEntry) => {
      if (!wanted(entry)) return
      clearTimeout(timer)
      watchers.delete(watcher)
      resolve(entry)
    }
    const timer = setTimeout(() => {
      watchers.delete(watcher)
      reject(new Error(`no ${event} was logged within ${waitMs} ms`))
    }, waitMs)
    watchers.add(watcher)
  })
}

/** A log for what a flood repeats: the first of a kind at once, then one line for as many as came in an interval. */

import type { LogFields } from '../observe/log.ts'

/** Between two lines of a kind, milliseconds. */
export const thinnedMs = 5_000

/** Kinds that are told apart at one time; what comes beyond them is of one further kind. */
const maxKinds = 32

/** Says things that may come thousands of times. */
export interface ThinnedLog {
  /** Everything of one `kind` shares its lines; the fields are those of the latest. */
  say(kind: string, fields: LogFields): void
  /** Writes what has been counted and not written. */
  close(): void
}

interface Kind {
  fields: LogFields
  untold: number
  readonly timer: NodeJS.Timeout
}

/** `write` gets the fields, and `times` when the line stands for more than one. */
export function createThinnedLog(write: (fields: LogFields) => void, everyMs: number = thinnedMs): ThinnedLog {
  const kinds = new Map<string, Kind>()
  const tell = (kind: Kind) => {
    write({ ...kind.fields, ...(kind.untold > 1 && { times: kind.untold }) })
    kind.untold = 0
  }
  const open = (name: string, fields: LogFields) => {
    const timer = setInterval(() => {
      if (kind.untold > 0) return tell(kind)
      clearInterval(timer)
      kinds.delete(name)
    }, everyMs)
    timer.unref()
    const kind: Kind = { fields, untold: 1, timer }
    kinds.set(name, kind)
    tell(kind)
  }
  return {
    say: (wanted, fields) => {
      const name = kinds.has(wanted) || kinds.size < maxKinds ? wanted : ''
      const kind = kinds.get(name)
      if (kind === undefined) return open(name, fields)
      kind.untold += 1
      kind.fields = fields
    },
    close: () => {
      for (const kind of kinds.values()) {
        clearInterval(kind.timer)
        if (kind.untold > 0) tell(kind)
      }
      kinds.clear()
    },
  }
}

/** The log of a server on standard output: lines gathered, and dropped and counted while nothing can be written. */

import { gatherLines } from '../observe/gather-lines.ts'
import { createLossyLines } from '../observe/lossy-lines.ts'
import { type AdjustableLog, createPinoLog, type LogSeverity } from '../observe/pino-log.ts'
import type { CliIo } from './io.ts'

/** The log, and what became of its lines. */
export interface ServerLog {
  readonly log: AdjustableLog
  /** Lines that could not be written since the start. */
  readonly lost: () => number
  /** Hands on what is held, for the end of the process. */
  readonly flush: () => void
}

/** A log whose lines are for machines, or for people where `io` has a terminal. */
export function createServerLog(level: LogSeverity, io: Pick<CliIo, 'stdout' | 'isTerminal' | 'colour'>): ServerLog {
  const form = io.isTerminal ? (io.colour ? 'colour' : 'line') : 'json'
  const lossLine = (lines: number): string => {
    let line = ''
    const destination = {
      write: (text: string) => {
        line += text
      },
    }
    createPinoLog({ level: 'warn', form, destination }).warn('log_lines_lost', { lines })
    return line
  }
  const lines = createLossyLines(io.stdout, lossLine)
  const sink = gatherLines(lines.write)
  return {
    log: createPinoLog({ level, form, destination: sink }),
    lost: () => lines.lost,
    flush: sink.flush,
  }
}

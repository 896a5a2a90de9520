/** Writes log lines several in one piece: under load a write for each costs more than the line. */

/** A place for lines. */
export interface LineSink {
  write(line: string): void
  /** Hands on what is held, for the end of the process. */
  flush(): void
}

/** Longest text that is held, characters. */
const maxHeldLength = 65_536

/** How soon after a write there is another at the earliest, milliseconds. */
export const pauseMs = 25

/**
 * Holds lines until the turn of the event loop is over, until `pauseMs` after the last write, or until too much is held:
 * on a quiet server a line leaves at once.
 */
export function gatherLines(write: (text: string) => void): LineSink {
  let held = ''
  let paused: NodeJS.Timeout | null = null
  const flush = () => {
    const text = held
    held = ''
    if (text !== '') write(text)
    return text !== ''
  }
  const resume = () => {
    paused = null
    flushAndPause()
  }
  const flushAndPause = () => {
    if (flush()) paused ??= setTimeout(resume, pauseMs)
  }
  return {
    write: (line) => {
      if (held === '' && paused === null) setImmediate(flushAndPause)
      held += line
      if (held.length >= maxHeldLength) flush()
    },
    flush: () => void flush(),
  }
}

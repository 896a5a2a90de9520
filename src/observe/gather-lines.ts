/** Writes the log lines of one turn of the event loop in one piece: under load a write for each costs more than the line. */

/** A place for lines. */
export interface LineSink {
  write(line: string): void
  /** Hands on what is held, for the end of the process. */
  flush(): void
}

/** Longest text that is held, characters. */
const maxHeldLength = 65_536

/** Holds lines until the turn is over, or too much is held. */
export function gatherLines(write: (text: string) => void): LineSink {
  let held = ''
  const flush = () => {
    const text = held
    held = ''
    if (text !== '') write(text)
  }
  return {
    write: (line) => {
      if (held === '') setImmediate(flush)
      held += line
      if (held.length >= maxHeldLength) flush()
    },
    flush,
  }
}

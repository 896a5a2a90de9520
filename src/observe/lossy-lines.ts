/**
 * Log lines on their way to a place that may refuse them (a full disk, a reader that has gone): what is refused is dropped and
 * counted, so that whoever logs goes on, and the first text that gets through again says how much is missing before it.
 */

/** What a text came to where it was not taken whole. */
export interface WriteFault {
  readonly cause: Error
  /** The end of the text, from the first character that was not taken. */
  readonly unwritten: string
}

/** Tells what became of a text: null when all of it was taken. */
export type Told = (fault: WriteFault | null) => void

/** Writes to a place that tells, at once or later, in the order of the texts. */
export type WriteText = (text: string, told: Told) => void

/** Text that may wait in the place for a slow reader, characters; what comes beyond it is dropped. */
export const maxUnreadLength = 1_048_576

/** How long after a loss it is tried to tell of it, if nobody logs anything, milliseconds. */
export const retryMs = 5_000

/** Lines for such a place. */
export interface LossyLines {
  /** Takes whole lines, each with its line feed. Never throws. */
  write(lines: string): void
  /** Lines that were dropped. */
  readonly lost: number
}

/** `lossLine` makes the line, with its line feed, that tells of so many lost ones. */
export function createLossyLines(write: WriteText, lossLine: (lines: number) => string): LossyLines {
  let lost = 0
  let untold = 0
  let unread = 0
  /** A line that was written in part must not run into the next one. */
  let isCut = false
  let isTrying = false

  const lose = (lines: number) => {
    lost += lines
    untold += lines
    if (!isTrying) setTimeout(retry, retryMs).unref()
    isTrying = true
  }
  const retry = () => {
    isTrying = false
    if (untold > 0) send('')
  }
  const send = (lines: string) => {
    if (unread > 0 && unread + lines.length > maxUnreadLength) return lose(countLines(lines))
    const telling = untold
    untold = 0
    const head = (isCut ? '\n' : '') + (telling === 0 ? '' : lossLine(telling))
    isCut = false
    const text = head + lines
    unread += text.length
    write(text, (fault) => {
      unread -= text.length
      if (fault === null) return
      const { unwritten } = fault
      const isCutHere = unwritten.length === text.length ? head.startsWith('\n') : !endsLine(text, unwritten)
      isCut ||= isCutHere
      const isTold = unwritten.length <= lines.length
      if (!isTold) untold += telling
      lose(countLines(isTold ? unwritten : lines))
    })
  }
  return {
    write: send,
    get lost() {
      return lost
    },
  }
}

/** Whether what was written before `unwritten` is whole lines. */
function endsLine(text: string, unwritten: string): boolean {
  return text[text.length - unwritten.length - 1] === '\n'
}

function countLines(text: string): number {
  return text.split('\n').length - 1
}

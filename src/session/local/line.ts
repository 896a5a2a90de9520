/** A conduit with one place where it ends: whoever ends it, a reader that waits gets the end at once. */

import type { Conduit, ConduitEvent } from '../contract.ts'
import type { StreamEnd } from './session.ts'

/** One client's conduit. */
export interface Line {
  /** The next event; `end` once the line is halted or closed. Never rejects. */
  next(): Promise<ConduitEvent>
  /** Ends reading, not writing: what is queued may still go out. */
  halt(): void
  write: Conduit['write']
  open: Conduit['open']
  /** The first call decides with what error; never rejects. */
  close(reason: StreamEnd | null): Promise<void>
}

const ended: ConduitEvent = { kind: 'end' }

/** Wraps a conduit. */
export function createLine(conduit: Conduit): Line {
  let closing: Promise<void> | null = null
  let isHalted = false
  let wake: ((event: ConduitEvent) => void) | null = null
  const halt = () => {
    isHalted = true
    wake?.(ended)
  }
  return {
    next: () => {
      if (isHalted) return Promise.resolve(ended)
      return new Promise((resolve) => {
        wake = resolve
        conduit.read().then(resolve, () => resolve(ended))
      })
    },
    halt,
    // What is written after the goodbye goes nowhere, and must not count as handed over.
    write: (markup, taken) =>
      closing === null ? conduit.write(markup, taken) : Promise.reject(new Error('the stream is closed')),
    open: (header, features) => conduit.open(header, features),
    close: (reason) => {
      closing ??= conduit.close(reason ?? undefined).catch(() => undefined)
      halt()
      return closing
    },
  }
}

/** A conduit with one place where it ends: whoever ends it, nothing is read behind that. */

import type { Conduit, ConduitEvent } from '../contract.ts'
import type { StreamEnd } from './session.ts'

/** One client's conduit. */
export interface Line {
  /** The next event; `end` once the line is halted or closed. What comes to one who waits already counts only while it is not halted. */
  next(): Promise<ConduitEvent>
  /** Ends reading, not writing: what is queued may still go out. */
  halt(): void
  readonly isHalted: boolean
  write: Conduit['write']
  open: Conduit['open']
  /** The first call decides with what error; never rejects. */
  close(reason: StreamEnd | null): Promise<void>
}

const ended: ConduitEvent = { kind: 'end' }

/** Wraps a conduit. */
export function createLine(conduit: Conduit): Line {
  return new ConduitLine(conduit)
}

/** One object with its state, since it lives as long as the stream. */
class ConduitLine implements Line {
  readonly #conduit: Conduit
  #closing: Promise<void> | null = null
  #isHalted = false

  constructor(conduit: Conduit) {
    this.#conduit = conduit
  }

  get isHalted(): boolean {
    return this.#isHalted
  }

  next(): Promise<ConduitEvent> {
    // A promise of our own around the conduit's would live as long as the session.
    return this.#isHalted ? Promise.resolve(ended) : this.#conduit.read()
  }

  halt(): void {
    this.#isHalted = true
  }

  write(...terms: Parameters<Conduit['write']>): Promise<void> | null {
    // What is written after the goodbye goes nowhere, and must not count as handed over.
    return this.#closing === null ? this.#conduit.write(...terms) : Promise.reject(new Error('the stream is closed'))
  }

  open(...terms: Parameters<Conduit['open']>): Promise<void> | null {
    return this.#conduit.open(...terms)
  }

  close(reason: StreamEnd | null): Promise<void> {
    this.#closing ??= this.#conduit.close(reason ?? undefined).catch(() => undefined)
    this.halt()
    return this.#closing
  }
}

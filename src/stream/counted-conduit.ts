/** A session's conduit that remembers with what its stream was ended; one small object, since it lives with its session. */

import type { Conduit, ConduitEvent } from '../session/contract.ts'

/** Passes everything on. */
export class CountedConduit implements Conduit {
  /** The condition of the first goodbye; null where there was none, or no error in it. */
  condition: string | null = null
  #isClosed = false
  readonly #conduit: Conduit

  /** Owns nothing: whoever owned `conduit` still does. */
  constructor(conduit: Conduit) {
    this.#conduit = conduit
  }

  /** See {@link Conduit.read}. */
  read(): Promise<ConduitEvent> {
    return this.#conduit.read()
  }

  /** See {@link Conduit.write}. */
  write(markup: string, taken?: () => void): Promise<void> | null {
    return this.#conduit.write(markup, taken)
  }

  /** See {@link Conduit.open}. */
  open(...header: Parameters<Conduit['open']>): Promise<void> | null {
    return this.#conduit.open(...header)
  }

  /** See {@link Conduit.close}. */
  close(error?: Parameters<Conduit['close']>[0]): Promise<void> {
    if (!this.#isClosed) this.condition = error?.condition ?? null
    this.#isClosed = true
    return this.#conduit.close(error)
  }
}

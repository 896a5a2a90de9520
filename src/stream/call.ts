/** The deadline of one login attempt. */

import type { Call } from '../observe/call.ts'

/** A call that ends `ms` milliseconds from now. Its signal costs nothing until somebody asks for it. */
export function createCall(ms: number): Call {
  return new TimedCall(performance.now() + ms)
}

class TimedCall implements Call {
  readonly deadline: number
  readonly endsEarly = false
  #signal: AbortSignal | null = null

  constructor(deadline: number) {
    this.deadline = deadline
  }

  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.timeout(Math.max(0, Math.ceil(this.deadline - performance.now())))
    return this.#signal
  }
}

/** The deadline of one login attempt. */

import type { Call } from '../observe/call.ts'

/** A call that ends `ms` milliseconds from now. Its signal costs nothing until somebody asks for it. */
export function createCall(ms: number): Call {
  let signal: AbortSignal | null = null
  const deadline = performance.now() + ms
  return {
    deadline,
    get signal() {
      signal ??= AbortSignal.timeout(Math.max(0, Math.ceil(deadline - performance.now())))
      return signal
    },
  }
}

/** What every call that may wait carries: one deadline for the whole attempt. */

/** The deadline and the abort signal of one attempt. */
export interface Call {
  /** Milliseconds on the `performance.now()` clock after which nobody waits for an answer any more. */
  readonly deadline: number
  /** Aborts at the deadline, or when the peer has gone. */
  readonly signal: AbortSignal
  /** False where `signal` never aborts before the deadline: who keeps the deadline by itself has no use for it then. */
  readonly endsEarly?: boolean
}

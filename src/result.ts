/** The two-way outcome that every `parseX` of the project returns instead of throwing. */

/** A value, or the reason why there is none. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E }

/** The good case. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** The bad case. */
export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}

/** Marks a branch that the compiler proves unreachable; throws if a value reaches it all the same. */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected variant: ${JSON.stringify(value)}`)
}

/**
 * Goes on with an outcome, at once where it is there already: most logins wait for nobody, and each promise would put them
 * behind whatever else this turn of the event loop has to do. Any thenable is a promise here; outcomes have no `then`.
 */
export function whenKnown<T extends object, U>(
  outcome: T | PromiseLike<T>,
  next: (outcome: T) => U | Promise<U>,
): U | Promise<U> {
  return isPromise(outcome) ? Promise.resolve(outcome).then(next) : next(outcome)
}

function isPromise<T extends object>(outcome: T | PromiseLike<T>): outcome is PromiseLike<T> {
  return 'then' in outcome
}

/** A bounded queue for work that would otherwise crowd out everything else. */

/** Runs at most `width` tasks at once and lets at most `waiting` wait; rejects beyond. */
export function createTurns(width: number, waiting: number): <T>(task: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= width) {
      if (queue.length >= waiting) throw new Error('too many passwords are being checked')
      await new Promise<void>((resolve) => queue.push(resolve))
    } else running += 1
    try {
      return await task()
    } finally {
      // The turn goes straight to the next in line, so that nobody can slip in between.
      const next = queue.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}

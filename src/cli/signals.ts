/** Signals of the process for commands, from its first moment on. */

import type { CliIo, CliSignal } from './io.ts'

/**
 * Takes `early` signals at once, which would end a process that is not ready for them yet, and hands one of each kind to the
 * first who wants to hear of it.
 */
export function createSignals(early: readonly CliSignal[]): CliIo['onSignal'] {
  const held = new Set<CliSignal>()
  const heard = new Set<CliSignal>()
  for (const signal of early) {
    process.on(signal, () => {
      if (!heard.has(signal)) held.add(signal)
    })
  }
  return (signal, listener) => {
    heard.add(signal)
    process.on(signal, listener)
    if (held.delete(signal)) listener()
    return () => process.off(signal, listener)
  }
}

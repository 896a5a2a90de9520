/** A process that is none: records what a command writes, and gives it signals. */

import type { CliIo, CliSignal } from '../../src/cli/io.ts'

/** What the command sees, and what the test sees of it. */
export interface FakeIo {
  readonly io: CliIo
  out(): string
  err(): string
  /** Gives the signal to whoever waits for it; returns how many did. */
  signal(name: CliSignal): number
  /** Resolves when standard output holds the text. */
  shows(text: string): Promise<void>
}

/** A process in `cwd` without a terminal, unless `over` says otherwise. */
export function createFakeIo(cwd: string, over: Partial<CliIo> = {}): FakeIo {
  let out = ''
  let err = ''
  const listeners = new Map<CliSignal, Set<() => void>>()
  const waiting = new Set<() => void>()
  const io: CliIo = {
    stdout: (text, told) => {
      out += text
      for (const look of waiting) look()
      told?.(null)
    },
    stderr: (text) => {
      err += text
    },
    isTerminal: false,
    colour: false,
    columns: 80,
    env: {},
    cwd,
    isInteractive: false,
    secret: async () => null,
    onSignal: (name, listener) => {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener))
      return () => set.delete(listener)
    },
    ...over,
  }
  return {
    io,
    out: () => out,
    err: () => err,
    signal: (name) => {
      const set = [...(listeners.get(name) ?? [])]
      for (const listener of set) listener()
      return set.length
    },
    shows: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!out.includes(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

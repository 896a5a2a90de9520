/** What a command may touch of the process: handed in by `main`, so that commands run in tests as they are. */

import type { Told } from '../observe/lossy-lines.ts'

/** Writes a text; `told` hears what became of it. Left out, a fault ends the process, unless it serves. */
export type CliOutput = (text: string, told?: Told) => void

/** Signals a command can wait for. */
export type CliSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** The process, as a command sees it. */
export interface CliIo {
  readonly stdout: CliOutput
  readonly stderr: CliOutput
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean
  /** Whether to use colour: a terminal, and no NO_COLOR in the environment. */
  readonly colour: boolean
  /** Width of the terminal in columns; 80 where there is none. */
  readonly columns: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Current directory, absolute. */
  readonly cwd: string
  /** Whether standard input is a terminal, with somebody in front of it. */
  readonly isInteractive: boolean
  /** Asks for a password, unseen, or takes the next line of standard input; null when there is none. */
  readonly secret: (question: string) => Promise<string | null>
  /** Calls `listener` at each signal until the returned function is called. */
  readonly onSignal: (signal: CliSignal, listener: () => void) => () => void
}

/** Exit codes, as sysexits.h has them where it does. */
export const exitCodes = {
  ok: 0,
  denied: 1,
  usage: 64,
  noInput: 66,
  unavailable: 69,
  software: 70,
  /** Standard output cannot be written. */
  output: 74,
  config: 78,
  /** Whoever read the output has gone; as a shell has it of a program that SIGPIPE ends. */
  pipe: 141,
} as const

/** The one error that the server throws at the program that embeds it. */

import type { AppFault } from './app.ts'
import { type ConfigProblem, formatProblem } from './config/problem.ts'

/**
 * What went wrong, by a stable code:
 * - `configuration-refused`: the configuration cannot run; `problems` has everything that is wrong with it.
 * - `backend-refused`: a backend that was handed in has a name that it cannot have.
 * - `port-refused`: a port cannot be opened.
 * - `part-failed`: a file or the store cannot be used.
 * - `node-unfit`: the self test found that this Node does not do what logins by certificate rest on.
 * - `wrong-state`: started twice, or reloaded while it does not run.
 */
export type SignetErrorCode =
  | 'configuration-refused'
  | 'backend-refused'
  | 'port-refused'
  | 'part-failed'
  | 'node-unfit'
  | 'wrong-state'

/** A server could not do what it was told; nothing of it is in force. */
export class SignetError extends Error {
  override readonly name = 'SignetError'
  readonly code: SignetErrorCode
  /** Everything that is wrong with the configuration, errors only; empty with other codes. */
  readonly problems: readonly ConfigProblem[]

  constructor(code: SignetErrorCode, message: string, problems: readonly ConfigProblem[] = []) {
    super(message)
    this.code = code
    this.problems = problems
  }
}

/** The error for a configuration that cannot run; its message lists every problem, one a line. */
export function refusedConfiguration(problems: readonly ConfigProblem[]): SignetError {
  const lines = problems.map((problem) => `\n  ${formatProblem(problem)}`).join('')
  return new SignetError('configuration-refused', `the configuration cannot run:${lines}`, problems)
}

/** The error for a fault of the start or of a reload. */
export function errorOf(fault: AppFault): SignetError {
  switch (fault.kind) {
    case 'port': {
      const { name, address, port, code } = fault.fault
      return new SignetError('port-refused', `port ${port} on ${address} cannot be opened (${name}): ${code}`)
    }
    case 'part':
      return new SignetError('part-failed', `${fault.part}: ${fault.why}`)
    case 'self-test': {
      const found = fault.faults.map(({ property, why }) => `\n  ${property}: it ${why}`).join('')
      return new SignetError('node-unfit', `this Node does not do what logins by certificate rest on:${found}`)
    }
  }
}

/** Where a decision record enters the log. */

import type { Decision } from '../observe/decision.ts'
import type { Log } from '../observe/log.ts'

/** Writes the record: one event for every attempt, a refusal one level above a login. */
export function logDecision(log: Log, decision: Decision): void {
  const write = decision.outcome.kind === 'allow' ? log.info : log.warn
  // The log line has a time of its own; two members of one name are no JSON.
  write.call(log, 'login_decision_made', { ...decision, time: undefined })
}

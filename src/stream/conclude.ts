/** What follows from every decision, whatever it is: its line in the log, its count, and its weight with the throttle. */

import type { BareJid } from '../jid/jid.ts'
import type { Decision } from '../observe/decision.ts'
import type { AttemptScene } from '../sasl/scene.ts'
import type { StreamState } from './feature.ts'
import { logDecision } from './log-decision.ts'
import type { StreamPolicy } from './policy.ts'

/** Concludes an attempt. `claimed` is the account it was about, if it came so far. */
export function conclude(
  decision: Decision,
  claimed: BareJid | null,
  scene: AttemptScene,
  { log, metrics, throttle }: Pick<StreamPolicy, 'log' | 'metrics' | 'throttle'>,
): void {
  logDecision(log, decision)
  metrics.decisionMade(decision)
  for (const { by, key, untilMs } of throttle?.after(scene, decision, claimed) ?? []) {
    metrics.lockSet(by)
    const until = new Date(untilMs).toISOString()
    log.warn('login_lock_set', { by, locked: key, until, decision: decision.id, listener: decision.listener })
  }
}

/** Ends the exchange that waits for a response, if one does: none will come. It counts as a failed attempt of the stream. */
export function giveUpExchange(state: StreamState, why: string): StreamState {
  const { attempt } = state
  if (attempt === null || attempt.isOver) return state
  attempt.deny('exchange-aborted', why)
  return { ...state, attempt: null, failedAttempts: state.failedAttempts + 1 }
}

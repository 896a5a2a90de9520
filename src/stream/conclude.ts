/** What follows from every decision, whatever it is: its line in the log, and its weight with the throttle. */

import type { BareJid } from '../jid/jid.ts'
import type { Decision } from '../observe/decision.ts'
import type { AttemptScene } from '../sasl/attempt.ts'
import { logDecision } from './log-decision.ts'
import type { StreamPolicy } from './policy.ts'

/** Concludes an attempt. `claimed` is the account it was about, if it came so far. */
export function conclude(
  decision: Decision,
  claimed: BareJid | null,
  scene: AttemptScene,
  { log, throttle }: Pick<StreamPolicy, 'log' | 'throttle'>,
): void {
  logDecision(log, decision)
  for (const { by, key, untilMs } of throttle?.after(scene, decision, claimed) ?? []) {
    const until = new Date(untilMs).toISOString()
    log.warn('login_lock_set', { by, locked: key, until, decision: decision.id, listener: decision.listener })
  }
}

/** Decision records for tests that need no login. */

import type { BackendStep, Decision, Outcome } from '../../src/observe/decision.ts'
import { conditionOf, type ReasonCode } from '../../src/observe/reasons.ts'

/** What a test wants to be different from a login by certificate that backend `pki` let in. */
export interface DecisionPlan {
  readonly listener?: string
  readonly transport?: Decision['transport']
  readonly mechanism?: string
  readonly denied?: ReasonCode
  readonly tookMs?: number
  readonly backends?: readonly BackendStep[]
}

/** One record. */
export function decisionOf(plan: DecisionPlan = {}): Decision {
  const { listener = 'c2s', transport = 'tcp', mechanism = 'EXTERNAL', denied, tookMs = 3 } = plan
  const outcome: Outcome =
    denied === undefined
      ? { kind: 'allow', jid: 'alice@localhost', via: 'standard' }
      : { kind: 'deny', code: denied, condition: conditionOf(denied), why: '' }
  return {
    ...{ id: '00000000-0000-4000-8000-000000000000', time: '2026-01-01T00:00:00.000Z', remote: '127.0.0.1:1' },
    ...{ listener, transport, mechanism, outcome, tookMs, domain: 'localhost', tls: null, certificate: null },
    ...{ chain: { status: 'none', acceptable: false }, revocation: { status: 'not-checked', source: null } },
    ...{ authzid: null, identity: [], names: [] },
    backends: plan.backends ?? [{ backend: 'pki', verdict: 'allow', tookMs: 0.2 }],
  }
}

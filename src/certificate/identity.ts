/** The rules of identity: who a certificate says its holder is, decided without I/O (XEP-0178 §2, RFC 6120 §13.7.1.4). */

import { type BareJid, formatBare } from '../jid/jid.ts'
import type { IdentityStep } from '../observe/decision.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import { unreachable } from '../result.ts'
import type { IdentityAnswer, IdentityQuery, IdentityRule } from './identity-rule.ts'

export type { IdentityAnswer, IdentityQuery, IdentityRule } from './identity-rule.ts'
export { authId } from './rule-auth-id.ts'
export { byBackend } from './rule-by-backend.ts'
export { commonName } from './rule-common-name.ts'
export { standard } from './rule-standard.ts'

/** The outcome of all rules, with a step for each one asked. */
export type Identification =
  | {
      readonly kind: 'jid'
      readonly jid: BareJid
      /** Name of the rule that answered. */
      readonly via: string
      /** Whether `jid` is nobody's, and a backend is to say who it is. */
      readonly isStandIn: boolean
      readonly steps: readonly IdentityStep[]
    }
  | {
      readonly kind: 'refuse'
      readonly code: ReasonCode
      readonly why: string
      readonly steps: readonly IdentityStep[]
    }

/** Asks the rules in order. The first that does not pass decides; when all pass the outcome is `no-identity`. */
export function identify(rules: readonly IdentityRule[], query: IdentityQuery): Identification {
  const steps: IdentityStep[] = []
  for (const rule of rules) {
    const answer = rule.answer(query)
    switch (answer.kind) {
      case 'jid':
        return named(answer, rule.name, steps)
      case 'refuse':
        steps.push({ rule: rule.name, answer: 'refuse', detail: answer.detail, code: answer.code })
        return { kind: 'refuse', code: answer.code, why: answer.detail, steps }
      case 'pass':
        steps.push({ rule: rule.name, answer: 'pass', detail: answer.detail })
        break
      default:
        return unreachable(answer)
    }
  }
  const why = steps.length === 0 ? 'no identity rule is configured' : steps.map(({ detail }) => detail).join('; ')
  return { kind: 'refuse', code: 'no-identity', why, steps }
}

function named(
  { jid, isStandIn = false, detail }: Extract<IdentityAnswer, { kind: 'jid' }>,
  via: string,
  before: readonly IdentityStep[],
): Identification {
  const step: IdentityStep = { rule: via, answer: 'jid', detail: isStandIn ? detail : formatBare(jid) }
  return { kind: 'jid', jid, via, isStandIn, steps: [...before, step] }
}

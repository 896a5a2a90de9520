/** The authority: asks the backends in the operator's order, once per attempt, under one deadline. */

import type { BareJid } from '../jid/jid.ts'
import type { Call } from '../observe/call.ts'
import type { BackendStep, NameStep } from '../observe/decision.ts'
import { whenKnown } from '../result.ts'
import { type AlarmClock, createAlarmClock } from './alarm-clock.ts'
import type { AuthBackend, Claim, Evidence, ScramAnswer, ScramHash, Verdict } from './contract.ts'
import type { TrustedNames } from './trusted-names.ts'

/** The backends' common answer, and what was said on the way to it. */
export interface Judgement {
  readonly verdict: Verdict
  /** What the lists of trusted names said, which are asked before any backend. */
  readonly names?: readonly NameStep[]
  readonly steps: readonly BackendStep[]
}

/** The backends' common answer about SCRAM secrets, and what each of them said on the way to it. */
export interface SecretsFinding {
  readonly answer: ScramAnswer
  readonly steps: readonly BackendStep[]
}

/** Judges claims, and finds the secrets that SCRAM needs. */
export interface Authority {
  /** Whether some backend takes this evidence, and so whether a mechanism that brings it can succeed. */
  takes(evidence: Evidence): boolean
  /** A promise only where a backend lets us wait. */
  judge(claim: Claim, call: Call): Judgement | Promise<Judgement>
  /** The first secrets that a backend has; asked in the same order and with the same fall-through as `judge`. */
  scramSecrets(jid: BareJid, hash: ScramHash, call: Call): SecretsFinding | Promise<SecretsFinding>
}

/**
 * An authority over `backends`, in this order. It does not own them: who opened them disposes of them. Certificates must
 * be of trusted names first, where there are such lists.
 */
export function createAuthority(backends: readonly AuthBackend[], trusted: TrustedNames | null = null): Authority {
  // Worked out once: each login asks several times.
  const byEvidence = new Map<Evidence, readonly AuthBackend[]>()
  for (const evidence of new Set(backends.flatMap(({ takes }) => takes))) {
    byEvidence.set(
      evidence,
      backends.filter(({ takes }) => takes.includes(evidence)),
    )
  }
  const taking = (evidence: Evidence) => byEvidence.get(evidence) ?? []
  const clock = createAlarmClock({ holdsProcess: true })
  const inTime = ({ deadline }: Call): Time => ({ clock, deadline })
  return {
    takes: (evidence) => byEvidence.has(evidence),
    judge: (claim, call) => {
      const names = claim.kind === 'certificate' ? trusted?.judge(claim.certificate, claim.chain) : undefined
      if (names?.refusal != null) return { verdict: { kind: 'deny', ...names.refusal }, names: names.steps, steps: [] }
      const asked = askInOrder<Verdict>(taking(claim.kind), (backend) => backend.judge(claim, call), inTime(call))
      return whenKnown(asked, ({ answer: verdict, steps }) =>
        names === undefined ? { verdict, steps } : { verdict, names: names.steps, steps },
      )
    },
    scramSecrets: (jid, hash, call) =>
      askInOrder<ScramAnswer>(
        taking('scram'),
        (backend) => backend.scramSecrets?.(jid, hash, call) ?? { kind: 'unknown' },
        inTime(call),
      ),
  }
}

/** The deadline of an attempt, and what keeps it. */
interface Time {
  readonly clock: AlarmClock
  readonly deadline: number
}

type Answer = Verdict | ScramAnswer
type Fallback = Extract<Answer, { kind: 'unknown' | 'unavailable' }>

interface Finding<A extends Answer> {
  readonly answer: A | Fallback
  readonly steps: readonly BackendStep[]
}

function askInOrder<A extends Answer>(
  backends: readonly AuthBackend[],
  question: (backend: AuthBackend) => A | Promise<A>,
  time: Time,
  before: readonly BackendStep[] = [],
): Finding<A> | Promise<Finding<A>> {
  const [backend, ...others] = backends
  if (backend === undefined) return { answer: { kind: 'unknown' }, steps: before }
  const started = performance.now()
  return whenKnown<A | Fallback, Finding<A>>(
    ask(() => question(backend), time),
    (answer) => {
      const steps = [...before, stepOf(backend.name, answer, performance.now() - started)]
      // Only `unknown` lets the next backend speak: one backend's refusal is never overruled by another's consent.
      return answer.kind === 'unknown' ? askInOrder(others, question, time, steps) : { answer, steps }
    },
  )
}

/** One backend's answer; its faults, and its silence at the deadline, are `unavailable`. */
function ask<A extends Answer>(question: () => A | Promise<A>, time: Time): A | Fallback | Promise<A | Fallback> {
  try {
    const answer = question()
    // Somebody else's backend may bring somebody else's promises.
    return 'then' in answer ? beforeDeadline(Promise.resolve(answer), time) : answer
  } catch (cause) {
    return unavailable(cause)
  }
}

function unavailable(cause: unknown): Fallback {
  return { kind: 'unavailable', cause: cause instanceof Error ? cause : new Error(String(cause)) }
}

/** Never rejects. */
function beforeDeadline<A extends Answer>(answer: Promise<A>, { clock, deadline }: Time): Promise<A | Fallback> {
  return new Promise((resolve) => {
    const settle = (said: A | Fallback): void => {
      clock.clear(alarm)
      resolve(said)
    }
    const alarm = clock.set(deadline, () => settle(unavailable(new Error('no answer before the deadline'))))
    answer.then(settle, (cause: unknown) => settle(unavailable(cause)))
  })
}

function stepOf(backend: string, answer: Answer, tookMs: number): BackendStep {
  const step = { backend, verdict: answer.kind, tookMs: Math.round(tookMs * 1000) / 1000 }
  switch (answer.kind) {
    case 'allow':
    case 'found':
    case 'unknown':
      return step
    case 'deny':
      return { ...step, detail: answer.why }
    case 'unavailable':
      return { ...step, detail: answer.cause.message }
  }
}

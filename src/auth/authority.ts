/** The authority: asks the backends in the operator's order, once per attempt, under one deadline. */

import type { Call } from '../observe/call.ts'
import type { BackendStep } from '../observe/decision.ts'
import type { AuthBackend, Claim, Evidence, Verdict } from './contract.ts'

/** The backends' common answer, and what each of them said on the way to it. */
export interface Judgement {
  readonly verdict: Verdict
  readonly steps: readonly BackendStep[]
}

/** Judges claims. */
export interface Authority {
  /** Whether some backend takes this evidence, and so whether a mechanism that brings it can succeed. */
  takes(evidence: Evidence): boolean
  judge(claim: Claim, call: Call): Promise<Judgement>
}

/** An authority over `backends`, in this order. It does not own them: who opened them disposes of them. */
export function createAuthority(backends: readonly AuthBackend[]): Authority {
  return {
    takes: (evidence) => backends.some((backend) => backend.takes.includes(evidence)),
    judge: async (claim, call) => {
      const steps: BackendStep[] = []
      for (const backend of backends) {
        if (!backend.takes.includes(claim.kind)) continue
        const started = performance.now()
        const verdict = await ask(backend, claim, call)
        steps.push(stepOf(backend.name, verdict, performance.now() - started))
        // Only `unknown` lets the next backend speak: one backend's refusal is never overruled by another's consent.
        if (verdict.kind !== 'unknown') return { verdict, steps }
      }
      return { verdict: { kind: 'unknown' }, steps }
    },
  }
}

/** One backend's verdict; its faults, and its silence at the deadline, are `unavailable`. */
async function ask(backend: AuthBackend, claim: Claim, call: Call): Promise<Verdict> {
  try {
    const answer = backend.judge(claim, call)
    return answer instanceof Promise ? await beforeDeadline(answer, call) : answer
  } catch (cause) {
    return { kind: 'unavailable', cause: cause instanceof Error ? cause : new Error(String(cause)) }
  }
}

function beforeDeadline(answer: Promise<Verdict>, call: Call): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const late = () => resolve({ kind: 'unavailable', cause: new Error('no answer before the deadline') })
    const timer = setTimeout(late, Math.max(0, call.deadline - performance.now()))
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function stepOf(backend: string, verdict: Verdict, tookMs: number): BackendStep {
  const step = { backend, verdict: verdict.kind, tookMs: Math.round(tookMs * 1000) / 1000 }
  switch (verdict.kind) {
    case 'allow':
    case 'unknown':
      return step
    case 'deny':
      return { ...step, detail: verdict.why }
    case 'unavailable':
      return { ...step, detail: verdict.cause.message }
  }
}

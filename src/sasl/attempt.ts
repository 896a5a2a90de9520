/**
 * One login attempt from the mechanism's name to the outcome, with exactly one decision record. The
 * server and `explain` run this same code.
 */

import { setTimeout } from 'node:timers/promises'
import type { Claim, Verdict } from '../auth/contract.ts'
import { type BareJid, formatBare, sameBare } from '../jid/jid.ts'
import type { Call } from '../observe/call.ts'
import type { BackendStep, Decision, Outcome } from '../observe/decision.ts'
import { conditionOf, type ReasonCode } from '../observe/reasons.ts'
import { type Result, unreachable, whenKnown } from '../result.ts'
import type { Account, HostFault } from '../session/contract.ts'
import type { Exchange, Mechanism, MechanismStep } from './mechanism.ts'
import { type RecordParts, writeRecord } from './record.ts'
import type { AttemptScene } from './scene.ts'

/** How an attempt goes on: another round trip, or the end with its record and, on allow, the opened session. */
export type AttemptStep<S> =
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  | { readonly kind: 'denied'; readonly decision: Decision }
  | {
      readonly kind: 'allowed'
      readonly decision: Decision
      readonly session: S
      /** What goes along with the success; null for none. */
      readonly data: Uint8Array | null
    }

/** An attempt under way. */
export interface Attempt<S> {
  readonly scene: AttemptScene
  /** Why the mechanism is not on offer here, and so cannot succeed whatever the response; null when it is. */
  readonly refusal: ReasonCode | null
  /** The account that the client has claimed; null before it has. */
  readonly claimed: BareJid | null
  /** Whether it has its record, of which there is one. */
  readonly isOver: boolean
  /** Lets it wait for what was tried before. What has been waited is not asked again for its account. */
  wait(ms: number): Promise<void>
  /** Neither throws nor rejects of its own accord; a promise only where there is something to wait for. */
  step(response: Uint8Array | null, call: Call): AttemptStep<S> | Promise<AttemptStep<S>>
  /** Ends the attempt for a reason outside the mechanism (bad base64, abort) and gives its record. */
  deny(code: ReasonCode, why: string): Decision
}

/** Why there is no session; without a code of its own it is the host's affair. */
export interface OpenFault extends HostFault {
  readonly code?: ReasonCode
}

/** Opens the session that an allowed account gets, before the client hears of success. */
export type OpenSession<S> = (account: Account, call: Call) => Result<S, OpenFault> | Promise<Result<S, OpenFault>>

/**
 * Hears of the record, and of the account that was claimed, in the same breath as it is made. Failures are counted here: then
 * no other attempt can look whether there is a lock between this one's look and its count, however many are judged at once.
 */
export type ConcludeAttempt = (decision: Decision, claimed: BareJid | null) => void

/** Starts an attempt with the mechanism the client named. What `conclude` throws, the attempt throws: it has its record. */
export function startAttempt<S>(
  scene: AttemptScene,
  name: string,
  open: OpenSession<S>,
  conclude: ConcludeAttempt = () => undefined,
): Attempt<S> {
  return new Course(scene, name, open, conclude)
}

/** One attempt, and what stays the same from step to step of it. */
class Course<S> implements Attempt<S> {
  readonly scene: AttemptScene
  readonly open: OpenSession<S>
  /** Set once, when a claim is made. */
  claimed: BareJid | null = null
  isOver = false
  /** What backends said while secrets were looked up. */
  asked: readonly BackendStep[] = []
  /** Milliseconds that it has been made to wait. */
  #waited = 0
  readonly #name: string
  readonly #conclude: ConcludeAttempt
  readonly #mechanism: Mechanism | undefined
  readonly #exchange: Exchange | null
  readonly #started = performance.now()

  constructor(scene: AttemptScene, name: string, open: OpenSession<S>, conclude: ConcludeAttempt) {
    this.scene = scene
    this.open = open
    this.#name = name
    this.#conclude = conclude
    this.#mechanism = scene.mechanisms.find((candidate) => candidate.name === name)
    this.#exchange = this.#mechanism?.start(scene) ?? null
  }

  get refusal(): ReasonCode | null {
    return refusalOf(this.scene, this.#mechanism)
  }

  deny(code: ReasonCode, why: string): Decision {
    return this.record({ outcome: denial(code, why) })
  }

  async wait(ms: number): Promise<void> {
    const left = ms - this.#waited
    if (left <= 0) return
    this.#waited = ms
    await setTimeout(left)
  }

  record(parts: RecordParts): Decision {
    this.isOver = true
    const decision = writeRecord(this.scene, this.#name, this.#started, parts, this.asked)
    this.#conclude(decision, this.claimed)
    return decision
  }

  step(response: Uint8Array | null, call: Call): AttemptStep<S> | Promise<AttemptStep<S>> {
    // A rule or a session host of somebody else's may throw: nobody is let in, and the attempt has its record.
    const fault = (cause: unknown): AttemptStep<S> => {
      if (this.isOver) throw cause
      const why = cause instanceof Error ? cause.message : String(cause)
      return { kind: 'denied', decision: this.deny('internal-fault', why) }
    }
    try {
      const step = firstRefusal(this.scene, this.#mechanism, this.#exchange) ?? this.#exchange?.step(response)
      if (step === undefined) {
        return { kind: 'denied', decision: this.deny('mechanism-unknown', this.#name.slice(0, 32)) }
      }
      const next = follow(this, step, call)
      return next instanceof Promise ? next.catch(fault) : next
    } catch (cause) {
      return fault(cause)
    }
  }
}

type StepOf<K extends MechanismStep['kind']> = Extract<MechanismStep, { kind: K }>

function follow<S>(course: Course<S>, step: MechanismStep, call: Call): AttemptStep<S> | Promise<AttemptStep<S>> {
  switch (step.kind) {
    case 'challenge':
      return step
    case 'fail': {
      const outcome = lockedMeanwhile(course) ?? denial(step.code, step.why)
      return { kind: 'denied', decision: course.record({ ...step, outcome }) }
    }
    case 'lookup':
      return lookUp(course, step, call)
    case 'proved': {
      const { account, authzid, data } = step
      const locked = lockedMeanwhile(course)
      if (locked !== null) return { kind: 'denied', decision: course.record({ outcome: locked, authzid }) }
      return openFor(course, { account, via: 'password', data, known: { authzid, identity: [] } }, call)
    }
    case 'claim':
      return settle(course, step, call)
    default:
      return unreachable(step)
  }
}

/** Asks the backends what the mechanism must know, and lets it go on. */
async function lookUp<S>(course: Course<S>, step: StepOf<'lookup'>, call: Call): Promise<AttemptStep<S>> {
  const { scene } = course
  const { jid, hash, authzid } = step
  course.claimed = jid
  const mismatch = fromMismatch(scene, jid) ?? (await payToll(course, jid))
  if (mismatch !== null) return { kind: 'denied', decision: course.record({ outcome: mismatch, authzid }) }
  const { answer, steps } = await scene.authority.scramSecrets(jid, hash, call)
  course.asked = [...course.asked, ...steps]
  if (answer.kind !== 'unavailable') return follow(course, step.resume(answer), call)
  const outcome = denial('backend-unavailable', answer.cause.message)
  return { kind: 'denied', decision: course.record({ outcome, authzid }) }
}

function refusalOf(scene: AttemptScene, mechanism: Mechanism | undefined): ReasonCode | null {
  if (mechanism === undefined || !scene.authority.takes(mechanism.evidence)) return 'mechanism-unknown'
  return mechanism.refusal(scene)
}

/** A mechanism that nobody can judge is not offered, and is refused by name when a client asks for it all the same. */
function firstRefusal(
  scene: AttemptScene,
  mechanism: Mechanism | undefined,
  exchange: Exchange | null,
): MechanismStep | undefined {
  if (mechanism === undefined || exchange === null) return undefined
  if (scene.authority.takes(mechanism.evidence)) return undefined
  return {
    kind: 'fail',
    code: 'mechanism-unknown',
    why: 'no backend of this listener takes its evidence',
    authzid: null,
    identity: [],
  }
}

/** RFC 6120 §4.9.3.9: the from of the stream header must match the JID that SASL negotiates. */
function fromMismatch({ from }: AttemptScene, jid: BareJid): Outcome | null {
  if (from === null || sameBare(from, jid)) return null
  return denial('stream-from-mismatch', `from is ${formatBare(from)}, the login is ${formatBare(jid)}`)
}

/**
 * Waits for as long as earlier wrong passwords make the next one wait, or refuses it. For passwords only: whatever is
 * tried with them, the owner's certificate still works.
 */
async function payToll<S>(course: Course<S>, account: BareJid): Promise<Outcome | null> {
  const toll = course.scene.passwords?.toll(account)
  if (toll?.kind === 'locked') return denial('throttled-account', formatBare(account))
  if (toll?.kind === 'slow') await course.wait(toll.delayMs)
  return null
}

/**
 * Why nothing is told of a password that has been judged, neither that it is wrong nor that it is right: a lock was set while
 * the attempt was under way. Null where none was, and for certificates, of which nothing can be guessed. A refusal that this
 * lets pass is recorded, and thereby counted, without a wait in between.
 */
function lockedMeanwhile<S>({ claimed, scene }: Course<S>): Outcome | null {
  const code = claimed === null ? null : (scene.passwords?.lock(scene.channel, claimed) ?? null)
  return code === null || claimed === null ? null : denial(code, `${formatBare(claimed)}, since it was tried`)
}

/** From the claim to the outcome: the stream's `from`, the authority, the session. */
function settle<S>(course: Course<S>, step: StepOf<'claim'>, call: Call): AttemptStep<S> | Promise<AttemptStep<S>> {
  const { claim } = step
  const wanted = wantedOf(claim)
  course.claimed = wanted
  const mismatch = wanted && fromMismatch(course.scene, wanted)
  if (mismatch !== null) return disclaim(course, step, mismatch)
  if (claim.kind === 'certificate') return judge(course, step, call)
  return payToll(course, claim.jid).then((toll) =>
    toll === null ? judge(course, step, call) : disclaim(course, step, toll),
  )
}

function disclaim<S>(course: Course<S>, { authzid, identity }: StepOf<'claim'>, outcome: Outcome): AttemptStep<S> {
  return { kind: 'denied', decision: course.record({ outcome, authzid, identity }) }
}

function judge<S>(
  course: Course<S>,
  { claim, authzid, identity }: StepOf<'claim'>,
  call: Call,
): AttemptStep<S> | Promise<AttemptStep<S>> {
  const { scene } = course
  return whenKnown(scene.authority.judge(claim, call), ({ verdict, names = [], steps: backends }) => {
    const parts = { authzid, identity, names, backends }
    const locked = claim.kind === 'password' ? lockedMeanwhile(course) : null
    if (locked !== null) return { kind: 'denied', decision: course.record({ outcome: locked, ...parts }) }
    if (verdict.kind !== 'allow') {
      return { kind: 'denied', decision: course.record({ outcome: verdictDenial(verdict, claim), ...parts }) }
    }
    const moved = movedOutcome(scene, claim, authzid, verdict.account)
    if (moved !== null) return { kind: 'denied', decision: course.record({ outcome: moved, ...parts }) }
    const via = claim.kind === 'certificate' ? claim.via : 'password'
    return openFor(course, { account: verdict.account, via, data: null, known: parts }, call)
  })
}

/** The account that is claimed; null where the backend is to say who it is, and the client has not. */
function wantedOf(claim: Claim): BareJid | null {
  return claim.kind === 'certificate' && claim.open !== undefined ? claim.open.wanted : claim.jid
}

/** A backend may let another account in than the claimed one, but never other than the client has asked for by name. */
function movedOutcome(scene: AttemptScene, claim: Claim, authzid: string | null, { jid }: Account): Outcome | null {
  const isOpen = claim.kind === 'certificate' && claim.open !== undefined
  if (isOpen && sameBare(jid, claim.jid)) return denial('no-identity', 'the backend does not say whose it is')
  const wanted = wantedOf(claim)
  if (isOpen && wanted !== null && sameBare(jid, wanted)) return null
  if (sameBare(jid, claim.jid)) return null
  if (authzid === null) return fromMismatch(scene, jid)
  return denial('authzid-mismatch', `it is ${authzid}, and the backend lets ${formatBare(jid)} in`)
}

interface Allowance {
  readonly account: Account
  readonly via: string
  readonly data: Uint8Array | null
  readonly known: Omit<RecordParts, 'outcome'>
}

function openFor<S>(
  course: Course<S>,
  { account, via, data, known }: Allowance,
  call: Call,
): AttemptStep<S> | Promise<AttemptStep<S>> {
  return whenKnown<Result<S, OpenFault>, AttemptStep<S>>(course.open(account, call), (session) => {
    const outcome: Outcome = session.ok
      ? { kind: 'allow', jid: formatBare(account.jid), via }
      : denial(session.error.code ?? 'session-unavailable', session.error.why)
    const decision = course.record({ outcome, ...known })
    return session.ok ? { kind: 'allowed', decision, session: session.value, data } : { kind: 'denied', decision }
  })
}

function verdictDenial(verdict: Exclude<Verdict, { kind: 'allow' }>, claim: Claim): Outcome {
  switch (verdict.kind) {
    case 'deny':
      return denial(verdict.code, verdict.why)
    case 'unknown':
      return denial('account-unknown', unknownText(claim))
    case 'unavailable':
      return denial('backend-unavailable', verdict.cause.message)
  }
}

function unknownText(claim: Claim): string {
  const wanted = wantedOf(claim)
  return wanted === null ? 'no backend says whose the certificate is' : formatBare(wanted)
}

function denial(code: ReasonCode, why: string): Outcome {
  return { kind: 'deny', code, condition: conditionOf(code), why }
}

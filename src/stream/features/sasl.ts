/** SASL (RFC 6120 §6): which mechanisms are offered, and the exchange on the wire. */

import type { Element } from 'ltx'
import { bindingTypes } from '../../certificate/channel-binding.ts'
import type { Decision } from '../../observe/decision.ts'
import { clientText, type ReasonCode } from '../../observe/reasons.ts'
import { type Attempt, type OpenSession, startAttempt } from '../../sasl/attempt.ts'
import { decodeBase64, encodeBase64 } from '../../sasl/base64.ts'
import { admit, admittedMechanisms } from '../../sasl/certificate-policy.ts'
import { lockReasons } from '../../sasl/login-throttle.ts'
import type { AttemptScene } from '../../sasl/scene.ts'
import type { HostedSession } from '../../session/contract.ts'
import { namespaceOf } from '../../xml/element.ts'
import { escapeText } from '../../xml/escape.ts'
import { NS } from '../../xml/namespaces.ts'
import { createCall } from '../call.ts'
import { conclude, giveUpExchange } from '../conclude.ts'
import type { FeatureOutcome, FeatureTools, StreamFeature, StreamState } from '../feature.ts'
import { openSession } from '../open-session.ts'
import type { StreamPolicy } from '../policy.ts'

/** The SASL feature. */
export const sasl: StreamFeature = {
  name: 'sasl',
  advertise: (state, { policy }) => {
    const scene = sceneOf(state, policy)
    const names = offeredMechanisms(scene)
    // RFC 6120 §6.3.3 has no empty list: with nothing to offer, the feature itself is absent.
    if (names.length === 0) return null
    let list = ''
    for (const name of names) list += `<mechanism>${name}</mechanism>`
    return `<mechanisms xmlns='${NS.sasl}'>${list}</mechanisms>${bindingOffer(scene, names)}`
  },
  accepts: (element) => namespaceOf(element) === NS.sasl,
  negotiate: (element, state, tools) => {
    switch (element.name) {
      case 'auth':
        return authenticate(element, state, tools)
      case 'response':
        return respond(element, state, tools)
      case 'abort':
        return abort(state, tools)
      default:
        return { kind: 'end', error: { condition: 'unsupported-stanza-type' } }
    }
  },
}

/** XEP-0440 §4: what the -PLUS mechanisms can bind themselves to; nothing where none is on offer. */
function bindingOffer({ channel, mechanisms }: AttemptScene, names: readonly string[]): string {
  if (!mechanisms.some(({ name, bindsChannel }) => bindsChannel === true && names.includes(name))) return ''
  const types = bindingTypes(channel).map((type) => `<channel-binding type='${type}'/>`)
  return `<sasl-channel-binding xmlns='${NS.channelBinding}'>${types.join('')}</sasl-channel-binding>`
}

/** The mechanisms that can succeed on this channel, in the operator's order. */
export function offeredMechanisms(scene: AttemptScene): string[] {
  const offered: string[] = []
  for (const mechanism of scene.mechanisms) {
    if (scene.authority.takes(mechanism.evidence) && mechanism.refusal(scene) === null) offered.push(mechanism.name)
  }
  return offered
}

/** The scene of an attempt on this stream. */
export function sceneOf(state: StreamState, policy: StreamPolicy): AttemptScene {
  const { channel, domain, from } = state
  const { certificates, mechanisms: all, authority } = policy.of(domain)
  const admission = admit(certificates, channel)
  const mechanisms = admittedMechanisms(all, admission)
  return {
    listener: policy.listener,
    transport: channel.transport,
    channel,
    domain,
    from,
    verifyMode: admission.verifyMode,
    mechanisms,
    authority,
    passwords: policy.throttle?.passwords,
  }
}

function authenticate(
  element: Element,
  before: StreamState,
  tools: FeatureTools,
): FeatureOutcome | Promise<FeatureOutcome> {
  const { policy } = tools
  const state = giveUpExchange(before, 'the client began anew')
  if (state.failedAttempts >= policy.limits.maxAttempts) return tooManyFailures
  const name = element.attrs['mechanism'] ?? ''
  const attempt = begin(name, state, policy, (account, call) => openSession(account, call, tools))
  if (state.channel.tls === null) return refuse(attempt, 'tls-required', '', state, tools)
  return throttled(attempt, name, element.getText(), state, tools)
}

function begin(
  name: string,
  state: StreamState,
  policy: StreamPolicy,
  open: OpenSession<HostedSession>,
): Attempt<HostedSession> {
  const scene = sceneOf(state, policy)
  return startAttempt(scene, name, open, (decision, claimed) => conclude(decision, claimed, scene, policy))
}

/** RFC 6120 §6.4.5: a limited number of retries, then the stream ends. */
const tooManyFailures: FeatureOutcome = {
  kind: 'end',
  error: { condition: 'policy-violation', text: 'too many failed login attempts' },
}

/** Where failures have been, the attempt waits or is refused unseen; the socket is not read in the meantime. */
function throttled(
  attempt: Attempt<HostedSession>,
  name: string,
  text: string,
  state: StreamState,
  tools: FeatureTools,
): Promise<FeatureOutcome> {
  const answer = tools.policy.throttle?.before(attempt.scene, name)
  switch (answer?.kind) {
    case 'locked':
      return refuse(attempt, lockReasons[answer.by], `until ${new Date(answer.untilMs).toISOString()}`, state, tools)
    case 'slow':
      return attempt.wait(answer.delayMs).then(() => advance(attempt, text, state, tools))
    case 'free':
    case undefined:
      return advance(attempt, text, state, tools)
  }
}

function respond(element: Element, state: StreamState, tools: FeatureTools): Promise<FeatureOutcome> {
  if (state.attempt !== null) return advance(state.attempt, element.getText() || '=', state, tools)
  const stray = begin('', state, tools.policy, neverOpens)
  return refuse(stray, 'exchange-missing', '', state, tools)
}

/** Clients abort out of the blue as well (nbxmpp does after a failure): answered, and no attempt of its own. */
async function abort(state: StreamState, tools: FeatureTools): Promise<FeatureOutcome> {
  if (state.attempt !== null) return refuse(state.attempt, 'exchange-aborted', '', state, tools)
  await tools.transport.write(`<failure xmlns='${NS.sasl}'><aborted/></failure>`)
  return { kind: 'stay', state }
}

const neverOpens = async () => ({ ok: false, error: { why: 'no exchange' } }) as const

/** Feeds one response. `text` is the element's: empty for none, `=` for an empty one (RFC 6120 §6.4.2). */
async function advance(
  attempt: Attempt<HostedSession>,
  text: string,
  state: StreamState,
  tools: FeatureTools,
): Promise<FeatureOutcome> {
  const response = text === '' ? null : decodeBase64(text === '=' ? '' : text)
  // A mechanism that is not on offer is refused as that, before anybody minds the form of its response.
  const undecodable = response === null && text !== '' && attempt.refusal === null
  if (undecodable) return refuse(attempt, 'encoding-incorrect', '', state, tools)
  const { transport, policy } = tools
  const answer = attempt.step(response, createCall(policy.limits.authMs))
  const step = answer instanceof Promise ? await answer : answer
  switch (step.kind) {
    case 'challenge':
      await transport.write(`<challenge xmlns='${NS.sasl}'>${encodeBase64(step.data) || '='}</challenge>`)
      return { kind: 'stay', state: { ...state, attempt } }
    case 'denied':
      return fail(step.decision, state, tools)
    case 'allowed':
      void transport.write(successOf(step.data))
      return { kind: 'release', session: step.session }
  }
}

/** RFC 6120 §6.4.6: additional data with success is base64, and `=` where it is empty. */
function successOf(data: Uint8Array | null): string {
  if (data === null) return `<success xmlns='${NS.sasl}'/>`
  return `<success xmlns='${NS.sasl}'>${encodeBase64(data) || '='}</success>`
}

function refuse(
  attempt: Attempt<HostedSession>,
  code: ReasonCode,
  why: string,
  state: StreamState,
  tools: FeatureTools,
): Promise<FeatureOutcome> {
  return fail(attempt.deny(code, why), state, tools)
}

async function fail(
  decision: Decision,
  state: StreamState,
  { transport, policy }: FeatureTools,
): Promise<FeatureOutcome> {
  const { outcome } = decision
  if (outcome.kind === 'allow') throw new TypeError('an allowed attempt is no failure')
  const text = `${clientText(outcome.code, decision.mechanism)} (${decision.id})`
  if (outcome.condition === 'invalid-from') return { kind: 'end', error: { condition: 'invalid-from', text } }
  const detail = `<text xml:lang='en'>${escapeText(text)}</text>`
  await transport.write(`<failure xmlns='${NS.sasl}'><${outcome.condition}/>${detail}</failure>`)
  const failedAttempts = state.failedAttempts + 1
  if (failedAttempts >= policy.limits.maxAttempts) return tooManyFailures
  return { kind: 'stay', state: { ...state, attempt: null, failedAttempts } }
}

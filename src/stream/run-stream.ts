/** One XMPP stream from its first byte to its end: negotiate, release to the session, dispose (RFC 6120 §4). */

import type { Element } from 'ltx'
import { type Channel, certificateRefusal, certificateRefusalText } from '../certificate/channel.ts'
import { certificateSummary } from '../certificate/facts.ts'
import { type ReasonCode, reasons } from '../observe/reasons.ts'
import { randomId } from '../random-id.ts'
import { unreachable } from '../result.ts'
import { admit } from '../sasl/certificate-policy.ts'
import type { Conduit, HostedSession } from '../session/contract.ts'
import { namespaceOf } from '../xml/element.ts'
import { NS } from '../xml/namespaces.ts'
import { readStreamError, type StreamCondition } from '../xml/stream-error.ts'
import type { StreamHeader } from '../xml/stream-header.ts'
import { giveUpExchange } from './conclude.ts'
import { CountedConduit } from './counted-conduit.ts'
import type { FeatureOutcome, FeatureTools, StreamFeature, StreamState } from './feature.ts'
import { checkHeader } from './header-check.ts'
import type { StreamPolicy } from './policy.ts'
import type { StreamTransport } from './ports.ts'
import { refuseCertificate } from './refuse-certificate.ts'
import { StreamClock } from './stream-clock.ts'

type StreamError = { readonly condition: StreamCondition; readonly text?: string }
type Ending = { readonly kind: 'end'; readonly error: StreamError | null }

/** Runs the stream to its end. Resolves when the connection is of no further use; never rejects. */
export async function runStream(
  transport: StreamTransport,
  features: readonly StreamFeature[],
  policy: StreamPolicy,
): Promise<void> {
  // The frame of the negotiation is over by then: what is here lives as long as the session.
  const session = await negotiateInTime(transport, features, policy)
  if (session === null) return
  const { listener, metrics } = policy
  const place = { listener, transport: transport.channel.transport }
  const conduit = new CountedConduit(transport)
  metrics.sessionOpened(place)
  try {
    await session.carry(conduit)
  } catch (cause) {
    await reportFault(conduit, transport.channel, policy, cause)
  } finally {
    metrics.sessionClosed(place)
    metrics.streamEnded(place, 'session', conduit.condition)
  }
}

/** The session to hand the stream to; null when the stream is over. Never rejects. */
async function negotiateInTime(
  transport: StreamTransport,
  features: readonly StreamFeature[],
  policy: StreamPolicy,
): Promise<HostedSession | null> {
  const clock = new StreamClock(policy.limits, () => {
    void end(transport, policy, { condition: 'connection-timeout', text: 'not logged in in time' })
  })
  const count = (condition: StreamCondition | null) => {
    const { listener, metrics } = policy
    metrics.streamEnded({ listener, transport: transport.channel.transport }, 'negotiation', condition)
  }
  try {
    const outcome = await negotiate({ transport, policy, clock }, features)
    clock.stop()
    if (outcome.kind === 'release') {
      transport.restart('session')
      return outcome.session
    }
    count(clock.isLate ? 'connection-timeout' : (outcome.error?.condition ?? null))
    await end(transport, policy, outcome.error)
  } catch (cause) {
    count('internal-server-error')
    await reportFault(transport, transport.channel, policy, cause)
  } finally {
    clock.stop()
  }
  return null
}

/** A fault of ours ends the stream, not the process. */
function reportFault(
  conduit: Conduit,
  { remote }: Channel,
  { log, listener }: StreamPolicy,
  cause: unknown,
): Promise<void> {
  log.error('signet_fault', { listener, remote, cause })
  return conduit.close({ condition: 'internal-server-error' })
}

async function negotiate(
  tools: FeatureTools & { readonly clock: StreamClock },
  features: readonly StreamFeature[],
): Promise<Ending | { kind: 'release'; session: HostedSession }> {
  const { transport, policy, clock } = tools
  let state: StreamState = {
    channel: transport.channel,
    domain: policy.defaultHost,
    from: null,
    attempt: null,
    failedAttempts: 0,
  }
  for (;;) {
    clock.await()
    const event = await transport.read()
    clock.pause()
    let answer: FeatureOutcome | Promise<FeatureOutcome>
    switch (event.kind) {
      case 'open': {
        const { outcome, sent } = openStream(event.header, state, features, tools)
        if (sent !== null) await sent
        answer = outcome
        break
      }
      case 'element':
        answer = negotiateElement(event.element, state, features, tools)
        break
      case 'close':
      case 'end':
        answer = { kind: 'end', error: null }
        break
      case 'fault':
        answer = { kind: 'end', error: { condition: event.condition, text: event.why } }
        break
      default:
        return unreachable(event)
    }
    const outcome = answer instanceof Promise ? await answer : answer
    switch (outcome.kind) {
      case 'stay':
        state = outcome.state
        break
      case 'restart':
        state = outcome.state
        transport.restart('negotiation')
        break
      case 'release':
        return outcome
      case 'end':
        giveUpExchange(state, 'the stream ended')
        return outcome
      default:
        return unreachable(outcome)
    }
  }
}

/** Answers a stream header: with features, or with our own header and the error that ends the stream. */
function openStream(
  header: StreamHeader,
  before: StreamState,
  features: readonly StreamFeature[],
  tools: FeatureTools,
): { readonly outcome: FeatureOutcome; readonly sent: Promise<void> | null } {
  const { transport, policy } = tools
  const accepted = checkHeader(header, policy.hosts)
  if (!accepted.ok) return { outcome: { kind: 'end', error: accepted.error }, sent: null }
  const state: StreamState = { ...before, domain: accepted.value.domain, from: accepted.value.from }
  const ours = { from: state.domain, to: header.from, id: randomId() }
  const refused = refuseCertificate(state, policy)
  if (refused !== null) {
    const error = { condition: 'not-authorized', text: refused.text } as const
    return { outcome: { kind: 'end', error }, sent: transport.open(ours, '') }
  }
  logWithheld(state, policy)
  let offers = ''
  for (const feature of features) offers += feature.advertise(state, tools) ?? ''
  const markup = offers === '' ? '<stream:features/>' : `<stream:features>${offers}</stream:features>`
  return { outcome: { kind: 'stay', state }, sent: transport.open(ours, markup) }
}

/**
 * Says why this client is not offered EXTERNAL. A well-behaved client then leaves without an attempt, so that
 * no decision would ever tell.
 */
function logWithheld(state: StreamState, policy: StreamPolicy): void {
  const code = withheld(state, policy)
  if (code === null) return
  const { channel } = state
  const { listener, log } = policy
  const { remote, peer } = channel
  const write = code === 'certificate-missing' ? log.info : log.warn
  write.call(log, 'tls_certificate_refused', {
    ...{ listener, remote, code },
    subject: peer.kind === 'certificate' ? certificateSummary(peer.certificate).subject : null,
    why: certificateRefusalText(channel) || reasons[code].meaning,
    hint: reasons[code].hint,
  })
}

/** Why this client's certificate, or the lack of one, keeps EXTERNAL from it; null where none is asked for. */
function withheld({ channel, domain }: StreamState, policy: StreamPolicy): ReasonCode | null {
  const { verifyMode } = admit(policy.of(domain).certificates, channel)
  return channel.tls === null || verifyMode === 'none' ? null : certificateRefusal(channel, verifyMode)
}

function negotiateElement(
  element: Element,
  state: StreamState,
  features: readonly StreamFeature[],
  tools: FeatureTools,
): FeatureOutcome | Promise<FeatureOutcome> {
  for (const feature of features) if (feature.accepts(element)) return feature.negotiate(element, state, tools)
  const goodbye = readStreamError(element)
  if (goodbye !== null) {
    const { log, listener } = tools.policy
    log.info('stream_error_received', { listener, remote: state.channel.remote, ...goodbye })
    return { kind: 'end', error: null }
  }
  // RFC 6120 §4.9.3.12: no stanza before login; §4.9.3.24: nothing else is known at this level.
  const isStanza = namespaceOf(element) === NS.client && ['iq', 'message', 'presence'].includes(element.name)
  if (!isStanza) return { kind: 'end', error: { condition: 'unsupported-stanza-type' } }
  return { kind: 'end', error: { condition: 'not-authorized', text: notLoggedIn(state, tools.policy) } }
}

/** Clients that were offered nothing take negotiation for complete and go on: they, too, hear why nothing was offered. */
function notLoggedIn(state: StreamState, policy: StreamPolicy): string {
  const code = withheld(state, policy)
  return code === null ? 'not logged in' : `not logged in: ${reasons[code].meaning}`
}

async function end(transport: StreamTransport, policy: StreamPolicy, error: StreamError | null): Promise<void> {
  if (error !== null) {
    policy.log.info('stream_error_sent', { listener: policy.listener, remote: transport.channel.remote, ...error })
  }
  await transport.close(error ?? undefined)
}

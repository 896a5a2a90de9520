/** The authenticated stream from its restarted header to its end: features, binding, then one stanza after another. */

import { type BareJid, bareOf, formatBare, parseJid, prepareDomain, sameBare } from '../../jid/jid.ts'
import { randomId } from '../../random-id.ts'
import { unreachable } from '../../result.ts'
import type { Element } from '../../xml/element.ts'
import { readStreamError } from '../../xml/stream-error.ts'
import { isSpokenVersion, type StreamHeader } from '../../xml/stream-header.ts'
import type { Account, ConduitEvent } from '../contract.ts'
import { formatBound, formatFeatures, readBind } from './binding.ts'
import type { Line } from './line.ts'
import { openSession } from './open-session.ts'
import type { Realm } from './realm.ts'
import { takeElement } from './router.ts'
import type { Session, StreamEnd } from './session.ts'
import { formatError, isAnswerable, type StanzaFault } from './stanza.ts'

/** How a stream came to its end. */
type Ending =
  /** The client is done, and still there to take what is queued for it. */
  { readonly kind: 'closed' } | { readonly kind: 'gone' } | { readonly kind: 'error'; readonly reason: StreamEnd }

/** What the stream is opened with. */
export interface StreamOptions {
  /** Whether RFC 3921's session feature is on offer. */
  readonly legacySession: boolean
  /** Hears of the session before anything else happens to it. */
  onBound(session: Session): void
  /** Hears that the stream is over, and everything of it cleaned up. */
  onOver(): void
}

/** Runs the stream; resolves when it is over and everything of it is cleaned up. Never rejects. */
export async function runSession(realm: Realm, account: Account, line: Line, options: StreamOptions): Promise<void> {
  let session: Session | null = null
  try {
    // The frame of binding is over by then: what is here lives as long as the session.
    session = await startSession(realm, account, line, options)
    if (session === null) return
    options.onBound(session)
    let ending: Ending | null = null
    while (ending === null) {
      ending = takeEvent(realm, session, line, await line.next())
      // Whoever does not take the answers need not be read for more questions.
      if (ending === null && session.outbox.bytes > realm.limits.pauseOutboundBytes) {
        await session.outbox.settled(realm.limits.pauseOutboundBytes)
      }
    }
    await session.end(ending.kind === 'error' ? ending.reason : null, ending.kind !== 'gone')
  } catch (cause) {
    realm.log.error('session_fault', { cause, account: `${account.jid.local}@${account.jid.domain}` })
    const reason = { condition: 'internal-server-error' } as const
    await (session === null ? line.close(reason) : session.end(reason, false))
  } finally {
    options.onOver()
  }
}

/** Opens the stream and binds a resource, in time; null when the stream is over instead. */
async function startSession(
  realm: Realm,
  account: Account,
  line: Line,
  options: StreamOptions,
): Promise<Session | null> {
  const late = { condition: 'connection-timeout', text: 'no resource was bound in time' } as const
  const clock = setTimeout(() => void line.close(late), realm.limits.bindMs)
  try {
    const opened = await openStream(account, line, options)
    const bound = opened.kind === 'open' ? await bindResource(realm, account, line, opened.lang) : opened
    if (bound.kind === 'bound') return bound.session
    await line.close(bound.kind === 'error' ? bound.reason : null)
    return null
  } finally {
    clearTimeout(clock)
  }
}

type Opened = Ending | { readonly kind: 'open'; readonly lang: string | null }

async function openStream(account: Account, line: Line, { legacySession }: StreamOptions): Promise<Opened> {
  const event = await line.next()
  if (event.kind !== 'open') return endingOf(event)
  const { header } = event
  const refusal = refuseHeader(header, account)
  const id = randomId()
  // RFC 6120 §4.9.1.1: an error in the header still gets our header first.
  const features = refusal === null ? formatFeatures(legacySession) : ''
  await line.open({ from: account.jid.domain, to: header.from, id }, features)
  if (refusal !== null) return { kind: 'error', reason: refusal }
  const isTag = header.lang !== null && /^[A-Za-z0-9-]{1,64}$/.test(header.lang)
  return { kind: 'open', lang: isTag ? header.lang : null }
}

/** Why a stream header may not open the authenticated stream of this account; null if it may. */
export function refuseHeader(header: StreamHeader, account: Account): StreamEnd | null {
  if (!isSpokenVersion(header.version)) return { condition: 'unsupported-version' }
  // RFC 6120 §4.9.3.6: the login was for one domain, so this stream serves no other.
  const domain = prepareDomain(header.to ?? '')
  if (!domain.ok || domain.value !== account.jid.domain) return { condition: 'host-unknown' }
  if (header.from === null) return null
  const from = parseJid(header.from)
  const bare = from.ok ? bareOf(from.value) : null
  if (bare !== null && sameBare(bare, account.jid)) return null
  return { condition: 'invalid-from', text: 'the stream is from another address than the login' }
}

type Bound = Ending | { readonly kind: 'bound'; readonly session: Session }

async function bindResource(realm: Realm, account: Account, line: Line, lang: string | null): Promise<Bound> {
  for (let attempt = 0; attempt < realm.limits.maxBindAttempts; attempt += 1) {
    const event = await line.next()
    if (event.kind !== 'element') return endingOf(event)
    if (isGoodbye(realm, account.jid, event.element)) return { kind: 'closed' }
    const step = readBind(event.element)
    let fault: StanzaFault
    switch (step.kind) {
      case 'end':
        return { kind: 'error', reason: step.reason }
      case 'bind': {
        const session = openSession(realm, account, line, { resource: step.resource, lang })
        if (session !== null) {
          session.outbox.put(formatBound(step.id, session.jid))
          return { kind: 'bound', session }
        }
        // RFC 6120 §7.6.2.1.
        fault = { condition: 'resource-constraint', text: 'too many resources of this account are connected' }
        break
      }
      case 'refuse':
        fault = step.fault
        break
      default:
        return unreachable(step)
    }
    if (isAnswerable(event.element)) await line.write(formatError(event.element, { from: null, to: null }, fault))
  }
  return { kind: 'error', reason: { condition: 'policy-violation', text: 'too many attempts to bind' } }
}

function takeEvent(realm: Realm, session: Session, line: Line, event: ConduitEvent): Ending | null {
  // What came while the session was taken down is nobody's.
  if (line.isHalted) return { kind: 'gone' }
  if (event.kind !== 'element') return endingOf(event)
  if (isGoodbye(realm, session.account, event.element)) return { kind: 'closed' }
  const reason = takeElement(realm, session, event.element)
  return reason === null ? null : { kind: 'error', reason }
}

/** RFC 6120 §4.9.1.1: a stream error of the client's is its last word, and answered with the end of the stream alone. */
function isGoodbye(realm: Realm, account: BareJid, element: Element): boolean {
  const error = readStreamError(element)
  if (error === null) return false
  realm.log.info('stream_error_received', { account: formatBare(account), ...error })
  return true
}

function endingOf(event: ConduitEvent): Ending {
  switch (event.kind) {
    case 'close':
      return { kind: 'closed' }
    case 'end':
      return { kind: 'gone' }
    case 'fault':
      return { kind: 'error', reason: { condition: event.condition, text: event.why } }
    case 'open':
    case 'element':
      // The parser below lets neither a second header in nor an element before the first.
      return { kind: 'error', reason: { condition: 'bad-format' } }
    default:
      return unreachable(event)
  }
}

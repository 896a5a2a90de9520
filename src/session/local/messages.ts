/** Delivery of messages between local users (RFC 6121 §8.5). */

import { unreachable } from '../../result.ts'
import { attributeOf, type Element, serialize } from '../../xml/element.ts'
import type { Target } from './address.ts'
import { isStorable, takesKept } from './offline.ts'
import type { Receipt } from './outbox.ts'
import type { Realm } from './realm.ts'
import type { Session } from './session.ts'
import { type MessageType, noRoomFault, type StanzaFault } from './stanza.ts'

/** What becomes of a message. */
export type DeliveryPlan<T> =
  | { readonly kind: 'deliver'; readonly to: readonly T[] }
  /** Nobody is there to take it now. */
  | { readonly kind: 'keep' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'refuse' }

/** A resource as the rules see it: its priority, or null before initial presence. */
export interface Candidate {
  readonly resource: string
  readonly priority: number | null
}

/** RFC 6121 §8.5: `resource` is the one addressed, null for a bare JID; `candidates` are the account's sessions. */
export function planDelivery<T extends Candidate>(
  type: MessageType,
  resource: string | null,
  candidates: readonly T[],
): DeliveryPlan<T> {
  if (resource !== null) {
    const exact = candidates.find((candidate) => candidate.resource === resource)
    if (exact !== undefined) return { kind: 'deliver', to: [exact] }
    // RFC 6121 §8.5.3.2.1: only chat falls back on the bare JID; a missing resource refuses the rest.
    if (type === 'normal' || type === 'groupchat') return { kind: 'refuse' }
    if (type === 'headline') return { kind: 'drop' }
  }
  const willing = candidates.filter(({ priority }) => priority !== null && priority >= 0)
  switch (type) {
    case 'error':
      return { kind: 'drop' }
    case 'groupchat':
      return { kind: 'refuse' }
    case 'headline':
      return willing.length === 0 ? { kind: 'drop' } : { kind: 'deliver', to: willing }
    case 'normal':
    case 'chat': {
      if (willing.length === 0) return { kind: 'keep' }
      const highest = Math.max(...willing.map(({ priority }) => priority ?? 0))
      return { kind: 'deliver', to: willing.filter(({ priority }) => priority === highest) }
    }
    default:
      return unreachable(type)
  }
}

/** Routes a stamped message; the answer is what its sender did wrong, or null. */
export function routeMessage(
  realm: Realm,
  sender: Session,
  element: Element,
  type: MessageType,
  target: Target,
): StanzaFault | null {
  switch (target.kind) {
    case 'remote':
      return { condition: 'remote-server-not-found' }
    case 'server':
      return { condition: 'service-unavailable' }
    case 'none':
      // RFC 6120 §10.3.1: without an address it is for the sender's own account.
      element.attrs['to'] = sender.owner
      return deliver(realm, sender, element, type, sender.owner, null)
    case 'account':
      return deliver(realm, sender, element, type, target.owner, null)
    case 'resource':
      return deliver(realm, sender, element, type, target.owner, target.resource)
    default:
      return unreachable(target)
  }
}

function deliver(
  realm: Realm,
  sender: Session,
  element: Element,
  type: MessageType,
  owner: string,
  resource: string | null,
): StanzaFault | null {
  const candidates = realm.directory
    .of(owner)
    .filter((session) => !session.outbox.isClosed)
    .map((session) => ({ session, resource: session.resource, priority: session.availability?.priority ?? null }))
  const plan = planDelivery(type, resource, candidates)
  switch (plan.kind) {
    case 'drop':
      return null
    case 'refuse':
      return { condition: 'service-unavailable' }
    case 'keep': {
      // XEP-0160 §3: what is not worth keeping (chat states, no-store) passes in silence.
      if (!isStorable(element)) return null
      const spent = sender.writes.take(realm.now())
      if (spent !== null) return spent
      return realm.offline.keep(owner, serialize(element)) ? null : { condition: 'service-unavailable' }
    }
    case 'deliver':
      return handOver(
        realm,
        sender,
        element,
        plan.to.map(({ session }) => session),
      )
    default:
      return unreachable(plan)
  }
}

function handOver(realm: Realm, sender: Session, element: Element, to: readonly Session[]): StanzaFault | null {
  const markup = serialize(element)
  const open = to.filter(({ outbox }) => outbox.takes(markup))
  const [first] = open
  if (first === undefined) return turnAway(realm, sender, element, markup, to)
  const receipt = isStorable(element) ? rescueOf(realm, first.owner, markup, open.length) : null
  for (const { outbox } of open) outbox.put(markup, receipt)
  return null
}

/** Nobody has room: what can wait is kept, and its sender hears of what cannot. It costs the receivers nothing. */
function turnAway(
  realm: Realm,
  sender: Session,
  element: Element,
  markup: string,
  to: readonly Session[],
): StanzaFault | null {
  // RFC 6121 §8.5.2.1.1: a headline is for those who can have it now.
  if (attributeOf(element, 'type') === 'headline') return null
  const patient = isStorable(element) ? to.filter(takesKept) : []
  if (patient.length === 0) return noRoomFault
  return sender.writes.take(realm.now()) ?? (realm.offline.keepFor(patient, markup) ? null : noRoomFault)
}

/** Keeps a message whose every copy was lost with the session that it waited in, at the place where it came. */
function rescueOf(realm: Realm, owner: string, markup: string, copies: number): Receipt {
  let left = copies
  const place = realm.offline.place()
  return {
    handed: () => undefined,
    lost: () => {
      // A copy that was handed over is never lost, so this reaches zero only if all were.
      left -= 1
      if (left > 0) return
      try {
        if (realm.offline.keep(owner, markup, place)) return
        realm.log.warn('session_fault', { account: owner, why: 'no room to keep a message that was not delivered' })
      } catch (cause) {
        realm.log.error('store_fault', { cause, consequence: 'a message was lost' })
      }
    },
  }
}

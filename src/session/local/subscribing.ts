/** Managing presence subscriptions between local users: both sides' states change in one commit (RFC 6121 §3). */

import { unreachable } from '../../result.ts'
import { type Element, serialize } from '../../xml/element.ts'
import type { Target } from './address.ts'
import { isForgotten, isVisibleChange, sizeOf, strangerOf, withState } from './contacts.ts'
import { type Effect, runEffects } from './effects.ts'
import type { LocalLimits } from './limits.ts'
import type { Realm } from './realm.ts'
import type { Session } from './session.ts'
import { attribute, type StanzaFault } from './stanza.ts'
import type { Contact } from './store/roster-store.ts'
import type { Store } from './store/store.ts'
import { type SubscriptionType, stepInbound, stepOutbound } from './subscriptions.ts'

/** What changes of contacts need. */
export interface ContactTools {
  readonly store: Store
  readonly limits: LocalLimits
}

/** A subscription stanza from a client; the answer is what is wrong with it, or null. */
export function manageSubscription(
  realm: Realm,
  sender: Session,
  element: Element,
  type: SubscriptionType,
  target: Target,
): StanzaFault | null {
  switch (target.kind) {
    case 'none':
      return { condition: 'bad-request', text: 'a subscription needs an address' }
    case 'server':
      // The server has no presence to subscribe to.
      return null
    case 'remote':
      return { condition: 'remote-server-not-found' }
    case 'account':
    case 'resource': {
      // RFC 6121 §4.2.2: an account's own resources see each other without any subscription.
      if (target.owner === sender.owner) return null
      const spent = sender.writes.take(realm.now())
      if (spent !== null) return spent
      const request = formatRequest(realm, sender.owner, target.owner, type, element)
      const { limits, store } = realm
      const result = store.transaction(() =>
        sendSubscription({ store, limits }, sender.owner, target.owner, type, request),
      )
      if (!Array.isArray(result)) return { condition: 'resource-constraint', text: 'the roster is full' }
      runEffects(realm, result)
      return null
    }
    default:
      return unreachable(target)
  }
}

/** RFC 6121 §3.1.2: subscriptions go from bare JID to bare JID. A request too large to keep goes without its contents. */
function formatRequest(realm: Realm, from: string, to: string, type: SubscriptionType, element: Element): string {
  element.attrs['from'] = from
  element.attrs['to'] = to
  const markup = serialize(element)
  const isSmall = Buffer.byteLength(markup) <= realm.limits.maxPendingRequestBytes
  return isSmall ? markup : formatSubscription(type, from, to)
}

/** A subscription stanza without contents. */
export function formatSubscription(type: SubscriptionType, from: string, to: string): string {
  return `<presence type='${type}'${attribute('from', from)}${attribute('to', to)}/>`
}

/** The sender's side, then, where it is to be routed, the contact's side. `full` when the sender's roster has no room. */
export function sendSubscription(
  tools: ContactTools,
  owner: string,
  jid: string,
  type: SubscriptionType,
  markup: string,
): Effect[] | 'full' {
  const before = tools.store.roster.find(owner, jid) ?? strangerOf(jid)
  const { state, route } = stepOutbound(before.state, type)
  const after = withState(before, state, before.request)
  if (after.listed && !before.listed && !hasRoom(tools, owner, before, after)) return 'full'
  const effects = saveContact(tools.store, owner, before, after)
  if (!route) return effects
  // RFC 6121 §3.2.2: whoever is cut off sees the end of the presence that it was shown.
  if (before.state.from && !state.from) effects.unshift(presenceOf(owner, jid, false))
  effects.push(...receiveSubscription(tools, jid, owner, type, markup))
  if (type === 'subscribed') effects.push(presenceOf(owner, jid, true))
  return effects
}

/** The contact's side of a stanza that `from` sent: its new state, what its clients hear, and what goes back. */
export function receiveSubscription(
  tools: ContactTools,
  owner: string,
  from: string,
  type: SubscriptionType,
  markup: string,
): Effect[] {
  const { store, limits } = tools
  // An account exists from its first login on; what it missed before is made up for then (`enrollAccount`).
  if (!store.knows(owner)) return []
  const before = store.roster.find(owner, from) ?? strangerOf(from)
  const { state, deliver, reply } = stepInbound(before.state, type)
  const isNewRequest = state.pendingIn && !before.state.pendingIn
  if (isNewRequest && store.roster.usage(owner).requests >= limits.maxPendingRequests) return []
  const after = withState(before, state, before.request ?? markup)
  const effects: Effect[] = []
  if (deliver) effects.push({ kind: 'stanza', owner, to: type === 'subscribe' ? 'available' : 'interested', markup })
  effects.push(...saveContact(store, owner, before, after))
  if (before.state.from && !state.from) effects.push(presenceOf(owner, from, false))
  if (reply === null) return effects
  // RFC 6121 §3.1.3, §3.4.2: the answer was given before; the server repeats it.
  const answer = formatSubscription(reply, owner, from)
  return [...effects, ...receiveSubscription(tools, from, owner, reply, answer), presenceOf(owner, from, true)]
}

/** Takes a contact out of a roster with every subscription there was (RFC 6121 §2.5.2). */
export function removeContact(store: Store, limits: LocalLimits, owner: string, contact: Contact): Effect[] {
  const { jid, state } = contact
  const tools = { store, limits }
  const effects: Effect[] = []
  store.roster.remove(owner, jid)
  if (state.from) effects.push(presenceOf(owner, jid, false))
  if (state.from || state.pendingIn) {
    effects.push(
      ...receiveSubscription(tools, jid, owner, 'unsubscribed', formatSubscription('unsubscribed', owner, jid)),
    )
  }
  if (state.to || state.ask) {
    effects.push(
      ...receiveSubscription(tools, jid, owner, 'unsubscribe', formatSubscription('unsubscribe', owner, jid)),
    )
  }
  effects.push({ kind: 'push', owner, jid, contact: null, version: store.roster.nextVersion(owner) })
  return effects
}

/** Notes an account at its login; at the first one it gets the requests that others sent before it existed. */
export function enrollAccount({ store, limits }: ContactTools, owner: string): void {
  if (store.knows(owner)) return
  store.transaction(() => {
    store.enroll(owner)
    for (const asker of store.roster.askers(owner)) {
      receiveSubscription({ store, limits }, owner, asker, 'subscribe', formatSubscription('subscribe', asker, owner))
    }
  })
}

/** Whether a roster can take a contact in its new form. */
export function hasRoom({ store, limits }: ContactTools, owner: string, before: Contact, after: Contact): boolean {
  const used = store.roster.usage(owner)
  const items = used.items + Number(!before.listed)
  return items <= limits.maxRosterItems && used.bytes - sizeOf(before) + sizeOf(after) <= limits.maxRosterBytes
}

/** Stores a contact; a change that clients see counts up the version and is pushed. */
export function saveContact(store: Store, owner: string, before: Contact, after: Contact): Effect[] {
  if (isForgotten(after)) store.roster.remove(owner, after.jid)
  else store.roster.save(owner, after, sizeOf(after))
  if (!isVisibleChange(before, after)) return []
  return [{ kind: 'push', owner, jid: after.jid, contact: after, version: store.roster.nextVersion(owner) }]
}

function presenceOf(owner: string, contact: string, show: boolean): Effect {
  return { kind: 'presence', owner, contact, show }
}

/** Presence: broadcast, probes, directed presence and its clean-up (RFC 6121 §4). What finds no room at its receiver is dropped. */

import { unreachable } from '../../result.ts'
import { attributeOf, type Element, serialize } from '../../xml/element.ts'
import type { Target } from './address.ts'
import { formatUnavailable, readAvailability, withTo } from './notification.ts'
import type { Realm } from './realm.ts'
import type { Session } from './session.ts'
import type { StanzaFault } from './stanza.ts'
import { manageSubscription } from './subscribing.ts'
import { isSubscriptionType } from './subscriptions.ts'

/** Takes a stamped presence from a client; the answer is what is wrong with it, or null. */
export function routePresence(
  realm: Realm,
  sender: Session,
  element: Element,
  type: string | undefined,
  target: Target,
): StanzaFault | null {
  if (isSubscriptionType(type)) return manageSubscription(realm, sender, element, type, target)
  switch (type) {
    case undefined:
      return target.kind === 'none' ? announce(realm, sender, element) : direct(realm, sender, element, target)
    case 'unavailable':
      if (target.kind !== 'none') return direct(realm, sender, element, target)
      withdraw(realm, sender, boundedEnd(realm, sender, element))
      return null
    case 'probe':
      answerProbe(realm, sender, target)
      return null
    case 'error':
      if (target.kind === 'resource') {
        realm.directory.find(target.owner, target.resource)?.outbox.offer(serialize(element))
      }
      return null
    default:
      // RFC 6121 §4.7.1: the types are a closed list.
      return { condition: 'bad-request', text: 'unknown type of presence' }
  }
}

/** Available presence for everybody who may see it (RFC 6121 §4.2, §4.4). */
function announce(realm: Realm, session: Session, element: Element): StanzaFault | null {
  const read = readAvailability(element, realm.limits.maxPresenceBytes)
  if (!read.ok) return read.error
  const before = session.availability
  const isInitial = before === null
  session.availability = read.value
  broadcast(realm, session, read.value.markup)
  if (isInitial) greet(realm, session)
  // XEP-0160 §2: a resource that starts to take messages gets those that waited.
  if (read.value.priority >= 0 && (before === null || before.priority < 0)) realm.offline.handOver(session)
  return null
}

/** What a resource that has just become available gets to see (RFC 6121 §4.2.2, §3.1.3). */
function greet(realm: Realm, session: Session): void {
  const { directory, store } = realm
  const { owner } = session
  for (const other of directory.availableOf(owner)) {
    if (other !== session && other.availability !== null) {
      session.outbox.offer(withTo(other.availability.markup, session.jid))
    }
  }
  // RFC 6121 §4.3: the probe of a local contact is a look at its sessions.
  for (const contact of store.roster.subscriptions(owner)) showPresence(realm, contact, session)
  for (const request of store.roster.requests(owner)) session.outbox.put(request)
}

/** RFC 6121 §4.3.2: only somebody the contact lets see it gets its presence. */
function showPresence(realm: Realm, contact: string, to: Session): void {
  const resources = realm.directory.availableOf(contact)
  if (resources.length === 0) return
  if (!isSubscriber(realm, to.owner, contact)) return
  for (const { availability } of resources) {
    if (availability !== null) to.outbox.offer(withTo(availability.markup, to.owner))
  }
}

/** Whether `viewer` may know of a session of `owner`'s, null for none: by a subscription, or by presence sent to it directly. */
export function isSeenBy(realm: Realm, viewer: Session, owner: string, session: Session | null): boolean {
  if (isSubscriber(realm, viewer.owner, owner)) return true
  const directed = session?.directed ?? null
  return directed !== null && (directed.has(viewer.owner) || directed.has(viewer.jid))
}

/** Whether the account `viewer` gets the presence of `owner`: its own, or a contact's that lets it. */
function isSubscriber({ store }: Realm, viewer: string, owner: string): boolean {
  return viewer === owner || store.roster.find(owner, viewer)?.state.from === true
}

/** A client's own probe. Where nothing may be seen it gets no answer, which tells as little as an absent account. */
function answerProbe(realm: Realm, session: Session, target: Target): void {
  if (target.kind === 'account' || target.kind === 'resource') showPresence(realm, target.owner, session)
}

/** Presence for one address, outside of all subscriptions (RFC 6121 §4.6). */
function direct(realm: Realm, sender: Session, element: Element, target: Target): StanzaFault | null {
  const isAvailable = attributeOf(element, 'type') === null
  switch (target.kind) {
    case 'none':
    case 'server':
      return null
    case 'remote':
      // Its end has nowhere to go; available presence is answered, so that nobody waits to have joined a room.
      return isAvailable ? { condition: 'remote-server-not-found' } : null
    case 'account':
    case 'resource':
      break
    default:
      return unreachable(target)
  }
  const address = target.kind === 'resource' ? `${target.owner}/${target.resource}` : target.owner
  if (isAvailable) {
    const read = readAvailability(element, realm.limits.maxPresenceBytes)
    if (!read.ok) return read.error
    sender.directed ??= new Set()
    if (!sender.directed.has(address) && sender.directed.size >= realm.limits.maxDirected) {
      return { condition: 'resource-constraint', text: 'too many addresses with directed presence' }
    }
    sender.directed.add(address)
  } else {
    sender.directed?.delete(address)
  }
  const markup = serialize(element)
  for (const session of receivers(realm, target)) session.outbox.offer(markup)
  return null
}

function receivers(realm: Realm, target: Target & { kind: 'account' | 'resource' }): readonly Session[] {
  if (target.kind === 'account') return realm.directory.availableOf(target.owner)
  const session = realm.directory.find(target.owner, target.resource)
  return session === null ? [] : [session]
}

/** The end of a resource's presence, by its own word or by its going (RFC 6121 §4.5). */
export function withdraw(realm: Realm, session: Session, words: string | null = null): void {
  const wasAvailable = session.availability !== null
  const directed = session.directed
  if (!wasAvailable && directed === null) return
  const markup = words ?? formatUnavailable(session.jid)
  const informed = new Set([session.owner])
  if (wasAvailable) {
    broadcast(realm, session, markup)
    for (const contact of realm.store.roster.subscribers(session.owner)) informed.add(contact)
  }
  session.availability = null
  session.directed = null
  for (const address of directed ?? []) {
    const slash = address.indexOf('/')
    const owner = slash < 0 ? address : address.slice(0, slash)
    if (wasAvailable && informed.has(owner)) continue
    const target: Target & { kind: 'account' | 'resource' } =
      slash < 0 ? { kind: 'account', owner } : { kind: 'resource', owner, resource: address.slice(slash + 1) }
    for (const to of receivers(realm, target)) to.outbox.offer(withTo(markup, address))
  }
}

/** The client's own words of farewell, unless they are too many to multiply. */
function boundedEnd(realm: Realm, session: Session, element: Element): string {
  const markup = serialize(element)
  return Buffer.byteLength(markup) <= realm.limits.maxPresenceBytes ? markup : formatUnavailable(session.jid)
}

/** RFC 6121 §4.2.2: subscribers, and the account's own available resources, the sender included, for which it is an answer. */
function broadcast(realm: Realm, session: Session, markup: string): void {
  const { directory, store } = realm
  for (const own of directory.availableOf(session.owner)) {
    if (own === session) own.outbox.put(withTo(markup, own.jid))
    else own.outbox.offer(withTo(markup, own.jid))
  }
  for (const contact of store.roster.subscribers(session.owner)) {
    for (const to of directory.availableOf(contact)) to.outbox.offer(withTo(markup, contact))
  }
}

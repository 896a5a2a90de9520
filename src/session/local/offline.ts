/** Keeping messages for accounts that are away, and handing them over when they come back (XEP-0160, XEP-0203). */

import type { Log } from '../../observe/log.ts'
import { attributeOf, childElementsOf, childOf, type Element, namespaceOf } from '../../xml/element.ts'
import { NS } from '../../xml/namespaces.ts'
import { domainOf } from './address.ts'
import type { Session } from './session.ts'
import type { OfflineMessage } from './store/offline-store.ts'
import type { Store } from './store/store.ts'

/**
 * Whether a message is worth keeping: it has a body, or its sender asks for it, or it is a normal message with anything
 * in it beyond chat states; and its sender does not forbid it (XEP-0160 §3, XEP-0334).
 */
export function isStorable(element: Element): boolean {
  const type = attributeOf(element, 'type')
  if (type === 'error' || type === 'groupchat' || type === 'headline') return false
  if (childOf(element, 'no-store', NS.hints) !== null) return false
  if (childOf(element, 'no-permanent-store', NS.hints) !== null) return false
  if (childOf(element, 'body', NS.client) !== null || childOf(element, 'store', NS.hints) !== null) return true
  return type !== 'chat' && childElementsOf(element).some(isContent)
}

function isContent(child: Element): boolean {
  const xmlns = namespaceOf(child)
  return xmlns !== NS.chatStates && xmlns !== NS.hints
}

/** Whether a session gets what was kept (XEP-0160 §2). */
export function takesKept({ availability }: Session): boolean {
  return (availability?.priority ?? -1) >= 0
}

/** The markup of a kept message with the note of when and where it waited (XEP-0203). */
export function formatDelayed(markup: string, domain: string, storedAt: number): string {
  const stamp = new Date(storedAt).toISOString()
  const closing = '</message>'
  const delay = `<delay xmlns='${NS.delay}' from='${domain}' stamp='${stamp}'/>`
  // A message that was kept has children, so it is never `<message/>`.
  return `${markup.slice(0, -closing.length)}${delay}${closing}`
}

/** Where a message stands among all that came, and when it came, milliseconds since the epoch. */
export interface Place {
  readonly id: number
  readonly storedAt: number
}

/** The desk where messages are left and fetched. */
export interface OfflineDesk {
  /** The place of a message that has just come, and may have to be kept later. */
  place(): Place
  /** Keeps a message; false when the account does not exist or has no room. Throws what the store throws. */
  keep(owner: string, markup: string, place?: Place): boolean
  /**
   * Keeps a message for an account whose sessions take messages, but have no room: the first that has sent all gets it, and
   * nothing that comes later gets to these sessions before. False and throws as `keep`.
   */
  keepFor(sessions: readonly Session[], markup: string): boolean
  /** Queues everything that waits for the session's account, in order of arrival. Throws what the store throws. */
  handOver(session: Session): void
  /** Writes down at once what was handed over. */
  flush(): void
}

/** What the desk works with. */
export interface OfflineTools {
  readonly store: Store
  readonly now: () => number
  readonly log: Log
}

/** Makes the desk. A message leaves the store only after the connection took it, so a crash repeats rather than loses. */
export function createOfflineDesk({ store, now, log }: OfflineTools): OfflineDesk {
  /** Messages that sit in some session's outbox. */
  const underWay = new Set<number>()
  let handed: number[] = []
  const flush = () => {
    const ids = handed
    handed = []
    if (ids.length === 0) return
    try {
      store.offline.remove(ids)
      for (const id of ids) underWay.delete(id)
    } catch (cause) {
      // They stay under way, so that they are not delivered over and over while the store is in trouble.
      log.error('store_fault', { cause, consequence: 'messages that were delivered come again after a restart' })
    }
  }
  const receiptOf = ({ id }: OfflineMessage) => ({
    handed: () => {
      // One commit for all that a burst of writes took, before this turn ends and with it the wait for the next request.
      if (handed.length === 0) queueMicrotask(flush)
      handed.push(id)
    },
    lost: () => void underWay.delete(id),
  })
  const handOver = (session: Session) => {
    const { outbox, owner } = session
    const domain = domainOf(owner)
    for (const message of store.offline.list(owner)) {
      if (underWay.has(message.id)) continue
      if (outbox.isClosed) return
      const markup = formatDelayed(message.markup, domain, message.storedAt)
      if (!outbox.hasRoomFor(markup)) return handOverLater(session)
      underWay.add(message.id)
      outbox.put(markup, receiptOf(message))
    }
  }
  const handOverLater = (session: Session) => session.outbox.whenSent('kept', () => handOverRest(session))
  const handOverRest = (session: Session) => {
    if (!takesKept(session)) return
    try {
      handOver(session)
    } catch (cause) {
      log.error('store_fault', { cause, consequence: 'kept messages wait for the next presence' })
    }
  }
  const place = () => ({ id: store.offline.nextId(), storedAt: now() })
  const keep = (owner: string, markup: string, { id, storedAt }: Place) =>
    store.knows(owner) && store.offline.add(owner, markup, storedAt, id)
  return {
    place,
    keep: (owner, markup, at = place()) => keep(owner, markup, at),
    keepFor: (sessions, markup) => {
      const [first] = sessions
      if (first === undefined || !keep(first.owner, markup, place())) return false
      for (const session of sessions) handOverLater(session)
      return true
    },
    handOver,
    flush,
  }
}

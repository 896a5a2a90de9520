/** A contact as clients see it, and what changes in the roster mean for them (RFC 6121 §2). Pure. */

import { escapeText } from '../../xml/escape.ts'
import { NS } from '../../xml/namespaces.ts'
import { attribute } from './stanza.ts'
import type { Contact } from './store/roster-store.ts'
import { noSubscription, type SubscriptionState, subscriptionName } from './subscriptions.ts'

/** Somebody of whom nothing is known. */
export function strangerOf(jid: string): Contact {
  return { jid, listed: false, name: null, groups: [], state: noSubscription, request: null }
}

/** The `<item/>` of a contact (RFC 6121 §2.1.2). */
export function formatItem({ jid, name, groups, state }: Contact): string {
  const head =
    `<item${attribute('jid', jid)}${attribute('name', name)} subscription='${subscriptionName(state)}'` +
    `${state.ask ? " ask='subscribe'" : ''}${state.approved ? " approved='true'" : ''}`
  if (groups.length === 0) return `${head}/>`
  return `${head}>${groups.map((group) => `<group>${escapeText(group)}</group>`).join('')}</item>`
}

/** The `<item/>` of a contact that is no longer in the roster (RFC 6121 §2.5.2). */
export function formatRemovedItem(jid: string): string {
  return `<item${attribute('jid', jid)} subscription='remove'/>`
}

/** The `<query/>` around items; `version` null for a client that knows no roster versions. */
export function formatRoster(items: string, version: string | null): string {
  const head = `<query xmlns='${NS.roster}'${attribute('ver', version)}`
  return items === '' ? `${head}/>` : `${head}>${items}</query>`
}

/** The room that a contact takes in its owner's roster, bytes. */
export function sizeOf(contact: Contact): number {
  return contact.listed ? Buffer.byteLength(formatItem(contact)) : 0
}

/** Whether clients see the difference: it calls for a roster push. */
export function isVisibleChange(before: Contact, after: Contact): boolean {
  return after.listed && (!before.listed || formatItem(before) !== formatItem(after))
}

/** The contact in a new subscription state; `request` is the one that waits from now on, if any does. */
export function withState(before: Contact, state: SubscriptionState, request: string | null): Contact {
  // RFC 6121 §3.1.3: somebody who only asked is not in the roster; every other tie puts it there.
  const listed = before.listed || state.to || state.from || state.ask || state.approved
  return { ...before, listed, state, request: state.pendingIn ? request : null }
}

/** Whether nothing is left to remember of a contact. */
export function isForgotten({ listed, state }: Contact): boolean {
  return !listed && !state.to && !state.from && !state.ask && !state.pendingIn && !state.approved
}

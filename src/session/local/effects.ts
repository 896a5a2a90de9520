/** What clients get to see of a change that is safely stored: a list of values, carried out after the commit. */

import { unreachable } from '../../result.ts'
import { formatItem, formatRemovedItem, formatRoster } from './contacts.ts'
import { formatUnavailable, withTo } from './notification.ts'
import type { Realm } from './realm.ts'
import { attribute } from './stanza.ts'
import type { Contact } from './store/roster-store.ts'

/** One thing to tell. Owners and contacts are bare JIDs in text form. */
export type Effect =
  /** A subscription stanza for the owner's clients: the available ones, or those that asked for the roster. */
  | {
      readonly kind: 'stanza'
      readonly owner: string
      readonly to: 'available' | 'interested'
      readonly markup: string
    }
  /** A roster push (RFC 6121 §2.1.6); `contact` null when it was removed. */
  | {
      readonly kind: 'push'
      readonly owner: string
      readonly jid: string
      readonly contact: Contact | null
      readonly version: string
    }
  /** The contact gets the presence of the owner's resources, or their end. */
  | { readonly kind: 'presence'; readonly owner: string; readonly contact: string; readonly show: boolean }

/** Carries effects out in order. */
export function runEffects(realm: Realm, effects: readonly Effect[]): void {
  for (const effect of effects) runEffect(realm, effect)
}

function runEffect(realm: Realm, effect: Effect): void {
  const { directory } = realm
  switch (effect.kind) {
    case 'stanza':
      for (const session of directory.of(effect.owner)) {
        const isMeant = effect.to === 'interested' ? session.interested : session.availability !== null
        if (isMeant) session.outbox.put(effect.markup)
      }
      return
    case 'push': {
      const item = effect.contact === null ? formatRemovedItem(effect.jid) : formatItem(effect.contact)
      for (const session of directory.of(effect.owner)) {
        if (!session.interested) continue
        const query = formatRoster(item, session.versioned ? effect.version : null)
        // RFC 6121 §2.1.6: without `from` a push is from the account itself. The version makes a fresh id.
        const id = attribute('id', `push-${effect.version}`)
        session.outbox.put(`<iq type='set'${id}${attribute('to', session.jid)}>${query}</iq>`)
      }
      return
    }
    case 'presence':
      for (const from of directory.availableOf(effect.owner)) {
        const markup = effect.show ? (from.availability?.markup ?? '') : formatUnavailable(from.jid)
        for (const to of directory.availableOf(effect.contact)) to.outbox.put(withTo(markup, effect.contact))
      }
      return
    default:
      unreachable(effect)
  }
}

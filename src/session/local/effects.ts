/** What clients get to see of a change that is safely stored: a list of values, carried out after the commit. */

import { unreachable } from '../../result.ts'
import { formatUnavailable, withTo } from './notification.ts'
import type { Realm } from './realm.ts'
import { pushContact, type RosterChange } from './roster-push.ts'

/** One thing to tell. Owners and contacts are bare JIDs in text form. */
export type Effect =
  /** A subscription stanza for the owner's clients: the available ones, or those that asked for the roster. */
  | {
      readonly kind: 'stanza'
      readonly owner: string
      readonly to: 'available' | 'interested'
      readonly markup: string
    }
  /** A roster push. */
  | ({ readonly kind: 'push' } & RosterChange)
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
        // What counts is safe: a request comes again with the next presence, a state with the roster.
        if (isMeant) session.outbox.offer(effect.markup)
      }
      return
    case 'push':
      pushContact(realm, effect)
      return
    case 'presence':
      for (const from of directory.availableOf(effect.owner)) {
        const markup = effect.show ? (from.availability?.markup ?? '') : formatUnavailable(from.jid)
        for (const to of directory.availableOf(effect.contact)) to.outbox.offer(withTo(markup, effect.contact))
      }
      return
    default:
      unreachable(effect)
  }
}

/** Roster get, set and removal, with versions (RFC 6121 §2). */

import { bareOf, formatBare, parseJid } from '../../../jid/jid.ts'
import { fail, ok, type Result } from '../../../result.ts'
import { attributeOf, childElementsOf, type Element, isElement, textOf } from '../../../xml/element.ts'
import { NS } from '../../../xml/namespaces.ts'
import { formatItem, formatRoster, strangerOf } from '../contacts.ts'
import { runEffects } from '../effects.ts'
import type { LocalLimits } from '../limits.ts'
import type { Realm } from '../realm.ts'
import type { Session } from '../session.ts'
import type { StanzaFault } from '../stanza.ts'
import { hasRoom, removeContact, saveContact } from '../subscribing.ts'
import { fault, type IqAnswer, type IqHandler, result } from './handler.ts'

/** `jabber:iq:roster`. */
export const rosterHandler: IqHandler = {
  name: 'query',
  xmlns: NS.roster,
  types: ['get', 'set'],
  places: ['account'],
  features: [NS.roster],
  handle: (realm, { type, payload, session }) =>
    type === 'get' ? readRoster(realm, session, payload) : writeRoster(realm, session, payload),
}

function readRoster(realm: Realm, session: Session, query: Element): IqAnswer {
  const known = attributeOf(query, 'ver')
  session.interested = true
  session.versioned = known !== null
  const version = realm.store.roster.version(session.owner)
  // RFC 6121 §2.6.2: an empty result says that nothing has changed since.
  if (known === version) return result()
  const items = realm.store.roster.items(session.owner).map(formatItem).join('')
  return result(formatRoster(items, session.versioned ? version : null))
}

function writeRoster(realm: Realm, session: Session, query: Element): IqAnswer {
  const read = readRosterSet(query, realm.limits)
  if (!read.ok) return { kind: 'fault', fault: read.error }
  const { jid } = read.value
  if (jid === session.owner) return fault('not-allowed', 'an account cannot be its own contact')
  return read.value.remove ? removeItem(realm, session, jid) : saveItem(realm, session, read.value)
}

function removeItem({ store, limits, ...rest }: Realm, { owner }: Session, jid: string): IqAnswer {
  const effects = store.transaction(() => {
    const contact = store.roster.find(owner, jid)
    return contact?.listed === true ? removeContact(store, limits, owner, contact) : null
  })
  if (effects === null) return fault('item-not-found')
  runEffects({ store, limits, ...rest }, effects)
  return result()
}

function saveItem(realm: Realm, { owner }: Session, { jid, name, groups }: RosterSet): IqAnswer {
  const { store, limits } = realm
  const effects = store.transaction(() => {
    const before = store.roster.find(owner, jid) ?? strangerOf(jid)
    const after = { ...before, listed: true, name, groups }
    return hasRoom({ store, limits }, owner, before, after) ? saveContact(store, owner, before, after) : null
  })
  if (effects === null) return fault('resource-constraint', 'the roster is full')
  runEffects(realm, effects)
  return result()
}

/** What a roster set asks for. */
export interface RosterSet {
  /** Bare JID in text form. */
  readonly jid: string
  readonly remove: boolean
  readonly name: string | null
  readonly groups: readonly string[]
}

/** Reads a roster set (RFC 6121 §2.1.5, §2.3.3). */
export function readRosterSet(
  query: Element,
  limits: Pick<LocalLimits, 'maxRosterGroups' | 'maxRosterTextBytes'>,
): Result<RosterSet, StanzaFault> {
  const children = childElementsOf(query)
  const [item] = children
  if (item === undefined || children.length !== 1 || !isElement(item, 'item', NS.roster)) {
    return fail({ condition: 'bad-request', text: 'a roster set has exactly one item' })
  }
  const address = attributeOf(item, 'jid')
  if (address === null) return fail({ condition: 'bad-request', text: 'a roster item needs a jid' })
  const parsed = parseJid(address)
  if (!parsed.ok) return fail({ condition: 'jid-malformed' })
  const bare = bareOf(parsed.value)
  const jid = bare === null ? parsed.value.domain : formatBare(bare)
  const name = attributeOf(item, 'name') || null
  const groups = childElementsOf(item)
    .filter((child) => isElement(child, 'group', NS.roster))
    .map(textOf)
  const isTooLong = (text: string) => Buffer.byteLength(text) > limits.maxRosterTextBytes
  if (name !== null && isTooLong(name)) return fail({ condition: 'not-acceptable', text: 'the name is too long' })
  if (groups.some((group) => group === '' || isTooLong(group))) {
    return fail({ condition: 'not-acceptable', text: 'a group has a name, and not too long a one' })
  }
  if (groups.length > limits.maxRosterGroups) return fail({ condition: 'not-acceptable', text: 'too many groups' })
  if (new Set(groups).size < groups.length) return fail({ condition: 'bad-request', text: 'a group is named twice' })
  // RFC 6121 §2.1.2.5: of the subscription states a client may only ask for "remove"; the others are ignored.
  return ok({ jid, remove: attributeOf(item, 'subscription') === 'remove', name, groups })
}

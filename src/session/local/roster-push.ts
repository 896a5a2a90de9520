/**
 * Roster pushes (RFC 6121 §2.1.6). A client may miss none, or its roster would be wrong for good: what finds no room, however
 * often contacts change their minds, comes when the client has taken what waits before it.
 */

import { formatItem, formatRemovedItem, formatRoster } from './contacts.ts'
import type { Realm } from './realm.ts'
import type { Session } from './session.ts'
import { attribute } from './stanza.ts'
import type { Contact } from './store/roster-store.ts'

/** One change of a roster. Owner and contact are bare JIDs in text form. */
export interface RosterChange {
  readonly owner: string
  readonly jid: string
  /** Null when it was removed. */
  readonly contact: Contact | null
  /** Of the roster behind the change. */
  readonly version: string
}

/** Tells every client of the owner's that asked for the roster. */
export function pushContact(realm: Realm, { owner, jid, contact, version }: RosterChange): void {
  for (const session of realm.directory.of(owner)) {
    if (!session.interested) continue
    const push = formatPush(session, { jid, contact, id: version, version })
    if (session.owedPushes === null && session.outbox.holds(push)) session.outbox.put(push)
    else owe(realm, session, jid)
  }
}

/** What is owed is the contact as it is when the time comes, so that many changes of one count once. */
function owe(realm: Realm, session: Session, jid: string): void {
  session.owedPushes ??= new Set()
  session.owedPushes.add(jid)
  session.outbox.whenSent('roster', () => pay(realm, session))
  // Contacts can be owed once each: more than a roster holds is the account's own doing.
  if (session.owedPushes.size > realm.limits.maxRosterItems) {
    void session.end({ condition: 'resource-constraint', text: 'the client does not read what it is sent' }, false)
  }
}

function pay({ store, log }: Realm, session: Session): void {
  const jids = [...(session.owedPushes ?? [])]
  session.owedPushes = null
  if (session.outbox.isClosed) return
  try {
    const { roster } = store
    const version = roster.version(session.owner)
    for (const [index, jid] of jids.entries()) {
      const found = roster.find(session.owner, jid)
      const contact = found?.listed === true ? found : null
      const isLast = index === jids.length - 1
      // RFC 6121 §2.6.3: a client that goes in between must not take itself to have all of this version.
      const terms = { jid, contact, id: `${version}-${index}`, version: isLast ? version : null }
      session.outbox.put(formatPush(session, terms))
    }
  } catch (cause) {
    log.error('store_fault', { cause, account: session.owner })
    void session.end({ condition: 'internal-server-error' }, false)
  }
}

interface Push {
  readonly jid: string
  readonly contact: Contact | null
  readonly id: string
  readonly version: string | null
}

/** Without `from` a push is from the account itself. The version makes a fresh id. */
function formatPush({ jid: to, versioned }: Session, { jid, contact, id, version }: Push): string {
  const item = contact === null ? formatRemovedItem(jid) : formatItem(contact)
  const query = formatRoster(item, versioned ? version : null)
  return `<iq type='set'${attribute('id', `push-${id}`)}${attribute('to', to)}>${query}</iq>`
}

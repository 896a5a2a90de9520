/** What a bound client sent: judged, stamped with who it is from, and taken where it belongs (RFC 6120 §8, §10). */

import { parseJid } from '../../jid/jid.ts'
import { unreachable } from '../../result.ts'
import { attributeOf, type Element, namespaceOf } from '../../xml/element.ts'
import { NS } from '../../xml/namespaces.ts'
import { isOwnAddress, readTarget, type Target } from './address.ts'
import { routeMessage } from './messages.ts'
import { routePresence } from './presence.ts'
import type { Realm } from './realm.ts'
import { routeIq } from './requests.ts'
import type { Session, StreamEnd } from './session.ts'
import { formatError, isAnswerable, isStanzaName, readStanza, type Stanza, type StanzaFault } from './stanza.ts'

/** Takes one element; the answer is why the stream must end, or null. Never throws. */
export function takeElement(realm: Realm, session: Session, element: Element): StreamEnd | null {
  // RFC 6120 §4.9.3.24: neither foreign elements nor unknown ones of our own namespace may stand here.
  if (namespaceOf(element) !== NS.client || !isStanzaName(element.name)) {
    return { condition: 'unsupported-stanza-type' }
  }
  const from = attributeOf(element, 'from')
  if (from !== null && !isOwnAddress(from, session.account, session.resource)) {
    return { condition: 'invalid-from', text: 'a stanza came from another address than the stream' }
  }
  try {
    const fault = takeStanza(realm, session, element)
    if (fault !== null) refuse(session, element, fault)
  } catch (cause) {
    realm.log.error('store_fault', { cause, account: session.owner })
    refuse(session, element, { condition: 'internal-server-error' })
  }
  return null
}

function takeStanza(realm: Realm, session: Session, element: Element): StanzaFault | null {
  const target = readTarget(attributeOf(element, 'to'), realm.serves)
  if (!target.ok) return { condition: target.error }
  const stanza = readStanza(element)
  if (!stanza.ok) return stanza.error
  stamp(session, element)
  return route(realm, session, element, stanza.value, target.value)
}

/** RFC 6120 §8.1.2.1 and §8.1.5: the sender's full JID, and the stream's language where the stanza names none. */
function stamp({ jid, lang }: Session, element: Element): void {
  element.attrs['from'] = jid
  if (lang !== null && attributeOf(element, 'xml:lang') === null) element.attrs['xml:lang'] = lang
}

function route(realm: Realm, session: Session, element: Element, stanza: Stanza, target: Target): StanzaFault | null {
  switch (stanza.kind) {
    case 'message':
      return routeMessage(realm, session, element, stanza.type, target)
    case 'presence':
      return routePresence(realm, session, element, stanza.type, target)
    case 'request':
    case 'response':
      return routeIq(realm, session, element, stanza, target)
    default:
      return unreachable(stanza)
  }
}

function refuse(session: Session, element: Element, fault: StanzaFault): void {
  if (!isAnswerable(element)) return
  const to = attributeOf(element, 'to')
  // RFC 6120 §8.3.3.8: an address that cannot be read cannot answer; the server does.
  const from = to === null || parseJid(to).ok ? to : session.account.domain
  session.outbox.put(formatError(element, { from, to: session.jid }, fault))
}

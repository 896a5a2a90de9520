/** Routing of IQs: to the server, to the sender's own account, or on to another client (RFC 6120 §10.3, RFC 6121 §8.5). */

import { unreachable } from '../../result.ts'
import { attributeOf, type Element, isElement, serialize } from '../../xml/element.ts'
import { NS } from '../../xml/namespaces.ts'
import type { Target } from './address.ts'
import type { IqPlace } from './iq/handler.ts'
import { iqHandlers } from './iq/handlers.ts'
import { isSeenBy } from './presence.ts'
import type { Realm } from './realm.ts'
import type { Session } from './session.ts'
import { formatResult, noRoomFault, type Stanza, type StanzaFault } from './stanza.ts'

/** Routes a stamped IQ; the answer is what is wrong with it, or null. */
export function routeIq(
  realm: Realm,
  sender: Session,
  element: Element,
  stanza: Stanza & { kind: 'request' | 'response' },
  target: Target,
): StanzaFault | null {
  if (target.kind === 'resource') return handOn(realm, sender, element, stanza, target)
  // Nothing here asks clients and waits, so an answer to the server, such as that to a roster push, is for nobody.
  if (stanza.kind === 'response') return null
  switch (target.kind) {
    case 'remote':
      return { condition: 'remote-server-not-found' }
    case 'server':
      return answer(realm, sender, element, stanza, 'server')
    case 'none':
      return answer(realm, sender, element, stanza, 'account')
    case 'account':
      // Whether somebody else's account exists, and what it has, is not told.
      if (target.owner !== sender.owner) return { condition: 'service-unavailable' }
      return answer(realm, sender, element, stanza, 'account')
    default:
      return unreachable(target)
  }
}

/** From client to client; the receiver answers it, or nobody. */
function handOn(
  realm: Realm,
  sender: Session,
  element: Element,
  { kind }: Stanza & { kind: 'request' | 'response' },
  { owner, resource }: Target & { kind: 'resource' },
): StanzaFault | null {
  const receiver = realm.directory.find(owner, resource)
  // RFC 6121 §8.5.3.1: any answer tells that somebody is there, and with which client. Who may not see that gets the words
  // that stand for nobody; it is looked up for nobody too, so that time tells no more than words.
  const mayAsk = kind === 'response' || isSeenBy(realm, sender, owner, receiver)
  if (receiver === null || !mayAsk) return { condition: 'service-unavailable' }
  // A response that finds no room is for nobody: it must not be answered (RFC 6120 §8.2.3).
  return receiver.outbox.offer(serialize(element)) || kind === 'response' ? null : noRoomFault
}

function answer(
  realm: Realm,
  session: Session,
  element: Element,
  { type, payload }: Stanza & { kind: 'request' },
  place: IqPlace,
): StanzaFault | null {
  // RFC 6120 §7: one resource a stream.
  if (isElement(payload, 'bind', NS.bind)) return { condition: 'not-allowed', text: 'this stream has its resource' }
  const handler = iqHandlers.find(({ name, xmlns }) => isElement(payload, name, xmlns))
  if (handler === undefined || !handler.types.includes(type) || !handler.places.includes(place)) {
    return { condition: 'service-unavailable' }
  }
  const spent = type === 'set' ? session.writes.take(realm.now()) : null
  if (spent !== null) return spent
  const outcome = handler.handle(realm, { type, payload, place, session })
  if (outcome.kind === 'fault') return outcome.fault
  const addresses = { from: attributeOf(element, 'to'), to: session.jid }
  session.outbox.put(formatResult(attributeOf(element, 'id'), addresses, outcome.payload))
  return null
}

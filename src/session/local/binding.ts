/** Resource binding (RFC 6120 §7). Pure, but for the random resources. */

import { prepareResource } from '../../jid/jid.ts'
import { randomId } from '../../random-id.ts'
import { unreachable } from '../../result.ts'
import { attributeOf, childOf, type Element, isElement, namespaceOf, textOf } from '../../xml/element.ts'
import { escapeText } from '../../xml/escape.ts'
import { NS } from '../../xml/namespaces.ts'
import type { StreamEnd } from './session.ts'
import { formatResult, isStanzaName, readStanza, type StanzaFault } from './stanza.ts'

/** What a client without a resource sent. */
export type BindStep =
  | { readonly kind: 'bind'; readonly id: string | null; readonly resource: string }
  /** Answered with an error; the client may try again. */
  | { readonly kind: 'refuse'; readonly fault: StanzaFault }
  /** RFC 6120 §7.1: nothing else is allowed before. */
  | { readonly kind: 'end'; readonly reason: StreamEnd }

/** Reads what a client without a resource sent; `choose` makes up a resource where it names none. */
export function readBind(element: Element, choose: () => string = randomId): BindStep {
  if (namespaceOf(element) !== NS.client || !isStanzaName(element.name)) {
    return { kind: 'end', reason: { condition: 'unsupported-stanza-type' } }
  }
  const stanza = readStanza(element)
  const isBindRequest = childOf(element, 'bind', NS.bind) !== null
  if (element.name !== 'iq' || !isBindRequest) {
    return { kind: 'end', reason: { condition: 'not-authorized', text: 'bind a resource first' } }
  }
  if (!stanza.ok) return { kind: 'refuse', fault: stanza.error }
  switch (stanza.value.kind) {
    case 'message':
    case 'presence':
    case 'response':
      return { kind: 'refuse', fault: { condition: 'bad-request' } }
    case 'request':
      break
    default:
      return unreachable(stanza.value)
  }
  const { type, payload } = stanza.value
  if (type !== 'set' || !isElement(payload, 'bind', NS.bind)) {
    return { kind: 'refuse', fault: { condition: 'bad-request' } }
  }
  // libstrophe sends the feature's <required/> along, gloox an empty <resource/>: both leave the choice to us.
  const child = childOf(payload, 'resource', NS.bind)
  const wanted = child === null ? '' : textOf(child)
  const id = attributeOf(element, 'id')
  if (wanted === '') return { kind: 'bind', id, resource: choose() }
  const prepared = prepareResource(wanted)
  // RFC 6120 §7.7.2.1.
  if (!prepared.ok) return { kind: 'refuse', fault: { condition: 'bad-request', text: 'the resource is malformed' } }
  return { kind: 'bind', id, resource: prepared.value }
}

/** The answer to a bind request: the full JID. */
export function formatBound(id: string | null, jid: string): string {
  const payload = `<bind xmlns='${NS.bind}'><jid>${escapeText(jid)}</jid></bind>`
  return formatResult(id, { from: null, to: null }, payload)
}

/** The features of an authenticated stream. `legacySession` adds RFC 3921's, marked optional. */
export function formatFeatures(legacySession: boolean): string {
  const session = legacySession ? `<session xmlns='${NS.session}'><optional/></session>` : ''
  return (
    `<stream:features><bind xmlns='${NS.bind}'/>${session}` +
    `<ver xmlns='${NS.rosterVersioning}'/><sub xmlns='${NS.preApproval}'/></stream:features>`
  )
}

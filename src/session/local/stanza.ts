/** Stanzas as the server judges and answers them (RFC 6120 §8). Pure. */

import { fail, ok, type Result } from '../../result.ts'
import { attributeOf, childElementsOf, type Element } from '../../xml/element.ts'
import { escapeAttribute, escapeText } from '../../xml/escape.ts'
import { NS } from '../../xml/namespaces.ts'

/** The stanza errors that are sent, each with the error type that RFC 6120 §8.3.3 gives it. */
const errorTypes = {
  'bad-request': 'modify',
  conflict: 'cancel',
  'internal-server-error': 'cancel',
  'item-not-found': 'cancel',
  'jid-malformed': 'modify',
  'not-acceptable': 'modify',
  'not-allowed': 'cancel',
  'policy-violation': 'modify',
  'remote-server-not-found': 'cancel',
  'resource-constraint': 'wait',
  'service-unavailable': 'cancel',
} as const

/** A condition of a stanza error (RFC 6120 §8.3.3). */
export type StanzaCondition = keyof typeof errorTypes

/** What is wrong with a stanza, or why it was not taken. */
export interface StanzaFault {
  readonly condition: StanzaCondition
  /** English, for the person or the developer behind the client. */
  readonly text?: string
}

/** What a sender hears when its receiver's queue is full. */
export const noRoomFault: StanzaFault = Object.freeze({
  condition: 'resource-constraint',
  text: 'the receiver has not taken yet what it was sent before',
})

/** A well-formed stanza; `iq` in the two forms that RFC 6120 §8.2.3 knows. */
export type Stanza =
  | { readonly kind: 'message'; readonly type: MessageType }
  | { readonly kind: 'presence'; readonly type: string | undefined }
  | { readonly kind: 'request'; readonly type: 'get' | 'set'; readonly payload: Element }
  | { readonly kind: 'response'; readonly type: 'result' | 'error' }

/** Types of a message (RFC 6121 §5.2.2). */
export type MessageType = 'normal' | 'chat' | 'groupchat' | 'headline' | 'error'

/** Whether a name is a stanza's. */
export function isStanzaName(name: string): name is 'message' | 'presence' | 'iq' {
  return name === 'message' || name === 'presence' || name === 'iq'
}

/** Reads what kind of stanza an element in `jabber:client` is. */
export function readStanza(element: Element): Result<Stanza, StanzaFault> {
  const type = attributeOf(element, 'type') ?? undefined
  if (element.name === 'message') return ok({ kind: 'message', type: readMessageType(type) })
  if (element.name === 'presence') return ok({ kind: 'presence', type })
  // RFC 6120 §8.1.3: an IQ needs an id; without one nobody could tell what is answered.
  if ((attributeOf(element, 'id') ?? '') === '') return fail({ condition: 'bad-request', text: 'an iq needs an id' })
  const payloads = childElementsOf(element)
  if (type === 'result' || type === 'error') return ok({ kind: 'response', type })
  if (type !== 'get' && type !== 'set') {
    return fail({ condition: 'bad-request', text: "an iq's type is get, set, result or error" })
  }
  const [payload] = payloads
  if (payload === undefined || payloads.length !== 1) {
    return fail({ condition: 'bad-request', text: 'a request has exactly one child element' })
  }
  return ok({ kind: 'request', type, payload })
}

function readMessageType(type: string | undefined): MessageType {
  switch (type) {
    case 'chat':
    case 'groupchat':
    case 'headline':
    case 'error':
      return type
    default:
      // RFC 6121 §5.2.2: a type that is not understood means "normal".
      return 'normal'
  }
}

/** Whether an answer to this stanza may be an error: errors and results are never answered (RFC 6120 §8.3.1). */
export function isAnswerable(element: Element): boolean {
  const type = attributeOf(element, 'type')
  return type !== 'error' && !(element.name === 'iq' && type === 'result')
}

/** One attribute as markup; '' for null. */
export function attribute(name: string, value: string | null): string {
  return value === null ? '' : ` ${name}='${escapeAttribute(value)}'`
}

/** Where an answer comes from and goes to. */
export interface Addresses {
  readonly from: string | null
  readonly to: string | null
}

/** The markup of an IQ result around a payload's markup. */
export function formatResult(id: string | null, { from, to }: Addresses, payload: string): string {
  const head = `<iq type='result'${attribute('id', id)}${attribute('from', from)}${attribute('to', to)}`
  return payload === '' ? `${head}/>` : `${head}>${payload}</iq>`
}

/** The markup of a stanza error in answer to `element` (RFC 6120 §8.3.2). */
export function formatError(element: Element, { from, to }: Addresses, fault: StanzaFault): string {
  const text =
    fault.text === undefined ? '' : `<text xmlns='${NS.stanzaErrors}' xml:lang='en'>${escapeText(fault.text)}</text>`
  return (
    `<${element.name} type='error'${attribute('id', attributeOf(element, 'id'))}` +
    `${attribute('from', from)}${attribute('to', to)}>` +
    `<error type='${errorTypes[fault.condition]}'><${fault.condition} xmlns='${NS.stanzaErrors}'/>${text}</error>` +
    `</${element.name}>`
  )
}

/** A kind of request that the server answers, as a value; what the host can do is the list of these. */

import type { Element } from '../../../xml/element.ts'
import type { Realm } from '../realm.ts'
import type { Session } from '../session.ts'
import type { StanzaFault } from '../stanza.ts'

/** Who is asked: the server, or the sender's own account. */
export type IqPlace = 'server' | 'account'

/** A request that a handler gets. */
export interface IqRequest {
  readonly type: 'get' | 'set'
  readonly payload: Element
  readonly place: IqPlace
  readonly session: Session
}

/** A result with the markup of its payload ('' for none), or an error. */
export type IqAnswer =
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'fault'; readonly fault: StanzaFault }

/** One kind of request. */
export interface IqHandler {
  /** Name and namespace of the payload. */
  readonly name: string
  readonly xmlns: string
  readonly types: readonly ('get' | 'set')[]
  readonly places: readonly IqPlace[]
  /** Features for service discovery, where the request is served. */
  readonly features: readonly string[]
  /** Throws only what the store throws. */
  handle(realm: Realm, request: IqRequest): IqAnswer
}

/** The good answer. */
export function result(payload = ''): IqAnswer {
  return { kind: 'result', payload }
}

/** The bad answer. */
export function fault(condition: StanzaFault['condition'], text?: string): IqAnswer {
  return { kind: 'fault', fault: text === undefined ? { condition } : { condition, text } }
}

/** Presence notifications as markup that is made once and addressed many times (RFC 6121 §4). Pure. */

import { fail, ok, type Result } from '../../result.ts'
import { childElementsOf, type Element, isElement, serialize, textOf } from '../../xml/element.ts'
import { NS } from '../../xml/namespaces.ts'
import type { Availability } from './session.ts'
import { attribute, type StanzaFault } from './stanza.ts'

const opening = '<presence'

/** Addresses a notification that has no `to` yet. */
export function withTo(markup: string, to: string): string {
  return `${opening}${attribute('to', to)}${markup.slice(opening.length)}`
}

/** The end of a resource's presence. */
export function formatUnavailable(from: string): string {
  return `${opening} type='unavailable'${attribute('from', from)}/>`
}

/** A stamped available presence without `to`, read for broadcast; the failure is a bad or second priority, or its size. */
export function readAvailability(element: Element, maxPresenceBytes: number): Result<Availability, StanzaFault> {
  const priority = readPriority(element)
  if (priority === null) {
    return fail({ condition: 'bad-request', text: 'a presence has at most one priority, an integer from -128 to 127' })
  }
  const markup = serialize(element)
  if (Buffer.byteLength(markup) > maxPresenceBytes) {
    return fail({ condition: 'policy-violation', text: `a presence has at most ${maxPresenceBytes} bytes` })
  }
  return ok({ priority, markup })
}

/** RFC 6121 §4.7.2.3: an xs:byte; 0 where it is absent. Null if it is none, or not the only one. */
function readPriority(element: Element): number | null {
  const priorities = childElementsOf(element).filter((child) => isElement(child, 'priority', NS.client))
  const [first] = priorities
  if (first === undefined) return 0
  const text = textOf(first).trim()
  if (priorities.length > 1 || !/^[+-]?\d{1,9}$/.test(text)) return null
  const value = Number(text)
  return value >= -128 && value <= 127 ? value : null
}

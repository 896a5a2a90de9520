/** Turns what went wrong in a document into a stream error condition and a reason for the log. */

import type { StreamCondition } from './stream-error.ts'

/** Why a document is refused; `why` is for the log and never quotes text content. */
export interface DocumentFault {
  readonly kind: 'fault'
  readonly condition: StreamCondition
  readonly why: string
}

/** Where in a document something went wrong: before the end of a stream header, or behind it. */
export type DocumentPlace = 'header' | 'content'

/** Longest `why`: it may quote a name the peer chose. */
const MAX_WHY_CHARACTERS = 160

/** Thrown by the guard out of the tokenizer's callbacks, the only way to stop it in mid-piece. */
class XmlRefusal extends Error {
  readonly condition: StreamCondition

  constructor(condition: StreamCondition, why: string) {
    super(why)
    this.condition = condition
  }
}

/** Ends the reading of a document: throws what `explainXmlError` understands. */
export function refuse(condition: StreamCondition, why: string): never {
  throw new XmlRefusal(condition, why)
}

/** Builds a fault, its reason cut to a length that suits a log. */
export function documentFault(condition: StreamCondition, why: string): DocumentFault {
  // The cut may go through a surrogate pair, and half of one can be written nowhere.
  const short = why.length > MAX_WHY_CHARACTERS ? `${why.slice(0, MAX_WHY_CHARACTERS).toWellFormed()}…` : why
  return Object.freeze({ kind: 'fault', condition, why: short })
}

/** The fault behind anything thrown while a piece was read: by the guard, or by the tokenizer, known by its message. */
export function explainXmlError(error: unknown, place: DocumentPlace): DocumentFault {
  if (error instanceof XmlRefusal) return documentFault(error.condition, error.message)
  const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
  return documentFault(conditionOf(why, place), why)
}

function conditionOf(message: string, place: DocumentPlace): StreamCondition {
  // RFC 6120 §11.1: only the five predefined entities exist, and no DTD could define another.
  if (message === 'undefined entity' || message.startsWith('inappropriately located doctype')) return 'restricted-xml'
  // RFC 6120 §4.9.3.2: a header with a prefix that stands for nothing is the one case named so; §11.3 covers the rest.
  if (place === 'header' && message.startsWith('unbound namespace prefix')) return 'bad-namespace-prefix'
  return 'not-well-formed'
}

/** Stream errors: the closed list of conditions and their markup (RFC 6120 §4.9). */

import { childElementsOf, childOf, type Element, isElement, namespaceOf, textOf } from './element.ts'
import { escapeText, isXmlText } from './escape.ts'
import { NS } from './namespaces.ts'

/** The defined conditions, in the order of RFC 6120 §4.9.3. */
export const STREAM_CONDITIONS = [
  'bad-format',
  'bad-namespace-prefix',
  'conflict',
  'connection-timeout',
  'host-gone',
  'host-unknown',
  'improper-addressing',
  'internal-server-error',
  'invalid-from',
  'invalid-namespace',
  'invalid-xml',
  'not-authorized',
  'not-well-formed',
  'policy-violation',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'restricted-xml',
  'see-other-host',
  'system-shutdown',
  'undefined-condition',
  'unsupported-encoding',
  'unsupported-feature',
  'unsupported-stanza-type',
  'unsupported-version',
] as const

/** A condition of a stream error (RFC 6120 §4.9.3). Every stream error ends the stream. */
export type StreamCondition = (typeof STREAM_CONDITIONS)[number]

/**
 * The markup of a stream error, with a human-readable English text if one is given (RFC 6120 §4.9.2). It stands inside
 * a stream whose header bound the prefix `stream`; the caller adds `</stream:stream>`. `text` is for the peer's eyes:
 * nothing secret. Never throws, since no goodbye may fail: a text that XML cannot hold is left out.
 */
export function formatStreamError(condition: StreamCondition, text?: string): string {
  const isSayable = text !== undefined && isXmlText(text)
  const detail = isSayable ? `<text xmlns='${NS.streamErrors}' xml:lang='en'>${escapeText(text)}</text>` : ''
  return `<stream:error><${condition} xmlns='${NS.streamErrors}'/>${detail}</stream:error>`
}

/** What a peer said when it ended the stream: a condition of the list or `undefined-condition`, and its words, cut short. */
export interface ReceivedStreamError {
  readonly condition: StreamCondition
  readonly text: string
}

const maxTextUnits = 160
const known: ReadonlySet<string> = new Set(STREAM_CONDITIONS)

/** Reads `<stream:error/>` (RFC 6120 §4.9.2), for the log; null for any other element. */
export function readStreamError(element: Element): ReceivedStreamError | null {
  if (!isElement(element, 'error', NS.streams)) return null
  const named = childElementsOf(element).find(
    (child) => namespaceOf(child) === NS.streamErrors && known.has(child.name),
  )
  const text = childOf(element, 'text', NS.streamErrors)
  return {
    condition: (named?.name as StreamCondition | undefined) ?? 'undefined-condition',
    text: text === null ? '' : textOf(text).slice(0, maxTextUnits).toWellFormed(),
  }
}

/** Stream errors: the closed list of conditions and their markup (RFC 6120 §4.9). */

import { escapeText } from './escape.ts'
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
 * nothing secret. Throws RangeError if it holds a character that XML cannot.
 */
export function formatStreamError(condition: StreamCondition, text?: string): string {
  const detail = text === undefined ? '' : `<text xmlns='${NS.streamErrors}' xml:lang='en'>${escapeText(text)}</text>`
  return `<stream:error><${condition} xmlns='${NS.streamErrors}'/>${detail}</stream:error>`
}

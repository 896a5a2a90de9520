/** With which code a WebSocket connection is closed (RFC 6455 §7.4.1). */

import type { StreamCondition } from '../xml/stream-error.ts'

/** The codes that Signet sends. */
export type CloseCode = 1000 | 1001 | 1002 | 1003 | 1007 | 1008 | 1009 | 1011

const byCondition: Readonly<Record<StreamCondition, CloseCode>> = {
  // The server, or this door of it, goes away.
  'system-shutdown': 1001,
  'see-other-host': 1001,
  'host-gone': 1001,
  reset: 1001,
  // What came breaks the rules of the subprotocol.
  'bad-format': 1002,
  'bad-namespace-prefix': 1002,
  'improper-addressing': 1002,
  'invalid-namespace': 1002,
  'invalid-xml': 1002,
  'not-well-formed': 1002,
  'restricted-xml': 1002,
  'undefined-condition': 1002,
  'unsupported-feature': 1002,
  'unsupported-stanza-type': 1002,
  'unsupported-version': 1002,
  'unsupported-encoding': 1007,
  // It was understood, and is not allowed.
  conflict: 1008,
  'connection-timeout': 1008,
  'host-unknown': 1008,
  'invalid-from': 1008,
  'not-authorized': 1008,
  'policy-violation': 1008,
  'resource-constraint': 1008,
  'internal-server-error': 1011,
  'remote-connection-failed': 1011,
}

/** Codes by what happened, and by the stream error that tells of it. */
export const closeCodes = {
  /** The stream ended in order. */
  normal: 1000,
  /** The framing itself is broken. */
  protocol: 1002,
  /** RFC 7395 §3.2: every message is text. */
  binary: 1003,
  /** Not UTF-8. */
  encoding: 1007,
  tooBig: 1009,
  of: (condition: StreamCondition): CloseCode => byCondition[condition],
} as const

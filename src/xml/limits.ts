/** The limits that keep one peer's XML small. */

/** What one document may cost. Every number is finite and at least 1; crossing one is `policy-violation`. */
export interface XmlLimits {
  /** Bytes of one first-level element, from its `<` to its last `>`; RFC 6120 §13.12 wants 10000 or more. */
  readonly maxStanzaBytes: number
  /** Bytes before the end of the stream header: white space, XML declaration and header together. */
  readonly maxHeaderBytes: number
  /** Levels of nesting in a first-level element, itself counted as 1. */
  readonly maxDepth: number
  /** Attributes of one element, namespace declarations included. */
  readonly maxAttributes: number
  /** Elements in one first-level element, itself included. */
  readonly maxElements: number
  /** Bytes pushed and not yet read by `next()`. */
  readonly maxBufferedBytes: number
}

/** Limits for a peer that has logged in. */
export const DEFAULT_XML_LIMITS: XmlLimits = Object.freeze({
  maxStanzaBytes: 262_144,
  maxHeaderBytes: 4_096,
  maxDepth: 64,
  maxAttributes: 64,
  maxElements: 4_096,
  maxBufferedBytes: 262_144,
})

/** Limits for a peer that has logged in where stanzas of this size are taken. */
export function xmlLimitsFor(maxStanzaBytes: number): XmlLimits {
  // One object for all connections where nothing else is configured.
  if (maxStanzaBytes === DEFAULT_XML_LIMITS.maxStanzaBytes) return DEFAULT_XML_LIMITS
  return {
    ...DEFAULT_XML_LIMITS,
    maxStanzaBytes,
    maxBufferedBytes: Math.max(DEFAULT_XML_LIMITS.maxBufferedBytes, maxStanzaBytes),
  }
}

/** Limits for a peer that nobody knows yet: room for every negotiation element, and for no more. */
export const STRANGER_XML_LIMITS: XmlLimits = Object.freeze({
  maxStanzaBytes: 10_000,
  maxHeaderBytes: 4_096,
  maxDepth: 16,
  maxAttributes: 32,
  maxElements: 128,
  maxBufferedBytes: 131_072,
})

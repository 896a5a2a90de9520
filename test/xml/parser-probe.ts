/** Drives a stream parser in tests: input in, plain events out. */

import { serialize } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS, type XmlLimits } from '../../src/xml/limits.ts'
import { createStreamParser, type ParserEvent, type StreamParser } from '../../src/xml/stream-parser.ts'

/** The usual header of a client stream. */
export const HEADER =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"

/** Input as text, or as bytes in hex with spaces. */
export type Input = string | { readonly hex: string }

/** The bytes of some inputs, one behind the other. */
export function bytesOf(...inputs: readonly Input[]): Buffer {
  return Buffer.concat(
    inputs.map((input) =>
      typeof input === 'string' ? Buffer.from(input) : Buffer.from(input.hex.replaceAll(' ', ''), 'hex'),
    ),
  )
}

/** Everything a parser has to say now; stops at a fault. */
export function drain(parser: StreamParser): ParserEvent[] {
  const events: ParserEvent[] = []
  for (let event = parser.next(); event !== null; event = parser.next()) {
    events.push(event)
    if (event.kind === 'fault') break
  }
  return events
}

/** An event as one line: elements as markup, faults as condition and reason. */
export function lineOf(event: ParserEvent): string {
  switch (event.kind) {
    case 'open':
      return `open to=${event.header.to} version=${event.header.version}`
    case 'element':
      return serialize(event.element)
    case 'close':
      return 'close'
    case 'fault':
      return `fault ${event.condition}: ${event.why}`
  }
}

/** The events of some bytes, pushed in pieces of `size` and read after each. */
export function parseInPieces(bytes: Uint8Array, size: number, limits: XmlLimits = DEFAULT_XML_LIMITS): ParserEvent[] {
  const parser = createStreamParser(limits)
  const events: ParserEvent[] = []
  for (let at = 0; at < bytes.length; at += size) {
    parser.push(bytes.subarray(at, at + size))
    events.push(...drain(parser))
    if (events.at(-1)?.kind === 'fault') break
  }
  return events
}

/** The events of some input pushed at once. */
export function parseWhole(input: Input, limits: XmlLimits = DEFAULT_XML_LIMITS): ParserEvent[] {
  const bytes = bytesOf(input)
  return parseInPieces(bytes, Math.max(1, bytes.length), limits)
}

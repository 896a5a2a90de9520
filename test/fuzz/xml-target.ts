/**
 * The XML of streams and of messages: never throws, reads the same however the bytes are divided, accepts nothing that
 * expat refuses, reads what expat reads, and writes what it reads back.
 */

import { isUtf8 } from 'node:buffer'
import { equal } from 'ltx'
import { type Element, serialize } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS, type XmlLimits } from '../../src/xml/limits.ts'
import { parseElement } from '../../src/xml/parse-element.ts'
import { createStreamParser, type ParserEvent, type StreamParser } from '../../src/xml/stream-parser.ts'
import { createRandom } from '../support/pki/random.ts'
import { type Document, type Expat, openExpat, readingOf } from './expat.ts'
import { expect, expectQuick, type FuzzFailure, type FuzzTarget, hashOf } from './target.ts'
import { generateXml } from './xml-generator.ts'

const SMALL: XmlLimits = {
  maxStanzaBytes: 120,
  maxHeaderBytes: 160,
  maxDepth: 3,
  maxAttributes: 5,
  maxElements: 6,
  maxBufferedBytes: 100_000,
}

/** The parser takes half a microsecond for a byte that comes alone. */
const maxMsPerByte = 0.004
const maxBaseMs = 10

const LESS = 0x3c
const GREATER = 0x3e

/** Something that was accepted, and what we read in it. */
interface Accepted extends Document {
  readonly input: Uint8Array
  readonly reading: string
}

/** What a stream brought, and how many bytes of it had been pushed when its last event came. */
interface Outcome {
  readonly events: readonly ParserEvent[]
  readonly acceptedBytes: number
}

/** Fuzzes `createStreamParser`, `parseElement` and `serialize`. */
export function createXmlTarget(create: typeof createStreamParser = createStreamParser): FuzzTarget {
  let expat: Expat | null = null
  let waiting: Accepted[] = []
  return {
    name: 'xml',
    quickInputs: 8000,
    longShare: 220_000,
    generate: generateXml,
    check: (input) => {
      waiting.push(...checkStream(input, create), ...checkMessage(input))
    },
    settle: async () => {
      const accepted = waiting
      waiting = []
      if (accepted.length === 0) return []
      expat ??= openExpat()
      return compare(accepted, await expat.read(accepted))
    },
    [Symbol.asyncDispose]: async () => expat?.[Symbol.asyncDispose](),
  }
}

function compare(accepted: readonly Accepted[], answers: readonly string[]): FuzzFailure[] {
  return accepted.flatMap(({ input, reading, kind }, index) => {
    const answer = answers[index] ?? 'nothing'
    if (answer === reading) return []
    const why = answer.startsWith('refused') ? `accepted, and expat ${answer}` : 'expat reads something else'
    return [{ input, why: `${why} (${kind})` }]
  })
}

function checkStream(input: Uint8Array, create: typeof createStreamParser): Accepted[] {
  const hash = hashOf(input)
  const limits = hash % 4 === 0 ? SMALL : DEFAULT_XML_LIMITS
  const outcome = parseInPieces(input, create(limits), endsOfTags(input))
  const expected = essenceOf(outcome.events)
  const divisions = {
    'in one piece': [input.length],
    'in random pieces': randomEnds(input.length, hash),
    // Nothing is plain that comes byte by byte: this is saxes alone.
    'byte by byte': Array.from(input, (_, index) => index + 1),
  }
  for (const [how, ends] of Object.entries(divisions)) {
    const parse = () => parseInPieces(input, create(limits), ends)
    const found = essenceOf(expectQuick(maxBaseMs + input.length * maxMsPerByte, parse).events)
    expect(found === expected, `${how}: ${found}, where tag by tag it is ${expected}`)
  }
  return acceptedOf(input, outcome)
}

function acceptedOf(input: Uint8Array, { events, acceptedBytes }: Outcome): Accepted[] {
  const [open] = events
  if (open?.kind !== 'open') return []
  const elements = events.flatMap((event) => (event.kind === 'element' ? [event.element] : []))
  for (const element of elements) checkWritten(element)
  const kind = events.some((event) => event.kind === 'close') ? 'stream' : 'prefix'
  return [
    { input, kind, bytes: withoutLead(input.subarray(0, acceptedBytes)), reading: readingOf(open.header, elements) },
  ]
}

/** White space may come before a stream, and so before its XML declaration: a keep-alive that crossed the restart. */
function withoutLead(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.indexOf(LESS))
}

/** What is written is read back as the same element, in a stream and alone. */
function checkWritten(element: Element): void {
  const markup = serialize(element)
  const again = parseElement(serialize(element, ''), DEFAULT_XML_LIMITS)
  expect(again.ok, `written and refused: ${markup}`)
  expect(serialize(again.value) === markup && equal(again.value, element), `read back as another: ${markup}`)
}

function checkMessage(input: Uint8Array): Accepted[] {
  if (!isUtf8(input)) return []
  const parsed = parseElement(Buffer.from(input).toString(), DEFAULT_XML_LIMITS)
  if (!parsed.ok) return []
  checkWritten(parsed.value)
  return [{ input, kind: 'element', bytes: input, reading: readingOf(null, [parsed.value]) }]
}

/** Pushes pieces that end at `ends` and reads everything after each. */
function parseInPieces(input: Uint8Array, parser: StreamParser, ends: readonly number[]): Outcome {
  const events: ParserEvent[] = []
  let acceptedBytes = 0
  let start = 0
  for (const end of ends) {
    parser.push(input.subarray(start, end))
    start = end
    for (let event = parser.next(); event !== null; event = parser.next()) {
      events.push(event)
      // An element takes four bytes at least.
      expect(events.length <= input.length, 'more events than bytes')
      if (event.kind === 'fault') return { events, acceptedBytes }
      acceptedBytes = end
      if (event.kind === 'close') break
    }
    if (events.at(-1)?.kind === 'close') break
  }
  return { events, acceptedBytes }
}

/** Everything but the reason of a fault, which may name the error one step sooner or later. */
function essenceOf(events: readonly ParserEvent[]): string {
  return events.map(lineOf).join(' ')
}

function lineOf(event: ParserEvent): string {
  switch (event.kind) {
    case 'open':
      return `open ${JSON.stringify(event.header)}`
    case 'element':
      return serialize(event.element)
    case 'close':
      return 'close'
    case 'fault':
      return `fault ${event.condition}`
  }
}

function endsOfTags(input: Uint8Array): number[] {
  const ends: number[] = []
  for (let at = input.indexOf(GREATER); at >= 0; at = input.indexOf(GREATER, at + 1)) ends.push(at + 1)
  return ends.at(-1) === input.length ? ends : [...ends, input.length]
}

function randomEnds(length: number, seed: number): number[] {
  const random = createRandom(seed)
  const largest = random.pick([1, 3, 17, 90])
  const ends: number[] = []
  for (let at = 0; at < length; ) {
    at = Math.min(length, at + 1 + random.below(largest))
    ends.push(at)
  }
  return ends
}

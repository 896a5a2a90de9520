import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { equal } from 'ltx'
import { serialize } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS, type XmlLimits } from '../../src/xml/limits.ts'
import { parseElement } from '../../src/xml/parse-element.ts'
import type { ParserEvent } from '../../src/xml/stream-parser.ts'
import { brokenContent, element } from './generators.ts'
import { bytesOf, HEADER, lineOf, parseInPieces, parseWhole } from './parser-probe.ts'

const SMALL: XmlLimits = {
  maxStanzaBytes: 90,
  maxHeaderBytes: 150,
  maxDepth: 4,
  maxAttributes: 5,
  maxElements: 6,
  maxBufferedBytes: 10_000,
}

/** Everything but the reason of a fault, which may name the error one step sooner or later. */
function essence(event: ParserEvent): string {
  return event.kind === 'fault' ? `fault ${event.condition}` : lineOf(event)
}

function essences(bytes: Uint8Array, size: number, limits: XmlLimits): string[] {
  return parseInPieces(bytes, size, limits).map(essence)
}

describe('any division of the input', () => {
  it('gives the same events for well-formed streams', () => {
    fc.assert(
      fc.property(
        fc.array(element('jabber:client'), { maxLength: 3 }),
        fc.integer({ min: 2, max: 40 }),
        (elements, size) => {
          const stanzas = elements.map((one) => serialize(one))
          const bytes = bytesOf(HEADER, stanzas.join('\n'), '</stream:stream>')
          const expected = ['open to=localhost version=1.0', ...stanzas, 'close']
          for (const pieces of [bytes.length, 1, size])
            assert.deepEqual(essences(bytes, pieces, DEFAULT_XML_LIMITS), expected)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('gives the same events and the same condition for broken ones, within small limits', () => {
    fc.assert(
      fc.property(brokenContent, fc.integer({ min: 2, max: 9 }), (content, size) => {
        const bytes = bytesOf(HEADER, content)
        const expected = essences(bytes, bytes.length, SMALL)
        assert.deepEqual(essences(bytes, 1, SMALL), expected)
        assert.deepEqual(essences(bytes, size, SMALL), expected)
      }),
      { numRuns: 1000 },
    )
  })

  it('gives the same events and the same condition for broken UTF-8', () => {
    const byte = fc.constantFrom(
      0x80,
      0xbf,
      0xc0,
      0xc3,
      0xe0,
      0xa0,
      0xe2,
      0x82,
      0xac,
      0xed,
      0xf0,
      0x9f,
      0xf4,
      0x90,
      0xff,
      0x41,
    )
    fc.assert(
      fc.property(
        fc.array(byte, { maxLength: 8 }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 3, max: 20 }),
        (bad, size, room) => {
          const bytes = Buffer.concat([bytesOf(HEADER, '<m>'), Buffer.from(bad), bytesOf('</m>')])
          const limits = { ...SMALL, maxStanzaBytes: room }
          const expected = essences(bytes, bytes.length, limits)
          assert.deepEqual(essences(bytes, 1, limits), expected)
          assert.deepEqual(essences(bytes, size, limits), expected)
        },
      ),
      { numRuns: 400 },
    )
  })
})

describe('what is written', () => {
  it('is read back as the same element, from a stream and from a message', () => {
    fc.assert(
      fc.property(element('jabber:client'), (one) => {
        const [, event] = parseWhole(HEADER + serialize(one))
        assert.ok(event?.kind === 'element')
        assert.ok(equal(event.element, one), serialize(one))
        const parsed = parseElement(serialize(one, ''), DEFAULT_XML_LIMITS)
        assert.ok(parsed.ok)
        assert.ok(equal(parsed.value, one), serialize(one, ''))
      }),
      { numRuns: 300 },
    )
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isXmlText } from '../../src/xml/escape.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { createStreamParser } from '../../src/xml/stream-parser.ts'
import { bytesOf, parseInPieces } from './parser-probe.ts'
import { CONTENT_REFUSALS, HEADER_REFUSALS } from './vectors.ts'

for (const [title, rows] of [
  ['refused before the stream is open', HEADER_REFUSALS],
  ['refused on an open stream', CONTENT_REFUSALS],
] as const) {
  describe(title, () => {
    for (const row of rows) {
      it(`${row.name} → ${row.condition}`, () => {
        const bytes = bytesOf(...row.input)
        for (const size of [bytes.length, 1, 2, 7]) {
          const events = parseInPieces(bytes, size)
          const fault = events.at(-1)
          assert.ok(fault?.kind === 'fault', `no fault in pieces of ${size}`)
          assert.equal(fault.condition, row.condition, `condition in pieces of ${size}: ${fault.why}`)
          assert.match(fault.why, size === bytes.length ? row.why : /./)
          assert.equal(events.length - 1, row.before, `events before the fault in pieces of ${size}`)
        }
      })
    }
  })
}

describe('a fault', () => {
  it('is the last thing a parser says', () => {
    const parser = createStreamParser(DEFAULT_XML_LIMITS)
    parser.push(Buffer.from('GET'))
    const fault = parser.next()
    assert.equal(fault?.kind, 'fault')
    parser.push(Buffer.from('<stream:stream>'))
    assert.equal(parser.next(), fault)
    parser.restart()
    assert.equal(parser.next(), fault)
    assert.equal(parser.pendingBytes, 0)
  })

  it('quotes at most 160 characters of what the peer sent', () => {
    const events = parseInPieces(Buffer.from(`<${'x'.repeat(3000)}:a/>`), 4096)
    const fault = events.at(-1)
    assert.ok(fault?.kind === 'fault')
    assert.equal(fault.why.length, 161)
  })

  it('is cut between characters, or leaves a mark where one was cut', () => {
    const quoted = (filling: string) => {
      const fault = parseInPieces(Buffer.from(`<${filling}${'\u{10000}'.repeat(80)}:a/>`), 4096).at(-1)
      assert.ok(fault?.kind === 'fault')
      assert.equal(isXmlText(fault.why), true)
      return fault.why.replace(/^[^𐀀]*𐀀+/u, '')
    }
    assert.deepEqual(new Set([quoted(''), quoted('x')]), new Set(['…', '\ufffd…']))
  })
})

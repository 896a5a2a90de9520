import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DEFAULT_XML_LIMITS, type XmlLimits } from '../../src/xml/limits.ts'
import { createStreamParser } from '../../src/xml/stream-parser.ts'
import { bytesOf, drain, HEADER, parseInPieces } from './parser-probe.ts'

interface LimitRow {
  readonly name: string
  readonly limits: Partial<XmlLimits>
  /** Exactly at the limit: accepted. */
  readonly at: string
  /** One over: refused. */
  readonly over: string
  readonly why: RegExp
}

function nested(levels: number): string {
  return `${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}`
}

function attributes(count: number): string {
  return Array.from({ length: count }, (_, index) => `a${index}='1'`).join(' ')
}

function headerOf(bytes: number): string {
  const start = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='"
  return `${start}${'x'.repeat(bytes - start.length - 2)}'>`
}

const ROWS: readonly LimitRow[] = [
  {
    name: 'stanza text',
    limits: { maxStanzaBytes: 100 },
    at: `<m>${'x'.repeat(93)}</m>`,
    over: `<m>${'x'.repeat(94)}</m>`,
    why: /element of more than 100 bytes/,
  },
  {
    name: 'stanza text in two-byte characters',
    limits: { maxStanzaBytes: 107 },
    at: `<m>${'é'.repeat(50)}</m>`,
    over: `<m>é${'é'.repeat(50)}</m>`,
    why: /element of more than 107/,
  },
  {
    name: 'stanza text that ends in half a character',
    limits: { maxStanzaBytes: 10 },
    at: '<m>é1</m>',
    over: '<m>123456€</m>',
    why: /element of more than 10/,
  },
  {
    name: 'attribute value',
    limits: { maxStanzaBytes: 100 },
    at: `<m a='${'x'.repeat(91)}'/>`,
    over: `<m a='${'x'.repeat(92)}'/>`,
    why: /element of more than 100/,
  },
  {
    name: 'name',
    limits: { maxStanzaBytes: 100 },
    at: `<${'x'.repeat(97)}/>`,
    over: `<${'x'.repeat(98)}/>`,
    why: /element of more than 100/,
  },
  {
    name: 'stanza of many small elements',
    limits: { maxStanzaBytes: 27 },
    at: `<m>${'<a/>'.repeat(5)}</m>`,
    over: `<mm>${'<a/>'.repeat(5)}</mm>`,
    why: /element of more than 27/,
  },
  {
    name: 'stanza that never ends',
    limits: { maxStanzaBytes: 10 },
    at: '<m>1</m>',
    over: '<m>12345678',
    why: /element of more than 10/,
  },
  {
    name: 'CDATA',
    limits: { maxStanzaBytes: 27 },
    at: `<m><![CDATA[${'>'.repeat(8)}]]></m>`,
    over: `<m><![CDATA[${'>'.repeat(9)}]]></m>`,
    why: /element of more than 27/,
  },
  { name: 'levels', limits: { maxDepth: 5 }, at: nested(5), over: nested(6), why: /more than 5 levels/ },
  {
    name: 'attributes',
    limits: { maxAttributes: 7 },
    at: `<m ${attributes(7)}/>`,
    over: `<m ${attributes(8)}/>`,
    why: /more than 7 attributes/,
  },
  {
    name: 'namespace declarations',
    limits: { maxAttributes: 3 },
    at: "<m xmlns:a='u' xmlns:b='v' xmlns='w'/>",
    over: "<m xmlns:a='u' xmlns:b='v' xmlns:c='w' xmlns='x'/>",
    why: /more than 3 attributes/,
  },
  {
    name: 'elements',
    limits: { maxElements: 4 },
    at: '<m><a/><a><b/></a></m>',
    over: '<m><a/><a><b/></a><a/></m>',
    why: /more than 4 elements/,
  },
]

describe('limits inside a stream', () => {
  for (const row of ROWS) {
    const limits = { ...DEFAULT_XML_LIMITS, ...row.limits }
    const header = "<stream xmlns='http://etherx.jabber.org/streams'>"
    it(`${row.name}: at the limit, thrice`, () => {
      const bytes = bytesOf(header, row.at, row.at, ' \n', row.at)
      for (const size of [bytes.length, 1, 3]) {
        const kinds = parseInPieces(bytes, size, limits).map((event) => event.kind)
        assert.deepEqual(kinds, ['open', 'element', 'element', 'element'], `in pieces of ${size}`)
      }
    })
    it(`${row.name}: one over`, () => {
      const bytes = bytesOf(header, row.over)
      for (const size of [bytes.length, 1, 3]) {
        const events = parseInPieces(bytes, size, limits)
        const fault = events.at(-1)
        assert.ok(fault?.kind === 'fault', `in pieces of ${size}`)
        assert.equal(fault.condition, 'policy-violation')
        assert.match(fault.why, row.why)
        assert.equal(events.length, 2)
      }
    })
  }

  it('an element is refused at the first byte too many, not at its end', () => {
    const parser = createStreamParser({ ...DEFAULT_XML_LIMITS, maxStanzaBytes: 50 })
    parser.push(bytesOf(HEADER, '<m>', 'x'.repeat(47)))
    assert.deepEqual(
      drain(parser).map((event) => event.kind),
      ['open'],
    )
    parser.push(bytesOf('x'))
    const fault = parser.next()
    assert.ok(fault?.kind === 'fault')
    assert.equal(fault.condition, 'policy-violation')
  })

  it('white space between elements is free and keeps nothing', () => {
    const parser = createStreamParser({ ...DEFAULT_XML_LIMITS, maxStanzaBytes: 10 })
    parser.push(bytesOf(HEADER))
    drain(parser)
    for (let round = 0; round < 50; round++) {
      parser.push(bytesOf(' '.repeat(1000)))
      assert.equal(parser.next(), null)
    }
    parser.push(bytesOf('<m>123</m>'))
    assert.equal(parser.next()?.kind, 'element')
  })
})

describe('the limit of the header', () => {
  const limits = { ...DEFAULT_XML_LIMITS, maxHeaderBytes: 200 }
  const rows: [string, string, string][] = [
    ['header', headerOf(200), headerOf(201)],
    ['white space and header', ' '.repeat(50) + headerOf(150), ' '.repeat(51) + headerOf(150)],
    ['declaration and header', `<?xml version='1.0'?>${headerOf(179)}`, `<?xml version='1.0'?>${headerOf(180)}`],
  ]
  for (const [name, at, over] of rows) {
    it(`${name}: at the limit and one over`, () => {
      for (const size of [1, 7, 300]) {
        assert.deepEqual(
          parseInPieces(bytesOf(at), size, limits).map((event) => event.kind),
          ['open'],
        )
        const fault = parseInPieces(bytesOf(over), size, limits)[0]
        assert.ok(fault?.kind === 'fault')
        assert.equal(fault.condition, 'policy-violation')
        assert.equal(fault.why, 'stream header of more than 200 bytes')
      }
    })
  }

  it('white space alone', () => {
    assert.deepEqual(parseInPieces(bytesOf(' '.repeat(200)), 64, limits), [])
    for (const size of [1, 64, 201]) {
      const fault = parseInPieces(bytesOf(' '.repeat(201)), size, limits)[0]
      assert.ok(fault?.kind === 'fault')
      assert.equal(fault.condition, 'policy-violation')
    }
  })
})

describe('the limit of the buffer', () => {
  it('refuses a push that leaves more unread bytes than it', () => {
    const parser = createStreamParser({ ...DEFAULT_XML_LIMITS, maxBufferedBytes: 200 })
    parser.push(bytesOf(HEADER))
    parser.push(bytesOf(' '.repeat(200 - HEADER.length)))
    assert.equal(parser.next()?.kind, 'open')
    parser.push(bytesOf(' '.repeat(HEADER.length)))
    assert.equal(parser.next(), null)
    parser.push(bytesOf(' '.repeat(200)))
    parser.push(bytesOf(' '))
    const fault = parser.next()
    assert.ok(fault?.kind === 'fault')
    assert.equal(fault.condition, 'policy-violation')
    assert.match(fault.why, /unread bytes/)
  })
})

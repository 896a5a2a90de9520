import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { NS } from '../../src/xml/namespaces.ts'
import { createStreamParser } from '../../src/xml/stream-parser.ts'
import { bytesOf, drain, HEADER, lineOf, parseWhole } from './parser-probe.ts'

const BARE = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"

function openParser() {
  const parser = createStreamParser(DEFAULT_XML_LIMITS)
  parser.push(Buffer.from(HEADER))
  assert.equal(parser.next()?.kind, 'open')
  return parser
}

function lines(input: string): string[] {
  return parseWhole(HEADER + input)
    .map(lineOf)
    .slice(1)
}

describe('the stream header', () => {
  it('gives its attributes as they stand there', () => {
    const event = parseWhole(`${BARE} from='a&amp;b@x' to='' id='7' version='1.0' xml:lang='de'>`)[0]
    assert.deepEqual(event, {
      kind: 'open',
      header: { from: 'a&b@x', to: '', id: '7', version: '1.0', lang: 'de', contentNamespace: NS.client },
    })
  })

  it('gives null for what is absent', () => {
    const event = parseWhole(`${BARE}>`)[0]
    assert.deepEqual(event, {
      kind: 'open',
      header: { from: null, to: null, id: null, version: null, lang: null, contentNamespace: NS.client },
    })
  })

  const accepted: [string, string][] = [
    ['any prefix', "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client' to='h' version='1.0'>"],
    ['the prefix-free style', "<stream xmlns='http://etherx.jabber.org/streams' to='h' version='1.0'>"],
    [
      'a declaration with encoding',
      `<?xml version="1.0" encoding="utf-8" standalone='no' ?>${BARE} to='h' version='1.0'>`,
    ],
    ['white space before the declaration', `\r\n <?xml version='1.0'?>\n${BARE} to='h' version='1.0'>`],
    ['line breaks inside', `${BARE}\n\tto = 'h'\r\n version\n=\n"1.0" >`],
    [
      'unknown attributes and declarations',
      `${BARE} xmlns:ack='http://www.xmpp.org/extensions/xep-0198.html#ns' to='h' version='1.0' ack:x='1'>`,
    ],
  ]
  for (const [name, header] of accepted) {
    it(`takes ${name}`, () => assert.deepEqual(parseWhole(header).map(lineOf), ['open to=h version=1.0']))
  }

  it('may be an empty-element tag: opened and closed', () => {
    assert.deepEqual(
      parseWhole(`${BARE}/>`).map((event) => event.kind),
      ['open', 'close'],
    )
  })
})

describe('first-level elements', () => {
  it('come one at a time, in order, and end with close', () => {
    assert.deepEqual(lines("<a/> \n<b>x</b>\t<c xmlns='u'/></stream:stream>"), [
      '<a/>',
      '<b>x</b>',
      "<c xmlns='u'/>",
      'close',
    ])
  })

  it('have their references resolved and CDATA joined to text', () => {
    const [, event] = parseWhole(`${HEADER}<m to='&lt;&#x41;&quot;&apos;'>a&amp;&gt;<![CDATA[<b>&amp;]]]]>&#13;</m>`)
    assert.ok(event?.kind === 'element')
    assert.deepEqual(event.element.children, ['a&><b>&amp;]]\r'])
    assert.equal(event.element.attrs['to'], '<A"\'')
  })

  it('have line ends and attribute space normalised by XML', () => {
    const [, event] = parseWhole(`${HEADER}<m a='1\r\n2\t3&#10;'>x\r\ny\rz</m>`)
    assert.ok(event?.kind === 'element')
    assert.deepEqual(event.element.children, ['x\ny\nz'])
    assert.equal(event.element.attrs['a'], '1 2 3\n')
  })

  it('keep white space inside', () => assert.deepEqual(lines('<m> <a/>\n</m>'), ['<m> <a/>\n</m>']))

  it('hold every character XML allows', () => {
    const text = '\t\n \u0085\u2028\ud7ff\ue000\ufffd\u{10000}\u{10ffff}\ufeff😀'
    const [, event] = parseWhole(`${HEADER}<m>${text}</m>`)
    assert.ok(event?.kind === 'element')
    assert.equal(event.element.getText(), text)
  })
})

describe('the canonical form', () => {
  const rows: [string, string, string][] = [
    ['a prefix becomes xmlns', "<x:a xmlns:x='u' b='1'/>", "<a xmlns='u' b='1'/>"],
    ['a prefix for the content namespace goes', "<c:iq xmlns:c='jabber:client'><c:x/></c:iq>", '<iq><x/></iq>'],
    ['an explicit content namespace goes', "<iq xmlns='jabber:client'/>", '<iq/>'],
    [
      'an inherited namespace is not repeated',
      "<iq><q xmlns='u'><r xmlns='u'/></q></iq>",
      "<iq><q xmlns='u'><r/></q></iq>",
    ],
    [
      'back to the content namespace is said',
      "<a xmlns='u'><b xmlns='jabber:client'/></a>",
      "<a xmlns='u'><b xmlns='jabber:client'/></a>",
    ],
    ['no namespace is said', "<iq><x xmlns=''/></iq>", "<iq><x xmlns=''/></iq>"],
    ['the stream prefix becomes xmlns', '<stream:error/>', "<error xmlns='http://etherx.jabber.org/streams'/>"],
    ['xml:lang stays', "<m xml:lang='de'><b xml:lang='en'/></m>", "<m xml:lang='de'><b xml:lang='en'/></m>"],
    [
      'an attribute keeps its prefix, declared',
      "<m xmlns:p='u' xmlns:q='v'><b p:a='1'/></m>",
      "<m><b xmlns:p='u' p:a='1'/></m>",
    ],
    [
      'a prefix of the header is declared where used',
      "<m stream:a='1'/>",
      "<m xmlns:stream='http://etherx.jabber.org/streams' stream:a='1'/>",
    ],
    ['an inner declaration wins', "<p:a xmlns:p='u'><p:b xmlns:p='v'/></p:a>", "<a xmlns='u'><b xmlns='v'/></a>"],
  ]
  for (const [name, input, expected] of rows) {
    it(name, () => assert.deepEqual(lines(input), [expected]))
  }

  it('is the same for a prefix-free stream', () => {
    const header = "<stream xmlns='http://etherx.jabber.org/streams' version='1.0'>"
    const events = parseWhole(`${header}<message xmlns='jabber:client'><body>x</body></message></stream>`).map(lineOf)
    assert.deepEqual(events.slice(1), ['<message><body>x</body></message>', 'close'])
  })
})

describe('pendingBytes', () => {
  it('counts what stands behind the event last returned', () => {
    const parser = openParser()
    assert.equal(parser.pendingBytes, 0)
    parser.push(Buffer.from("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))
    parser.next()
    assert.equal(parser.pendingBytes, 0)
  })

  const rows: [string, number][] = [
    [' ', 1],
    ['\n', 1],
    ['<', 1],
    ['é', 2],
    ['\u0016\u0003\u0001', 3],
    ['<iq/>', 5],
  ]
  for (const [tail, expected] of rows) {
    it(`is ${expected} behind <starttls/> for ${JSON.stringify(tail)}, before and after it is read`, () => {
      const parser = openParser()
      parser.push(Buffer.from(`<starttls/>${tail}`))
      assert.equal(parser.next()?.kind, 'element')
      assert.equal(parser.pendingBytes, expected)
      const next = parser.next()
      if (next === null) assert.equal(parser.pendingBytes, expected)
    })
  }

  it('counts bytes that come later', () => {
    const parser = openParser()
    parser.push(Buffer.from('<a'))
    assert.equal(parser.next(), null)
    assert.equal(parser.pendingBytes, 2)
    parser.push(Buffer.from('/>'))
    assert.equal(parser.pendingBytes, 4)
    assert.equal(parser.next()?.kind, 'element')
    assert.equal(parser.pendingBytes, 0)
  })
})

describe('restart', () => {
  it('reads what came in the same segment as a new stream', () => {
    const parser = openParser()
    parser.push(bytesOf('<auth/>', HEADER, '<iq>é</iq>'))
    assert.deepEqual(parser.next()?.kind, 'element')
    parser.restart()
    assert.deepEqual(drain(parser).map(lineOf), ['open to=localhost version=1.0', '<iq>é</iq>'])
  })

  it('reads a header that comes later, behind white space', () => {
    const parser = openParser()
    parser.push(bytesOf('<auth/>\n'))
    assert.deepEqual(drain(parser).map(lineOf), ['<auth/>'])
    parser.restart()
    parser.push(bytesOf(' \n', HEADER))
    assert.deepEqual(drain(parser).map(lineOf), ['open to=localhost version=1.0'])
  })

  it('forgets the prefixes of the old stream', () => {
    const parser = createStreamParser(DEFAULT_XML_LIMITS)
    parser.push(Buffer.from(`${BARE} xmlns:old='u'><auth/>${BARE}><old:x/>`))
    parser.next()
    parser.next()
    parser.restart()
    assert.deepEqual(drain(parser).map(lineOf), [
      'open to=null version=null',
      'fault not-well-formed: unbound namespace prefix: "old"',
    ])
  })

  it('takes an old end tag for what it is: no new header', () => {
    const parser = openParser()
    parser.push(bytesOf('<auth/></stream:stream>'))
    parser.next()
    parser.restart()
    assert.deepEqual(drain(parser).map(lineOf), ['fault not-well-formed: unmatched closing tag: stream:stream'])
  })

  it('inside an element is a fault, since its beginning is gone', () => {
    const parser = openParser()
    parser.push(bytesOf('<auth/><iq'))
    drain(parser)
    parser.restart()
    assert.deepEqual(drain(parser).map(lineOf), ['fault internal-server-error: restart inside an element'])
  })

  it('may bring other limits', () => {
    const parser = createStreamParser({ ...DEFAULT_XML_LIMITS, maxStanzaBytes: 20 })
    const stanza = `<m>${'x'.repeat(20)}</m>`
    parser.push(bytesOf(HEADER, '<auth/>', HEADER, stanza))
    parser.next()
    parser.next()
    parser.restart({ ...DEFAULT_XML_LIMITS, maxStanzaBytes: 27 })
    assert.deepEqual(drain(parser).map(lineOf).slice(1), [stanza])
  })
})

describe('behind close', () => {
  it('nothing is read', () => {
    const parser = openParser()
    parser.push(bytesOf('</stream:stream><iq/>&'))
    assert.equal(parser.next()?.kind, 'close')
    assert.equal(parser.next(), null)
    parser.push(bytesOf('<'))
    assert.equal(parser.next(), null)
    assert.equal(parser.pendingBytes, 0)
  })
})

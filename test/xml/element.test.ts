import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  attributeOf,
  childElementsOf,
  childOf,
  isElement,
  namespaceOf,
  serialize,
  textOf,
  xml,
} from '../../src/xml/element.ts'
import { escapeAttribute, escapeText, isXmlText } from '../../src/xml/escape.ts'
import { NS } from '../../src/xml/namespaces.ts'
import { formatStreamError, STREAM_CONDITIONS } from '../../src/xml/stream-error.ts'
import { formatStreamHeader } from '../../src/xml/stream-header.ts'
import { lineOf, parseWhole } from './parser-probe.ts'

describe('escaping', () => {
  it('covers text', () => assert.equal(escapeText(`<a> & ]]> "'\r\n\t`), `&lt;a&gt; &amp; ]]&gt; "'&#13;\n\t`))
  it('covers attributes', () => assert.equal(escapeAttribute(`<&>"'\t\n\r`), '&lt;&amp;&gt;&quot;&apos;&#9;&#10;&#13;'))
  for (const [code, text] of [
    ['U+0000', 'a\u0000'],
    ['U+0008', '\b'],
    ['U+000B', '\u000b'],
    ['U+001F', '\u001f'],
    ['U+D800', '\ud800x'],
    ['U+DFFF', 'x\udfff'],
    ['U+FFFE', '\ufffe'],
    ['U+FFFF', '\uffff'],
  ] as const) {
    it(`refuses ${code}`, () => {
      const message = `${code} cannot be written in XML 1.0`
      assert.equal(isXmlText(text), false)
      assert.throws(() => escapeText(text), { name: 'RangeError', message })
      assert.throws(() => escapeAttribute(text), { name: 'RangeError', message })
    })
  }
  it('lets all other characters through', () => {
    const text = '\u007f\u0085\ud7ff\ue000\ufffd\u{10000}\u{10ffff}'
    assert.equal(escapeText(text), text)
    assert.equal(isXmlText(`\t\n\r ${text}`), true)
  })
})

describe('reading an element', () => {
  const iq = xml(
    'iq',
    { type: 'get', id: undefined, to: null, n: 7 },
    xml('query', { xmlns: NS.roster }, xml('item', {}, 'a', 'b'), 'c'),
    xml('query', { xmlns: '' }, xml('item')),
    xml('query'),
  )
  const [roster, none, plain] = childElementsOf(iq)
  assert.ok(roster && none && plain)

  it('finds the namespace', () => {
    assert.equal(namespaceOf(iq), NS.client)
    assert.equal(namespaceOf(plain), NS.client)
    assert.equal(namespaceOf(roster), NS.roster)
    assert.equal(childElementsOf(roster).map(namespaceOf)[0], NS.roster)
    assert.equal(namespaceOf(none), '')
    assert.equal(childElementsOf(none).map(namespaceOf)[0], '')
  })
  it('finds children by name and namespace', () => {
    assert.equal(childOf(iq, 'query', NS.roster), roster)
    assert.equal(childOf(iq, 'query', ''), none)
    assert.equal(childOf(iq, 'query', NS.client), plain)
    assert.equal(childOf(iq, 'query', NS.version), null)
    assert.equal(isElement(roster, 'query', NS.client), false)
  })
  it('reads attributes that are there, and no inherited ones', () => {
    assert.equal(attributeOf(iq, 'type'), 'get')
    assert.equal(attributeOf(iq, 'n'), '7')
    assert.equal(attributeOf(iq, 'to'), null)
    assert.equal(attributeOf(iq, 'constructor'), null)
    assert.equal(attributeOf(iq, '__proto__'), null)
  })
  it('reads its own text only', () => {
    assert.equal(textOf(roster), 'c')
    assert.equal(textOf(plain), '')
  })
  it('leaves the attributes it was built from alone', () => {
    const attrs = Object.freeze({ a: 1, b: null })
    assert.equal(serialize(xml('x', attrs)), "<x a='1'/>")
  })
})

describe('serialize', () => {
  const stanza = xml(
    'message',
    { xmlns: NS.client, to: `a'"<>&\n` },
    xml('x', { xmlns: 'u' }, xml('y', {}, 1, ' <]]>')),
  )
  it('writes for a client stream', () => {
    assert.equal(
      serialize(stanza),
      "<message to='a&apos;&quot;&lt;&gt;&amp;&#10;'><x xmlns='u'><y>1 &lt;]]&gt;</y></x></message>",
    )
  })
  it('writes a document of its own', () => {
    assert.equal(serialize(xml('iq', {}, xml('a')), ''), "<iq xmlns='jabber:client'><a/></iq>")
  })
  it('writes out the namespace of a child taken from its parent', () => {
    const child = childOf(stanza, 'x', 'u')
    assert.ok(child)
    const inner = childOf(child, 'y', 'u')
    assert.ok(inner)
    assert.equal(serialize(inner), "<y xmlns='u'>1 &lt;]]&gt;</y>")
  })
  it('refuses what XML cannot hold', () => {
    assert.throws(() => serialize(xml('a', {}, '\u0000')), RangeError)
    assert.throws(() => serialize(xml('a', { b: '\u0001' })), RangeError)
  })
})

describe('stream markup', () => {
  it('writes a header that our own parser reads back', () => {
    const header = formatStreamHeader({ from: 'ex.org', to: `a'<&@b`, id: '1' })
    assert.equal(
      header,
      "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'" +
        " id='1' from='ex.org' to='a&apos;&lt;&amp;@b' xml:lang='en' version='1.0'>",
    )
    const [event] = parseWhole(header)
    assert.deepEqual(event, {
      kind: 'open',
      header: { from: 'ex.org', to: `a'<&@b`, id: '1', version: '1.0', lang: 'en', contentNamespace: NS.client },
    })
  })
  it('leaves out what is null', () => {
    assert.equal(
      formatStreamHeader({ from: null, to: null, id: null, lang: 'de', xmlDeclaration: false }),
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xml:lang='de' version='1.0'>",
    )
  })
  it('writes each stream error as one element', () => {
    assert.equal(STREAM_CONDITIONS.length, 25)
    for (const condition of STREAM_CONDITIONS) {
      const header = formatStreamHeader({ from: null, to: null, id: null })
      const events = parseWhole(`${header}${formatStreamError(condition, 'a < b')}</stream:stream>`).map(lineOf)
      const ns = 'urn:ietf:params:xml:ns:xmpp-streams'
      assert.deepEqual(events.slice(1), [
        `<error xmlns='${NS.streams}'><${condition} xmlns='${ns}'/><text xmlns='${ns}' xml:lang='en'>a &lt; b</text></error>`,
        'close',
      ])
    }
    assert.equal(
      formatStreamError('conflict'),
      "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    )
  })
  it('leaves a text out that XML cannot hold, since no goodbye may fail', () => {
    for (const text of ['a\u0000', 'a\ud800', '\ufffe']) {
      assert.equal(formatStreamError('conflict', text), formatStreamError('conflict'))
    }
  })
})

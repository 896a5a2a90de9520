import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serialize } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { parseElement } from '../../src/xml/parse-element.ts'
import type { StreamCondition } from '../../src/xml/stream-error.ts'

describe('parseElement', () => {
  const refusals: [string, string, StreamCondition, RegExp][] = [
    ['nothing', '', 'not-well-formed', /first character/],
    ['white space first', ' <a/>', 'not-well-formed', /first character/],
    ['a byte order mark', '\ufeff<a/>', 'not-well-formed', /first character/],
    ['text behind', '<a/>x', 'not-well-formed', /outside of root/],
    ['two elements', '<a/><b/>', 'not-well-formed', /only one root/],
    ['an unfinished element', '<a><b/>', 'not-well-formed', /unclosed tag/],
    ['an unfinished tag', '<a', 'not-well-formed', /unexpected end/],
    ['an unfinished end', '<a/><', 'not-well-formed', /unexpected end/],
    ['a reference behind', '<a/>&', 'not-well-formed', /outside of root/],
    ['only a declaration', "<?xml version='1.0'?>", 'not-well-formed', /root element/],
    ['a comment', '<a/><!-- x -->', 'restricted-xml', /comment/],
    ['a DOCTYPE', '<!DOCTYPE a><a/>', 'restricted-xml', /document type/],
    ['an entity', '<a>&nbsp;</a>', 'restricted-xml', /undefined entity/],
    ['an unbound prefix', '<stream:features/>', 'not-well-formed', /unbound/],
    ['no namespace', "<a xmlns=''/>", 'invalid-namespace', /no namespace/],
    ['a lone surrogate', '<a>\ud800</a>', 'unsupported-encoding', /lone surrogate/],
    ['another encoding', "<?xml version='1.0' encoding='latin1'?><a/>", 'unsupported-encoding', /declared encoding/],
  ]
  for (const [name, input, condition, why] of refusals) {
    it(`refuses ${name}`, () => {
      const text = input.replace('<a', "<a xmlns='u'").replace("<a xmlns='u' xmlns=''", "<a xmlns=''")
      const parsed = parseElement(text, DEFAULT_XML_LIMITS)
      assert.ok(!parsed.ok)
      assert.equal(parsed.error.condition, condition, parsed.error.why)
      assert.match(parsed.error.why, why)
    })
  }

  it('reads an element of any namespace', () => {
    const parsed = parseElement(
      "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a' version='1.0' />\n",
      DEFAULT_XML_LIMITS,
    )
    assert.ok(parsed.ok)
    assert.equal(serialize(parsed.value), "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a' version='1.0'/>")
  })

  it('keeps the limits exactly', () => {
    const at = "<a xmlns='u'><b/></a>"
    const rows = [
      ['maxStanzaBytes', at.length],
      ['maxDepth', 2],
      ['maxElements', 2],
      ['maxAttributes', 1],
    ] as const
    for (const [limit, value] of rows) {
      assert.ok(parseElement(at, { ...DEFAULT_XML_LIMITS, [limit]: value }).ok, limit)
      const over = parseElement(at, { ...DEFAULT_XML_LIMITS, [limit]: value - 1 })
      assert.ok(!over.ok)
      assert.equal(over.error.condition, 'policy-violation')
    }
    const wide = `<a xmlns='u'>${'é'.repeat(10)}</a>`
    const bytes = Buffer.byteLength(wide)
    assert.ok(parseElement(wide, { ...DEFAULT_XML_LIMITS, maxStanzaBytes: bytes }).ok)
    assert.ok(!parseElement(wide, { ...DEFAULT_XML_LIMITS, maxStanzaBytes: bytes - 1 }).ok)
  })
})

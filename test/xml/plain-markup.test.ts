import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serialize } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { NS } from '../../src/xml/namespaces.ts'
import { plainHeaderMarkup, readPlainElement, readPlainHeader } from '../../src/xml/plain-markup.ts'

const limits = DEFAULT_XML_LIMITS

describe('an element that is not plain is left to saxes', () => {
  const rows: readonly [what: string, markup: string][] = [
    ['not all there', '<iq><a/>'],
    ['not all there, in a name', '<iq'],
    ['not all there, in a value', "<iq id='1"],
    ['not all there, in a reference', '<m>a&amp'],
    ['an end tag', '</iq>'],
    ['an end tag of another name', '<a><b></a></b>'],
    ['an end tag that goes on', '<a></ab>'],
    ['space in an end tag', '<a></a >'],
    ['no name', '< a/>'],
    ['a digit in front', '<1/>'],
    ['a name outside ASCII', '<é/>'],
    ['a prefix', '<a:b/>'],
    ['a declaration of a prefix', "<a xmlns:b='u'/>"],
    ['the prefix of streams', `<a xmlns:stream='${NS.streams}'/>`],
    ['an attribute with a prefix', "<a xml:space='preserve'/>"],
    ['an attribute twice', "<a b='1' b='2'/>"],
    ['a default namespace twice', "<a xmlns='u' xmlns='u'/>"],
    ['no space between attributes', "<a b='1'c='2'/>"],
    ['space around =', "<a b = '1'/>"],
    ['no quotes', '<a b=1/>'],
    ['no value', '<a b/>'],
    ['a tab between attributes', "<a\tb='1'/>"],
    ['a line break in a value', "<a b='\n'/>"],
    ['< in a value', "<a b='<'/>"],
    ['something behind the slash', '<a/ >'],
    ['__proto__', "<a __proto__=''/>"],
    ['no namespace', "<a xmlns=''/>"],
    ['no namespace further in', "<a><b xmlns=''/></a>"],
    ['a namespace with space', "<a xmlns=' u'/>"],
    ['jabber:server', "<a xmlns='jabber:server'/>"],
    ['the namespace of xml', `<a xmlns='${NS.xml}'/>`],
    ['the namespace of xmlns', `<a xmlns='${NS.xmlns}'/>`],
    ['CDATA', '<a><![CDATA[b]]></a>'],
    ['a comment', '<a><!--b--></a>'],
    ['a processing instruction', '<a><?b?></a>'],
    [']]>', '<a>]]></a>'],
    ['a number for a character', '<a>&#65;</a>'],
    ['an entity of nobody', '<a>&nbsp;</a>'],
    ['a reference without end', '<a>&amp<b/>;</a>'],
    ['a bare ampersand', '<a>b & c</a>'],
    ['nothing behind an ampersand', '<a>&;</a>'],
    ['a carriage return', '<a>\r</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['U+FFFE', '<a>\ufffe</a>'],
    ['U+FFFF in a value', "<a b='\uffff'/>"],
    ['too deep', `${'<a>'.repeat(65)}${'</a>'.repeat(65)}`],
    ['too many attributes', `<a${Array.from({ length: 65 }, (_, index) => ` a${index}=''`).join('')}/>`],
    ['too many elements', `<a>${'<b/>'.repeat(4096)}</a>`],
  ]
  for (const [what, markup] of rows) it(what, () => assert.equal(readPlainElement(markup, limits), null))
})

describe('a plain element', () => {
  it('is read with what is inside of it, and nothing behind it', () => {
    const markup = `<iq type='set' id="a'b"><bind xmlns='${NS.bind}'><resource>b&lt;&#x20AC;</resource></bind></iq>`
    const plain = markup.replace('&#x20AC;', '€&amp;&gt;&quot;&apos;c\n')
    assert.equal(readPlainElement(markup, limits), null)
    const part = readPlainElement(`${plain}<more`, limits)
    assert.equal(part?.length, plain.length)
    assert.equal(
      serialize(part.value),
      `<iq type='set' id='a&apos;b'><bind xmlns='${NS.bind}'><resource>b&lt;€&amp;&gt;"'c\n</resource></bind></iq>`,
    )
  })

  it('may be as deep and as large as the limits allow', () => {
    const depth = `${'<a>'.repeat(64)}${'</a>'.repeat(64)}`
    const many = `<a>${'<b/>'.repeat(4095)}</a>`
    const wide = `<a${Array.from({ length: 64 }, (_, index) => ` a${index}=''`).join('')}/>`
    for (const markup of [depth, many, wide]) assert.equal(readPlainElement(markup, limits)?.length, markup.length)
  })

  it('has one piece of text between two tags', () => {
    assert.deepEqual(readPlainElement('<a>b&amp;c&amp;</a>', limits)?.value.children, ['b&c&'])
  })
})

describe('a plain header', () => {
  it('is read with a declaration or without', () => {
    const header = plainHeaderMarkup.replace('>', " to='a&amp;b' version='1.0' xml:lang='de'>")
    const value = { from: null, to: 'a&b', id: null, version: '1.0', lang: 'de', contentNamespace: NS.client }
    for (const declaration of ['', "<?xml version='1.0'?>", '<?xml version="1.0"?>']) {
      const markup = declaration + header
      assert.deepEqual(readPlainHeader(`${markup}<a/>`, limits), { value, length: markup.length })
    }
  })

  const others: readonly [what: string, markup: string][] = [
    ['not all there', plainHeaderMarkup.slice(0, -1)],
    ['another version', `<?xml version='1.1'?>${plainHeaderMarkup}`],
    ['an encoding', `<?xml version='1.0' encoding='UTF-8'?>${plainHeaderMarkup}`],
    ['another content', plainHeaderMarkup.replace('client', 'server')],
    ['no content', plainHeaderMarkup.replace(" xmlns='jabber:client'", '')],
    ['another prefix', plainHeaderMarkup.replaceAll('stream:', 's:').replace('xmlns:stream', 'xmlns:s')],
    ['another namespace', plainHeaderMarkup.replace('etherx', 'other')],
    ['one more prefix', plainHeaderMarkup.replace('>', " xmlns:a='u'>")],
    ['one more attribute', plainHeaderMarkup.replace('>', " a='u'>")],
    ['a longer name', plainHeaderMarkup.replace('<stream:stream', '<stream:streams')],
    ['an empty element', plainHeaderMarkup.replace('>', '/>')],
  ]
  for (const [what, markup] of others) {
    it(`is none with ${what}`, () => assert.equal(readPlainHeader(markup, limits), null))
  }
})

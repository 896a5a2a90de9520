/** Cutting a stream into items. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutItem, readAttributes } from './wire-items.ts'

const header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1'>"

/** The raw items of a text, and what is left. */
function cutAll(text: string): { items: readonly string[]; rest: string } {
  const items: string[] = []
  let rest = text
  for (let cut = cutItem(rest); cut !== null; cut = cutItem(rest)) {
    items.push(`${cut.item.kind} ${cut.item.raw}`)
    rest = cut.rest
  }
  return { items, rest }
}

test('a stream falls into header, elements and footer', () => {
  assert.deepEqual(cutAll(`${header}<a/>\n <b c='d'><e>f</e><e/></b></stream:stream>`), {
    items: [
      "header <stream:stream xmlns='jabber:client' id='1'>",
      'element <a/>',
      "element <b c='d'><e>f</e><e/></b>",
      'footer </stream:stream>',
    ],
    rest: '',
  })
})

test('what is not whole yet stays', () => {
  for (const text of ['', ' ', '<', '<a', "<a b='>", '<a>', '<a><b></b>', '<a></', '<?xml version', "<a b='/>"]) {
    assert.deepEqual(cutAll(text), { items: [], rest: text }, text)
  }
})

test('a quoted bracket ends no tag, and a quoted slash no element', () => {
  const markup = `<a b=">" c='/>'><d e='</a>'/></a>`
  assert.deepEqual(cutAll(markup), { items: [`element ${markup}`], rest: '' })
})

test('an element cut at any place comes out whole', () => {
  const markup = "<iq type='result' id='1'><query xmlns='a'><x>1 &lt; 2</x></query></iq>"
  for (let at = 1; at < markup.length; at++) {
    assert.equal(cutItem(markup.slice(0, at)), null, markup.slice(0, at))
  }
  const cut = cutItem(`${markup}<b`)
  assert.equal(cut?.rest, '<b')
  assert.equal(cut?.item.kind === 'element' && cut.item.element.getChild('query')?.getChildText('x'), '1 < 2')
})

test('text at stream level is refused', () => {
  assert.throws(() => cutItem('hello<a/>'), /text at stream level: "hello<a\/>"/)
})

test('attributes are read in either quotes, with entities resolved', () => {
  const attributes = readAttributes(`<a b='1' c="it's" d = 'x &amp;&lt; y' xml:lang='en'>`)
  assert.deepEqual(Object.fromEntries(attributes), { b: '1', c: "it's", d: 'x &< y', 'xml:lang': 'en' })
})

/** Random elements and streams for property tests. */

import fc from 'fast-check'
import { type Element, serialize, xml } from '../../src/xml/element.ts'

const name = fc.constantFrom('message', 'body', 'iq', 'query', 'x-y', 'a.b_1', 'stream', 'A')
const namespace = fc.constantFrom('jabber:client', 'urn:a', 'urn:b', 'http://etherx.jabber.org/streams')

/** Text of characters XML can hold, with many that need care. */
export const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '&',
        '<',
        '>',
        ']]>',
        '"',
        "'",
        '\t',
        '\n',
        '\r',
        ' ',
        '/>',
        '€',
        '😀',
        '\ufffd',
        '\u0085',
        '</a>',
      ),
      fc.string({ maxLength: 4 }).map((some) => some.replaceAll(/[^\u0020-\ud7ff]/g, '')),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))

const attributes = fc.dictionary(fc.constantFrom('to', 'from', 'id', 'xml:lang', 'constructor', 'a-b', 'b.c'), text, {
  maxKeys: 4,
})

/** Elements in canonical form: `xmlns` where the namespace changes, adjacent text joined, at most 4 levels. */
export function element(outer: string, levels = 4): fc.Arbitrary<Element> {
  return fc.tuple(name, namespace, attributes).chain(([local, ns, attrs]) => {
    const child = levels === 1 ? text : fc.oneof({ weight: 2, arbitrary: text }, element(ns, levels - 1))
    return fc.array(child, { maxLength: 3 }).map((children) => {
      const built = xml(local, ns === outer ? attrs : { xmlns: ns, ...attrs })
      for (const part of children) append(built, part)
      return built
    })
  })
}

function append(parent: Element, part: Element | string): void {
  const last = parent.children.length - 1
  const before = parent.children[last]
  if (typeof part !== 'string') parent.cnode(part)
  else if (typeof before === 'string') parent.children[last] = before + part
  else if (part !== '') parent.children.push(part)
}

/** What a stream may be made of, good and bad. */
const fragment = fc.constantFrom(
  '<message>',
  '</message>',
  '<body>',
  '</body>',
  "<a b='c'/>",
  "<x xmlns='u'>",
  '</x>',
  '<p:q xmlns:p="u">',
  '</p:q>',
  'text',
  ' ',
  '\r',
  '\n',
  '€',
  '😀',
  '&amp;',
  '&#65;',
  '&',
  ';',
  '<',
  '>',
  '/',
  "'",
  '"',
  '=',
  ']]>',
  '<![CDATA[',
  '<!--',
  '-->',
  '<?',
  '?>',
  '<!DOCTYPE',
  '</stream:stream>',
  "<stream:stream xmlns='jabber:client'>",
  '&nbsp;',
  'xmlns:',
  '\u0000',
  '\ufffe',
)

/** Contents of a stream that are mostly refused somewhere: fragments behind a beginning, or one inside a good stanza. */
export const brokenContent: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '<message>', "<message to='", '<message><![CDATA[', '<message>&', '<message><body', '</'),
      fc.array(fragment, { maxLength: 12 }),
    )
    .map(([start, rest]) => start + rest.join('')),
  fc.tuple(element('jabber:client', 2), fc.nat(), fragment).map(([one, at, some]) => {
    const markup = Array.from(serialize(one))
    const place = at % (markup.length + 1)
    return [...markup.slice(0, place), some, ...markup.slice(place), '<iq/>'].join('')
  }),
)

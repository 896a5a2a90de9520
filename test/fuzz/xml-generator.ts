/** Streams for the XML parser: by grammar, with one thing or another wrong in them. */

import type { Random } from '../support/pki/random.ts'
import { mutateBytes, mutateText, randomText } from './mutate.ts'

const names = [
  'message',
  'body',
  'iq',
  'query',
  'a',
  'x-y',
  'a.b_1',
  'p:q',
  'stream:features',
  'stream',
  'xml:a',
  'xmlns:a',
  'é',
]
const attributeNames = [
  'to',
  'from',
  'id',
  'xml:lang',
  'p:a',
  'a',
  'a.b',
  'constructor',
  'q:a',
  '__proto__',
  'xmlns',
  'é',
]
const namespaces = [
  'jabber:server',
  '',
  'urn:a',
  'urn:b',
  'jabber:client',
  ' urn:a',
  'http://etherx.jabber.org/streams',
]
const reserved = ['http://www.w3.org/XML/1998/namespace', 'http://www.w3.org/2000/xmlns/']
const texts = [
  ...[
    'a',
    'Romeo',
    ' ',
    '\n',
    '\t',
    '\r',
    '\r\n',
    'é',
    '€',
    '😀',
    '\u0085',
    '\u2028',
    '\ufffd',
    '&amp;',
    '&lt;',
    '&#65;',
  ],
  ...[
    '&#x1F600;',
    '&#13;',
    '&#9;',
    '&quot;',
    '&apos;',
    '&gt;',
    ']]',
    '>',
    '"',
    "'",
    '<![CDATA[x<&>]]>',
    '<![CDATA[]]>',
  ],
]
const wrong = [
  ...[
    '<',
    '&',
    ';',
    '&nbsp;',
    '&#0;',
    '&#xD800;',
    '&#xFFFE;',
    '&#x110000;',
    '&#;',
    '&#x;',
    '&;',
    '&averylongnameofnothing;',
    '&#00000000000000065;',
    '&a b;',
    '&a\ufeffb;',
    ']]>',
    '<![CDATA[',
    '<!--',
  ],
  ...[
    '-->',
    '<?',
    '?>',
    '<?php ?>',
    '<!DOCTYPE a>',
    '<!ENTITY a "b">',
    '\0',
    '\u0001',
    '\ufffe',
    '\uffff',
    '</',
    '/>',
    '>',
  ],
  ...[
    '<a',
    '</a>',
    '<a b=c>',
    "<a b='<'/>",
    "<a b='1' b='2'/>",
    "<a xmlns:p='urn:p' p:b='1'/>",
    "xmlns:p=''",
    '</stream:stream>',
  ],
  ...[
    "<?xml version='1.0'?>",
    '\ufeff',
    "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>",
    '<a:b:c/>',
    '<:a/>',
    "<p:0 xmlns:p='u'/>",
    "<a xmlns:p='u' p:-='1'/>",
    '<a :b=""/>',
    "='",
  ],
]

/** A stream, mostly good, or an element alone; half of them with something changed. */
export function generateXml(random: Random): Buffer {
  if (random.chance(0.0005)) return Buffer.from(longOf(random))
  const text = random.chance(0.2) ? elementOf(random, 3) : streamOf(random)
  if (random.chance(0.3)) return Buffer.from(text)
  // Most of what can go wrong comes behind the header, and is not seen where the header is broken.
  const start = random.chance(0.8) && text.includes('<stream:') ? text.indexOf('>', text.indexOf('<stream:')) + 1 : 0
  const [head, rest] = [text.slice(0, start), text.slice(start)]
  if (random.chance(0.6)) return Buffer.from(head + mutateText(random, rest, random.chance(0.7) ? wrong : texts))
  return Buffer.concat([Buffer.from(head), mutateBytes(random, Buffer.from(rest))])
}

/** One piece many times, somewhere in a stream: what takes more than linear time does so here. */
function longOf(random: Random): string {
  const start = random.pick(['', '<m>', '<m', '<m ', "<m a='", '<m><![CDATA[', '<m>&', "<m xmlns='", '</', '<m></m'])
  const piece = random.pick([
    ...texts,
    ...wrong,
    '<a>',
    '<a/>',
    "<a b='c'/>",
    "b='c' ",
    "xmlns:p='u' ",
    'x',
    ']',
    '\n',
    '/',
  ])
  const count = Math.ceil((2000 + random.below(60_000)) / Buffer.byteLength(piece))
  return `${headerOf(random)}${start}${piece.repeat(count)}`
}

function streamOf(random: Random): string {
  const parts = [random.chance(0.6) ? declarationOf(random) : '', headerOf(random)]
  for (let left = random.below(5); left > 0; left -= 1) {
    parts.push(elementOf(random, 4))
    if (random.chance(0.2)) parts.push(random.pick([' ', '\n', '\r\n\t']))
    if (random.chance(0.03)) parts.push(random.pick(wrong))
  }
  if (random.chance(0.5)) parts.push('</stream:stream>')
  return parts.join('')
}

function declarationOf(random: Random): string {
  if (random.chance(0.95)) return "<?xml version='1.0'?>"
  const version = random.pick(['1.0', '1.1', '1.01', '2.0', '', '1.'])
  const encoding = random.pick(['', " encoding='UTF-8'", " encoding='utf-8'", " encoding='UTF-16'", " encoding=''"])
  const alone = random.pick(['', " standalone='yes'", " standalone='no'", " standalone='maybe'", ' '])
  return `<?xml version="${version}"${encoding}${alone}?>`
}

function headerOf(random: Random): string {
  const parts = ["xmlns='jabber:client'", "xmlns:stream='http://etherx.jabber.org/streams'", "to='a.example'"]
  if (random.chance(0.9)) parts.push("version='1.0'")
  if (random.chance(0.2)) parts.push(`${random.pick(attributeNames.slice(1, 4))}=${quoted(random)}`)
  if (random.chance(0.2)) parts.push("xmlns:p='urn:p'")
  if (random.chance(0.04)) parts.splice(random.below(parts.length), 1)
  const name = random.chance(0.97) ? 'stream:stream' : random.pick(names)
  return `<${name} ${random.shuffled(parts).join(random.pick([' ', '\n', '  ']))}${random.chance(0.97) ? '>' : '/>'}`
}

function elementOf(random: Random, levels: number): string {
  const prefixed = random.chance(0.25)
  const name = random.pick(random.chance(0.05) ? names : names.slice(0, prefixed ? 8 : 7))
  let tag = `<${name}`
  if (prefixed) tag += ` xmlns:p=${random.chance(0.95) ? "'urn:p'" : quote(random, random.pick(reserved))}`
  if (random.chance(0.25))
    tag += ` xmlns=${quote(random, random.pick(random.chance(0.9) ? namespaces.slice(2, 5) : namespaces))}`
  for (let left = random.below(3); left > 0; left -= 1) {
    tag += `${random.pick([' ', '\n'])}${random.pick(attributeNames.slice(0, random.chance(0.05) ? attributeNames.length : prefixed ? 8 : 4))}=${quoted(random)}`
  }
  if (random.chance(0.25)) return `${tag}/>`
  let content = ''
  for (let left = random.below(4); left > 0; left -= 1) {
    content += levels > 1 && random.chance(0.4) ? elementOf(random, levels - 1) : randomText(random, texts, 3)
  }
  return `${tag}>${content}</${name}${random.chance(0.05) ? ' ' : ''}>`
}

function quoted(random: Random): string {
  return quote(random, randomText(random, texts.slice(0, 23), 3))
}

function quote(random: Random, value: string): string {
  const mark = random.pick(["'", '"'])
  return `${mark}${value.replaceAll(mark, '')}${mark}`
}

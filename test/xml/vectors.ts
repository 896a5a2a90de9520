/** Input that must be refused: what, with which condition, and why. */

import type { StreamCondition } from '../../src/xml/stream-error.ts'
import { HEADER, type Input } from './parser-probe.ts'

/** One refusal. `before` counts the events that come before the fault. */
export interface Refusal {
  readonly name: string
  readonly input: readonly Input[]
  readonly condition: StreamCondition
  readonly why: RegExp
  readonly before: number
}

const STREAMS = "xmlns:stream='http://etherx.jabber.org/streams'"

function early(name: string, input: Input | readonly Input[], condition: StreamCondition, why: RegExp): Refusal {
  return { name, input: list(input), condition, why, before: 0 }
}

function inside(name: string, input: Input | readonly Input[], condition: StreamCondition, why: RegExp): Refusal {
  return { name, input: [HEADER, ...list(input)], condition, why, before: 1 }
}

function list(input: Input | readonly Input[]): readonly Input[] {
  return Array.isArray(input) ? input : [input as Input]
}

/** Refused before a stream is open. */
export const HEADER_REFUSALS: readonly Refusal[] = [
  early('HTTP request', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'not-well-formed', /first byte is not </),
  early('TLS ClientHello', { hex: '16 03 01 02 00 01 00 01 fc 03 03' }, 'not-well-formed', /first byte is not </),
  early('byte order mark', [{ hex: 'ef bb bf' }, HEADER], 'not-well-formed', /first byte is not </),
  early('UTF-16 with byte order mark', { hex: 'ff fe 3c 00 3f 00' }, 'unsupported-encoding', /invalid UTF-8/),
  early('UTF-16LE without mark', { hex: '3c 00 3f 00' }, 'not-well-formed', /disallowed character/),
  early('UTF-16BE without mark', { hex: '00 3c 00 3f' }, 'not-well-formed', /first byte is not </),
  early('text', 'hello', 'not-well-formed', /first byte is not </),
  early('CDATA', '<![CDATA[x', 'not-well-formed', /outside of root/),
  early('end tag', '</stream:stream>', 'not-well-formed', /unmatched closing tag/),
  early('comment', '<!-- hi -->', 'restricted-xml', /^comment$/),
  early('processing instruction', '<?php echo ?>', 'restricted-xml', /^processing instruction$/),
  early('style sheet', "<?xml-stylesheet href='a'?>", 'restricted-xml', /^processing instruction$/),
  early('DOCTYPE', '<!DOCTYPE stream>', 'restricted-xml', /^document type declaration$/),
  early('DOCTYPE with entities', '<!DOCTYPE s [<!ENTITY a "b">]>', 'restricted-xml', /^document type declaration$/),
  early(
    'DOCTYPE behind declaration',
    "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
    'restricted-xml',
    /type decl/,
  ),
  early('XML 1.1', "<?xml version='1.1'?>", 'not-well-formed', /XML version/),
  early('XML 2.0', "<?xml version='2.0'?>", 'not-well-formed', /version number/),
  early('declaration without version', "<?xml encoding='UTF-8'?>", 'not-well-formed', /version/),
  early('declaration twice', "<?xml version='1.0'?><?xml version='1.0'?>", 'not-well-formed', /start of the document/),
  early('declared Latin-1', "<?xml version='1.0' encoding='ISO-8859-1'?>", 'unsupported-encoding', /declared encoding/),
  early('declared UTF-16', "<?xml version='1.0' encoding='UTF-16'?>", 'unsupported-encoding', /declared encoding/),
  early('root in no namespace', "<stream to='localhost'>", 'invalid-namespace', /root element not in/),
  early(
    'another root',
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a'/>",
    'invalid-namespace',
    /root element not in/,
  ),
  early(
    'wrong stream namespace',
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://example.org/'>",
    'invalid-namespace',
    /root element not in/,
  ),
  early(
    'stream namespace in other case',
    "<stream:stream xmlns='jabber:client' xmlns:stream='HTTP://etherx.jabber.org/streams'>",
    'invalid-namespace',
    /root element not in/,
  ),
  early(
    'unbound stream prefix',
    "<stream:stream xmlns='jabber:client'>",
    'bad-namespace-prefix',
    /unbound namespace prefix/,
  ),
  early(
    'prefix other than the bound one',
    `<s:stream xmlns='jabber:client' ${STREAMS}>`,
    'bad-namespace-prefix',
    /unbound namespace prefix/,
  ),
  early(
    'stream without its prefix',
    `<stream xmlns='jabber:client' ${STREAMS}>`,
    'bad-namespace-prefix',
    /without its prefix/,
  ),
  early(
    'root not named stream',
    `<stream:features xmlns='jabber:client' ${STREAMS}>`,
    'bad-format',
    /root element is not stream/,
  ),
  early(
    'root named Stream',
    `<stream:Stream xmlns='jabber:client' ${STREAMS}>`,
    'bad-format',
    /root element is not stream/,
  ),
  early('no content namespace', `<stream:stream ${STREAMS}>`, 'invalid-namespace', /no content namespace/),
  early('empty content namespace', `<stream:stream xmlns='' ${STREAMS}>`, 'invalid-namespace', /no content namespace/),
  early(
    'server namespace',
    `<stream:stream xmlns='jabber:server' ${STREAMS}>`,
    'invalid-namespace',
    /content namespace other/,
  ),
  early(
    'unknown content namespace',
    `<stream:stream xmlns='jabber:klient' ${STREAMS}>`,
    'invalid-namespace',
    /content namespace other/,
  ),
  early(
    'white space in namespace',
    `<stream:stream xmlns=' jabber:client' ${STREAMS}>`,
    'invalid-namespace',
    /white space around/,
  ),
  early(
    'attribute twice',
    `<stream:stream to='a' to='b' xmlns='jabber:client' ${STREAMS}>`,
    'not-well-formed',
    /duplicate attribute/,
  ),
  early(
    'no space between attributes',
    `<stream:stream to='a'from='b' xmlns='jabber:client' ${STREAMS}>`,
    'not-well-formed',
    /no whitespace/,
  ),
  early('unquoted attribute', `<stream:stream to=a`, 'not-well-formed', /unquoted attribute/),
  early('attribute without value', '<stream:stream to x', 'not-well-formed', /attribute without value/),
  early('invalid UTF-8 in header', ["<stream:stream to='", { hex: 'ff' }], 'unsupported-encoding', /invalid UTF-8/),
]

/** Refused on an open stream. */
export const CONTENT_REFUSALS: readonly Refusal[] = [
  inside('text', 'hello', 'bad-format', /text between/),
  inside('text behind white space', ' \n x', 'bad-format', /text between/),
  inside('character reference', '&#32;', 'bad-format', /text between/),
  inside('CDATA', '<![CDATA[ ]]>', 'bad-format', /text between/),
  inside('NUL', { hex: '00' }, 'not-well-formed', /control character/),
  inside('byte order mark', { hex: 'ef bb bf' }, 'bad-format', /text between/),
  inside('stray continuation byte', { hex: '80' }, 'unsupported-encoding', /invalid UTF-8/),
  inside('comment', '<!-- x -->', 'restricted-xml', /^comment$/),
  inside('comment in a stanza', '<message><!----></message>', 'restricted-xml', /^comment$/),
  inside('malformed comment', '<!-- a -- b -->', 'restricted-xml', /^comment$/),
  inside('processing instruction', '<?foo?>', 'restricted-xml', /^processing instruction$/),
  inside('processing instruction in a stanza', '<message><?foo bar?></message>', 'restricted-xml', /^processing/),
  inside('DOCTYPE', '<!DOCTYPE x>', 'restricted-xml', /doctype/),
  inside('DOCTYPE in a stanza', '<message><!DOCTYPE x [<!ENTITY y "z">]>', 'restricted-xml', /doctype/),
  inside('late XML declaration', "<?xml version='1.0'?>", 'not-well-formed', /start of the document/),
  inside('second stream header', HEADER, 'not-well-formed', /start of the document/),
  inside('HTML entity', '<message>&nbsp;</message>', 'restricted-xml', /undefined entity/),
  inside('entity in an attribute', "<message to='&host;'/>", 'restricted-xml', /undefined entity/),
  inside(
    'entity named like an object property',
    '<message>&__proto__;&constructor;</message>',
    'restricted-xml',
    /undefined entity/,
  ),
  inside('entity in other case', '<message>&LT;</message>', 'restricted-xml', /undefined entity/),
  inside('bare ampersand', '<message>fish & chips</message>', 'not-well-formed', /begins no reference/),
  inside('ampersand before markup', '<message>fish&<b/></message>', 'not-well-formed', /begins no reference/),
  inside('ampersand at the end of a value', "<message to='a&'/>", 'not-well-formed', /begins no reference/),
  inside('endless reference', `<message>&${'a'.repeat(40)}`, 'not-well-formed', /begins no reference/),
  inside('empty reference', '<message>&;</message>', 'not-well-formed', /empty entity/),
  inside('reference to NUL', '<message>&#0;</message>', 'not-well-formed', /malformed character entity/),
  inside('reference to U+FFFF', '<message>&#xFFFF;</message>', 'not-well-formed', /malformed character entity/),
  inside('reference to a surrogate', '<message>&#xD800;</message>', 'not-well-formed', /malformed character entity/),
  inside('reference beyond Unicode', '<message>&#x110000;</message>', 'not-well-formed', /malformed character entity/),
  inside('reference with capital X', '<message>&#X41;</message>', 'not-well-formed', /malformed character entity/),
  inside('control character', ['<message>', { hex: '01' }], 'not-well-formed', /disallowed character/),
  inside(
    'control character in an attribute',
    ["<message to='", { hex: '0b' }],
    'not-well-formed',
    /disallowed character/,
  ),
  inside('U+FFFE', ['<message>', { hex: 'ef bf be' }], 'not-well-formed', /disallowed character/),
  inside('U+FFFF', ['<message>', { hex: 'ef bf bf' }], 'not-well-formed', /disallowed character/),
  inside('< in an attribute', "<message to='a<b'/>", 'not-well-formed', /disallowed character/),
  inside(']]> in text', '<message>a]]>b</message>', 'not-well-formed', /"\]\]>"/),
  inside('wrong end tag', '<message></presence>', 'not-well-formed', /unexpected close tag/),
  inside('wrong nesting', '<message><a><b></a></b></message>', 'not-well-formed', /unexpected close tag/),
  inside('end tag of other case', '<message></Message>', 'not-well-formed', /unexpected close tag/),
  inside('attribute in an end tag', "<message></message to='a'>", 'not-well-formed', /closing tag/),
  inside('stream ended inside a stanza', '<message></stream:stream>', 'not-well-formed', /unexpected close tag/),
  inside('attribute twice', "<message to='a' to='b'/>", 'not-well-formed', /duplicate attribute: to/),
  inside(
    'attribute twice by namespace',
    "<message xmlns:a='u' xmlns:b='u' a:x='1' b:x='2'/>",
    'not-well-formed',
    /duplicate attribute: \{u\}x/,
  ),
  inside('unbound element prefix', '<x:message/>', 'not-well-formed', /unbound namespace prefix/),
  inside('unbound attribute prefix', "<message x:to='a'/>", 'not-well-formed', /unbound namespace prefix/),
  inside(
    'prefix unbound behind its element',
    "<m><x:a xmlns:x='u'/><x:b/></m>",
    'not-well-formed',
    /unbound namespace prefix/,
  ),
  inside('prefix bound to nothing', "<message xmlns:x=''/>", 'not-well-formed', /undefine prefix/),
  inside('xml prefix rebound', "<message xmlns:xml='u'/>", 'not-well-formed', /xml prefix must be bound/),
  inside('xmlns prefix bound', "<message xmlns:xmlns='u'/>", 'not-well-formed', /xmlns prefix must be bound/),
  inside('two colons', "<a:b:c xmlns:a='u'/>", 'not-well-formed', /malformed name/),
  inside('empty prefix', '<:a/>', 'not-well-formed', /malformed name/),
  inside('name that begins with a digit', '<1/>', 'not-well-formed', /tag name/),
  inside('space before a name', '< message/>', 'not-well-formed', /tag name/),
  inside('stanza in no namespace', "<message xmlns=''/>", 'invalid-namespace', /in no namespace/),
  inside('stanza in jabber:server', "<message xmlns='jabber:server'/>", 'invalid-namespace', /in jabber:server/),
  inside('namespace with white space', "<query xmlns='jabber:iq:roster '/>", 'invalid-namespace', /white space around/),
  inside('__proto__ as attribute', "<message __proto__='a'/>", 'policy-violation', /__proto__/),
  inside('name of letters beyond ASCII', '<é/>', 'policy-violation', /element name outside ASCII/),
  inside('name only the fifth edition allows', '<message><x😀/>', 'policy-violation', /element name outside ASCII/),
  inside('attribute name beyond ASCII', "<message tö='a'/>", 'policy-violation', /attribute name outside ASCII/),
  inside('prefix beyond ASCII', "<ü:message xmlns:ü='u'/>", 'policy-violation', /name outside ASCII/),
  inside('overlong / in two bytes', ['<message>', { hex: 'c0 af' }], 'unsupported-encoding', /invalid UTF-8/),
  inside('overlong in two bytes, c1', ['<message>', { hex: 'c1 bf' }], 'unsupported-encoding', /invalid UTF-8/),
  inside('overlong in three bytes', ['<message>', { hex: 'e0 80 af' }], 'unsupported-encoding', /invalid UTF-8/),
  inside(
    'overlong in three bytes, highest',
    ['<message>', { hex: 'e0 9f bf' }],
    'unsupported-encoding',
    /invalid UTF-8/,
  ),
  inside('overlong in four bytes', ['<message>', { hex: 'f0 8f bf bf' }], 'unsupported-encoding', /invalid UTF-8/),
  inside('lowest surrogate', ['<message>', { hex: 'ed a0 80' }], 'unsupported-encoding', /invalid UTF-8/),
  inside(
    'surrogate pair (CESU-8)',
    ['<message>', { hex: 'ed a0 bd ed b8 80' }],
    'unsupported-encoding',
    /invalid UTF-8/,
  ),
  inside('beyond U+10FFFF', ['<message>', { hex: 'f4 90 80 80' }], 'unsupported-encoding', /invalid UTF-8/),
  inside('lead f5', ['<message>', { hex: 'f5 80 80 80' }], 'unsupported-encoding', /invalid UTF-8/),
  inside('lead ff', ['<message>', { hex: 'ff' }], 'unsupported-encoding', /invalid UTF-8/),
  inside('continuation without lead', ['<message>a', { hex: 'bf' }], 'unsupported-encoding', /invalid UTF-8/),
  inside(
    'character cut off by the end tag',
    ['<message>', { hex: 'e2 82' }, '</message>'],
    'unsupported-encoding',
    /invalid UTF-8/,
  ),
  inside(
    'four-byte character cut off',
    ['<message>', { hex: 'f0 9f 98' }, '<'],
    'unsupported-encoding',
    /invalid UTF-8/,
  ),
  inside('invalid UTF-8 in a name', ['<mess', { hex: 'e9' }, 'age/>'], 'unsupported-encoding', /invalid UTF-8/),
]

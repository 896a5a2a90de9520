/** Bodies that are refused, with the reason, and what is made of those that are not. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatBody, qualify } from '../../src/transport/bosh/answer.ts'
import { type BoshBody, parseBody } from '../../src/transport/bosh/body.ts'
import { serialize } from '../../src/xml/element.ts'
import { STRANGER_XML_LIMITS } from '../../src/xml/limits.ts'

const ns = "xmlns='http://jabber.org/protocol/httpbind'"
const parse = (text: string | Uint8Array) => parseBody(Buffer.from(text), STRANGER_XML_LIMITS)
const read = (text: string): BoshBody => {
  const parsed = parse(text)
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.why)
  return parsed.value
}
const payloadOf = (content: string) =>
  read(`<body ${ns} rid='1' sid='s'>${content}</body>`).payload.map((e) => serialize(e))

describe('a body is refused', () => {
  const bad = 'bad-request'
  const rows: readonly (readonly [name: string, text: string | Uint8Array, condition: string, why: RegExp])[] = [
    ['nothing', '', bad, /no XML/],
    ['no XML', 'rid=1', bad, /no XML/],
    ['invalid UTF-8', Buffer.from(`<body ${ns} rid='1' to='\xff'/>`, 'latin1'), bad, /^invalid UTF-8$/],
    ['a byte order mark', `\ufeff<body ${ns} rid='1'/>`, bad, /no XML/],
    ['half a body', `<body ${ns} rid='1'>`, bad, /./],
    ['two bodies', `<body ${ns} rid='1'/><body ${ns} rid='2'/>`, bad, /./],
    ['a comment', `<body ${ns} rid='1'><!-- --></body>`, bad, /^comment$/],
    ['a processing instruction', `<body ${ns} rid='1'><?x y?></body>`, bad, /^processing instruction$/],
    ['a document type', `<!DOCTYPE body><body ${ns} rid='1'/>`, bad, /document type/],
    ['an entity of its own', `<body ${ns} rid='1'><a>&x;</a></body>`, bad, /entity/],
    ['another encoding', `<?xml version='1.0' encoding='latin1'?><body ${ns} rid='1'/>`, bad, /encoding/],
    ['another element', `<bodies ${ns} rid='1'/>`, bad, /^no body of BOSH$/],
    ['another namespace', "<body xmlns='jabber:client' rid='1'/>", bad, /^no body of BOSH$/],
    ['no namespace', "<body rid='1'/>", bad, /./],
    ['text', `<body ${ns} rid='1' sid='s'>hello</body>`, bad, /^text in the body$/],
    ['a space that is none of XML', `<body ${ns} rid='1' sid='s'>\u00a0x</body>`, bad, /^text in the body$/],
    ['payload in no namespace', `<body ${ns} rid='1' sid='s'><a xmlns=''/></body>`, bad, /no namespace/],
    ['payload of servers', `<body ${ns} rid='1' sid='s'><a xmlns='jabber:server'/></body>`, bad, /jabber:server/],
    ['no rid', `<body ${ns} sid='s'/>`, bad, /^no rid/],
    ['rid 0', `<body ${ns} rid='0' sid='s'/>`, bad, /^no rid/],
    ['a rid with a zero before it', `<body ${ns} rid='01' sid='s'/>`, bad, /^no rid/],
    ['a rid with a sign', `<body ${ns} rid='+1' sid='s'/>`, bad, /^no rid/],
    ['a rid with a space', `<body ${ns} rid=' 1' sid='s'/>`, bad, /^no rid/],
    ['a rid in other digits', `<body ${ns} rid='１' sid='s'/>`, bad, /^no rid/],
    ['a rid as a fraction', `<body ${ns} rid='1.0' sid='s'/>`, bad, /^no rid/],
    ['a rid past 2^53 - 1', `<body ${ns} rid='9007199254740992' sid='s'/>`, bad, /^no rid/],
    ['an empty sid', `<body ${ns} rid='1' sid=''/>`, bad, /^sid of a length/],
    ['a sid that is too long', `<body ${ns} rid='1' sid='${'s'.repeat(65)}'/>`, bad, /^sid of a length/],
    ['another type', `<body ${ns} rid='1' sid='s' type='end'/>`, bad, /^unknown type$/],
    ['an ack that is no number', `<body ${ns} rid='1' sid='s' ack='x'/>`, bad, /^ack or pause/],
    ['a pause of nothing', `<body ${ns} rid='1' sid='s' pause='0'/>`, bad, /^ack or pause/],
    ['a newkey that is no SHA-1', `<body ${ns} rid='1' sid='s' newkey='abc'/>`, bad, /^newkey/],
    ['the end of no session', `<body ${ns} rid='1' type='terminate'/>`, bad, /^no sid/],
    ['the pause of no session', `<body ${ns} rid='1' pause='1'/>`, bad, /^no sid/],
    ['a wait that is no number', `<body ${ns} rid='1' wait='-1'/>`, bad, /^wait or hold/],
    ['a hold that is no number', `<body ${ns} rid='1' hold='one'/>`, bad, /^wait or hold/],
    ['a ver that is no version', `<body ${ns} rid='1' ver='1'/>`, bad, /^ver that/],
    ['content that is no media type', `<body ${ns} rid='1' content='text'/>`, bad, /^content that/],
    ['content that would be a header', `<body ${ns} rid='1' content='a/b&#13;&#10;X: y'/>`, bad, /^content that/],
    ['an attribute twice', `<body ${ns} rid='1' rid='2'/>`, bad, /./],
    [
      'an attribute twice by its namespace',
      `<body ${ns} rid='1' sid='s' xmlns:a='urn:xmpp:xbosh' xmlns:b='urn:xmpp:xbosh' a:restart='true' b:restart='true'/>`,
      bad,
      /./,
    ],
    [
      'a stanza that is too large',
      `<body ${ns} rid='1' sid='s'><a xmlns='b'>${'x'.repeat(10_001)}</a></body>`,
      'policy-violation',
      /10000 bytes/,
    ],
    ['a body that is too large', `<body ${ns} rid='1' to='${'x'.repeat(20_000)}'/>`, 'policy-violation', /bytes/],
    [
      'too many levels',
      `<body ${ns} rid='1'>${"<a xmlns='b'>".repeat(17)}${'</a>'.repeat(17)}</body>`,
      'policy-violation',
      /levels/,
    ],
    ['too many elements', `<body ${ns} rid='1'>${"<a xmlns='b'/>".repeat(129)}</body>`, 'policy-violation', /elements/],
    [
      'too many attributes',
      `<body ${ns} rid='1' ${Array.from({ length: 40 }, (_, i) => `a${i}=''`).join(' ')}/>`,
      'policy-violation',
      /attributes/,
    ],
  ]
  for (const [name, text, condition, why] of rows) {
    it(name, () => {
      const parsed = parse(text)
      assert.ok(!parsed.ok)
      assert.equal(parsed.error.condition, condition)
      assert.match(parsed.error.why, why)
    })
  }
})

describe('a body is read', () => {
  it('with a declaration and white space around it', () => {
    assert.equal(read(`<?xml version='1.0' encoding='utf-8'?>\r\n<body ${ns} rid='7' sid='s'/>\n`).rid, 7)
    assert.equal(read(`\n\t <body ${ns} rid='7' sid='s'>\n  <a xmlns='b'/>\n</body>`).payload.length, 1)
  })

  it('up to the highest rid there is', () => {
    assert.equal(read(`<body ${ns} rid='9007199254740991' sid='s'/>`).rid, Number.MAX_SAFE_INTEGER)
  })

  it('by any prefix, its own included', () => {
    const text =
      "<b:body xmlns:b='http://jabber.org/protocol/httpbind' xmlns:y='urn:xmpp:xbosh' rid='1' sid='s' y:restart='1'/>"
    assert.equal(read(text).isRestart, true)
    assert.equal(read(`<body ${ns} rid='1' sid='s' restart='true'/>`).isRestart, false)
    assert.equal(read(`<body ${ns} xmlns:x='urn:other' rid='1' sid='s' x:restart='true'/>`).isRestart, false)
  })

  const stanzas: readonly (readonly [name: string, content: string, means: string])[] = [
    [
      'a stanza that names its namespace',
      "<message xmlns='jabber:client'><body>x</body></message>",
      '<message><body>x</body></message>',
    ],
    ['a stanza that does not', '<message><body>x</body></message>', '<message><body>x</body></message>'],
    [
      'an iq that does not',
      "<iq id='1'><query xmlns='jabber:iq:roster'/></iq>",
      "<iq id='1'><query xmlns='jabber:iq:roster'/></iq>",
    ],
    [
      'a stanza by a prefix',
      "<c:presence xmlns:c='jabber:client'><c:show>away</c:show></c:presence>",
      '<presence><show>away</show></presence>',
    ],
    ['something else of BOSH', '<foo/>', "<foo xmlns='http://jabber.org/protocol/httpbind'/>"],
    [
      'SASL',
      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</auth>",
      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</auth>",
    ],
    [
      'BOSH inside of a stanza',
      `<message xmlns='jabber:client'><body ${ns}/></message>`,
      `<message><body ${ns}/></message>`,
    ],
  ]
  for (const [name, content, means] of stanzas) it(name, () => assert.deepEqual(payloadOf(content), [means]))
})

describe('markup of a stream in a body', () => {
  const client = "xmlns='jabber:client'"
  const rows: readonly (readonly [markup: string, qualified: string])[] = [
    ['<message/>', `<message ${client}/>`],
    ["<iq id='1'><query xmlns='b'/></iq>", `<iq ${client} id='1'><query xmlns='b'/></iq>`],
    [
      '<message><body>a &gt; b</body></message><presence/>',
      `<message ${client}><body>a &gt; b</body></message><presence ${client}/>`,
    ],
    ["<success xmlns='urn:s'/>", "<success xmlns='urn:s'/>"],
    ["<iq id='x xmlns=y'/>", `<iq ${client} id='x xmlns=y'/>`],
    [`<iq id='it"s xmlns="z'/>`, `<iq ${client} id='it"s xmlns="z'/>`],
    ["<iq\nid='1'\nxmlns='urn:s'/>", "<iq\nid='1'\nxmlns='urn:s'/>"],
    ["<stream:features><bind xmlns='b'/></stream:features>", "<stream:features><bind xmlns='b'/></stream:features>"],
    ['', ''],
  ]
  for (const [markup, qualified] of rows) it(markup || 'none', () => assert.equal(qualify(markup), qualified))

  it('escapes the values of attributes', () => {
    assert.equal(formatBody({ from: "a'<&>" }), `<body from='a&apos;&lt;&amp;&gt;' ${ns}/>`)
  })
})

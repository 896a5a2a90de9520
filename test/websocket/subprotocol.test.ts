/** The rules of RFC 7395, one by one: what a message may say, where, and with which words the stream ends otherwise. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { formatClose, formatOpen, standAlone } from '../../src/transport/websocket-markup.ts'
import { NS } from '../../src/xml/namespaces.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { type Arena, openArena } from './arena.ts'
import { frame, opcodes, text } from './frames.ts'
import { openTo, RawPeer, type Seen } from './raw-peer.ts'

const domain = 'a.example'
const open = openTo(domain)
/** Quoted as far as a reason goes, the prefix would end in half a character. */
const halved = `<${'\u{10000}'.repeat(80)}:x/>`
const auth = `<auth xmlns='${NS.sasl}' mechanism='EXTERNAL'>=</auth>`

/** How a stream ends; where it was not opened, with an `<open/>` of ours first (RFC 7395 §3.5). */
const ends = (condition: string, code: number): readonly Seen[] => [
  `error ${condition}`,
  'close',
  `Close ${code}`,
  'end',
]
const neverOpened = (condition: string, code: number): readonly Seen[] => ['open', ...ends(condition, code)]

type Row = readonly [what: string, message: string, seen: readonly Seen[]]

const beforeOpen: readonly Row[] = [
  ['a stanza', standAlone('<message/>'), neverOpened('bad-format', 1002)],
  ['a login', auth, neverOpened('bad-format', 1002)],
  ['text', 'hello', neverOpened('not-well-formed', 1002)],
  ['nothing', '', neverOpened('not-well-formed', 1002)],
  ['white space', ' ', neverOpened('not-well-formed', 1002)],
  ['white space before <open/>', ` ${open}`, neverOpened('not-well-formed', 1002)],
  ['a byte order mark before <open/>', `\ufeff${open}`, neverOpened('not-well-formed', 1002)],
  [
    'a stream header of TCP',
    `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='${NS.streams}' to='${domain}' version='1.0'>`,
    neverOpened('bad-format', 1002),
  ],
  ['<open/> in no namespace', `<open to='${domain}' version='1.0'/>`, neverOpened('invalid-namespace', 1002)],
  ['<open/> in another namespace', open.replace(NS.framing, NS.client), neverOpened('invalid-namespace', 1002)],
  ['something else of the framing', open.replace('<open', '<opened'), neverOpened('bad-format', 1002)],
  ['<open> with something in it', open.replace('/>', '><x/></open>'), neverOpened('bad-format', 1002)],
  ['two <open/> in one message', open + open, neverOpened('not-well-formed', 1002)],
  ['half an <open/>', open.slice(0, -2), neverOpened('not-well-formed', 1002)],
  ['a DOCTYPE', `<!DOCTYPE open>${open}`, neverOpened('restricted-xml', 1002)],
  ['another encoding', `<?xml version='1.0' encoding='latin1'?>${open}`, neverOpened('unsupported-encoding', 1007)],
  ['an <open/> without version', open.replace(" version='1.0'", ''), neverOpened('unsupported-version', 1002)],
  ['an <open/> to nobody', open.replace(` to='${domain}'`, ''), neverOpened('host-unknown', 1008)],
  ['an <open/> to somebody else', openTo('b.example'), neverOpened('host-unknown', 1008)],
  ['an <open/> from nobody', open.replace('/>', " from='@'/>"), neverOpened('invalid-from', 1008)],
  ['too long an <open/>', open.replace('/>', ` id='${'x'.repeat(4096)}'/>`), neverOpened('policy-violation', 1009)],
  ['a message too long for a stranger', `<x>${'x'.repeat(10_000)}</x>`, neverOpened('policy-violation', 1009)],
  ['a long prefix that nobody declared', halved, neverOpened('not-well-formed', 1002)],
  ['<close/>', formatClose(null), ['close', 'Close 1000', 'end']],
]

const beforeLogin: readonly Row[] = [
  ['a second <open/>', open, ends('bad-format', 1002)],
  ['a stanza', standAlone('<message/>'), ends('not-authorized', 1008)],
  ['a stanza in no namespace', '<message/>', ends('invalid-namespace', 1002)],
  ['STARTTLS', `<starttls xmlns='${NS.tls}'/>`, ends('unsupported-stanza-type', 1002)],
  ['white space', '\n', ends('not-well-formed', 1002)],
  ['text', 'hello', ends('not-well-formed', 1002)],
  ['two elements in one message', auth + auth, ends('not-well-formed', 1002)],
  ['an element and a text', `${auth}!`, ends('not-well-formed', 1002)],
  ['half an element', auth.slice(0, -1), ends('not-well-formed', 1002)],
  ['the end of a TCP stream', '</stream:stream>', ends('bad-format', 1002)],
  ['a comment', `<!-- x -->${auth}`, ends('restricted-xml', 1002)],
  ['a processing instruction', `<?x y?>${auth}`, ends('restricted-xml', 1002)],
  ['a prefix that nobody declared', '<stream:error/>', ends('not-well-formed', 1002)],
  ['a long prefix that nobody declared', halved, ends('not-well-formed', 1002)],
  ['an entity', auth.replace('=<', '&x;<'), ends('restricted-xml', 1002)],
  ['a message too long for a stranger', auth.replace('=<', `${'='.repeat(10_000)}<`), ends('policy-violation', 1009)],
  ['too deep a message', `${'<a xmlns="u">'.repeat(17)}${'</a>'.repeat(17)}`, ends('policy-violation', 1008)],
  ['something else of the framing', `<x xmlns='${NS.framing}'/>`, ends('unsupported-stanza-type', 1002)],
  ['<close/>', formatClose(null), ['close', 'Close 1000', 'end']],
]

const inSession: readonly Row[] = [
  ['a second <open/>', open, ends('bad-format', 1002)],
  ['white space', ' ', ends('not-well-formed', 1002)],
  ['a stanza in no namespace', '<message/>', ends('invalid-namespace', 1002)],
  ['two stanzas in one message', standAlone('<message/>').repeat(2), ends('not-well-formed', 1002)],
  ['a long prefix that nobody declared', halved, ends('not-well-formed', 1002)],
  ['no stanza', "<x xmlns='u'/>", ends('unsupported-stanza-type', 1002)],
  ['a stanza from somebody else', standAlone("<message from='bob@a.example'/>"), ends('invalid-from', 1008)],
  ['<close/>', formatClose(null), ['close', 'Close 1000', 'end']],
]

describe('the subprotocol', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({ catalogue: createCatalogue(domain), tls: false })
  })
  after(() => arena[Symbol.asyncDispose]())

  const stages: readonly (readonly [where: string, reach: () => Promise<RawPeer>, rows: readonly Row[]])[] = [
    ['before <open/>', () => RawPeer.upgrade(arena.port), beforeOpen],
    ['before the login', () => RawPeer.opened(arena.port, domain), beforeLogin],
    ['in a session', () => RawPeer.bound(arena.port, domain), inSession],
  ]
  for (const [where, reach, rows] of stages) {
    for (const [what, message, seen] of rows) {
      it(`answers ${what} ${where}`, async () => {
        using peer = await reach()
        // Behind the end nothing is read any more, whatever it is.
        await peer.write(Buffer.concat([text(message), text(standAlone('<presence/>'))]))
        assert.deepEqual(await peer.until(/^never$/), seen)
      })
    }
  }

  it('answers the message that ends the stream last', async () => {
    using peer = await RawPeer.bound(arena.port, domain)
    const ping = standAlone("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
    await peer.write(Buffer.concat([text(ping), text(''), text(ping)]))
    assert.match(await peer.next(), /^<iq xmlns='jabber:client' type='result' id='p'/)
    assert.deepEqual(await peer.until(/^never$/), ends('not-well-formed', 1002))
  })

  it('refuses what is too long for a stranger at the head of its frame, and no earlier', async () => {
    using peer = await RawPeer.upgrade(arena.port)
    const headOf = (length: bigint) => frame({ opcode: opcodes.text, length }).subarray(0, 4)
    await peer.write(headOf(10_001n))
    assert.deepEqual(await peer.until(/^never$/), neverOpened('policy-violation', 1009))
    using other = await RawPeer.opened(arena.port, domain)
    const longest = `<abort xmlns='${NS.sasl}'>${'x'.repeat(10_000 - 60)}</abort>`
    other.say(longest.padEnd(10_000))
    await other.expect(/^<failure .*<aborted\/>/)
  })

  it('takes an XML declaration, which the RFC only advises against', async () => {
    using peer = await RawPeer.upgrade(arena.port)
    peer.say(`<?xml version='1.0' encoding='utf-8'?>${open}`)
    await peer.expect('open', /^<stream:features /)
  })

  it('opens a stream anew behind the login without <close/>, and takes stanzas of the full size there', async () => {
    using peer = await RawPeer.bound(arena.port, domain)
    const body = 'x'.repeat(20_000)
    peer.say(standAlone(`<message to='alice@a.example/raw'><body>${body}</body></message>`))
    await peer.expect(/^<message xmlns='jabber:client' to='alice@a.example\/raw' from=/)
  })

  it('answers <close/> between the login and the new <open/>', async () => {
    using peer = await RawPeer.opened(arena.port, domain)
    peer.say(auth)
    await peer.expect(/^<success /)
    peer.say(formatClose(null))
    assert.deepEqual(await peer.until(/^never$/), ['close', 'Close 1000', 'end'])
  })

  it('answers what was sent ahead of the restart', async () => {
    using peer = await RawPeer.opened(arena.port, domain)
    const bind = standAlone(`<iq type='set' id='b'><bind xmlns='${NS.bind}'><resource>r</resource></bind></iq>`)
    await peer.write(Buffer.concat([text(auth), text(open), text(bind)]))
    await peer.expect(/^<success xmlns=/, 'open', /^<stream:features /, /^<iq .*alice@a\.example\/r</)
  })
})

describe('markup of messages', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['<message/>', "<message xmlns='jabber:client'/>"],
    ["<iq type='get'><x xmlns='u'/></iq>", "<iq xmlns='jabber:client' type='get'><x xmlns='u'/></iq>"],
    ["<presence to='a' id=' xmlns='/>", "<presence xmlns='jabber:client' to='a' id=' xmlns='/>"],
    ["<message xmlns='u' to='a'/>", "<message xmlns='u' to='a'/>"],
    ["<messages xmlns='u'/>", "<messages xmlns='u'/>"],
    ['<messages>\n</messages>', "<messages xmlns='jabber:client'>\n</messages>"],
    [`<success xmlns='${NS.sasl}'/>`, `<success xmlns='${NS.sasl}'/>`],
    ['<stream:features/>', `<stream:features xmlns:stream='${NS.streams}'/>`],
    ['<stream:error><x/></stream:error>', `<stream:error xmlns:stream='${NS.streams}'><x/></stream:error>`],
  ]
  for (const [markup, due] of rows) it(`makes ${markup} stand alone`, () => assert.equal(standAlone(markup), due))

  it('escapes what goes into attributes', () => {
    assert.equal(
      formatOpen({ from: 'a', to: "x'/><y", id: '1' }),
      `<open xmlns='${NS.framing}' id='1' from='a' to='x&apos;/&gt;&lt;y' xml:lang='en' version='1.0'/>`,
    )
    assert.equal(formatClose('wss://b/?x=1&y'), `<close xmlns='${NS.framing}' see-other-uri='wss://b/?x=1&amp;y'/>`)
  })
})

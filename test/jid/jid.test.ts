/** JIDs as a whole: splitting, the examples of the RFCs, comparison. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareOf, formatBare, formatJid, type Jid, type JidFault, parseJid, sameBare } from '../../src/jid/jid.ts'

function partsOf(text: string): readonly (string | null)[] {
  const jid = parseJid(text)
  assert.ok(jid.ok, `${JSON.stringify(text)} must be a JID: ${JSON.stringify(jid)}`)
  return [jid.value.local, jid.value.domain, jid.value.resource]
}

function faultOf(text: string): JidFault {
  const jid = parseJid(text)
  assert.ok(!jid.ok, `${JSON.stringify(text)} must not be a JID`)
  return jid.error
}

const refused: readonly [text: string, part: JidFault['part'], why: RegExp][] = [
  ['', 'domain', /^is empty$/],
  ['@', 'domain', /^is empty$/],
  ['@example.com', 'local', /^is empty$/],
  ['example.com/', 'resource', /^is empty$/],
  ['juliet@example.com/', 'resource', /^is empty$/],
  ['juliet@example.com\n', 'domain', /^is not a domain name$/],
  ['juliet\0@example.com', 'local', /U\+0000/],
  ['juliet@example.com\0.evil.example', 'domain', /^is not a domain name$/],
  ['juliet@example.com/a\0b', 'resource', /U\+0000/],
  ['a@b@example.com', 'domain', /^is not a domain name$/],
  [`${'a'.repeat(1024)}@example.com`, 'local', /longer than 1023 octets/],
  [`${'é'.repeat(512)}@example.com`, 'local', /longer than 1023 octets/],
  [`a@example.com/${'x'.repeat(1024)}`, 'resource', /longer than 1023 octets/],
  [`a@example.com/${'♚'.repeat(342)}`, 'resource', /longer than 1023 octets/],
  ['x'.repeat(3072), 'jid', /longer than 3071 octets/],
  // RFC 7622 §3.5, table 2
  ['"juliet"@example.com', 'local', /one of the characters/],
  ['foo bar@example.com', 'local', /U\+0020/],
  ['@example.com/', 'local', /^is empty$/],
  ['henryⅣ@example.com', 'local', /U\+2163/],
  ['♚@example.com', 'local', /U\+265A/],
  ['juliet@', 'domain', /^is empty$/],
  ['/foobar', 'domain', /^is empty$/],
]

for (const [text, part, why] of refused) {
  test(`no JID: ${JSON.stringify(text.slice(0, 40))}`, () => {
    const fault = faultOf(text)
    assert.equal(fault.part, part)
    assert.match(fault.why, why)
  })
}

const accepted: readonly [text: string, ...parts: (string | null)[]][] = [
  // RFC 7622 §3.5, table 1
  ['juliet@example.com', 'juliet', 'example.com', null],
  ['juliet@example.com/foo', 'juliet', 'example.com', 'foo'],
  ['juliet@example.com/foo bar', 'juliet', 'example.com', 'foo bar'],
  ['juliet@example.com/foo@bar', 'juliet', 'example.com', 'foo@bar'],
  ['foo\\20bar@example.com', 'foo\\20bar', 'example.com', null],
  ['fussball@example.com', 'fussball', 'example.com', null],
  ['fußball@example.com', 'fußball', 'example.com', null],
  ['π@example.com', 'π', 'example.com', null],
  ['Σ@example.com/foo', 'σ', 'example.com', 'foo'],
  ['σ@example.com/foo', 'σ', 'example.com', 'foo'],
  ['ς@example.com/foo', 'ς', 'example.com', 'foo'],
  ['king@example.com/♚', 'king', 'example.com', '♚'],
  ['example.com', null, 'example.com', null],
  ['example.com/foobar', null, 'example.com', 'foobar'],
  ['a.example.com/b@example.net', null, 'a.example.com', 'b@example.net'],
  // Table 2 lists a leading space (18) among the non-JIDs, but no rule of OpaqueString forbids it.
  ['juliet@example.com/ foo', 'juliet', 'example.com', ' foo'],
  // the first separators count
  ['a@example.com/b/c', 'a', 'example.com', 'b/c'],
  ['a@example.com//', 'a', 'example.com', '/'],
  ['Juliet@EXAMPLE.Com./Balcony', 'juliet', 'example.com', 'Balcony'],
  [`${'é'.repeat(511)}@example.com`, 'é'.repeat(511), 'example.com', null],
]

for (const [text, ...parts] of accepted) {
  test(`a JID: ${JSON.stringify(text.slice(0, 40))}`, () => assert.deepEqual(partsOf(text), parts))
}

test('format and parse are inverse', () => {
  for (const text of ['a@b.example/c d', 'a@b.example', 'b.example', 'b.example/x@y/z', 'a@[2001:db8::1]/r']) {
    const jid = parseJid(text)
    assert.ok(jid.ok)
    assert.equal(formatJid(jid.value), text)
  }
})

test('a bare JID needs a localpart, and drops the resource', () => {
  const full: Jid = { local: 'a', domain: 'b.example', resource: 'c' }
  assert.deepEqual(bareOf(full), { local: 'a', domain: 'b.example' })
  assert.equal(formatBare({ local: 'a', domain: 'b.example' }), 'a@b.example')
  assert.equal(bareOf({ ...full, local: null }), null)
})

test('bare JIDs are the same when both parts are', () => {
  const alice = { local: 'alice', domain: 'a.example' }
  assert.equal(sameBare(alice, { ...alice }), true)
  assert.equal(sameBare(alice, { ...alice, local: 'bob' }), false)
  assert.equal(sameBare(alice, { ...alice, domain: 'b.example' }), false)
})

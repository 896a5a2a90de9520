/** The rules of identity as tables: certificate × authzid → answer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { authId, byBackend, commonName, type IdentityRule, identify, standard } from '../../src/certificate/identity.ts'
import { type BareJid, bareOf, formatBare, parseJid } from '../../src/jid/jid.ts'
import type { ReasonCode } from '../../src/observe/reasons.ts'
import * as names from '../support/pki/names.ts'
import { extensions, nameOf, rawCertificate, san } from './raw-certificate.ts'

const domain = 'a.example'

interface Given {
  readonly xmpp?: readonly (string | Uint8Array)[]
  readonly cn?: readonly (string | names.Attribute)[]
  readonly sans?: readonly Uint8Array[]
}

function certificateOf({ xmpp = [], cn = [], sans = [] }: Given) {
  const list = [...xmpp.map((address) => (typeof address === 'string' ? names.xmppAddr(address) : address)), ...sans]
  const certificate = parseCertificate(
    rawCertificate({
      subject: nameOf(cn.map((value) => (typeof value === 'string' ? names.cn(value) : value))),
      extensions: list.length === 0 ? null : extensions(san(...list)),
    }),
  )
  assert.ok(certificate.ok, JSON.stringify(certificate))
  return certificate.value
}

function bare(text: string): BareJid {
  const jid = parseJid(text)
  const result = jid.ok ? bareOf(jid.value) : null
  assert.ok(result, text)
  return result
}

type Expected = { readonly jid: string; readonly via: string } | ReasonCode

/** A name, what the certificate holds, the authzid, and the outcome. */
type Row = readonly [name: string, given: Given, authzid: string | null, expected: Expected]

function check(label: string, rules: readonly IdentityRule[], rows: readonly Row[]): void {
  for (const [name, given, authzid, expected] of rows) {
    test(`${label}: ${name}`, () => {
      const query = { certificate: certificateOf(given), authzid: authzid === null ? null : bare(authzid), domain }
      const outcome = identify(rules, query)
      const actual: Expected =
        outcome.kind === 'jid' ? { jid: formatBare(outcome.jid), via: outcome.via } : outcome.code
      assert.deepEqual(actual, expected)
    })
  }
}

const alice = 'alice@a.example'
const bob = 'bob@a.example'
const foreign = 'alice@b.example'
const asAlice = { jid: alice, via: 'standard' }
const asBob = { jid: bob, via: 'standard' }
const nul = 'alice\0@a.example'

check(
  'standard',
  [standard],
  [
    // no xmppAddr
    ['none, absent', {}, null, 'no-identity'],
    ['none, present', {}, alice, 'no-identity'],
    ['a CN is no xmppAddr', { cn: ['alice'] }, alice, 'no-identity'],
    ['a UPN is no xmppAddr', { sans: [names.upn(alice)] }, alice, 'no-identity'],
    ['an rfc822Name is no xmppAddr', { sans: [names.email(alice)] }, null, 'no-identity'],
    ['a URI is no xmppAddr', { sans: [names.uri(`xmpp:${alice}`)] }, null, 'no-identity'],
    [
      'UTF-8 under another OID is no xmppAddr',
      { sans: [names.otherName('1.3.6.1.4.1.99999.1', Buffer.from([0x0c, 1, 0x61]))] },
      null,
      'no-identity',
    ],
    // one
    ['one, absent', { xmpp: [alice] }, null, asAlice],
    ['one, equal', { xmpp: [alice] }, alice, asAlice],
    ['one, equal in other case', { xmpp: [alice] }, 'ALICE@A.Example', asAlice],
    ['one in upper case, equal', { xmpp: ['ALICE@A.EXAMPLE'] }, alice, asAlice],
    ['one with a resource, absent', { xmpp: [`${alice}/phone`] }, null, asAlice],
    ['one with a resource, equal', { xmpp: [`${alice}/phone`] }, alice, asAlice],
    ['one, different', { xmpp: [alice] }, bob, 'authzid-mismatch'],
    ['one, of another domain', { xmpp: [alice] }, foreign, 'authzid-mismatch'],
    ['one that the authzid starts with', { xmpp: [alice] }, 'alice2@a.example', 'authzid-mismatch'],
    ['the CN does not matter', { xmpp: [alice], cn: ['bob'] }, bob, 'authzid-mismatch'],
    // one, of another domain
    ['one foreign, absent', { xmpp: [foreign] }, null, 'xmpp-addr-foreign-domain'],
    ['one foreign, equal', { xmpp: [foreign] }, foreign, 'xmpp-addr-foreign-domain'],
    ['one foreign, different', { xmpp: [foreign] }, alice, 'authzid-mismatch'],
    ['one of a subdomain, absent', { xmpp: ['alice@x.a.example'] }, null, 'xmpp-addr-foreign-domain'],
    // one, without a localpart
    ['a domain, absent', { xmpp: [domain] }, null, 'xmpp-addr-no-localpart'],
    ['a domain does not vouch for its users', { xmpp: [domain] }, alice, 'authzid-mismatch'],
    ['a foreign domain, absent', { xmpp: ['b.example'] }, null, 'xmpp-addr-foreign-domain'],
    ['a domain with a resource, absent', { xmpp: [`${domain}/alice`] }, null, 'xmpp-addr-no-localpart'],
    // the same twice is one
    ['the same twice, absent', { xmpp: [alice, alice] }, null, asAlice],
    ['the same in other case, absent', { xmpp: [alice, 'Alice@A.EXAMPLE'] }, null, asAlice],
    ['the same with other resources, absent', { xmpp: [`${alice}/1`, `${alice}/2`, alice] }, null, asAlice],
    ['the same twice, different', { xmpp: [alice, alice] }, bob, 'authzid-mismatch'],
    // two or more
    ['two, absent', { xmpp: [alice, bob] }, null, 'authzid-required'],
    ['two, the first', { xmpp: [alice, bob] }, alice, asAlice],
    ['two, the second', { xmpp: [alice, bob] }, bob, asBob],
    ['two, the second in other case', { xmpp: [alice, 'BOB@a.example'] }, 'Bob@A.example', asBob],
    ['two, none of them', { xmpp: [alice, bob] }, 'carol@a.example', 'authzid-mismatch'],
    ['own and foreign, absent', { xmpp: [alice, foreign] }, null, 'authzid-required'],
    ['own and foreign, the own', { xmpp: [foreign, alice] }, alice, asAlice],
    ['own and foreign, the foreign', { xmpp: [alice, foreign] }, foreign, 'xmpp-addr-foreign-domain'],
    ['two foreign, absent', { xmpp: [foreign, 'bob@b.example'] }, null, 'authzid-required'],
    ['two foreign, one of own domain', { xmpp: [foreign, 'bob@b.example'] }, alice, 'authzid-mismatch'],
    ['user and domain, absent', { xmpp: [alice, domain] }, null, 'authzid-required'],
    ['user and domain, the user', { xmpp: [domain, alice] }, alice, asAlice],
    ['user and domain, another user', { xmpp: [alice, domain] }, bob, 'authzid-mismatch'],
    // malformed: unusable, whatever else there is
    ['malformed, absent', { xmpp: ['@@'] }, null, 'xmpp-addr-malformed'],
    ['malformed, present', { xmpp: ['@@'] }, alice, 'xmpp-addr-malformed'],
    ['malformed behind a good one, absent', { xmpp: [alice, '@@'] }, null, 'xmpp-addr-malformed'],
    ['malformed behind a good one, equal', { xmpp: [alice, '@@'] }, alice, 'xmpp-addr-malformed'],
    ['malformed before a good one, equal', { xmpp: [nul, alice] }, alice, 'xmpp-addr-malformed'],
    ['not a UTF8String', { xmpp: [names.xmppAddr(alice, 'ia5')] }, alice, 'xmpp-addr-malformed'],
    ['invalid UTF-8', { xmpp: [names.xmppAddr(Buffer.from([0xc3, 0x28, 0x40, 0x61]))] }, null, 'xmpp-addr-malformed'],
    ['empty', { xmpp: [''] }, null, 'xmpp-addr-malformed'],
  ],
)

const asCn = (jid: string): Expected => ({ jid, via: 'common_name' })

check(
  'common_name',
  [commonName({ prefix: '', suffix: '' })],
  [
    ['none, absent', {}, null, 'no-identity'],
    ['none, present', {}, alice, 'no-identity'],
    ['one, absent', { cn: ['alice'] }, null, asCn(alice)],
    ['one, equal', { cn: ['alice'] }, alice, asCn(alice)],
    ['one in upper case, equal', { cn: ['ALICE'] }, alice, asCn(alice)],
    ['one, different', { cn: ['alice'] }, bob, 'authzid-mismatch'],
    ['one, of another domain', { cn: ['alice'] }, foreign, 'authzid-mismatch'],
    ['a JID, absent', { cn: [alice] }, null, asCn(alice)],
    ['a JID in upper case, equal', { cn: ['Alice@A.EXAMPLE'] }, alice, asCn(alice)],
    ['a JID, different', { cn: [alice] }, bob, 'authzid-mismatch'],
    ['a foreign JID, absent', { cn: [foreign] }, null, 'common-name-malformed'],
    ['a foreign JID, equal', { cn: [foreign] }, foreign, 'common-name-malformed'],
    ['a full JID', { cn: [`${alice}/phone`] }, null, 'common-name-malformed'],
    ['the same twice', { cn: ['alice', 'Alice'] }, null, asCn(alice)],
    ['the same as JID', { cn: ['alice', alice] }, null, asCn(alice)],
    ['two, absent', { cn: ['alice', 'bob'] }, null, 'authzid-required'],
    ['two, the second', { cn: ['alice', 'bob'] }, bob, asCn(bob)],
    ['two, none of them', { cn: ['alice', 'bob'] }, 'carol@a.example', 'authzid-mismatch'],
    ['BMPString', { cn: [names.cn('alice', 'bmp')] }, null, asCn(alice)],
    ['empty', { cn: [''] }, null, 'common-name-malformed'],
    ['a space', { cn: ['Alice Smith'] }, null, 'common-name-malformed'],
    ['NUL', { cn: ['alice\0'] }, null, 'common-name-malformed'],
    ['NUL before another name', { cn: ['alice\0bob'] }, bob, 'common-name-malformed'],
    ['a line feed', { cn: ['alice\n'] }, null, 'common-name-malformed'],
    ['a slash', { cn: ['alice/bob'] }, null, 'common-name-malformed'],
    ['a malformed one behind a good one', { cn: ['alice', 'b c'] }, alice, 'common-name-malformed'],
    ['outside PrintableString', { cn: [names.cn(Buffer.from('a*'), 'printable')] }, null, 'common-name-malformed'],
    ['an xmppAddr goes before the CN', { xmpp: [bob], cn: ['alice'] }, null, 'no-identity'],
    ['a malformed xmppAddr is unusable here too', { xmpp: ['@@'], cn: ['alice'] }, alice, 'xmpp-addr-malformed'],
  ],
)

check(
  'common_name with prefix and suffix',
  [commonName({ prefix: 'X-', suffix: '.dev' })],
  [
    ['absent', { cn: ['Alice'] }, null, asCn('x-alice.dev@a.example')],
    ['the resulting JID', { cn: ['Alice'] }, 'x-alice.dev@a.example', asCn('x-alice.dev@a.example')],
    ['the CN', { cn: ['Alice'] }, alice, asCn('x-alice.dev@a.example')],
    ['the CN at another domain', { cn: ['Alice'] }, foreign, 'authzid-mismatch'],
    ['a part of it', { cn: ['Alice'] }, 'x-alice@a.example', 'authzid-mismatch'],
    ['different', { cn: ['Alice'] }, bob, 'authzid-mismatch'],
    ['a JID stays as it is', { cn: [alice] }, null, asCn(alice)],
    ['a JID, with prefix in the authzid', { cn: [alice] }, 'x-alice.dev@a.example', 'authzid-mismatch'],
    ['two, absent', { cn: ['alice', 'bob'] }, null, 'authzid-required'],
    ['two, by CN', { cn: ['alice', 'bob'] }, bob, asCn('x-bob.dev@a.example')],
    [
      'the outright JID goes before an alias',
      { cn: ['alice', 'x-alice.dev'] },
      'x-alice.dev@a.example',
      asCn('x-alice.dev@a.example'),
    ],
    ['empty', { cn: [''] }, null, 'common-name-malformed'],
    ['too long with both', { cn: ['a'.repeat(1020)] }, null, 'common-name-malformed'],
  ],
)

check(
  'auth_id',
  [authId],
  [
    ['absent', { xmpp: [alice] }, null, 'authzid-missing'],
    ['of the domain', {}, alice, { jid: alice, via: 'auth_id' }],
    ['of another domain', {}, foreign, 'authzid-foreign-domain'],
    ['a malformed xmppAddr is unusable', { xmpp: ['@@'] }, alice, 'xmpp-addr-malformed'],
  ],
)

check(
  'by_backend',
  [byBackend],
  [
    [
      'nobody is named',
      { xmpp: [alice] },
      null,
      { jid: `${certificateOf({ xmpp: [alice] }).sha256}@a.example`, via: 'by_backend' },
    ],
    ['of another domain', {}, foreign, 'authzid-foreign-domain'],
    ['a malformed xmppAddr is unusable', { xmpp: ['@@'] }, null, 'xmpp-addr-malformed'],
  ],
)

const all = [standard, commonName({ prefix: '', suffix: '' }), authId]

check('all in order', all, [
  ['an xmppAddr decides', { xmpp: [alice], cn: ['bob'] }, null, asAlice],
  ['a refused xmppAddr is final', { xmpp: [alice], cn: ['bob'] }, bob, 'authzid-mismatch'],
  ['a foreign xmppAddr is final', { xmpp: [foreign], cn: ['alice'] }, null, 'xmpp-addr-foreign-domain'],
  ['several xmppAddrs are final', { xmpp: [alice, bob], cn: ['alice'] }, null, 'authzid-required'],
  ['a malformed xmppAddr is final', { xmpp: ['@@'], cn: ['alice'] }, alice, 'xmpp-addr-malformed'],
  ['the CN comes next', { cn: ['alice'] }, null, asCn(alice)],
  ['a refused CN is final', { cn: ['alice'] }, bob, 'authzid-mismatch'],
  ['a malformed CN is final', { cn: ['Alice Smith'] }, alice, 'common-name-malformed'],
  ['the client’s word comes last', {}, alice, { jid: alice, via: 'auth_id' }],
  ['without any name', {}, null, 'authzid-missing'],
])

check(
  'common_name before standard',
  [commonName({ prefix: '', suffix: '' }), standard],
  [
    ['the xmppAddr still decides', { xmpp: [alice], cn: ['bob'] }, null, asAlice],
    ['the CN decides without one', { cn: ['bob'] }, null, asCn(bob)],
  ],
)

check('no rules', [], [['nobody', { xmpp: [alice] }, alice, 'no-identity']])

test('steps name each rule that was asked, and no other', () => {
  const query = { certificate: certificateOf({ cn: ['alice'] }), authzid: null, domain }
  assert.deepEqual(identify(all, query).steps, [
    { rule: 'standard', answer: 'pass', detail: 'the certificate has no xmppAddr' },
    { rule: 'common_name', answer: 'jid', detail: alice },
  ])
})

test('a refusal says what was found and what was asked for', () => {
  const query = { certificate: certificateOf({ xmpp: [alice, foreign] }), authzid: bare(bob), domain }
  const outcome = identify([standard], query)
  const detail = 'the client asked for bob@a.example, and the certificate has xmppAddr alice@a.example, alice@b.example'
  assert.deepEqual(outcome, {
    kind: 'refuse',
    code: 'authzid-mismatch',
    why: detail,
    steps: [{ rule: 'standard', answer: 'refuse', detail, code: 'authzid-mismatch' }],
  })
})

test('what upsets a log is escaped in a refusal', () => {
  const query = { certificate: certificateOf({ xmpp: ['a\x1b\u202e\x9b\n"@b'] }), authzid: null, domain }
  const outcome = identify([standard], query)
  assert.ok(outcome.kind === 'refuse')
  const why = 'xmppAddr "a\\u001b\\u{202e}\\u{9b}\\n\\"@b" is no JID: it has a localpart that'
  assert.equal(outcome.why, `${why} holds U+001B, which is not allowed there`)
})

test('only auth_id trusts the client', () => {
  assert.deepEqual(
    all.map(({ name, trustsClient }) => [name, trustsClient]),
    [
      ['standard', false],
      ['common_name', false],
      ['auth_id', true],
    ],
  )
})

test('a domain of U-labels is found by its A-labels', () => {
  const certificate = certificateOf({ xmpp: ['alice@xn--bcher-kva.example'] })
  const outcome = identify([standard], { certificate, authzid: null, domain: 'bücher.example' })
  assert.equal(outcome.kind === 'jid' && formatBare(outcome.jid), 'alice@bücher.example')
})

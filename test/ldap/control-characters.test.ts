/** Values that people read in one way and directories in another: they end the login, and no directory is asked. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLdapBackend } from '../../src/auth/backends/ldap/backend.ts'
import type { LdapPool } from '../../src/auth/backends/ldap/pool.ts'
import type { Verdict } from '../../src/auth/contract.ts'
import { certificatePlaces } from '../../src/auth/ldap/certificate-places.ts'
import { type Certificate, type CertificateOptions, createAuthority, issue } from '../support/pki/certificate.ts'
import * as names from '../support/pki/names.ts'
import { callFor, certificateClaim, ldapOptions } from './people.ts'

const authority = createAuthority({ name: 'Plain CA' })
const { uid, email: emailAddress, organization } = names.attributeTypes

/** A certificate of Plain CA, or of one whose name holds the value. */
type Make = (value: string) => Certificate

const issued = (options: CertificateOptions): Certificate => issue(authority, { cn: 'x', ...options })
const named = (oid: string, value: string, encoding?: 'ia5'): Certificate =>
  issued({ subject: [{ oid, value, ...(encoding !== undefined && { encoding }) }] })
const issuedBy = (subject: names.Subject): Certificate => issue(createAuthority({ subject }), { cn: 'x' })

/** Every way of a text into every place; `xmpp_addr` cannot be read then, and `serial` and `sha256` hold no text. */
const ways: readonly (readonly [place: string, how: string, make: Make, why: RegExp])[] = [
  ['%{email}', 'rfc822Name', (value) => issued({ san: [names.email(value)] }), /^email ".*" holds a control/],
  [
    '%{email}',
    'a second rfc822Name',
    (value) => issued({ san: [names.email('a@b'), names.email(value)] }),
    /^email ".*" holds/,
  ],
  ['%{email}', 'emailAddress', (value) => named(emailAddress, value, 'ia5'), /^email ".*" holds a control/],
  ['%{upn}', 'UPN', (value) => issued({ san: [names.upn(value)] }), /^upn ".*" holds a control/],
  ['%{cn}', 'CN', (value) => issued({ cn: value }), /^common_name ".*" holds a control/],
  ['%{uid}', 'UID', (value) => named(uid, value), /^uid ".*" holds a control/],
  ['%{dns}', 'dNSName', (value) => issued({ san: [names.dns(value)] }), /^dns ".*" holds a control/],
  ['%{uri}', 'URI', (value) => issued({ san: [names.uri(value)] }), /^uri ".*" holds a control/],
  ['%{srv_name}', 'SRVName', (value) => issued({ san: [names.srv(value)] }), /^srv_name ".*" holds a control/],
  ['%{xmpp_addr}', 'xmppAddr', (value) => issued({ san: [names.xmppAddr(value)] }), /^a value of xmpp_addr breaks/],
  ['%{subject}', 'CN of the subject', (value) => issued({ cn: value }), /^the subject .* attribute CN holds a control/],
  [
    '%{issuer}',
    'O of the issuer',
    (value) => issuedBy([names.cn('CA'), { oid: organization, value }]),
    /^the issuer .* attribute O holds a control/,
  ],
]

/** The filters that a place may stand in. */
const filters = (place: string): readonly string[] => [
  `(mail=${place})`,
  `(mail=${place}*)`,
  `(cn:caseIgnoreMatch:=${place})`,
  `(!(mail=${place}))`,
  `(|(uid=%{sha256})(&(objectClass=*)(mail=${place})))`,
]

async function verdictOn(certificate: Certificate, filter: string, open = false): Promise<Verdict> {
  const claim = { ...certificateClaim(certificate, 'alice'), ...(open && { open: { wanted: null } }) }
  const options = ldapOptions(`certificate_filter = "${filter}"\njid_attribute = "uid"`)
  await using backend = createLdapBackend(options, { search: nobodyAsks, bind: null })
  return backend.judge(claim, callFor())
}

/** Where a question is asked at all, that is all there is to see. */
const nobodyAsks: LdapPool = {
  ask: async () => {
    throw new Error('the directory is asked')
  },
  health: () => [],
  [Symbol.asyncDispose]: async () => undefined,
}

function assertDenied(verdict: Verdict, why: RegExp): void {
  const text = JSON.stringify(verdict)
  assert.ok(verdict.kind === 'deny', text)
  assert.equal(verdict.code, 'rule-value-malformed', text)
  assert.match(verdict.why.replace(/^certificate_filter: /, ''), why)
  assert.doesNotMatch(verdict.why, /\p{Cc}/u)
}

describe('a control character in', () => {
  for (const [place, how, make, why] of ways) {
    test(`${how}, for ${place}`, async () => {
      for (const value of ['alice@a.example\0.b.example', '\0alice', 'alice\n', '\x01alice', 'al\x7fice', 'al\tice']) {
        const certificate = make(value)
        for (const filter of filters(place)) {
          assertDenied(await verdictOn(certificate, filter), why)
          assertDenied(await verdictOn(certificate, filter, true), why)
        }
      }
    })
  }

  test('C1 is no better than C0, where a string type has it', async () => {
    for (const [place, , make, why] of ways.filter(([found]) => found === '%{cn}' || found === '%{upn}')) {
      assertDenied(await verdictOn(make('alice\u0085x'), `(cn=${place})`), why)
    }
  })

  test('every place that holds text has a way', () => {
    const told = new Set([...ways.map(([place]) => place), '%{serial}', '%{sha256}'])
    assert.deepEqual([...certificatePlaces].sort(), [...told].sort())
  })
})

const broken = names.cn('al@ce', 'printable')
const untold: readonly (readonly [filter: string, certificate: Certificate, why: RegExp])[] = [
  ['(cn=%{cn})', issued({ subject: [broken] }), /^a value of common_name breaks the alphabet/],
  ['(cn=%{cn})', issued({ subject: [names.cn('alice'), broken] }), /^a value of common_name breaks the alphabet/],
  ['(entryDN=%{subject})', issued({ subject: [broken] }), /^the subject .* attribute CN breaks the alphabet/],
  ['(description=%{issuer})', issuedBy([broken]), /^the issuer .* attribute CN breaks the alphabet/],
]

for (const [filter, certificate, why] of untold) {
  test(`a value that cannot be told, in ${filter}`, async () => assertDenied(await verdictOn(certificate, filter), why))
}

test('what the filter does not ask for is not looked at', async () => {
  const elsewhere = issued({ cn: 'a\0b', san: [names.email('alice@a.example'), names.upn('a\0b')] })
  const verdict = await verdictOn(elsewhere, '(&(mail=%{email})(description=%{issuer}))')
  assert.ok(verdict.kind === 'unavailable')
  assert.equal(verdict.cause.message, 'the directory is asked')
})

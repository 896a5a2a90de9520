/** The backend `ldap` against a real directory: who is found, who is not, and on what word. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createLdapBackend } from '../../src/auth/backends/ldap/backend.ts'
import { createLdapPool, type LdapPool } from '../../src/auth/backends/ldap/pool.ts'
import type { Claim } from '../../src/auth/contract.ts'
import { certificatePlaces } from '../../src/auth/ldap/certificate-places.ts'
import { skipWithout } from '../clients/debian.ts'
import { issue } from '../support/pki/certificate.ts'
import * as names from '../support/pki/names.ts'
import { directory, type Slapd, startSlapd } from '../support/slapd.ts'
import {
  callFor,
  certificateClaim,
  createPeople,
  ldapOptions,
  ldifOf,
  passwordClaim,
  poolOptions,
  word,
} from './people.ts'

const people = createPeople()
const byMail = 'certificate_filter = "(mail=%{email})"'

type Row = readonly [what: string, toml: string, claim: Claim, expected: string]

const service = { kind: 'simple', dn: `cn=signet,ou=services,${directory.suffix}`, password: 'service secret' } as const

const rows: readonly Row[] = [
  // by name
  ['uid is the default', '', certificateClaim(people.alice, 'alice'), 'allow'],
  ['nobody of that name', '', certificateClaim(people.alice, 'nobody'), 'unknown'],
  ['a wildcard is a name', '', certificateClaim(people.alice, '*'), 'unknown'],
  ['so is a part of a filter', '', certificateClaim(people.alice, 'x)(uid=*'), 'unknown'],
  ['metacharacters are found as they are', '', certificateClaim(people.alice, 'odd*(name)\\'), 'allow'],
  ['uids without format', 'uids = [{ attr = "cn" }]', certificateClaim(people.alice, 'alice'), 'allow'],
  [
    'uids with format',
    'uids = [{ attr = "mail", format = "%u@mail.example" }]',
    certificateClaim(people.alice, 'bob'),
    'allow',
  ],
  [
    'format with domain',
    'uids = [{ attr = "xmppJid", format = "%u@%d" }]',
    certificateClaim(people.alice, 'robert'),
    'allow',
  ],
  [
    'several uids',
    'uids = [{ attr = "employeeNumber" }, { attr = "uid" }]',
    certificateClaim(people.alice, 'bob'),
    'allow',
  ],
  ['filter agrees', 'filter = "(objectClass=inetOrgPerson)"', certificateClaim(people.alice, 'alice'), 'allow'],
  ['filter does not agree', 'filter = "(employeeType=guest)"', certificateClaim(people.alice, 'alice'), 'unknown'],
  ['filter with %u', 'filter = "(mail=%u@mail.example)"', certificateClaim(people.alice, 'alice'), 'allow'],
  [
    'two entries',
    'uids = [{ attr = "mail", format = "%u@mail.example" }]',
    certificateClaim(people.twins, 'twins'),
    'deny directory-ambiguous',
  ],
  // local_filter
  [
    'equal',
    'local_filter = { operation = "equal", attribute = "employeeType", values = ["chess", "staff"] }',
    certificateClaim(people.alice, 'alice'),
    'allow',
  ],
  [
    'equal to a part',
    'local_filter = { operation = "equal", attribute = "employeeType", values = ["staff"] }',
    certificateClaim(people.alice, 'alice'),
    'deny directory-filtered',
  ],
  [
    'equal, and not there',
    'local_filter = { operation = "equal", attribute = "employeeType", values = ["staff"] }',
    certificateClaim(people.alice, 'bob'),
    'deny directory-filtered',
  ],
  [
    'notequal',
    'local_filter = { operation = "notequal", attribute = "employeeType", values = ["guest"] }',
    certificateClaim(people.alice, 'alice'),
    'allow',
  ],
  [
    'notequal, and equal',
    'local_filter = { operation = "notequal", attribute = "employeetype", values = ["guest"] }',
    certificateClaim(people.alice, 'carol'),
    'deny directory-filtered',
  ],
  [
    'notequal, and not there',
    'local_filter = { operation = "notequal", attribute = "employeeType", values = ["guest"] }',
    certificateClaim(people.alice, 'bob'),
    'allow',
  ],
  // dn_filter: everybody is below ou=people, so its base is the suffix
  [
    'dn_filter with %D',
    `base = "${directory.suffix}"\ndn_filter = { filter = "(&(objectClass=groupOfNames)(member=%D))" }`,
    certificateClaim(people.alice, 'alice'),
    'allow',
  ],
  [
    'dn_filter finds nothing',
    `base = "${directory.suffix}"\ndn_filter = { filter = "(&(objectClass=groupOfNames)(member=%D))" }`,
    certificateClaim(people.alice, 'bob'),
    'deny directory-filtered',
  ],
  [
    'dn_filter with %u and %d',
    `base = "${directory.suffix}"\ndn_filter = { filter = "(description=%u at %d)" }`,
    certificateClaim(people.alice, 'alice'),
    'allow',
  ],
  [
    '%s in turn',
    'dn_filter = { filter = "(&(sn=%s)(uid=%s))", attributes = ["sn", "uid"] }',
    certificateClaim(people.alice, 'bob'),
    'allow',
  ],
  [
    '%s not in turn',
    'dn_filter = { filter = "(&(sn=%s)(uid=%s))", attributes = ["uid", "sn"] }',
    certificateClaim(people.alice, 'bob'),
    'deny directory-filtered',
  ],
  [
    '%s of an attribute that is not there',
    'dn_filter = { filter = "(sn=%s)", attributes = ["pager"] }',
    certificateClaim(people.alice, 'bob'),
    'deny directory-filtered',
  ],
  // by certificate
  ['by address', byMail, certificateClaim(people.alice, 'alice'), 'allow'],
  ['the name says nothing then', byMail, certificateClaim(people.alice, 'whoever'), 'allow'],
  ['an address of nobody', byMail, certificateClaim(people.star, 'alice'), 'unknown'],
  ['an address with a filter in it', byMail, certificateClaim(people.hostile, 'alice'), 'unknown'],
  ['an address with a NUL in it', byMail, certificateClaim(people.cut, 'alice'), 'deny rule-value-malformed'],
  ['no address', byMail, certificateClaim(people.bare, 'alice'), 'unknown'],
  [
    'no address, and "not"',
    'certificate_filter = "(!(mail=%{email}))"',
    certificateClaim(people.bare, 'alice'),
    'unknown',
  ],
  ['an address of two', byMail, certificateClaim(people.twins, 'twin1'), 'deny directory-ambiguous'],
  [
    'by common name and address',
    'certificate_filter = "(&(uid=%{cn})(mail=%{email}))"',
    certificateClaim(people.bob, 'bob'),
    'allow',
  ],
  ['by UPN', 'certificate_filter = "(title=%{upn})"', certificateClaim(people.byUpn, 'alice'), 'allow'],
  [
    'one or the other',
    'certificate_filter = "(|(title=%{upn})(mail=%{email}))"',
    certificateClaim(people.bob, 'bob'),
    'allow',
  ],
  [
    'by name of the account and certificate',
    'certificate_filter = "(&(uid=%u)(mail=%{email}))"',
    certificateClaim(people.bob, 'alice'),
    'unknown',
  ],
  ['filter counts here too', `${byMail}\nfilter = "(uid=bob)"`, certificateClaim(people.alice, 'alice'), 'unknown'],
  // jid_attribute
  ['its own JID', `${byMail}\njid_attribute = "xmppJid"`, certificateClaim(people.alice, 'alice'), 'allow'],
  [
    'another JID',
    `${byMail}\njid_attribute = "xmppJid"`,
    certificateClaim(people.bob, 'bob'),
    'deny directory-jid-mismatch',
  ],
  ['a JID with another name', `${byMail}\njid_attribute = "xmppJid"`, certificateClaim(people.bob, 'robert'), 'allow'],
  ['no JID', 'jid_attribute = "xmppJid"', certificateClaim(people.alice, 'carol'), 'deny directory-jid-mismatch'],
  ['localparts', `${byMail}\njid_attribute = "uid"`, certificateClaim(people.bob, 'bob'), 'allow'],
  [
    'another localpart',
    `${byMail}\njid_attribute = "UID"`,
    certificateClaim(people.bob, 'robert'),
    'deny directory-jid-mismatch',
  ],
  [
    'a foreign domain',
    `${byMail}\njid_attribute = "mail"`,
    certificateClaim(people.bob, 'bob'),
    'deny directory-jid-mismatch',
  ],
  // certificate_match
  ['the very certificate', 'certificate_match = "exact"', certificateClaim(people.alice, 'alice'), 'allow'],
  [
    'another one of the same name',
    'certificate_match = "exact"',
    certificateClaim(people.aliceRenewed, 'alice'),
    'deny directory-certificate-mismatch',
  ],
  [
    'none there',
    'certificate_match = "exact"',
    certificateClaim(people.bob, 'bob'),
    'deny directory-certificate-mismatch',
  ],
  [
    'spelled otherwise',
    'certificate_match = "exact"\ncertificate_attribute = "usercertificate;binary"',
    certificateClaim(people.alice, 'alice'),
    'allow',
  ],
  // enabled_filter, with the recipes of the documentation
  [
    'AD: enabled',
    'enabled_filter = "(!(userAccountControl:1.2.840.113556.1.4.803:=2))"',
    certificateClaim(people.alice, 'alice'),
    'allow',
  ],
  [
    'AD: disabled',
    'enabled_filter = "(!(userAccountControl:1.2.840.113556.1.4.803:=2))"',
    certificateClaim(people.alice, 'carol'),
    'deny account-disabled',
  ],
  [
    'locked',
    'enabled_filter = "(!(nsAccountLock=true))"',
    certificateClaim(people.alice, 'bob'),
    'deny account-disabled',
  ],
  ['not locked', 'enabled_filter = "(!(nsAccountLock=true))"', certificateClaim(people.alice, 'alice'), 'allow'],
  [
    'an attribute that nobody knows',
    'enabled_filter = "(!(noSuchAttribute=true))"',
    certificateClaim(people.alice, 'alice'),
    'deny account-disabled',
  ],
  // passwords
  ['the password', '', passwordClaim('alice', 'wonder land'), 'allow'],
  ['a wrong one', '', passwordClaim('alice', 'wonderland'), 'deny password-wrong'],
  ['an empty one', '', passwordClaim('alice', ''), 'deny password-wrong'],
  ['of nobody', '', passwordClaim('nobody', 'x'), 'unknown'],
  ['of somebody without one', '', passwordClaim('twin1', 'x'), 'deny password-wrong'],
  [
    'certificate_filter and certificate_match are about certificates',
    `${byMail}\ncertificate_match = "exact"`,
    passwordClaim('carol', 'c'),
    'allow',
  ],
  ['disabled', 'enabled_filter = "(!(nsAccountLock=true))"', passwordClaim('bob', 'b'), 'deny account-disabled'],
  [
    'disabled, and the wrong password',
    'enabled_filter = "(!(nsAccountLock=true))"',
    passwordClaim('bob', 'x'),
    'deny password-wrong',
  ],
  // a DN with everything in it
  [
    'further questions about an entry with metacharacters',
    'enabled_filter = "(uid=%u)"\ndn_filter = { filter = "(&(entryDN=%D)(cn=%s))", attributes = ["uid"] }',
    certificateClaim(people.alice, 'odd*(name)\\'),
    'allow',
  ],
  // what is no answer
  [
    'a base that is not there',
    `base = "ou=elsewhere,${directory.suffix}"`,
    certificateClaim(people.alice, 'alice'),
    'unavailable',
  ],
  ['a referral', 'base = "dc=elsewhere"', certificateClaim(people.alice, 'alice'), 'unavailable'],
]

describe('lookups', { skip: skipWithout(['slapd']) }, () => {
  let slapd: Slapd
  let search: LdapPool
  let bind: LdapPool
  before(async () => {
    slapd = await startSlapd({ ldif: ldifOf(people), conf: 'referral ldap://directory.example/' })
    search = createLdapPool(poolOptions([slapd.host], slapd.port, { identity: service }))
    bind = createLdapPool(poolOptions([slapd.host], slapd.port))
  })
  after(async () => {
    await search[Symbol.asyncDispose]()
    await bind[Symbol.asyncDispose]()
    await slapd[Symbol.asyncDispose]()
  })

  for (const [what, toml, claim, expected] of rows) {
    test(`${what}: ${expected}`, async () => {
      const options = { ...ldapOptions(toml.replace(/^base = .*$/m, '')) }
      const base = /^base = "(.*)"$/m.exec(toml)?.[1] ?? options.base
      await using backend = createLdapBackend({ ...options, base }, { search, bind })
      const verdict = await backend.judge(claim, callFor())
      assert.equal(word(verdict), expected, JSON.stringify(verdict))
      if (verdict.kind === 'allow') assert.deepEqual(verdict.account.jid, claim.jid)
    })
  }

  const hostile = ['*', '*)(uid=*', 'x)(|(uid=*))', '\\2a', 'alice)(&', '%u', '%{email}']
  for (const value of hostile) {
    test(`in every field of the certificate, and as the account: ${value}`, async () => {
      const { uid, email: address } = names.attributeTypes
      const attribute = (oid: string) => ({ oid, value })
      const certificate = issue(people.root, {
        subject: [names.cn(value), attribute(uid), attribute(address)],
        san: [names.email(value), names.upn(value), names.dns(value), names.uri(value), names.srv(value)],
      })
      for (const place of ['%u', ...certificatePlaces]) {
        const filter = `certificate_filter = "(|(uid=${place})(mail=${place}*)(cn:caseIgnoreMatch:=${place}))"`
        await using backend = createLdapBackend(ldapOptions(filter), { search, bind })
        const verdict = await backend.judge(certificateClaim(certificate, value), callFor())
        assert.equal(word(verdict), 'unknown', place)
      }
    })
  }

  test('enabled_filter on an attribute that may not be read lets nobody in', async () => {
    await using anonymous = createLdapPool(poolOptions([slapd.host], slapd.port))
    const options = ldapOptions('enabled_filter = "(!(nsAccountLock=true))"')
    await using backend = createLdapBackend(options, { search: anonymous, bind: null })
    const verdict = await backend.judge(certificateClaim(people.bob, 'bob'), callFor())
    assert.equal(word(verdict), 'deny account-disabled')
  })

  test('without a pool to try passwords on it judges certificates only', async () => {
    await using backend = createLdapBackend(ldapOptions(), { search, bind: null })
    assert.deepEqual(backend.takes, ['certificate'])
    await using both = createLdapBackend(ldapOptions(), { search, bind })
    assert.deepEqual(both.takes, ['certificate', 'password'])
  })

  test('an empty password never reaches the directory', async () => {
    await using fresh = createLdapPool(poolOptions([slapd.host], slapd.port))
    await using backend = createLdapBackend(ldapOptions(), { search, bind: fresh })
    assert.equal(word(await backend.judge(passwordClaim('alice', ''), callFor())), 'deny password-wrong')
    assert.equal(fresh.health()[0]?.connections, 0)
  })
})

/** Aliases in a real directory: `deref` says which are followed (RFC 4511 §4.5.1.3). */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createLdapBackend } from '../../src/auth/backends/ldap/backend.ts'
import { createLdapPool, type LdapPool } from '../../src/auth/backends/ldap/pool.ts'
import { skipWithout } from '../clients/debian.ts'
import { directory, type Slapd, startSlapd } from '../support/slapd.ts'
import { callFor, certificateClaim, createPeople, ldapOptions, ldifOf, poolOptions, word } from './people.ts'

const people = createPeople()

/** What comes of alice where the base is an alias of the people's folder, and where an alias of hers is below the base. */
const rows = [
  ['never', 'unknown', 'unknown'],
  ['finding', 'allow', 'unknown'],
  ['searching', 'unknown', 'allow'],
  ['always', 'allow', 'allow'],
] as const

describe('aliases', { skip: skipWithout(['slapd']) }, () => {
  let slapd: Slapd
  let search: LdapPool
  before(async () => {
    slapd = await startSlapd({ ldif: ldifOf(people) })
    search = createLdapPool(poolOptions([slapd.host], slapd.port))
  })
  after(async () => {
    await search[Symbol.asyncDispose]()
    await slapd[Symbol.asyncDispose]()
  })

  for (const [deref, ofBase, below] of rows) {
    for (const [where, ou, expected] of [
      ['the base is one', 'staff', ofBase],
      ['one is below the base', 'groups', below],
    ] as const) {
      test(`${where}, deref = "${deref}": ${expected}`, async () => {
        const options = { ...ldapOptions(`deref = "${deref}"`), base: `ou=${ou},${directory.suffix}` }
        await using backend = createLdapBackend(options, { search, bind: null })
        const verdict = await backend.judge(certificateClaim(people.alice, 'alice'), callFor())
        assert.equal(word(verdict), expected, JSON.stringify(verdict))
      })
    }
  }
})

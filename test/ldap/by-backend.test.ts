/** Rule `by_backend`: the certificate finds an entry, and the entry says whose it is. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createQuestionWriter } from '../../src/auth/backends/http/question.ts'
import type { CertificateClaim, Claim } from '../../src/auth/contract.ts'
import { byBackend } from '../../src/certificate/identity.ts'
import { explain } from '../../src/explain.ts'
import { skipWithout } from '../clients/debian.ts'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { type Certificate, issue } from '../support/pki/certificate.ts'
import { email, xmppAddr } from '../support/pki/names.ts'
import { doors, startServer, type TestServer } from '../support/server.ts'
import { type Slapd, startSlapd } from '../support/slapd.ts'
import { openClient, readError } from '../support/xmpp-client.ts'
import { certificateClaim, createPeople, ldapOptions, ldifOf, poolOptions } from './people.ts'

const domain = 'example.org'
const catalogue: Catalogue = createCatalogue(domain)
const of = (...names: readonly Uint8Array[]): Certificate => issue(catalogue.root, { cn: 'x', san: names })
const certificates = {
  /** Entry `bob`, whose JID is robert's. */
  bob: of(email('bob@mail.example')),
  /** Entry `alice`, with a JID and a value that is none. */
  alice: of(email('liddell@mail.example')),
  twins: of(email('twins@mail.example')),
  stranger: of(email('nobody@mail.example')),
  nameless: issue(catalogue.root, { cn: 'x' }),
  hostile: of(email('*@mail.example')),
  /** Directories read an address up to its NUL, and find alice. */
  cut: of(email('liddell@mail.example\0.evil.example')),
  /** The bad one of two, for whoever looks at the first. */
  halfCut: of(email('bob@mail.example'), email('liddell@mail.example\0.evil.example')),
  /** An xmppAddr, which this rule does not look at. */
  named: of(xmppAddr('alice@example.org'), email('bob@mail.example')),
}
type Who = keyof typeof certificates

/** Who presents, whom they ask for, and what comes of it. */
const rows: readonly (readonly [who: Who, authzid: string | null, end: string])[] = [
  ['bob', null, 'robert@example.org (ldap:allow)'],
  ['bob', 'robert@example.org', 'robert@example.org (ldap:allow)'],
  ['bob', 'ROBERT@example.org', 'robert@example.org (ldap:allow)'],
  ['bob', 'bob@example.org', 'invalid-authzid authzid-mismatch (ldap:deny)'],
  ['bob', 'alice@example.org', 'invalid-authzid authzid-mismatch (ldap:deny)'],
  ['bob', 'robert@elsewhere.example', 'not-authorized authzid-foreign-domain ()'],
  ['alice', null, 'alice@example.org (ldap:allow)'],
  ['named', null, 'robert@example.org (ldap:allow)'],
  ['named', 'alice@example.org', 'invalid-authzid authzid-mismatch (ldap:deny)'],
  ['twins', null, 'not-authorized directory-ambiguous (ldap:deny)'],
  ['stranger', null, 'not-authorized account-unknown (ldap:unknown pki:unknown)'],
  ['stranger', 'robert@example.org', 'not-authorized account-unknown (ldap:unknown pki:unknown)'],
  ['nameless', null, 'not-authorized account-unknown (ldap:unknown pki:unknown)'],
  ['hostile', null, 'not-authorized account-unknown (ldap:unknown pki:unknown)'],
  ['cut', null, 'not-authorized rule-value-malformed (ldap:deny)'],
  ['cut', 'alice@example.org', 'not-authorized rule-value-malformed (ldap:deny)'],
  ['halfCut', null, 'not-authorized rule-value-malformed (ldap:deny)'],
]

describe('by_backend', { skip: skipWithout(['slapd']) }, () => {
  let slapd: Slapd
  let server: TestServer
  const serverWith = (jidAttribute: string, methods: readonly string[] = ['ldap', 'pki']): Promise<TestServer> =>
    startServer({
      catalogue,
      rules: ['by_backend'],
      auth: {
        methods,
        ldap: ldapOptions(`certificate_filter = "(mail=%{email})"\njid_attribute = "${jidAttribute}"`),
      },
      pools: { ldap: new Map([['default', poolOptions([slapd.host], slapd.port)]]) },
    })
  before(async () => {
    slapd = await startSlapd({ ldif: ldifOf(createPeople()) })
    server = await serverWith('xmppJid')
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await slapd?.[Symbol.asyncDispose]()
  })

  const logIn = async (on: TestServer, who: Who, authzid: string | null, door: 'starttls' | 'direct' = 'direct') => {
    const { pem: cert, keyPem: key } = certificates[who]
    const { client } = await openClient({ port: on.portOf(door), door, domain, tls: { cert, key } })
    using _ = client
    const answer = await client.auth(authzid === null ? 'equals' : { text: authzid })
    const decision = on.decisionsOf(client).at(-1) ?? assert.fail('no record')
    const asked = decision.backends.map(({ backend, verdict }) => `${backend}:${verdict}`).join(' ')
    if (answer.name === 'success') return `${(await client.bind(domain)).split('/')[0]} (${asked})`
    const code = decision.outcome.kind === 'deny' ? decision.outcome.code : 'allow'
    return `${readError(answer).condition} ${code} (${asked})`
  }

  for (const [who, authzid, end] of rows) {
    test(`${who} as ${authzid ?? 'nobody by name'}: ${end}`, async () => {
      for (const door of doors) assert.equal(await logIn(server, who, authzid, door), end)
      const [listener] = server.options.c2s
      assert.ok(listener !== undefined)
      const wanted = authzid?.toLowerCase() ?? null
      const query = { pem: certificates[who].pem, authzid: wanted, domain, listener, now: Date.now() }
      const said = await explain({ ...query, options: server.options })
      assert.ok(said.ok)
      const { outcome, identity } = said.value.decision
      const ended = outcome.kind === 'allow' ? outcome.jid : `${outcome.condition} ${outcome.code}`
      assert.ok(end.startsWith(`${ended} (`), ended)
      // The stand-in is in no record.
      assert.ok(!JSON.stringify(identity).includes('@example.org') || outcome.kind === 'deny')
    })
  }

  test('an entry with several JIDs wants one of them by name', async () => {
    await using several = await serverWith('employeeType')
    assert.equal(await logIn(several, 'alice', null), 'invalid-authzid authzid-required (ldap:deny)')
    assert.equal(await logIn(several, 'alice', 'chess@example.org'), 'chess@example.org (ldap:allow)')
    assert.equal(await logIn(several, 'alice', 'alice@example.org'), 'invalid-authzid authzid-mismatch (ldap:deny)')
    assert.equal(await logIn(several, 'bob', null), 'not-authorized directory-jid-mismatch (ldap:deny)')
  })

  test('a method that names nobody lets nobody in', async () => {
    await using alone = await serverWith('xmppJid', ['pki'])
    assert.equal(await logIn(alone, 'bob', 'robert@example.org'), 'not-authorized account-unknown (pki:unknown)')
  })
})

test('the JSON form asks without a JID, or with the one that is asked for', () => {
  const context = { listener: 'c2s', sendCertificate: false }
  const jidIn = (claim: Claim): unknown => JSON.parse(createQuestionWriter(context)(claim)).jid
  assert.equal(jidIn(openClaim(null)), null)
  assert.equal(jidIn(openClaim('alice')), 'alice@example.org')
})

function openClaim(wanted: string | null): CertificateClaim {
  const claim = certificateClaim(certificates.bob, 'stand-in')
  const answer = byBackend.answer({ certificate: claim.certificate, authzid: null, domain })
  assert.ok(answer.kind === 'jid' && answer.isStandIn === true)
  return { ...claim, jid: answer.jid, open: { wanted: wanted === null ? null : { local: wanted, domain } } }
}

/** The conformance matrix, trusted names: lists of subjects and issuers × certificate × door, by listener and by host. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolvePassword } from '../../src/auth/passwords/options.ts'
import { type NameLists, noNameLists, type TrustedNameOptions } from '../../src/auth/trusted-names-options.ts'
import { explain } from '../../src/explain.ts'
import type { ListenerOptions } from '../../src/listener/listener-options.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { createReader, everyDoor, httpsWith, listenerOf, openDoor } from '../support/every-door.ts'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { type Certificate, issue, selfSigned } from '../support/pki/certificate.ts'
import { attributeTypes, cn, type Subject, xmppAddr } from '../support/pki/names.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { readError } from '../support/xmpp-client.ts'
import { domain } from './certificates.ts'

const overriding = 'strict.example'
const catalogue: Catalogue = createCatalogue(domain)
const staffName: Subject = [
  { oid: attributeTypes.organization, value: 'Example' },
  { oid: attributeTypes.unit, value: 'Staff' },
  cn('Alice'),
]
const guestName: Subject = [{ oid: attributeTypes.organization, value: 'Example, OU=Staff' }, cn('Alice')]
const san = [xmppAddr(`alice@${domain}`), xmppAddr(`alice@${overriding}`)]
/** `guest` prints like a member of staff, `below` is of another issuer under the same root. */
const certificates = {
  staff: issue(catalogue.root, { subject: staffName, san }),
  guest: issue(catalogue.root, { subject: guestName, san }),
  below: issue(catalogue.intermediate, { subject: staffName, san }),
  'own-ca': selfSigned({ subject: staffName, san }),
}
type Who = keyof typeof certificates
const people = Object.keys(certificates) as Who[]

const allow = (...patterns: readonly string[]): NameLists => ({ allow: patterns, deny: null })
const deny = (...patterns: readonly string[]): NameLists => ({ allow: null, deny: patterns })
const staff = 'CN=*,OU=Staff,O=Example'
const rootCa = 'CN=Catalogue Root CA'
const issuingCa = 'CN=Catalogue Issuing CA'

/** Lists, and what is said of `staff`, `guest`, `below` and `own-ca`: `in`, or the word of the refusal. */
const table: readonly (readonly [name: string, subjects: NameLists | null, issuers: NameLists | null, row: string])[] =
  [
    ['no lists', null, null, 'in in in in'],
    ['subjects allowed', allow(staff), null, 'in s-other in in'],
    ['subjects denied', deny(staff), null, 's-deny in s-deny s-deny'],
    ['subjects: denied before allowed', { allow: ['**'], deny: [staff] }, null, 's-deny in s-deny s-deny'],
    ['nobody allowed', allow('CN=nobody'), null, 's-other s-other s-other s-other'],
    ['issuers allowed', null, allow(rootCa), 'in in i-other i-other'],
    ['issuing CA allowed', null, allow(issuingCa), 'i-other i-other in i-other'],
    ['issuers denied', null, deny(issuingCa), 'in in i-deny in'],
    ['a CA further up denied', null, deny(rootCa), 'i-deny i-deny i-deny in'],
    ['both, subjects first', deny(staff), deny(rootCa), 's-deny i-deny s-deny s-deny'],
    ['whatever denies before whatever allows', allow(staff), deny(rootCa), 'i-deny i-deny i-deny in'],
  ]

const codes = {
  in: 'allow',
  's-deny': 'subject-denied',
  's-other': 'subject-not-trusted',
  'i-deny': 'issuer-denied',
  'i-other': 'issuer-not-trusted',
} as const

function expectedOf(row: string, who: Who): string {
  const word = row.split(' ')[people.indexOf(who)]
  if (word === undefined || !Object.hasOwn(codes, word)) throw new TypeError(`no word for ${who} in ${row}`)
  return codes[word as keyof typeof codes]
}

function chainOf(who: Who): { readonly cert: string; readonly key: string } {
  const leaf: Certificate = certificates[who]
  const above = who === 'below' ? catalogue.intermediate.pem : ''
  return { cert: leaf.pem + above, key: leaf.keyPem }
}

/** The lists stand at the listener; the overriding host has its own. */
function serverWith(ofListener: TrustedNameOptions, ofHost: TrustedNameOptions): Promise<TestServer> {
  return startServer({
    ...{ catalogue, hosts: [domain, overriding] },
    c2s: { trustedNames: ofListener },
    https: httpsWith({ trustedNames: ofListener }),
    tls: { verifyMode: 'selfsigned_peer' },
    hostConfig: [
      {
        host: overriding,
        certificatePolicy: null,
        saslExternal: null,
        auth: {
          ...{ methods: ['pki'], mechanisms: ['external'], saslExternal: ['standard'], ownRules: [] },
          ...{ commonName: { prefix: '', suffix: '' }, password: resolvePassword(undefined), trustedNames: ofHost },
        },
      },
    ],
  })
}

async function problemsOf(server: TestServer, host: string, row: string): Promise<readonly string[]> {
  const problems: string[] = []
  const compare = (where: string, who: Who, said: string) => {
    const wanted = expectedOf(row, who)
    if (said !== wanted) problems.push(`${where} at ${host}, ${who}: expected ${wanted}, got ${said}`)
  }
  const newDecisionsOf = createReader(server)
  for (const who of people) {
    for (const door of everyDoor) {
      const { client } = await openDoor({
        ...{ port: server.portOf(listenerOf(door)), door, domain: host, tls: chainOf(who) },
      })
      using _ = client
      const answer = await client.auth({ text: `alice@${host}` })
      const decision = newDecisionsOf(client).at(-1)
      assert.ok(decision !== undefined)
      compare(door, who, codeOf(decision))
      // Its own reason code, one condition, and no backend has heard of the certificate.
      if (answer.name === 'success') continue
      assert.equal(readError(answer).condition, 'not-authorized')
      assert.deepEqual(decision.backends, [])
    }
    for (const listener of [...server.options.c2s, ...server.options.http]) {
      compare(`explain for ${listener.name}`, who, await explained(server, listener, host, who))
    }
  }
  return problems
}

async function explained({ options }: TestServer, listener: ListenerOptions, host: string, who: Who): Promise<string> {
  const query = { authzid: `alice@${host}`, domain: host, listener, options, now: Date.now() }
  const said = await explain({ ...query, pem: chainOf(who).cert })
  return said.ok ? codeOf(said.value.decision) : said.error
}

function codeOf({ outcome }: Decision): string {
  return outcome.kind === 'deny' ? outcome.code : outcome.kind
}

describe('trusted names', () => {
  for (const [name, subjects, issuers, row] of table) {
    test(`${name}, at the listener`, async () => {
      await using server = await serverWith({ subjects, issuers }, noNameLists)
      assert.deepEqual(await problemsOf(server, domain, row), [])
    })

    test(`${name}, at the host`, async () => {
      await using server = await serverWith(noNameLists, { subjects, issuers })
      assert.deepEqual(await problemsOf(server, overriding, row), [])
      assert.deepEqual(await problemsOf(server, domain, 'in in in in'), [])
    })
  }

  test("a host's lists take the place of the listener's", async () => {
    const nobody = { subjects: allow('CN=nobody'), issuers: null }
    await using server = await serverWith(nobody, { subjects: allow(staff), issuers: null })
    assert.deepEqual(await problemsOf(server, overriding, 'in s-other in in'), [])
    assert.deepEqual(await problemsOf(server, domain, 's-other s-other s-other s-other'), [])
  })
})

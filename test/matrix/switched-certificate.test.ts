/** The conformance matrix, BOSH: every request of a login × every certificate that is not the session's own. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ReasonCode, reasons } from '../../src/observe/reasons.ts'
import type { CertificatePolicy } from '../../src/sasl/certificate-policy.ts'
import { connectAs, ended, RawSession } from '../bosh/raw-session.ts'
import { addAccounts, filePool, testPasswords } from '../support/accounts.ts'
import { createReader, httpsWith } from '../support/every-door.ts'
import type { HttpAnswer } from '../support/http-connection.ts'
import { type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { statusOf } from './outcomes.ts'

const domain = 'a.example'
const catalogue = createCatalogue(domain)
const sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A request of the course, and what its answer must hold. */
type Step = readonly [attributes: string, payload: string, answer: RegExp]

const bind: readonly Step[] = [
  [`xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='true' to='${domain}'`, '', /<bind /],
  [
    '',
    "<iq type='set' id='b' xmlns='jabber:client'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    /<jid>alice@a\.example\//,
  ],
  [
    '',
    "<iq type='get' id='p' xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'/></iq>",
    /<iq .*id='p'.*type='result'|<iq .*type='result'.*id='p'/,
  ],
]

/** Behind each answer the next request may be anybody's: while nobody has logged in, within an exchange, and afterwards. */
const byCertificate: readonly Step[] = [
  ['', `<auth ${sasl} mechanism='EXTERNAL'>${base64(`bob@${domain}`)}</auth>`, /<invalid-authzid\/>/],
  ['', `<auth ${sasl} mechanism='EXTERNAL'/>`, /<success /],
  ...bind,
]
const byPassword: readonly Step[] = [
  ['', `<auth ${sasl} mechanism='SCRAM-SHA-256'>${base64('n,,n=alice,r=abc')}</auth>`, /<challenge /],
  ['', `<abort ${sasl}/>`, /<aborted\/>/],
  ['', `<auth ${sasl} mechanism='PLAIN'/>`, /<challenge [^>]*>=<\/challenge>/],
  ['', `<response ${sasl}>${base64('\0alice\0padthai')}</response>`, /<success /],
  ...bind,
]

/** Whoever is not the session's client; where the policy already refuses the connection, that is what is said. */
const strangers: readonly (readonly [name: CatalogueName | null, refusal: ReasonCode | null])[] = [
  ['bob', null],
  // Another certificate of the same person's is another certificate.
  ['rsa-2048', null],
  ['one', null],
  [null, 'certificate-missing'],
  ['expired', 'chain-expired'],
  ['unknown-ca', 'chain-unknown-ca'],
  ['self-signed', 'chain-self-signed'],
]

const courses: readonly (readonly [CertificatePolicy, own: CatalogueName | null, course: readonly Step[]])[] = [
  ['optional', 'one', byCertificate],
  ['optional', 'one', byPassword],
  ['optional', null, byPassword],
  ['optional', 'expired', byPassword],
  ['mandatory', 'one', byCertificate],
]

describe('a certificate that changes between requests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-switched-'))
  const database = filePool(folder)
  before(() => addAccounts(database, domain, { alice: 'padthai' }))
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const [certificatePolicy, own, course] of courses) {
    const others = strangers.filter(([name]) => name !== own)
    const rows = (course.length + 1) * others.length
    const how = course === byPassword ? 'password' : 'certificate'
    test(`${certificatePolicy}, ${own ?? 'none'}, by ${how}: ${rows} rows`, async () => {
      await using server = await startServer({
        ...{ catalogue, database, https: httpsWith({ certificatePolicy }) },
        auth: {
          methods: ['pki', 'rdbms'],
          mechanisms: ['external', 'scram_sha256', 'plain'],
          password: testPasswords,
        },
      })
      const alice = new RawSession(await connectAs(server.portOf('https'), catalogue, own))
      using connection = alice.connection
      await alice.begin()
      let ran = 0
      for (const [attributes, payload, expected] of [
        ...course,
        ["type='terminate'", '', /type='terminate'/] as const,
      ]) {
        const request = alice.next(attributes, payload)
        for (const [name, refusal] of others) {
          const code = certificatePolicy === 'mandatory' ? refusal : null
          assert.deepEqual(await ask(server, name, request), expectationOf(code), `${name} at ${payload}`)
          ran += 1
        }
        // It is as if nobody had asked: the same request, by whom the session belongs to.
        assert.match((await connection.ask(request)).text, expected)
      }
      assert.equal(ran, rows)
      const ends = { local: connection.local, port: server.portOf('https') }
      const outcomes = server.decisionsOf(ends).map(({ outcome }) => (outcome.kind === 'deny' ? outcome.code : 'allow'))
      const first = how === 'certificate' ? 'authzid-mismatch' : 'exchange-aborted'
      assert.deepEqual(outcomes, [first, 'allow'])
    })
  }
})

interface Seen {
  readonly status: string
  readonly says: boolean
  /** Of the log, and of the one decision record if there is any. */
  readonly codes: readonly string[]
  readonly connection: string | undefined
}

/** A session is none of a stranger's business, so that no attempt of anybody's is recorded. */
function expectationOf(refusal: ReasonCode | null): Seen {
  return {
    status: refusal === null ? '403' : statusOf(refusal),
    says: true,
    codes: refusal === null ? ['bosh-certificate-changed'] : [refusal],
    connection: 'close',
  }
}

async function ask(server: TestServer, name: CatalogueName | null, request: string): Promise<Seen> {
  using stranger = await connectAs(server.portOf('https'), catalogue, name)
  const answer = await stranger.ask(request)
  await ended(stranger)
  const decisions = createReader(server)({ local: stranger.local, port: server.portOf('https') })
  const refused = server.log.entries.filter(
    ({ event, fields }) => event === 'bosh_request_refused' && fields['remote'] === stranger.local,
  )
  const codes = [
    ...refused.map(({ fields }) => fields['code'] as ReasonCode),
    ...decisions.flatMap(({ outcome }) => (outcome.kind === 'deny' ? [outcome.code] : [])),
  ]
  return { ...seenOf(answer), codes, says: codes.every((code) => answer.text.includes(reasons[code].meaning)) }
}

function seenOf({ status, headers }: HttpAnswer) {
  return { status: String(status), connection: headers.get('connection') }
}

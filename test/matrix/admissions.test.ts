/** The conformance matrix, `certificate_policy`: word × disconnect_on_failure × certificate × way to log in × door. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { RdbmsPoolOptions } from '../../src/auth/backends/rdbms/options.ts'
import { explain } from '../../src/explain.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { reasons } from '../../src/observe/reasons.ts'
import type { CertificatePolicy } from '../../src/sasl/certificate-policy.ts'
import { addAccounts, filePool } from '../support/accounts.ts'
import { loginPlain } from '../support/password-login.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { type Door, doors, startServer, type TestServer } from '../support/server.ts'
import { connectSecure, headerTo, mechanismsOf, readError, type XmppClient } from '../support/xmpp-client.ts'
import { type AdmissionRow, admissionRows, offers, presented, settings, type Try } from './admissions.ts'
import { domain } from './certificates.ts'

const catalogue = createCatalogue(domain)

interface Seen {
  readonly condition: string
  readonly code: string
  readonly offered: readonly string[] | null
}

describe('certificate_policy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-admissions-'))
  const database: RdbmsPoolOptions = filePool(folder)
  before(() =>
    addAccounts(database, domain, { alice: 'padthai' }, { format: 'plain', hashes: ['sha256'], iterations: 4096 }),
  )
  after(() => rmSync(folder, { recursive: true, force: true }))

  const serverWith = (certificatePolicy: CertificatePolicy, disconnectOnFailure: boolean) =>
    startServer({
      catalogue,
      database,
      auth: { methods: ['pki', 'rdbms'], mechanisms: ['external', 'plain'] },
      c2s: { certificatePolicy },
      tls: { verifyMode: certificatePolicy === 'disable' ? 'none' : 'peer', disconnectOnFailure },
    })

  for (const [policy, disconnectOnFailure] of settings) {
    const rows = admissionRows(policy, disconnectOnFailure)
    test(`${policy}, disconnect_on_failure = ${disconnectOnFailure}: ${rows.length} rows`, async () => {
      await using server = await serverWith(policy, disconnectOnFailure)
      const problems: string[] = []
      for (const row of rows) {
        for (const door of doors) problems.push(...differences(door, row, await observe(server, door, row)))
        problems.push(...(await disagreement(server, row)))
      }
      assert.deepEqual(problems, [])
    })
  }

  test('the table has rows of every end', () => {
    const rows = settings.flatMap(([policy, disconnect]) => admissionRows(policy, disconnect))
    // Of 48 welcomes 18 are the end of the stream; the others are tried in four ways.
    assert.equal(rows.length, 18 + 30 * 4)
    assert.deepEqual([...new Set(rows.map(({ condition }) => condition))].sort(), [
      'invalid-authzid',
      'invalid-mechanism',
      'not-authorized',
      'stream:not-authorized',
      'success',
    ])
  })
})

function differences(door: Door, row: AdmissionRow, seen: Seen): readonly string[] {
  const offered = row.welcome === 'end' ? null : offers[row.welcome]
  const [wanted, got] = [JSON.stringify({ condition: row.condition, code: row.code, offered }), JSON.stringify(seen)]
  return got === wanted ? [] : [`${door}, ${row.presented}, ${row.attempt}: expected ${wanted}, saw ${got}`]
}

async function observe(server: TestServer, door: Door, row: AdmissionRow): Promise<Seen> {
  const name = presented[row.presented]
  const { chainPem: cert, keyPem: key } = catalogue.get(name ?? 'one')
  using client = await connectSecure({
    ...{ port: server.portOf(door), door, domain },
    tls: name === null ? {} : { cert, key },
  })
  const earlier = server.decisionsOf(client).length
  client.send(headerTo(domain))
  await client.header()
  const first = await client.element()
  const offered = first.name === 'stream:features' ? (mechanismsOf(first) ?? []) : null
  const last = offered === null || row.attempt === null ? first : await authenticate(client, row.attempt)
  const condition = await conditionOf(client, last.name, () => readError(last).condition)
  const [decision, ...more] = server.decisionsOf(client).slice(earlier)
  assert.ok(decision !== undefined && more.length === 0, 'one attempt, one record')
  const code = codeOf(decision)
  if (code !== 'allow') assert.ok(readError(last).text.includes(decision.id), 'the text names the record')
  // Said clearly on the wire: a client that must show a certificate is told so in words.
  if (code !== 'allow' && last.name === 'stream:error') assert.ok(readError(last).text.includes(reasons[code].meaning))
  return { condition, code, offered }
}

async function conditionOf(client: XmppClient, name: string, condition: () => string): Promise<string> {
  if (name === 'stream:error') return `stream:${condition()}`
  if (name === 'failure') return condition()
  assert.match(await client.bind(domain), new RegExp(`^alice@${domain}/`))
  return name
}

function authenticate(client: XmppClient, attempt: Try) {
  switch (attempt) {
    case 'external':
      return client.auth('equals')
    case 'external-as-bob':
      return client.auth({ text: `bob@${domain}` })
    case 'password':
      return loginPlain(client, 'alice', 'padthai')
    case 'wrong-password':
      return loginPlain(client, 'alice', 'pad thai')
  }
}

function codeOf({ outcome }: Decision) {
  return outcome.kind === 'deny' ? outcome.code : 'allow'
}

/** `explain` has no passwords to try, and no client without a certificate. */
async function disagreement({ options }: TestServer, row: AdmissionRow): Promise<readonly string[]> {
  const name = presented[row.presented]
  const isByPassword = row.attempt === 'password' || row.attempt === 'wrong-password'
  const [listener] = options.c2s
  if (name === null || isByPassword || listener === undefined) return []
  const authzid = row.attempt === 'external-as-bob' ? `bob@${domain}` : null
  const { chainPem: pem } = catalogue.get(name)
  const said = await explain({ pem, authzid, domain, listener, options, now: Date.now() })
  const code = said.ok ? codeOf(said.value.decision) : said.error
  return code === row.code ? [] : [`${row.presented}, ${row.attempt}: the door says ${row.code}, explain says ${code}`]
}

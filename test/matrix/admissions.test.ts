/** The conformance matrix, `certificate_policy`: word × disconnect_on_failure × certificate × way to log in × door. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { RdbmsPoolOptions } from '../../src/auth/backends/rdbms/options.ts'
import { explain } from '../../src/explain.ts'
import type { ListenerOptions } from '../../src/listener/listener-options.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { reasons } from '../../src/observe/reasons.ts'
import type { CertificatePolicy } from '../../src/sasl/certificate-policy.ts'
import { addAccounts, filePool } from '../support/accounts.ts'
import {
  createReader,
  type EveryDoor,
  everyDoor,
  httpsWith,
  knock,
  listenerOf,
  type Welcome,
} from '../support/every-door.ts'
import { loginPlain } from '../support/password-login.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import type { StreamClient } from '../support/stream-client.ts'
import { mechanismsOf, readError } from '../support/xmpp-client.ts'
import { type AdmissionRow, admissionRows, offers, presented, settings, type Try } from './admissions.ts'
import { domain } from './certificates.ts'
import { statusOf } from './outcomes.ts'

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
      https: httpsWith({ certificatePolicy }),
      tls: { verifyMode: certificatePolicy === 'disable' ? 'none' : 'peer', disconnectOnFailure },
    })

  for (const [policy, disconnectOnFailure] of settings) {
    const rows = admissionRows(policy, disconnectOnFailure)
    test(`${policy}, disconnect_on_failure = ${disconnectOnFailure}: ${rows.length} rows`, async () => {
      await using server = await serverWith(policy, disconnectOnFailure)
      const newDecisionsOf = createReader(server)
      const problems: string[] = []
      for (const row of rows) {
        for (const door of everyDoor) {
          const { port, tls } = { port: server.portOf(listenerOf(door)), tls: tlsOf(row) }
          const welcome = await knock({ door, port, domain, tls })
          problems.push(...differences(door, row, await observe(welcome, newDecisionsOf, row)))
        }
        for (const listener of [...server.options.c2s, ...server.options.http]) {
          problems.push(...(await disagreement(server, listener, row)))
        }
      }
      assert.deepEqual(problems, [])
    })
  }

  test('of one host only: the stream says what HTTP, before it knows the host, cannot', async () => {
    const strict = 'strict.example'
    await using server = await startServer({
      ...{ catalogue, hosts: [domain, strict], https: httpsWith() },
      hostConfig: [{ host: strict, auth: null, certificatePolicy: 'mandatory', saslExternal: null }],
    })
    const newDecisionsOf = createReader(server)
    for (const door of everyDoor) {
      const at = { door, port: server.portOf(listenerOf(door)), tls: {} }
      const open = await knock({ ...at, domain })
      assert.equal(open.kind, 'features')
      if (open.kind === 'features') open.client.destroy()
      const refused = await knock({ ...at, domain: strict })
      assert.deepEqual(
        [refused.kind, refused.kind === 'stream-error' && refused.condition],
        ['stream-error', 'not-authorized'],
      )
      if (refused.kind === 'features') continue
      const [decision, ...more] = newDecisionsOf(refused.ends)
      assert.deepEqual(
        [decision && codeOf(decision), decision?.domain, more.length],
        ['certificate-missing', strict, 0],
      )
      assert.ok(decision !== undefined && refused.text.includes(decision.id))
    }
  })

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

function differences(door: EveryDoor, row: AdmissionRow, seen: Seen): readonly string[] {
  const offered = row.welcome === 'end' ? null : offers[row.welcome]
  const expected = { condition: conditionBy(door, row), code: row.code, offered }
  const [wanted, got] = [JSON.stringify(expected), JSON.stringify(seen)]
  return got === wanted ? [] : [`${door}, ${row.presented}, ${row.attempt}: expected ${wanted}, saw ${got}`]
}

/** Where HTTP is below, the end comes before there is a stream. */
function conditionBy(door: EveryDoor, { welcome, condition, code }: AdmissionRow): string {
  return welcome === 'end' && code !== 'allow' && listenerOf(door) === 'https' ? `http:${statusOf(code)}` : condition
}

function tlsOf(row: AdmissionRow) {
  const name = presented[row.presented]
  if (name === null) return {}
  const { chainPem: cert, keyPem: key } = catalogue.get(name)
  return { cert, key }
}

async function observe(
  welcome: Welcome,
  newDecisionsOf: ReturnType<typeof createReader>,
  row: AdmissionRow,
): Promise<Seen> {
  const { condition, text, offered } = await finish(welcome, row)
  const [decision, ...more] = newDecisionsOf(welcome.kind === 'features' ? welcome.client : welcome.ends)
  assert.ok(decision !== undefined && more.length === 0, 'one attempt, one record')
  const code = codeOf(decision)
  if (code !== 'allow') assert.ok(text.includes(decision.id), 'the text names the record')
  // Said clearly on the wire: a client that must show a certificate is told so in words.
  if (code !== 'allow' && offered === null) assert.ok(text.includes(reasons[code].meaning))
  return { condition, code, offered }
}

async function finish(welcome: Welcome, row: AdmissionRow): Promise<Omit<Seen, 'code'> & { readonly text: string }> {
  switch (welcome.kind) {
    case 'http':
      return { condition: `http:${welcome.status}`, text: welcome.text, offered: null }
    case 'stream-error':
      return { condition: `stream:${welcome.condition}`, text: welcome.text, offered: null }
    case 'features': {
      using client = welcome.client
      const offered = mechanismsOf(welcome.features) ?? []
      // A row without an attempt expects no stream: whatever is tried here, the difference shows.
      const last = await authenticate(client, row.attempt ?? 'external')
      if (last.name === 'failure') return { ...readError(last), offered }
      assert.match(await client.bind(domain), new RegExp(`^alice@${domain}/`))
      return { condition: last.name, text: '', offered }
    }
  }
}

function authenticate(client: StreamClient, attempt: Try) {
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
async function disagreement(
  { options }: TestServer,
  listener: ListenerOptions,
  row: AdmissionRow,
): Promise<readonly string[]> {
  const name = presented[row.presented]
  const isByPassword = row.attempt === 'password' || row.attempt === 'wrong-password'
  if (name === null || isByPassword) return []
  const authzid = row.attempt === 'external-as-bob' ? `bob@${domain}` : null
  const { chainPem: pem } = catalogue.get(name)
  const said = await explain({ pem, authzid, domain, listener, options, now: Date.now() })
  const code = said.ok ? codeOf(said.value.decision) : said.error
  return code === row.code
    ? []
    : [`${listener.name}, ${row.presented}, ${row.attempt}: the door says ${row.code}, explain says ${code}`]
}

/** The matrix must be able to fail: wrong expectations are reported, rows are counted, tables with mistakes are refused. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Decision } from '../../src/observe/decision.ts'
import { reasons } from '../../src/observe/reasons.ts'
import { everyDoor } from '../support/every-door.ts'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import type { TestServer } from '../support/server.ts'
import { domain, subjects } from './certificates.ts'
import { createContexts, startMatrixServer, summary, targetOf } from './matrix-server.ts'
import { conditions, readTable } from './outcomes.ts'
import { authzids, furtherPolicies, policies } from './policies.ts'
import { type Batch, furtherBatches, nameOf, productBatches, type Row, type Setting, unaskedBatches } from './rows.ts'
import { runBatch } from './run-batch.ts'
import { differences, type Observation } from './run-row.ts'

const [policy = assert.fail('no policy')] = policies
const [one = assert.fail('no subject')] = subjects
const setting: Setting = { policy, verifyMode: 'peer', disconnectOnFailure: false }

describe('differences', () => {
  const allow = { kind: 'allow', jid: `alice@${domain}`, via: 'standard' } as const
  const deny = { kind: 'deny', code: 'authzid-mismatch', condition: 'invalid-authzid', why: '' } as const
  const decision = {
    id: 'id-1',
    mechanism: 'EXTERNAL',
    transport: 'tcp',
    domain,
    outcome: allow,
  } as unknown as Decision
  const login: Row = {
    door: 'direct',
    subject: one,
    form: 'equals',
    authzid: null,
    expected: { kind: 'login', jid: `alice@${domain}`, via: 'standard' },
  }
  const refusal: Row = { ...login, expected: { kind: 'failure', code: 'authzid-mismatch', offered: true } }
  const loggedIn: Observation = {
    offered: ['EXTERNAL'],
    end: 'login',
    detail: `alice@${domain}/x`,
    text: '',
    decisions: [decision],
  }
  const refused: Observation = {
    offered: ['EXTERNAL'],
    end: 'failure',
    detail: 'invalid-authzid',
    text: `${reasons['authzid-mismatch'].meaning} (id-1)`,
    decisions: [{ ...decision, outcome: deny }],
  }

  test('are none where all is as expected', () => {
    assert.deepEqual(differences(login, loggedIn), [])
    assert.deepEqual(differences(refusal, refused), [])
  })

  test('are none where HTTP lets nobody in, with the status that is due', () => {
    const code = 'certificate-missing'
    const row: Row = { ...login, door: 'websocket', expected: { kind: 'disconnect', code } }
    const outcome = { kind: 'deny', code, condition: 'not-authorized', why: '' } as const
    const seen: Observation = {
      ...{ offered: null, end: 'http', detail: '401', text: `${reasons[code].meaning} (id-1)` },
      decisions: [{ ...decision, transport: 'websocket', outcome }],
    }
    assert.deepEqual(differences(row, seen), [])
    assert.deepEqual(differences(row, { ...seen, detail: '403' }), ['condition: expected "401", saw "403"'])
    assert.match(differences({ ...row, door: 'bosh' }, seen).join(), /^record: .*"bosh".*"websocket"/)
    assert.match(differences({ ...row, door: 'direct' }, seen).join(), /wire: expected "stream-error", saw "http"/)
    assert.match(differences(row, { ...seen, end: 'stream-error' }).join(), /wire: expected "http"/)
  })

  const wrong: readonly (readonly [what: string, row: Row, seen: Observation, said: RegExp])[] = [
    ['another end', login, { ...refused, decisions: loggedIn.decisions }, /^wire: expected "login", saw "failure"$/],
    ['another JID', login, { ...loggedIn, detail: `bob@${domain}/x` }, /^bound JID: /],
    ['no resource', login, { ...loggedIn, detail: `alice@${domain}` }, /^bound JID: /],
    ['nothing on offer', login, { ...loggedIn, offered: [] }, /^mechanisms: /],
    ['more on offer', login, { ...loggedIn, offered: ['EXTERNAL', 'PLAIN'] }, /^mechanisms: /],
    ['no record', login, { ...loggedIn, decisions: [] }, /^decision records: expected 1, saw 0$/],
    ['two records', login, { ...loggedIn, decisions: [decision, decision] }, /^decision records: expected 1, saw 2$/],
    [
      'a record of another rule',
      login,
      { ...loggedIn, decisions: [{ ...decision, outcome: { ...allow, via: 'auth_id' } }] },
      /^outcome: /,
    ],
    ['a record of a refusal', login, { ...loggedIn, decisions: refused.decisions }, /^outcome: /],
    ['a record of another stream', login, { ...loggedIn, decisions: [{ ...decision, domain: 'x' }] }, /^record: /],
    ['another condition', refusal, { ...refused, detail: 'not-authorized' }, /^condition: /],
    [
      'another reason',
      refusal,
      { ...refused, decisions: [{ ...decision, outcome: { ...deny, code: 'authzid-required' } }] },
      /^outcome: /,
    ],
    ['a text without the reason', refusal, { ...refused, text: '(id-1)' }, /^text names the reason/],
    [
      'a text without the record',
      refusal,
      { ...refused, text: reasons['authzid-mismatch'].meaning },
      /^text names the record/,
    ],
  ]
  for (const [what, row, seen, said] of wrong) {
    test(`tell of ${what}`, () => {
      const found = differences(row, seen)
      assert.ok(
        found.some((line) => said.test(line)),
        found.join('\n'),
      )
    })
  }
})

describe('a run against a server', () => {
  let catalogue: Catalogue
  let server: TestServer

  before(async () => {
    catalogue = createCatalogue(domain)
    server = await startMatrixServer(catalogue, setting)
  })

  after(() => server[Symbol.asyncDispose]())

  test('reports exactly the rows whose expectation is wrong, and counts all', async () => {
    const { rows } = productBatches('peer', false)[0] ?? assert.fail('no batch')
    const some = rows.filter(({ subject }) => ['one', 'two', 'expired'].includes(subject.certificate))
    const spoilt = new Set([some[0], some[20], some[40]])
    const batch: Batch = { setting, rows: some.map((row) => (spoilt.has(row) ? spoil(row) : row)) }
    using target = targetOf(server, createContexts(catalogue))
    const report = await runBatch(target, batch)
    assert.equal(report.ran, 4 * 3 * 9)
    assert.deepEqual(
      report.problems.map((problem) => problem.split('\n')[0]).sort(),
      [...spoilt].map((row) => (row === undefined ? '' : nameOf(setting, row))).sort(),
    )
    assert.match(summary(report), /^3 of 108 rows differ\n/)
  })

  test('reports a row that cannot be run at all', async () => {
    using target = targetOf({ ...server, portOf: () => 1 }, createContexts(catalogue))
    const { rows } = productBatches('peer', false)[0] ?? assert.fail('no batch')
    const some = everyDoor.flatMap((door) => rows.find((row) => row.door === door) ?? [])
    const report = await runBatch(target, { setting, rows: some })
    assert.equal(report.ran, 4)
    assert.equal(report.problems.length, 4)
    for (const problem of report.problems) assert.match(problem, /ECONNREFUSED/)
  })
})

/** The same row with an expectation that cannot be right. */
function spoil(row: Row): Row {
  return row.expected.kind === 'login'
    ? { ...row, expected: { kind: 'failure', code: 'no-identity', offered: true } }
    : { ...row, expected: { kind: 'login', jid: `alice@${domain}`, via: 'standard' } }
}

describe('the product', () => {
  test('has no row twice', () => {
    const batches = [
      ...productBatches('peer', true),
      ...productBatches('peer', false),
      ...productBatches('selfsigned_peer', true),
      ...productBatches('selfsigned_peer', false),
      ...unaskedBatches(),
      ...furtherBatches(),
    ]
    const names = batches.flatMap((batch) => batch.rows.map((row) => nameOf(batch.setting, row)))
    assert.equal(names.length, 7 * 4 * (26 * 9 + 7 + 33 * 9) + 7 * 4 * (27 * 9 + 6 + 33 * 9) + 2016 + 12_832)
    assert.equal(new Set(names).size, names.length)
  })

  test('meets every reason of its table of conditions', () => {
    const rows = [...productBatches('peer', false), ...unaskedBatches(), ...furtherBatches()].flatMap(
      ({ rows }) => rows,
    )
    const codes = new Set(rows.flatMap(({ expected }) => (expected.kind === 'login' ? [] : [expected.code])))
    assert.deepEqual([...codes].sort(), Object.keys(conditions).sort())
  })

  test('takes the wire condition of each reason from its own table, which the catalogue of reasons agrees with', () => {
    for (const [code, condition] of Object.entries(conditions)) {
      assert.equal(reasons[code as keyof typeof conditions].condition, condition, code)
    }
  })

  test('has a line for each shape in each policy', () => {
    for (const { name, answers } of [...policies, ...furtherPolicies]) {
      for (const { shape } of subjects) assert.equal(answers.get(shape)?.length, authzids.length, `${name}, ${shape}`)
    }
  })
})

describe('a table', () => {
  const read = (text: string) => readTable(['a', 'b'], ['x', 'y'], text)

  test('is read line by line', () => {
    assert.deepEqual(
      [...read('\n  a addr mism\n  b noid form\n')],
      [
        ['a', ['addr', 'mism']],
        ['b', ['noid', 'form']],
      ],
    )
  })
  test('with a cell too many, or too few, is refused', () => {
    assert.throws(() => read('a addr mism form'), /3 cells for 2 columns/)
    assert.throws(() => read('a addr'), /1 cells for 2 columns/)
  })
  test('with an unknown word is refused', () => {
    assert.throws(() => read('a addr toString'), /no such word: toString/)
  })
  test('with an unknown line, or one twice, is refused', () => {
    assert.throws(() => read('c addr addr'), /no such line: c/)
    assert.throws(() => read('a addr addr\na addr addr'), /line given twice: a/)
  })
})

/** Order and fall-through of every two backends on the wire, each one real and in every state that it can be in. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { skipWithout } from '../clients/debian.ts'
import { type Estate, fileTable, postgresTable, startEstate } from './estate.ts'
import { runPair } from './run-pair.ts'
import { pairs, rowsOf } from './states.ts'

describe('every two backends', { skip: skipWithout(['slapd']), concurrency: false }, () => {
  let estate: Estate
  before(async () => {
    estate = await startEstate(fileTable())
  })
  after(() => estate?.[Symbol.asyncDispose]())

  for (const [first, second] of pairs) {
    const rows = rowsOf(first, second).length
    test(`["${first}", "${second}"]: ${rows} rows`, () => runPair(estate, first, second))
  }
})

describe('a database server in the pair', { skip: skipWithout(['slapd', 'postgresql']), concurrency: false }, () => {
  let estate: Estate
  before(async () => {
    estate = await startEstate(await postgresTable())
  })
  after(() => estate?.[Symbol.asyncDispose]())

  test('before another', () => runPair(estate, 'rdbms', 'ldap'))
  test('behind another', () => runPair(estate, 'http', 'rdbms'))
})

test('the tables have all pairs, and each evidence that a pair judges', () => {
  const rows = pairs.flatMap(([first, second]) => rowsOf(first, second))
  assert.equal(pairs.length, 4 * 3)
  // Two that judge both evidences have 16 rows of each; with `pki` or `rdbms` beside them, 4 rows of one of the two.
  assert.equal(rows.length, 2 * (2 * 16 + 2 * (4 + 16) + 2 * (4 + 4) + (1 + 4)))
  assert.equal(new Set(rows.map((row) => `${row.first} ${row.evidence} ${row.local}`)).size, rows.length)
})

/** The table of one pair against one server: every row through both doors and through `explain`, outages included. */

import assert from 'node:assert/strict'
import { resolvePassword } from '../../src/auth/passwords/options.ts'
import { ldapOptions } from '../ldap/people.ts'
import { doors, startServer, type TestServer } from '../support/server.ts'
import type { Estate } from './estate.ts'
import { pairExplained, pairLogin } from './pair-login.ts'
import { type Backend, type PairRow, rowsOf } from './states.ts'

/** Runs the table of `first` and `second`; fails with a line for each row that went otherwise. */
export async function runPair(estate: Estate, first: Backend, second: Backend): Promise<void> {
  const rows = rowsOf(first, second)
  await using server = await serverWith(estate, [first, second])
  const problems: string[] = []
  const seen = new Set<PairRow>()
  // Where all are there comes last as well: the same server goes on without a restart.
  for (const away of [[], [first], [first, second], [second], []] as const) {
    const group = rows.filter((row) => sameSet(awayIn(row), away))
    if (group.length === 0) continue
    for (const backend of away) await estate.outages[backend]?.begin()
    problems.push(...(await runRows(server, estate, group)))
    for (const backend of away) await estate.outages[backend]?.end()
    for (const row of group) seen.add(row)
  }
  assert.deepEqual(problems, [])
  assert.equal(seen.size, rows.length)
}

function serverWith({ catalogue, pools }: Estate, methods: readonly Backend[]): Promise<TestServer> {
  return startServer({
    catalogue,
    auth: {
      methods,
      mechanisms: ['external', 'plain'],
      http: { evidence: ['certificate', 'password'], basicAuth: null, api: { kind: 'mongooseim' } },
      ldap: ldapOptions('certificate_match = "exact"'),
      password: resolvePassword({ format: 'plain', hash: undefined, scram_iterations: 4096 }),
    },
    pools,
  })
}

async function runRows(server: TestServer, estate: Estate, rows: readonly PairRow[]): Promise<readonly string[]> {
  const problems: string[] = []
  const compare = (where: string, row: PairRow, seen: unknown) => {
    const { condition, code, asked } = row
    const [wanted, got] = [JSON.stringify({ condition, code, asked }), JSON.stringify(seen)]
    if (got !== wanted) problems.push(`${where}, ${row.evidence} of ${row.local}: expected ${wanted}, saw ${got}`)
  }
  for (const row of rows) {
    for (const door of doors) compare(door, row, await pairLogin(server, estate, door, row))
    if (row.evidence === 'certificate') compare('explain', row, await pairExplained(server, estate, row))
  }
  return problems
}

function awayIn({ first, second, states: [one, other] }: PairRow): readonly Backend[] {
  return [...(one === 'unavailable' ? [first] : []), ...(other === 'unavailable' ? [second] : [])]
}

function sameSet(one: readonly Backend[], other: readonly Backend[]): boolean {
  return one.length === other.length && one.every((backend) => other.includes(backend))
}

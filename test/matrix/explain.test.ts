/** What `explain` says offline is what the door said: for every row of the matrix, the same outcome with the same reason. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explain } from '../../src/explain.ts'
import type { SignetOptions } from '../../src/options.ts'
import { listenerOf } from '../support/every-door.ts'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { prepareOptions } from '../support/server.ts'
import { domain } from './certificates.ts'
import { planOf } from './matrix-server.ts'
import { type Batch, furtherBatches, nameOf, productBatches, type Row, unaskedBatches } from './rows.ts'

const catalogue = createCatalogue(domain)

/** What a row comes down to when there is no wire: one door a listener, no base64, and no client that sends no certificate. */
function offline({ rows }: Batch): readonly Row[] {
  return rows.filter(
    ({ door, form, subject }) =>
      (door === 'direct' || door === 'websocket') &&
      form !== 'base64' &&
      form !== 'equals' &&
      subject.certificate !== '(none)',
  )
}

async function outcomeOf(catalogue: Catalogue, options: SignetOptions, row: Row): Promise<string> {
  const { door, subject, authzid } = row
  const listener = [...options.c2s, ...options.http].find(({ name }) => name === listenerOf(door))
  if (listener === undefined || subject.certificate === '(none)') throw new TypeError('not a row for explain')
  const { chainPem: pem } = catalogue.get(subject.certificate)
  const said = await explain({ pem, authzid, domain: subject.host, listener, options, now: Date.now() })
  if (!said.ok) return `fault: ${said.error}`
  const { outcome } = said.value.decision
  return outcome.kind === 'allow' ? `${outcome.jid} via ${outcome.via}` : outcome.code
}

async function disagreements(batch: Batch): Promise<{ asked: number; problems: readonly string[] }> {
  const problems: string[] = []
  const rows = offline(batch)
  await using prepared = await prepareOptions(planOf(catalogue, batch.setting))
  for (const row of rows) {
    const { expected } = row
    const said = await outcomeOf(catalogue, prepared.options, row)
    const wanted = expected.kind === 'login' ? `${expected.jid} via ${expected.via}` : expected.code
    if (said !== wanted) problems.push(`${nameOf(batch.setting, row)}: the door says ${wanted}, explain says ${said}`)
  }
  return { asked: rows.length, problems }
}

const parts: readonly (readonly [name: string, batches: readonly Batch[], rows: number])[] = [
  ['verify_mode "peer"', productBatches('peer', false), 2 * 7 * 32 * 7],
  ['verify_mode "selfsigned_peer"', productBatches('selfsigned_peer', false), 2 * 7 * 32 * 7],
  ['verify_mode "none"', unaskedBatches(), 2 * 7 * 2 * 3 * 7],
  ['the rest', furtherBatches(), 2 * (7 * 12 * 7 + 9 * (26 * 7 + 6) + 59 + 82 + 60 + 82)],
]

describe('explain and the door agree', () => {
  for (const [name, batches, rows] of parts) {
    test(`${name}: ${rows} rows`, async () => {
      let asked = 0
      const problems: string[] = []
      for (const batch of batches) {
        const found = await disagreements(batch)
        asked += found.asked
        problems.push(...found.problems)
      }
      assert.equal(problems.length, 0, problems.slice(0, 25).join('\n'))
      assert.equal(asked, rows)
    })
  }
})

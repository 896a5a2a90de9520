/** The same matrix over BOSH: every row of one door, and every outcome with the same reason. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyHandler } from '../https/handlers.ts'
import { connectBosh } from '../support/bosh-client.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { domain } from './certificates.ts'
import { createContexts, planOf, summary, targetOf } from './matrix-server.ts'
import { type Batch, furtherBatches, productBatches, unaskedBatches } from './rows.ts'
import { runBatch } from './run-batch.ts'
import type { OtherDoor } from './run-row.ts'

const catalogue = createCatalogue(domain)
const contextOf = createContexts(catalogue)

function boshOf(server: TestServer): OtherDoor {
  return {
    transport: 'bosh',
    connect: (secureContext, host) =>
      connectBosh({ port: server.portOf('https'), tls: { secureContext, servername: domain }, domain: host }),
  }
}

const parts: readonly (readonly [name: string, batches: readonly Batch[], rows: number])[] = [
  ['verify_mode "peer", disconnecting', productBatches('peer', true), 7 * (26 * 9 + 7)],
  ['verify_mode "peer"', productBatches('peer', false), 7 * 33 * 9],
  ['verify_mode "selfsigned_peer", disconnecting', productBatches('selfsigned_peer', true), 7 * (27 * 9 + 6)],
  ['verify_mode "selfsigned_peer"', productBatches('selfsigned_peer', false), 7 * 33 * 9],
  ['verify_mode "none"', unaskedBatches(), 7 * 2 * 4 * 9],
  ['the rest', furtherBatches(), 7 * 12 * 9 + 8 * (26 * 9 + 7) + (59 + 82 + 60 + 82)],
]

for (const [name, batches, rows] of parts) {
  test(`${name}: ${rows} logins`, async () => {
    const problems: string[] = []
    let ran = 0
    for (const { setting, rows: all } of batches) {
      const { trustedNames } = setting.policy
      const handlers = everyHandler.filter(({ name: handler }) => handler === 'mongoose_bosh_handler')
      await using server = await startServer({ ...planOf(catalogue, setting), https: { handlers, trustedNames } })
      const target = { ...targetOf(server, contextOf), other: boshOf(server) }
      const report = await runBatch(target, { setting, rows: all.filter(({ door }) => door === 'direct') })
      ran += report.ran
      problems.push(...report.problems)
    }
    assert.equal(problems.length, 0, summary({ ran, problems }))
    assert.equal(ran, rows)
  })
}

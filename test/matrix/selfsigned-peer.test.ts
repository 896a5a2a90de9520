/** The conformance matrix, verify_mode "selfsigned_peer": every certificate × authorization identity × policy × door, both settings of disconnect_on_failure. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { domain } from './certificates.ts'
import { runBatches, summary } from './matrix-server.ts'
import { productBatches } from './rows.ts'

const catalogue = createCatalogue(domain)

for (const [disconnectOnFailure, rows] of [
  [true, 7 * 2 * (27 * 9 + 6)],
  [false, 7 * 2 * 33 * 9],
] as const) {
  test(`disconnect_on_failure = ${disconnectOnFailure}: ${rows} logins`, async () => {
    const report = await runBatches(catalogue, productBatches('selfsigned_peer', disconnectOnFailure))
    assert.equal(report.problems.length, 0, summary(report))
    assert.equal(report.ran, rows)
  })
}

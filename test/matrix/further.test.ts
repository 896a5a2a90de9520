/** The rest of the matrix: verify_mode "none", and the certificates of the catalogue that are not in the full product. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { alsoNamed, alsoOne, domain, refusalOf, refusedChains, selfSignedOnly, subjects } from './certificates.ts'
import { runBatches, summary } from './matrix-server.ts'
import { furtherBatches, unaskedBatches } from './rows.ts'

const catalogue = createCatalogue(domain)

test('the tables know every certificate of the catalogue, and no other', () => {
  const named = [...subjects, ...alsoNamed].map(({ certificate }) => certificate)
  const listed = new Set([...named, ...alsoOne, ...selfSignedOnly, ...Object.values(refusedChains).flat()])
  listed.delete('(none)')
  assert.deepEqual([...listed].sort(), catalogue.all.map(({ name }) => name).sort())
})

test('the table of chains and the catalogue, made by different hands, agree', () => {
  for (const { name, chain } of catalogue.all) {
    const expected = chain === 'self-signed' ? 'chain-self-signed' : chain === 'trusted' ? null : chain
    assert.equal(refusalOf(name, 'peer'), expected, name)
  }
})

test('verify_mode "none" asks nobody for a certificate, so nobody is offered EXTERNAL', async () => {
  const report = await runBatches(catalogue, unaskedBatches())
  assert.equal(report.problems.length, 0, summary(report))
  assert.equal(report.ran, 7 * 2 * 2 * 4 * 9)
})

test('the remaining certificates, and the unusual orders of rules', async () => {
  const report = await runBatches(catalogue, furtherBatches())
  assert.equal(report.problems.length, 0, summary(report))
  assert.equal(report.ran, 7 * 2 * 12 * 9 + 8 * 2 * (26 * 9 + 7) + 2 * (59 + 82 + 60 + 82))
})

/** The rest of the matrix: verify_mode "none", and the certificates of the catalogue that are not in the full product. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { alsoNamed, alsoOne, domain, refusalOf, refusedChains, selfSignedOnly, subjects } from './certificates.ts'
import { testBatches } from './matrix-server.ts'
import { chainBatches, nameBatches, orderBatches, unaskedBatches } from './rows.ts'

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

// Nobody is asked for a certificate, so nobody is offered EXTERNAL.
testBatches(catalogue, unaskedBatches(), 4 * 4 * 9)

testBatches(catalogue, nameBatches(), 4 * 12 * 9)
testBatches(catalogue, orderBatches(), 4 * (26 * 9 + 7))

testBatches(catalogue, chainBatches('peer', true), 4 * 59)
testBatches(catalogue, chainBatches('peer', false), 4 * 82)
testBatches(catalogue, chainBatches('selfsigned_peer', true), 4 * 60)
testBatches(catalogue, chainBatches('selfsigned_peer', false), 4 * 82)

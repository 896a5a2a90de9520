import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { judgeChain } from '../../src/trust/chain-status.ts'
import { type PathVerdict, validatePath } from '../../src/trust/path-validation.ts'
import { emptyTrustStore } from '../../src/trust/trust-store.ts'
import { type CatalogueCertificate, createCatalogue } from '../support/pki/catalogue.ts'
import { createTlsOracle } from '../support/tls-oracle.ts'
import { parsedOf, storeOf } from './support.ts'

const catalogue = createCatalogue('localhost')
const store = storeOf(catalogue.rootPem)
const oracle = createTlsOracle()
const now = Date.now()

function judge(entry: CatalogueCertificate): PathVerdict | 'unreadable' {
  const [first, ...rest] = entry.sentDer
  if (first === undefined || !parseCertificate(first).ok) return 'unreadable'
  return validatePath({ leaf: parsedOf(first), extra: rest.map(parsedOf), store, now })
}

for (const entry of catalogue.all) {
  test(`catalogue: ${entry.name} is ${entry.chain}`, async () => {
    const verdict = judge(entry)
    const word =
      verdict === 'unreadable' ? 'certificate-unreadable' : verdict.kind === 'untrusted' ? verdict.code : verdict.kind
    assert.equal(word, entry.chain)
    const objection = await oracle.ask(store.pem, entry)
    if (word === 'trusted') assert.equal(objection, null)
    if (word === 'self-signed') assert.equal(objection?.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
    if (verdict === 'unreadable') return
    const [first, ...rest] = entry.sentDer
    assert.ok(first !== undefined)
    const status = judgeChain(parsedOf(first), rest.map(parsedOf), store, now, { asked: true, error: objection })
    // Both judges together come to the same end as ours alone.
    assert.equal(status.kind === 'untrusted' ? status.code : status.kind, entry.chain)
  })
}

test('a trusted chain runs from the leaf to the anchor', () => {
  const verdict = judge(catalogue.get('two-intermediates-reversed'))
  assert.ok(verdict !== 'unreadable' && verdict.kind === 'trusted')
  const names = verdict.chain.map(({ subject }) => subject.rdns.at(-1)?.[0]?.value)
  assert.deepEqual(names, ['Alice', 'Catalogue Lower CA', 'Catalogue Upper CA', 'Catalogue Root CA'])
})

test('a refusal tells the certificate it is about', () => {
  const verdict = judge(catalogue.get('intermediate-expired'))
  assert.ok(verdict !== 'unreadable' && verdict.kind === 'untrusted')
  assert.match(verdict.text, /^"CN=Catalogue Other CA" expired at \d{4}-/)
  assert.equal(verdict.at.subject.rdns[0]?.[0]?.value, 'Catalogue Other CA')
})

test('the store that trusts nobody trusts nobody', () => {
  const verdict = validatePath({ leaf: parsedOf(catalogue.get('one').leafDer), extra: [], store: emptyTrustStore, now })
  assert.equal(verdict.kind === 'untrusted' ? verdict.code : verdict.kind, 'chain-unknown-ca')
})

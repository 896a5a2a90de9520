import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPathCache, maxVerdictAgeMs } from '../../src/trust/path-cache.ts'
import { createAuthority, issue, selfSigned } from '../support/pki/certificate.ts'
import { parsedOf, storeOf } from './support.ts'

const root = createAuthority({ name: 'Cache Root' })
const intermediate = createAuthority({ name: 'Cache Issuing', parent: root })
const store = storeOf(root.pem)
const now = Date.now()
const soon = new Date(Math.ceil(now / 1000) * 1000 + 60_000)
const leaf = parsedOf(issue(intermediate, { cn: 'Alice', notAfter: soon }).der)
const extra = [parsedOf(intermediate.der)]
const query = { leaf, extra, store, now }

test('the same certificate, list and store give the same verdict object', () => {
  const validate = createPathCache(4)
  const first = validate(query)
  assert.equal(first.kind, 'trusted')
  assert.equal(validate({ ...query, now: now + 1000 }), first)
})

test('dates count on every call', () => {
  const validate = createPathCache(4)
  assert.equal(validate(query).kind, 'trusted')
  const late = validate({ ...query, now: soon.getTime() })
  assert.equal(late.kind === 'untrusted' ? late.code : late.kind, 'chain-expired')
  const early = validate({ ...query, now: now - 10 * 86_400_000 })
  assert.equal(early.kind === 'untrusted' ? early.code : early.kind, 'chain-not-yet-valid')
})

test('another trust store, or a list without the intermediate, is another question', () => {
  const validate = createPathCache(4)
  assert.equal(validate(query).kind, 'trusted')
  const elsewhere = validate({ ...query, store: storeOf(createAuthority({ name: 'Elsewhere' }).pem) })
  assert.equal(elsewhere.kind === 'untrusted' ? elsewhere.code : elsewhere.kind, 'chain-unknown-ca')
  const alone = validate({ ...query, extra: [] })
  assert.equal(alone.kind === 'untrusted' ? alone.code : alone.kind, 'chain-unknown-ca')
})

test('a verdict grows old', () => {
  const validate = createPathCache(4)
  const own = { leaf: parsedOf(selfSigned({ cn: 'Alice' }).der), extra: [], store, now }
  const first = validate(own)
  assert.equal(first.kind, 'self-signed')
  assert.equal(validate({ ...own, now: now + maxVerdictAgeMs - 1 }), first)
  assert.notEqual(validate({ ...own, now: now + maxVerdictAgeMs }), first)
})

test('the oldest verdict makes room at the limit', () => {
  const validate = createPathCache(2)
  const queries = ['a', 'b', 'c'].map((cn) => ({ leaf: parsedOf(issue(root, { cn }).der), extra: [], store, now }))
  const [a, b, c] = queries.map(validate)
  const [askA, askB, askC] = queries
  assert.ok(askA && askB && askC)
  assert.equal(validate(askC), c)
  assert.equal(validate(askB), b)
  assert.notEqual(validate(askA), a)
})

test('a cache of nothing is refused', () => {
  assert.throws(() => createPathCache(0), RangeError)
})

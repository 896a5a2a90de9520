import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareWithOpenSsl } from '../support/path-comparison.ts'
import { createTlsOracle } from '../support/tls-oracle.ts'

const seed = 20_261_122
const count = 500

test(`${count} random chains: never looser than OpenSSL, and stricter only where we mean to`, async () => {
  const report = await compareWithOpenSsl(createTlsOracle(), seed, count)
  assert.deepEqual(report.looser, [])
  assert.deepEqual(report.unexplained, [])
  // A generator that makes only broken chains, or only good ones, would prove nothing.
  assert.ok(report.trusted > count / 5, `${report.trusted} trusted`)
  assert.ok(report.refused > count / 5, `${report.refused} refused`)
})

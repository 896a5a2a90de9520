/** Short ways into the trust room for its tests. */

import assert from 'node:assert/strict'
import { type PeerCertificate, parseCertificate } from '../../src/certificate/facts.ts'
import { readTrustStore, type TrustStore } from '../../src/trust/trust-store.ts'

/** The facts of a certificate that must be readable. */
export function parsedOf(der: Uint8Array): PeerCertificate {
  const parsed = parseCertificate(der)
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error.field}: ${parsed.error.why}`)
  return parsed.value
}

/** The store of a PEM text that must be good. */
export function storeOf(...pem: readonly string[]): TrustStore {
  const store = readTrustStore(pem.join(''), 'test.pem')
  assert.ok(store.ok, store.ok ? '' : JSON.stringify(store.error))
  return store.value
}

/** From the bytes of a certificate to the JID it is for, at first sight: parsing and the identity rules, no cache. */

import { parseCertificate } from '../src/certificate/facts.ts'
import { identify, standard } from '../src/certificate/identity.ts'
import { createAuthority } from '../test/support/pki/certificate.ts'
import { domain, issueClient } from './pki.ts'
import { type Spread, spreadOf } from './statistics.ts'

const certificateCount = 400
const warmUpPasses = 20

/** Time for each certificate, microseconds: one measurement a pass over fresh certificates. */
export function measureIdentity(passes: number): Spread {
  const authority = createAuthority({ name: 'Benchmark CA' })
  const certificates = Array.from({ length: certificateCount }, (_, index) => issueClient(authority, index).der)
  for (let pass = 0; pass < warmUpPasses; pass += 1) identifyAll(certificates)
  return spreadOf(Array.from({ length: passes }, () => identifyAll(certificates)))
}

function identifyAll(certificates: readonly Uint8Array[]): number {
  const began = performance.now()
  for (const [index, der] of certificates.entries()) {
    const read = parseCertificate(der)
    if (!read.ok) throw new Error(`certificate ${index} cannot be read: ${read.error.why}`)
    const found = identify([standard], { certificate: read.value, authzid: null, domain })
    if (found.kind !== 'jid' || found.jid.local !== `u${index}`) throw new Error(`certificate ${index}: wrong JID`)
  }
  return ((performance.now() - began) * 1000) / certificates.length
}

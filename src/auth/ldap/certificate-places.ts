/** Places of `certificate_filter` that stand for facts of the certificate. */

import type { PeerCertificate } from '../../certificate/facts.ts'
import { nameText, type RuleSourceWord, sourceTexts } from '../../certificate/mapping/sources.ts'
import { ok, type Result } from '../../result.ts'

const sourcesByFact: Readonly<Record<string, RuleSourceWord>> = {
  xmpp_addr: 'xmpp_addr',
  cn: 'common_name',
  email: 'email',
  upn: 'upn',
  dns: 'dns',
  uri: 'uri',
  srv_name: 'srv_name',
  uid: 'uid',
  subject: 'subject',
  serial: 'serial',
  sha256: 'sha256',
}

/** `%{email}` and its like. */
export const certificatePlaces: readonly string[] = [...Object.keys(sourcesByFact), 'issuer'].map(
  (fact) => `%{${fact}}`,
)

/** What stands in the certificate for each place, in its order. */
export type CertificateFacts = ReadonlyMap<string, readonly string[]>

/**
 * The facts that these places stand for; places for something else have none. Fails with a sentence for a value that is no
 * plain text: directories compare what stands before a NUL, or leave control characters out, and find somebody else.
 */
export function readFacts(places: readonly string[], certificate: PeerCertificate): Result<CertificateFacts, string> {
  const facts = new Map<string, readonly string[]>()
  for (const place of places) {
    const fact = place.slice(2, -1)
    const source = sourcesByFact[fact]
    if (source === undefined && fact !== 'issuer') continue
    const texts = source === undefined ? nameText('issuer', certificate.issuer) : sourceTexts(source, certificate)
    if (!texts.ok) return texts
    facts.set(place, texts.value)
  }
  return ok(facts)
}

/** Places of `certificate_filter` that stand for facts of the certificate. */

import { formatDn, type PeerCertificate } from '../../certificate/facts.ts'
import { type RuleSourceWord, sourceValues } from '../../certificate/mapping/sources.ts'

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

/** What stands in the certificate for a place, in its order; null where it cannot be told, or the place is no fact. */
export function factValues(place: string, certificate: PeerCertificate): readonly string[] | null {
  const fact = place.slice(2, -1)
  if (fact === 'issuer') return [formatDn(certificate.issuer)]
  const source = sourcesByFact[fact]
  if (source === undefined) return null
  const values = sourceValues(source, certificate)
  const told = values.filter((value) => value !== null)
  return told.length === values.length ? told : null
}

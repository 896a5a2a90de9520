/**
 * Identity rule `by_backend`: the certificate names nobody, and the backend that knows it says whose it is. Until then the
 * claim is made for a stand-in that nobody can log in as.
 */

import { formatBare } from '../jid/jid.ts'
import { type IdentityAnswer, type IdentityQuery, type IdentityRule, refuse, refuseMalformed } from './identity-rule.ts'

/** The rule as a value. What the client asks for decides nothing: it must be what the backend says. */
export const byBackend: IdentityRule = { name: 'by_backend', trustsClient: false, answer }

function answer({ certificate, authzid, domain }: IdentityQuery): IdentityAnswer {
  const unusable = refuseMalformed(certificate.names.xmppAddr)
  if (unusable !== null) return unusable
  if (authzid !== null && authzid.domain !== domain) {
    return refuse('authzid-foreign-domain', `${formatBare(authzid)} is not of the domain ${domain}`)
  }
  const jid = { local: certificate.sha256, domain }
  return { kind: 'jid', jid, isStandIn: true, detail: 'whoever the backend says' }
}

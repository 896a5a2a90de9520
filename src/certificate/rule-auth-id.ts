/** Identity rule `auth_id`: the authorization identity as the client states it. Safe only where a backend compares the certificate. */

import { formatBare } from '../jid/jid.ts'
import {
  answerJid,
  type IdentityAnswer,
  type IdentityQuery,
  type IdentityRule,
  refuse,
  refuseMalformed,
} from './identity-rule.ts'

/** The rule as a value. */
export const authId: IdentityRule = { name: 'auth_id', trustsClient: true, answer }

function answer({ certificate, authzid, domain }: IdentityQuery): IdentityAnswer {
  const unusable = refuseMalformed(certificate.names.xmppAddr)
  if (unusable !== null) return unusable
  if (authzid === null) return refuse('authzid-missing', 'the client sent no authorization identity')
  if (authzid.domain !== domain) {
    return refuse('authzid-foreign-domain', `${formatBare(authzid)} is not of the domain ${domain}`)
  }
  return answerJid(authzid, `authorization identity ${formatBare(authzid)}, on the client's word`)
}

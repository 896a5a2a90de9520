/** Identity rule `standard`: the xmppAddr names of the certificate (XEP-0178 §2, RFC 6120 §13.7.1.4). */

import { type Candidate, chooseCandidate, formatCandidate } from './candidates.ts'
import {
  answerJid,
  type IdentityAnswer,
  type IdentityQuery,
  type IdentityRule,
  pass,
  refuse,
  refuseMalformed,
} from './identity-rule.ts'

/** The rule as a value. */
export const standard: IdentityRule = { name: 'standard', trustsClient: false, answer }

function answer({ certificate, authzid, domain }: IdentityQuery): IdentityAnswer {
  const addresses = certificate.names.xmppAddr
  if (addresses.length === 0) return pass('the certificate has no xmppAddr')
  const unusable = refuseMalformed(addresses)
  if (unusable !== null) return unusable
  const candidates: Candidate[] = []
  // A resource says nothing about the account.
  for (const { jid } of addresses)
    if (jid !== null) candidates.push({ local: jid.local, domain: jid.domain, alias: null })
  const choice = chooseCandidate(candidates, authzid, 'xmppAddr')
  return choice.kind === 'none' ? choice.answer : judge(choice.candidate, domain)
}

function judge(candidate: Candidate, domain: string): IdentityAnswer {
  const found = `xmppAddr ${formatCandidate(candidate)}`
  if (candidate.domain !== domain) return refuse('xmpp-addr-foreign-domain', `${found} is not of the domain ${domain}`)
  if (candidate.local === null) return refuse('xmpp-addr-no-localpart', `${found} names no user`)
  return answerJid({ local: candidate.local, domain }, found)
}

/** Identity rule `standard`: the xmppAddr names of the certificate (XEP-0178 §2, RFC 6120 §13.7.1.4). */

import { type Candidate, chooseCandidate, formatCandidate } from './candidates.ts'
import {
  answerJid,
  type IdentityAnswer,
  type IdentityQuery,
  type IdentityRule,
  pass,
  quote,
  refuse,
} from './identity-rule.ts'
import type { XmppAddr } from './names.ts'

/** The rule as a value. */
export const standard: IdentityRule = { name: 'standard', trustsClient: false, answer }

function answer({ certificate, authzid, domain }: IdentityQuery): IdentityAnswer {
  const addresses = certificate.names.xmppAddr
  if (addresses.length === 0) return pass('the certificate has no xmppAddr')
  const candidates: Candidate[] = []
  for (const address of addresses) {
    // Fail closed: an address that cannot be read might be the one that matters.
    if (address.jid === null) return refuse('xmpp-addr-malformed', malformedDetail(address))
    // A resource says nothing about the account.
    candidates.push({ local: address.jid.local, domain: address.jid.domain, alias: null })
  }
  const choice = chooseCandidate(candidates, authzid, 'xmppAddr')
  return choice.kind === 'none' ? choice.answer : judge(choice.candidate, domain)
}

function judge(candidate: Candidate, domain: string): IdentityAnswer {
  const found = `xmppAddr ${formatCandidate(candidate)}`
  if (candidate.domain !== domain) return refuse('xmpp-addr-foreign-domain', `${found} is not of the domain ${domain}`)
  if (candidate.local === null) return refuse('xmpp-addr-no-localpart', `${found} names no user`)
  return answerJid({ local: candidate.local, domain }, found)
}

function malformedDetail({ text, why }: XmppAddr): string {
  const which = text === null ? 'an xmppAddr' : `xmppAddr ${quote(text)}`
  return `${which} is no JID: it ${why ?? 'is malformed'}`
}

/** Identity rule `common_name`: the CN of the subject as localpart, for certificates without xmppAddr. */

import { type BareJid, bareOf, parseJid, prepareLocal } from '../jid/jid.ts'
import { fail, ok, type Result } from '../result.ts'
import { type Candidate, chooseCandidate, formatCandidate } from './candidates.ts'
import { attributeValues, commonNameOid } from './distinguished-name.ts'
import type { CommonNameOptions } from './identity-options.ts'
import {
  answerJid,
  type IdentityAnswer,
  type IdentityQuery,
  type IdentityRule,
  pass,
  quote,
  refuse,
  refuseMalformed,
} from './identity-rule.ts'

/** The rule as a value. */
export function commonName(options: CommonNameOptions): IdentityRule {
  return { name: 'common_name', trustsClient: false, answer: (query) => answer(query, options) }
}

function answer({ certificate, authzid, domain }: IdentityQuery, options: CommonNameOptions): IdentityAnswer {
  const unusable = refuseMalformed(certificate.names.xmppAddr)
  if (unusable !== null) return unusable
  // Whatever the operator's order: a CN never overrules the names that were made for XMPP.
  if (certificate.names.xmppAddr.length > 0) return pass('the certificate has an xmppAddr, which goes before its CN')
  const commonNames = attributeValues(certificate.subject, commonNameOid)
  if (commonNames.length === 0) return pass('the certificate has no CN')
  const candidates: Candidate[] = []
  for (const text of commonNames) {
    const candidate = candidateOf(text, domain, options)
    if (!candidate.ok) return refuse('common-name-malformed', candidate.error)
    candidates.push(candidate.value)
  }
  const choice = chooseCandidate(candidates, authzid, 'CN')
  if (choice.kind === 'none') return choice.answer
  const { local } = choice.candidate
  if (local === null) return refuse('common-name-malformed', 'the CN names no user')
  return answerJid({ local, domain }, `CN ${formatCandidate(choice.candidate)}`)
}

function candidateOf(text: string | null, domain: string, options: CommonNameOptions): Result<Candidate, string> {
  if (text === null) return fail('a CN breaks the alphabet of its string type')
  const jid = jidOf(text, domain)
  if (jid !== null) return ok({ ...jid, alias: null })
  const plain = prepareLocal(text)
  if (!plain.ok) return fail(`CN ${quote(text)} is no localpart: it ${plain.error.why}`)
  const { prefix, suffix } = options
  if (prefix === '' && suffix === '') return ok({ local: plain.value, domain, alias: null })
  const whole = prepareLocal(`${prefix}${text}${suffix}`)
  if (!whole.ok) return fail(`CN ${quote(text)} with its prefix and suffix is no localpart: it ${whole.error.why}`)
  return ok({ local: whole.value, domain, alias: { local: plain.value, domain } })
}

/** The bare JID of this domain that a CN spells out; null for anything else. */
function jidOf(text: string, domain: string): BareJid | null {
  if (!text.includes('@')) return null
  const jid = parseJid(text)
  if (!jid.ok || jid.value.resource !== null || jid.value.domain !== domain) return null
  return bareOf(jid.value)
}

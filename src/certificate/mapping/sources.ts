/** What a mapping rule can read in a certificate, by the words of its option `source`. */

import { fail, ok, type Result } from '../../result.ts'
import { formatCandidate } from '../candidates.ts'
import type { PeerCertificate } from '../certificate.ts'
import { holdsControlCharacter } from '../control-characters.ts'
import {
  attributeValues,
  commonNameOid,
  type DistinguishedName,
  emailAddressOid,
  formatDn,
  uidOid,
} from '../distinguished-name.ts'
import { judgedName } from '../dn-pattern/judged-name.ts'
import { quote } from '../identity-rule.ts'

/** Words for `source`; an OID stands for that attribute of the subject. */
export const ruleSources = [
  'xmpp_addr',
  'common_name',
  'email',
  'upn',
  'dns',
  'uri',
  'srv_name',
  'uid',
  'subject',
  'serial',
  'sha256',
] as const

/** One of the words. */
export type RuleSourceWord = (typeof ruleSources)[number]

/** A word, or an OID. */
export type RuleSource = RuleSourceWord | { readonly oid: string }

const oidPattern = /^[0-2](?:\.(?:0|[1-9][0-9]{0,17})){1,30}$/

/** Reads the option; null when it is no source. */
export function parseSource(text: string): RuleSource | null {
  return ruleSources.find((word) => word === text) ?? (oidPattern.test(text) ? { oid: text } : null)
}

/**
 * The values of a source, in the order of the certificate, each of which is text that can be shown and compared; or why one
 * of them is not. Patterns may take but a part of a value, and other programs read it up to a NUL: neither is what people see.
 */
export function sourceTexts(source: RuleSource, certificate: PeerCertificate): Result<readonly string[], string> {
  const { subject } = certificate
  if (source === 'subject') return subject.rdns.length === 0 ? ok([]) : nameText('subject', subject)
  const label = typeof source === 'object' ? source.oid : source
  const texts: string[] = []
  for (const value of sourceValues(source, certificate)) {
    if (value === null) return fail(`a value of ${label} breaks the alphabet of its string type`)
    if (holdsControlCharacter(value)) return fail(`${label} ${quote(value)} holds a control character`)
    texts.push(value)
  }
  return ok(texts)
}

/** A whole name as one text; or why an attribute of it is no text. */
export function nameText(which: 'subject' | 'issuer', name: DistinguishedName): Result<readonly string[], string> {
  const judged = judgedName(name)
  // The text of a name shows control characters escaped, and whoever reads it takes the escapes away again.
  return judged.ok ? ok([formatDn(name)]) : fail(`the ${which} is no plain text: ${judged.error}`)
}

/** Null stands for a value whose text cannot be told. */
function sourceValues(
  source: Exclude<RuleSource, 'subject'>,
  certificate: PeerCertificate,
): readonly (string | null)[] {
  const { names, subject } = certificate
  if (typeof source === 'object') return attributeValues(subject, source.oid)
  switch (source) {
    case 'xmpp_addr':
      // As an identity: prepared, and without the resource, which says nothing about the account.
      return names.xmppAddr.map(({ jid }) => (jid === null ? null : formatCandidate(jid)))
    case 'common_name':
      return attributeValues(subject, commonNameOid)
    case 'email':
      return [...names.rfc822Name, ...attributeValues(subject, emailAddressOid)]
    case 'upn':
      return names.upn
    case 'dns':
      return names.dns
    case 'uri':
      return names.uri
    case 'srv_name':
      return names.srvName
    case 'uid':
      return attributeValues(subject, uidOid)
    case 'serial':
      return [certificate.serial]
    case 'sha256':
      return [certificate.sha256]
  }
}

/** What a mapping rule can read in a certificate, by the words of its option `source`. */

import { formatCandidate } from '../candidates.ts'
import type { PeerCertificate } from '../certificate.ts'
import { attributeValues, commonNameOid, emailAddressOid, formatDn, uidOid } from '../distinguished-name.ts'

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

/** The values of a source, in the order of the certificate; null stands for one whose text cannot be told. */
export function sourceValues(source: RuleSource, certificate: PeerCertificate): readonly (string | null)[] {
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
    case 'subject':
      return subject.rdns.length === 0 ? [] : [formatDn(subject)]
    case 'serial':
      return [certificate.serial]
    case 'sha256':
      return [certificate.sha256]
  }
}

/** A found entry: its values, and the checks that need no further question. */

import type { SearchResult } from 'ldapts'
import { type BareJid, bareOf, formatBare, parseJid, prepareLocal } from '../../../jid/jid.ts'
import { fail, ok, type Result } from '../../../result.ts'
import type { Claim, Verdict } from '../../contract.ts'
import type { LdapOptions, LocalFilter } from '../../ldap/options.ts'

/** An entry as the library hands it over. */
export type LdapEntry = SearchResult['searchEntries'][number]

/** A refusal. */
export type LdapDenial = Extract<Verdict, { readonly kind: 'deny' }>

/** The attributes that the checks read; at least one, since none would ask for all. */
export function attributesFor({ jidAttribute, certificateAttribute, localFilter, dnFilter }: LdapOptions): string[] {
  const names = [jidAttribute, certificateAttribute, localFilter?.attribute ?? null, ...(dnFilter?.attributes ?? [])]
  const wanted = [...new Set(names.filter((name) => name !== null))]
  return wanted.length > 0 ? wanted : [noAttributes]
}

/** RFC 4511 §4.5.1.8. */
export const noAttributes = '1.1'

/** Spellings by which a server may hand back an attribute of octets: the library goes by the letter. */
export function binaryAttributesFor({ certificateAttribute }: LdapOptions): string[] {
  if (certificateAttribute === null) return []
  const base = withoutOptions(certificateAttribute)
  return [...new Set([certificateAttribute, base, 'userCertificate', 'userCertificate;binary', `${base};binary`])]
}

/** Why an entry does not let the claim in, by what it holds; null when it has no objection. */
export function entryDenial(entry: LdapEntry, claim: Claim, options: LdapOptions): LdapDenial | null {
  const { jidAttribute, certificateAttribute, localFilter } = options
  if (jidAttribute !== null && !holdsJid(textValues(entry, jidAttribute), claim.jid)) {
    const why = `no value of ${jidAttribute} in ${entry.dn} is ${formatBare(claim.jid)}`
    return { kind: 'deny', code: 'directory-jid-mismatch', why }
  }
  if (certificateAttribute !== null && claim.kind === 'certificate') {
    const stored = octetValues(entry, certificateAttribute)
    if (!stored.some((der) => der.equals(claim.certificate.der))) {
      const why = `none of the ${stored.length} certificates in ${entry.dn} is the presented one`
      return { kind: 'deny', code: 'directory-certificate-mismatch', why }
    }
  }
  if (localFilter !== null && !passesLocally(entry, localFilter)) {
    return { kind: 'deny', code: 'directory-filtered', why: `local_filter rules ${entry.dn} out` }
  }
  return null
}

/** The claim of whom the entry is, where that is open; the claim itself where it is not. */
export function namedClaim(entry: LdapEntry, claim: Claim, { jidAttribute }: LdapOptions): Result<Claim, LdapDenial> {
  if (claim.kind === 'password' || claim.open === undefined) return ok(claim)
  const { open, ...rest } = claim
  const { domain } = claim.jid
  const deny = (code: LdapDenial['code'], why: string) => fail({ kind: 'deny', code, why } as const)
  const values = jidAttribute === null ? [] : textValues(entry, jidAttribute)
  const found = new Map(values.flatMap((value) => jidOf(value, domain) ?? []).map((jid) => [formatBare(jid), jid]))
  const [only] = found.values()
  const label = jidAttribute ?? 'jid_attribute, which is not set,'
  if (only === undefined) {
    return deny('directory-jid-mismatch', `no value of ${label} in ${entry.dn} is a JID of ${domain}`)
  }
  const { wanted } = open
  if (wanted === null) {
    if (found.size === 1) return ok({ ...rest, jid: only })
    return deny('authzid-required', `${label} in ${entry.dn} names ${[...found.keys()].join(', ')}`)
  }
  const chosen = found.get(formatBare(wanted))
  if (chosen !== undefined) return ok({ ...rest, jid: chosen })
  return deny('authzid-mismatch', `it is ${formatBare(wanted)}, and ${label} in ${entry.dn} names another`)
}

/** A value with an `@` is a bare JID; one without is a localpart at the claim's domain. Others are nobody's. */
function holdsJid(values: readonly string[], jid: BareJid): boolean {
  return values.some((value) => jidOf(value, jid.domain)?.local === jid.local)
}

/** Null for a value that is no JID of the domain. */
function jidOf(value: string, domain: string): BareJid | null {
  if (!value.includes('@')) {
    const local = prepareLocal(value)
    return local.ok ? { local: local.value, domain } : null
  }
  const parsed = parseJid(value)
  const bare = parsed.ok && parsed.value.resource === null ? bareOf(parsed.value) : null
  return bare?.domain === domain ? bare : null
}

function passesLocally(entry: LdapEntry, { operation, attribute, values }: LocalFilter): boolean {
  const held = new Set(textValues(entry, attribute))
  const isEqual = held.size === values.length && values.every((value) => held.has(value))
  return operation === 'equal' ? isEqual : !isEqual
}

/** The values of an attribute that are text, in the order of the server. */
export function textValues(entry: LdapEntry, attribute: string): readonly string[] {
  return valuesOf(entry, attribute).map((value) => (typeof value === 'string' ? value : value.toString('utf8')))
}

function octetValues(entry: LdapEntry, attribute: string): readonly Buffer[] {
  return valuesOf(entry, attribute).filter((value) => Buffer.isBuffer(value))
}

/** Names of attributes are compared without regard to case, and servers leave `;binary` out or put it in. */
function valuesOf(entry: LdapEntry, attribute: string): readonly (string | Buffer)[] {
  const found: (string | Buffer)[] = []
  for (const name of Object.keys(entry)) {
    if (name === 'dn' || (name !== attribute && comparable(name) !== comparable(attribute))) continue
    const value = entry[name] ?? []
    if (Array.isArray(value)) found.push(...value)
    else found.push(value)
  }
  return found
}

function comparable(attribute: string): string {
  return attribute.toLowerCase().replace(/;binary(?=;|$)/, '')
}

function withoutOptions(attribute: string): string {
  return attribute.split(';')[0] ?? attribute
}

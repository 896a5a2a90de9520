/** Options of the backend `ldap` (`[auth.ldap]`), MongooseIM's and our own. */

import type { z } from 'zod'
import { choice, optionalChoice, section, sections, text, texts } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { certificatePlaces } from './certificate-places.ts'
import { attributePattern, type FilterTemplate, parseFilter, placesOf } from './filter.ts'

/** When aliases are followed (RFC 4511 §4.5.1.3), by MongooseIM's words. */
export type Deref = 'never' | 'always' | 'finding' | 'searching'

/** Compares an attribute of the found entry with a list; no question to the server. */
export interface LocalFilter {
  readonly operation: 'equal' | 'notequal'
  readonly attribute: string
  readonly values: readonly string[]
}

/** A second search that must find something. */
export interface DnFilter {
  /** Places `%u`, `%d`, `%D` (the entry's name) and `%s1`, `%s2` … (values of `attributes`, in turn). */
  readonly filter: FilterTemplate
  readonly attributes: readonly string[]
}

/** The backend, resolved. */
export interface LdapOptions {
  readonly poolTag: string
  readonly bindPoolTag: string
  readonly base: string
  readonly deref: Deref
  /** Finds the entry of an account by its name: `uids` and `filter`. Places `%u` and `%d`. */
  readonly byName: FilterTemplate
  /** Finds the entry of a certificate; null where it is found by name as well. Places `%u`, `%d` and the certificate's. */
  readonly byCertificate: FilterTemplate | null
  readonly dnFilter: DnFilter | null
  readonly localFilter: LocalFilter | null
  /** What an entry must match to be let in. Places `%u` and `%d`. */
  readonly enabledFilter: FilterTemplate | null
  /** Attribute with the entry's JIDs; null where nobody looks. */
  readonly jidAttribute: string | null
  /** Attribute with the certificates that the presented one must be among; null where nobody looks. */
  readonly certificateAttribute: string | null
  /** What is made of an answer that says "look elsewhere as well". */
  readonly references: 'refuse' | 'ignore'
}

const isAttribute = (value: string): boolean => attributePattern.test(value)
const anAttribute = 'the name of an attribute'
const aFilter = 'a search filter (RFC 4515), in parentheses'

const uidSection = section('Where accounts have their names.', {
  attr: text({ says: 'Attribute that holds the name of the account.', allowed: anAttribute, test: isAttribute }),
  format: text({
    says: 'What the attribute holds, with `%u` for the localpart and `%d` for the domain.',
    allowed: 'a text with `%u` in it once',
    byDefault: '"%u"',
    test: (value) => value.split('%u').length === 2,
  }),
})

const dnFilterSection = section('A second search that must find something, or the account is refused.', {
  filter: text({
    says: 'Filter with `%u`, `%d`, `%D` for the DN of the entry, and `%s` for the values of `attributes`, one after the other.',
    allowed: aFilter,
    byDefault: 'none: it must be given',
  }),
  attributes: texts({
    says: 'Attributes of the entry whose first values the `%s` of `filter` stand for, in turn.',
    allowed: 'a list of names of attributes',
    byDefault: '`[]`',
  }),
})

const localFilterSection = section('What an attribute of the entry must hold, or the account is refused.', {
  operation: optionalChoice(['equal', 'notequal'], {
    says: 'Whether the values of the attribute must be exactly those listed, in any order, or must not.',
    byDefault: 'none: it must be given',
  }),
  attribute: text({ says: 'Attribute that is compared.', allowed: anAttribute, test: isAttribute }),
  values: texts({
    says: 'Values that it is compared with, letter by letter.',
    allowed: 'a list of at least one text',
    byDefault: 'none: it must be given',
  }),
})

/** `[auth.ldap]`. */
export const ldapSection = section(
  'Backend `ldap`: accounts are entries of a directory, asked through `[outgoing_pools.ldap.TAG]`. See [backends/ldap.md](backends/ldap.md).',
  {
    pool_tag: text({
      says: 'Pool that searches.',
      allowed: 'the TAG of a `[outgoing_pools.ldap.TAG]`',
      byDefault: '"default"',
    }),
    bind_pool_tag: text({
      says: 'Pool that tries passwords; without it the backend judges certificates only.',
      allowed: 'the TAG of another `[outgoing_pools.ldap.TAG]`',
      byDefault: '"bind"',
    }),
    base: text({
      says: 'DN of the entry below which everybody is.',
      allowed: 'a DN',
      byDefault: 'none: it must be given',
      test: (value) => value.trim() !== '' && !value.includes('\0'),
    }),
    uids: sections(uidSection),
    filter: text({ says: 'What entries must match besides, with `%u` and `%d`.', allowed: aFilter }),
    dn_filter: dnFilterSection.optional(),
    local_filter: localFilterSection.optional(),
    deref: choice(['never', 'always', 'finding', 'searching'], {
      says: 'When aliases are followed.',
      byDefault: 'never',
    }),
    certificate_filter: text({
      says: `Finds the entry by the certificate instead of by \`uids\`, with \`%u\`, \`%d\` and ${certificatePlaces.map((place) => `\`${place}\``).join(', ')}.`,
      allowed: aFilter,
    }),
    jid_attribute: text({
      says: 'Attribute with the JIDs of the entry, or its localparts; one must be that of the login.',
      allowed: anAttribute,
      test: isAttribute,
    }),
    certificate_match: choice(['none', 'exact'], {
      says: 'With `exact` the entry must hold the very certificate that was presented.',
      byDefault: 'none',
    }),
    certificate_attribute: text({
      says: 'Attribute with the certificates for `certificate_match`.',
      allowed: anAttribute,
      byDefault: '"userCertificate;binary"',
      test: isAttribute,
    }),
    enabled_filter: text({
      says: 'What the entry must match, or the account is disabled; with `%u` and `%d`.',
      allowed: aFilter,
    }),
    references: choice(['refuse', 'ignore'], {
      says: 'What to make of an answer that refers to further servers: take it for no answer, or go by what is there.',
      byDefault: 'refuse',
    }),
  },
)

type LdapValues = z.output<typeof ldapSection>

const accountPlaces = ['%u', '%d'] as const

/** `[auth.ldap]` with its defaults; null, reported, when it cannot be used. `trustsClient`: rule `auth_id` is in use. */
export function resolveLdap(values: LdapValues, place: Place, trustsClient: boolean): LdapOptions | null {
  const byName = resolveByName(values, place)
  const filter = optionalFilter(values.filter, place.at('filter'), accountPlaces)
  const certificatePart = optionalFilter(values.certificate_filter, place.at('certificate_filter'), [
    ...accountPlaces,
    ...certificatePlaces,
  ])
  const enabledFilter = optionalFilter(values.enabled_filter, place.at('enabled_filter'), accountPlaces)
  const dnFilter = resolveDnFilter(values.dn_filter, place.at('dn_filter'))
  const localFilter = resolveLocalFilter(values.local_filter, place.at('local_filter'))
  if (values.base === undefined)
    place.at('base').error('missing', 'is missing: it must be the DN that everybody is below')
  checkTogether(values, place)
  if (byName === null || values.base === undefined) return null
  const options: LdapOptions = {
    poolTag: values.pool_tag ?? 'default',
    bindPoolTag: values.bind_pool_tag ?? 'bind',
    base: values.base,
    deref: values.deref,
    byName: both(byName, filter),
    byCertificate: certificatePart === null ? null : both(certificatePart, filter),
    dnFilter,
    localFilter,
    enabledFilter,
    jidAttribute: values.jid_attribute ?? null,
    certificateAttribute:
      values.certificate_match === 'exact' ? (values.certificate_attribute ?? 'userCertificate;binary') : null,
    references: values.references,
  }
  if (trustsClient) checkClientsWord(options, place)
  return options
}

function both(filter: FilterTemplate, further: FilterTemplate | null): FilterTemplate {
  return further === null ? filter : { kind: 'and', parts: [filter, further] }
}

function optionalFilter(source: string | undefined, place: Place, places: readonly string[]): FilterTemplate | null {
  if (source === undefined || source === '') return null
  const filter = parseFilter(source, places)
  if (filter.ok) return filter.value
  place.error('bad-value', `is no filter: ${filter.error}`)
  return null
}

function resolveByName({ uids }: LdapValues, place: Place): FilterTemplate | null {
  const parts: FilterTemplate[] = []
  for (const [index, { attr, format }] of (uids ?? [{ attr: 'uid', format: undefined }]).entries()) {
    const at = place.at('uids', index)
    if (attr === undefined) at.at('attr').error('missing', 'is missing: it must be the attribute that holds the name')
    const filter = parseFilter(`(${attr ?? 'uid'}=${format ?? '%u'})`, accountPlaces)
    if (filter.ok) parts.push(filter.value)
    else at.at('format').error('bad-value', `makes no filter: ${filter.error}`)
  }
  const [first] = parts
  if (first === undefined) {
    if (uids?.length === 0) place.at('uids').error('bad-value', 'must name at least one attribute')
    return null
  }
  return parts.length === 1 ? first : { kind: 'or', parts }
}

function resolveDnFilter(values: LdapValues['dn_filter'], place: Place): DnFilter | null {
  if (values === undefined) return null
  if (values.filter === undefined) {
    place.at('filter').error('missing', 'is missing: it must be the filter of the second search')
    return null
  }
  const attributes = values.attributes ?? []
  const strange = attributes.find((attribute) => !isAttribute(attribute))
  if (strange !== undefined) place.at('attributes').error('bad-value', `${JSON.stringify(strange)} is no attribute`)
  const filter = optionalFilter(values.filter, place.at('filter'), [...accountPlaces, '%D', '%s'])
  if (filter === null) return null
  const used = placesOf(filter).filter((name) => name.startsWith('%s')).length
  if (used !== attributes.length) {
    place
      .at('attributes')
      .error('conflict', `names ${attributes.length} attributes, and \`filter\` has ${used} places %s for them`)
  }
  return { filter, attributes }
}

function resolveLocalFilter(values: LdapValues['local_filter'], place: Place): LocalFilter | null {
  if (values === undefined) return null
  const { operation, attribute, values: listed } = values
  for (const [key, value] of Object.entries({ operation, attribute, values: listed })) {
    if (value === undefined) place.at(key).error('missing', 'is missing: `local_filter` needs all three of its options')
  }
  if (operation === undefined || attribute === undefined || listed === undefined) return null
  return { operation, attribute, values: listed }
}

function checkTogether(values: LdapValues, place: Place): void {
  if (values.certificate_attribute !== undefined && values.certificate_match !== 'exact') {
    place.at('certificate_attribute').error('conflict', 'has no effect without `certificate_match = "exact"`')
  }
  if ((values.pool_tag ?? 'default') === (values.bind_pool_tag ?? 'bind')) {
    const message = 'must be another pool than `pool_tag`: a connection that tried a password searches as that user'
    place.at(values.bind_pool_tag === undefined ? 'pool_tag' : 'bind_pool_tag').error('conflict', message)
  }
}

/** What is wrong with rule `auth_id`, which trusts the client's word, in front of a directory. */
export interface ClientsWordFault {
  /** `untied`: any entry does for any account, so nobody may start with it. `uncompared`: any certificate does. */
  readonly kind: 'untied' | 'uncompared'
  readonly message: string
}

/** The fault of these options where the client chooses the account; null when the certificate has to do with it. */
export function clientsWordFault(options: LdapOptions): ClientsWordFault | null {
  const { byCertificate, jidAttribute, certificateAttribute } = options
  const isTied = jidAttribute !== null || byCertificate === null || placesOf(byCertificate).includes('%u')
  if (!isTied) {
    const message =
      'finds an entry, and rule "auth_id" lets the client choose the account: any entry would do for any account; ' +
      'set `jid_attribute`, or have `%u` in the filter'
    return { kind: 'untied', message }
  }
  if (byCertificate !== null || certificateAttribute !== null) return null
  const message =
    'compares no certificate, and rule "auth_id" trusts the client\'s word: any certificate your CA issued can log in ' +
    'as any account of the directory; set `certificate_filter` or `certificate_match`'
  return { kind: 'uncompared', message }
}

function checkClientsWord(options: LdapOptions, place: Place): void {
  const fault = clientsWordFault(options)
  if (fault?.kind === 'untied') place.at('certificate_filter').error('conflict', fault.message)
  else if (fault !== null) place.warn('anyone-as-anyone', fault.message)
}

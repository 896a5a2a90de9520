/** The policies of the matrix and what each answers: a line per shape of certificate, a column per authorization identity. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import { noNameLists, type TrustedNameOptions } from '../../src/auth/trusted-names-options.ts'
import type { CommonNameOptions } from '../../src/certificate/identity-options.ts'
import type { IdentityRuleChoice } from '../../src/certificate/mapping/options.ts'
import type { MappingRuleOptions } from '../../src/certificate/mapping/rule.ts'
import { type Shape, type Subject, shapes } from './certificates.ts'
import { type Cell, type LoginCell, readTable } from './outcomes.ts'

/** Forms of the authorization identity; the columns of the tables. */
export const authzids = [
  'absent', // a truly empty <auth/>
  'equals', // `=`
  'equal', // the certificate's bare JID
  'case', // the same in upper case
  'full', // the same with a resource, as some clients send it
  'other', // another user of the stream's domain
  'elsewhere', // the same localpart at a domain that nobody serves
  'malformed', // no JID
  'base64', // no base64
] as const

/** A form of the authorization identity. */
export type AuthzidForm = (typeof authzids)[number]

/** The text of an authorization identity for a certificate; null for forms that carry none. */
export function authzidText(form: AuthzidForm, { jid, host }: Subject): string | null {
  switch (form) {
    case 'absent':
    case 'equals':
    case 'base64':
      return null
    case 'equal':
      return jid
    case 'case':
      return jid.toUpperCase()
    case 'full':
      return `${jid}/phone`
    case 'other':
      return `mallory@${host}`
    case 'elsewhere':
      return `${jid.slice(0, jid.indexOf('@'))}@elsewhere.example`
    case 'malformed':
      return `al ice@${host}`
  }
}

const plain: CommonNameOptions = { prefix: '', suffix: '' }

/** One policy: `auth.sasl_external` and its answers. */
export interface Policy {
  readonly name: string
  readonly rules: readonly IdentityRuleChoice[]
  readonly commonName: CommonNameOptions
  readonly trustedNames: TrustedNameOptions
  readonly answers: ReadonlyMap<Shape, readonly Cell[]>
}

// Where `standard` comes first it has the last word on every certificate that holds an xmppAddr.
const byAddress = `
            absent equals equal  case   full   other  elsewh malfor base64
  one       addr   addr   addr   addr   addr   mism   mism   form   b64
  two       need   need   addr   addr   addr   mism   mism   form   b64
  foreign   fdom   fdom   fdom   fdom   fdom   mism   mism   form   b64
  userless  user   user   mism   mism   mism   mism   mism   form   b64
  malformed bad    bad    bad    bad    bad    bad    bad    form   b64`

// Where no address stands: what `common_name` answers, what `auth_id` does, and what is left when neither is asked.
const byCommonName = `
  cn        name   name   name   name   name   mism   mism   form   b64
  cn-jid    name   name   name   name   name   mism   mism   form   b64
  cn-two    need   need   name   name   name   mism   mism   form   b64
  cn-bad    cnbad  cnbad  cnbad  cnbad  cnbad  cnbad  cnbad  form   b64
  cn-far    cnbad  cnbad  cnbad  cnbad  cnbad  cnbad  cnbad  form   b64`

const byAuthId = `
  cn        miss   miss   says   says   says   says   afor   form   b64
  cn-jid    miss   miss   says   says   says   says   afor   form   b64
  cn-two    miss   miss   says   says   says   says   afor   form   b64
  cn-bad    miss   miss   says   says   says   says   afor   form   b64
  cn-far    miss   miss   says   says   says   says   afor   form   b64
  nameless  miss   miss   says   says   says   says   afor   form   b64`

const byNothing = `
  cn        noid   noid   noid   noid   noid   noid   noid   form   b64
  cn-jid    noid   noid   noid   noid   noid   noid   noid   form   b64
  cn-two    noid   noid   noid   noid   noid   noid   noid   form   b64
  cn-bad    noid   noid   noid   noid   noid   noid   noid   form   b64
  cn-far    noid   noid   noid   noid   noid   noid   noid   form   b64
  nameless  noid   noid   noid   noid   noid   noid   noid   form   b64`

const standard = `${byAddress}${byNothing}`

const standardCommonName = `${byAddress}${byCommonName}
  nameless  noid   noid   noid   noid   noid   noid   noid   form   b64`

const standardAuthId = `${byAddress}${byAuthId}`

const allThree = `${byAddress}${byCommonName}
  nameless  miss   miss   says   says   says   says   afor   form   b64`

const commonNameFirst = `
            absent equals equal  case   full   other  elsewh malfor base64
  one       noid   noid   noid   noid   noid   noid   noid   form   b64
  two       noid   noid   noid   noid   noid   noid   noid   form   b64
  foreign   noid   noid   noid   noid   noid   noid   noid   form   b64
  userless  noid   noid   noid   noid   noid   noid   noid   form   b64
  malformed bad    bad    bad    bad    bad    bad    bad    form   b64${byCommonName}
  nameless  noid   noid   noid   noid   noid   noid   noid   form   b64`

// Nothing in the certificate counts, unless it makes the certificate unusable.
const authIdFirst = `
            absent equals equal  case   full   other  elsewh malfor base64
  one       miss   miss   says   says   says   says   afor   form   b64
  two       miss   miss   says   says   says   says   afor   form   b64
  foreign   miss   miss   afor   afor   afor   says   afor   form   b64
  userless  miss   miss   says   says   says   says   afor   form   b64
  malformed bad    bad    bad    bad    bad    bad    bad    form   b64${byAuthId}`

// Nobody is there who could say whose a certificate is.
const byBackendAlone = `
            absent equals equal  case   full   other  elsewh malfor base64
  one       unkn   unkn   unkn   unkn   unkn   unkn   afor   form   b64
  two       unkn   unkn   unkn   unkn   unkn   unkn   afor   form   b64
  foreign   unkn   unkn   afor   afor   afor   unkn   afor   form   b64
  userless  unkn   unkn   unkn   unkn   unkn   unkn   afor   form   b64
  malformed bad    bad    bad    bad    bad    bad    bad    form   b64
  cn        unkn   unkn   unkn   unkn   unkn   unkn   afor   form   b64
  cn-jid    unkn   unkn   unkn   unkn   unkn   unkn   afor   form   b64
  cn-two    unkn   unkn   unkn   unkn   unkn   unkn   afor   form   b64
  cn-bad    unkn   unkn   unkn   unkn   unkn   unkn   afor   form   b64
  cn-far    unkn   unkn   unkn   unkn   unkn   unkn   afor   form   b64
  nameless  unkn   unkn   unkn   unkn   unkn   unkn   afor   form   b64`

// Rules of the operator's own. A rule that is to make the localpart refuses where its text can be none.
const ownLocalpart = `${byAddress}
  cn        rule   rule   rule   rule   rule   mism   mism   form   b64
  cn-jid    rjid   rjid   rjid   rjid   rjid   rjid   rjid   form   b64
  cn-two    need   need   rule   rule   rule   mism   mism   form   b64
  cn-bad    rval   rval   rval   rval   rval   rval   rval   form   b64
  cn-far    rjid   rjid   rjid   rjid   rjid   rjid   rjid   form   b64
  nameless  noid   noid   noid   noid   noid   noid   noid   form   b64`

// The common name of most certificates is no JID, so the rule passes; an xmppAddr is none of its business.
const ownCommonJid = `
            absent equals equal  case   full   other  elsewh malfor base64
  one       noid   noid   noid   noid   noid   noid   noid   form   b64
  two       noid   noid   noid   noid   noid   noid   noid   form   b64
  foreign   noid   noid   noid   noid   noid   noid   noid   form   b64
  userless  noid   noid   noid   noid   noid   noid   noid   form   b64
  malformed bad    bad    bad    bad    bad    bad    bad    form   b64
  cn        noid   noid   noid   noid   noid   noid   noid   form   b64
  cn-jid    rule   rule   rule   rule   rule   mism   mism   form   b64
  cn-two    noid   noid   noid   noid   noid   noid   noid   form   b64
  cn-bad    rval   rval   rval   rval   rval   rval   rval   form   b64
  cn-far    rfor   rfor   mism   mism   mism   mism   mism   form   b64
  nameless  noid   noid   noid   noid   noid   noid   noid   form   b64`

// What `standard` does, written as a rule; a domain alone does not match, so that it passes.
const ownAddress = `
            absent equals equal  case   full   other  elsewh malfor base64
  one       rule   rule   rule   rule   rule   mism   mism   form   b64
  two       need   need   rule   rule   rule   mism   mism   form   b64
  foreign   rfor   rfor   rfor   rfor   rfor   mism   mism   form   b64
  userless  noid   noid   noid   noid   noid   noid   noid   form   b64
  malformed bad    bad    bad    bad    bad    bad    bad    form   b64${byNothing}`

const own = (options: Pick<MappingRuleOptions, 'source' | 'match' | 'jid'>): MappingRuleOptions => ({
  name: 'rule:own',
  issuer: [],
  subject: [],
  case: 'keep',
  ...options,
})

const localpartRule = own({ source: 'common_name', match: null, jid: '$0@${domain}' })
const commonJidRule = own({ source: 'common_name', match: '(.+)@(.+)', jid: '$1@$2' })
const addressRule = own({ source: 'xmpp_addr', match: '(?<user>[^@]+)@(?<host>.+)', jid: '${user}@${host}' })

/** All policies of the full product. */
export const policies: readonly Policy[] = [
  policy('standard', ['standard'], plain, standard),
  policy('standard+common_name', ['standard', 'common_name'], plain, standardCommonName),
  policy('standard+common_name u-…', ['standard', 'common_name'], { prefix: 'u-', suffix: '' }, standardCommonName),
  policy('standard+common_name …-x', ['standard', 'common_name'], { prefix: '', suffix: '-x' }, standardCommonName),
  policy('standard+common_name u-…-x', ['standard', 'common_name'], { prefix: 'u-', suffix: '-x' }, standardCommonName),
  policy('standard+auth_id', ['standard', 'auth_id'], plain, standardAuthId),
  policy('standard+common_name+auth_id', ['standard', 'common_name', 'auth_id'], plain, allThree),
]

/** Orders and omissions that are unusual, but an operator's right; through the authorization identities once. */
export const furtherPolicies: readonly Policy[] = [
  policy('common_name', ['common_name'], plain, commonNameFirst),
  policy('common_name+standard', ['common_name', 'standard'], plain, standardCommonName),
  policy('auth_id', ['auth_id'], plain, authIdFirst),
  policy('auth_id+standard', ['auth_id', 'standard'], plain, authIdFirst),
  policy('by_backend', ['by_backend'], plain, byBackendAlone),
  policy('standard+own localpart', ['standard', localpartRule], plain, ownLocalpart),
  policy('own JID', [commonJidRule], plain, ownCommonJid),
  policy('own address', [addressRule], plain, ownAddress),
  // Lists of names are asked last: whoever has no identity is refused for that.
  {
    ...policy('standard, issuer denied', ['standard'], plain, standard.replaceAll('addr', 'iden')),
    trustedNames: { subjects: null, issuers: { allow: null, deny: ['CN=Catalogue Root ??'] } },
  },
]

/** The JID that a cell logs in as. */
export function jidOf(
  cell: LoginCell,
  { commonName }: Policy,
  { jid, host, shape }: Subject,
  authzid: string | null,
): string {
  switch (cell) {
    case 'addr':
    case 'rule':
      return jid
    case 'name':
      return shape === 'cn-jid'
        ? jid
        : `${commonName.prefix}${jid.slice(0, jid.indexOf('@'))}${commonName.suffix}@${host}`
    case 'says':
      return (authzid ?? '').toLowerCase().replace(/\/.*$/, '')
  }
}

function policy(
  name: string,
  rules: readonly IdentityRuleChoice[],
  commonName: CommonNameOptions,
  table: string,
): Policy {
  const lines = table
    .split('\n')
    .filter((line) => !line.trim().startsWith('absent'))
    .join('\n')
  return { name, rules, commonName, trustedNames: noNameLists, answers: readTable(shapes, authzids, lines) }
}

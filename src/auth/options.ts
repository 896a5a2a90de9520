/** Options of authentication (`[auth]`). */

import type { z } from 'zod'
import {
  type CommonNameOptions,
  commonNameSection,
  resolveCommonName,
  saslExternalOption,
} from '../certificate/identity-options.ts'
import {
  type IdentityRuleChoice,
  mappingRulesSection,
  resolveMappingRules,
  resolveReferences,
} from '../certificate/mapping/options.ts'
import { isUnnamed, type MappingRuleOptions } from '../certificate/mapping/rule.ts'
import { choices, quoted, section, sectionWith } from '../config/declare.ts'
import type { Place } from '../config/place.ts'
import { evidenceOf, isTaken, type LdapTags } from './evidence.ts'
import { type HttpAuthOptions, httpSection, resolveHttpAuth } from './http-options.ts'
import { type LdapOptions, ldapSection, resolveLdap } from './ldap/options.ts'
import { type MechanismName, mechanismsOption, resolveMechanisms, type Taking } from './mechanism-options.ts'
import type { PasswordPolicy } from './passwords/checking.ts'
import { passwordSection, resolvePassword } from './passwords/options.ts'
import {
  resolveNameLists,
  type TrustedNameOptions,
  trustedIssuersSection,
  trustedSubjectsSection,
} from './trusted-names-options.ts'

/** Names of the backends of this release, as in `auth.methods`; in the order they are asked when none is listed. */
export const authMethods = ['http', 'ldap', 'pki', 'rdbms'] as const

const overridable = ['sasl_external', 'sasl_external_common_name'] as const

/** Authentication, resolved. */
export interface AuthOptions {
  /** Names of backends in the order they are asked. */
  readonly methods: readonly string[]
  /** Mechanisms in the order they are offered. */
  readonly mechanisms: readonly MechanismName[]
  /** Identity rules in the order they are tried. */
  readonly saslExternal: readonly IdentityRuleChoice[]
  readonly commonName: CommonNameOptions
  /** The operator's own rules, listed or not, for listeners with a list of their own. */
  readonly ownRules: readonly MappingRuleOptions[]
  /** Options that the file has and that others may put out of force, for the check of that; absent for none. */
  readonly written?: readonly (typeof overridable)[number][]
  readonly trustedNames: TrustedNameOptions
  /** How passwords are stored, and so which SCRAM mechanisms there are. */
  readonly password: PasswordPolicy
  /** The service that is asked; absent where `methods` has no "http". */
  readonly http?: HttpAuthOptions
  /** The directory; absent without `[auth.ldap]`. */
  readonly ldap?: LdapOptions
}

/** MongooseIM's methods that this release does not have; a backend that is built takes its line away. */
export const absentMethods: Readonly<Record<string, string>> = {
  internal: 'built-in password store',
  external: 'external script backend',
  anonymous: 'anonymous login',
  jwt: 'JSON Web Token backend',
  dummy: 'test backend',
}

/** Whether a backend that is handed in may have this name: it is well-formed, and not MongooseIM's or Signet's. */
export function isOwnMethodName(name: string): boolean {
  return /^[a-z][a-z0-9_]{0,31}$/.test(name) && !authMethods.some((known) => known === name) && !(name in absentMethods)
}

const methodsNote = {
  says: 'Backends that are asked whether the account exists, in this order.',
  byDefault: 'every method with a section of its own, else `["pki"]`',
  notYet: absentMethods,
  open: true,
} as const

/** `[auth.pki]`. */
const pkiSection = section(
  'Backend `pki`: every JID that an identity rule found in a certificate is an account. No options.',
  {},
)

/** `[auth.rdbms]`. */
const rdbmsSection = section(
  "Backend `rdbms`: passwords in MongooseIM's table `users`, through `[outgoing_pools.rdbms.default]`. No options.",
  {},
  { meaningless: { users_number_estimate: 'accounts are not counted' } },
)

/** `[auth]`. */
export const authSection = section(
  'Who may log in, and how a certificate becomes an account.',
  {
    methods: choices<string>(authMethods, methodsNote),
    sasl_mechanisms: mechanismsOption,
    sasl_external: saslExternalOption,
    sasl_external_common_name: commonNameSection.optional(),
    sasl_external_rules: mappingRulesSection,
    trusted_subjects: trustedSubjectsSection.optional(),
    trusted_issuers: trustedIssuersSection.optional(),
    password: passwordSection.optional(),
    http: httpSection.optional(),
    ldap: ldapSection.optional(),
    pki: pkiSection.optional(),
    rdbms: rdbmsSection.optional(),
  },
  {
    dated: { method: { to: 'methods' } },
    notYet: {
      internal: { feature: 'built-in password store' },
      external: { feature: 'external script backend' },
      anonymous: { feature: 'anonymous login' },
      jwt: { feature: 'JSON Web Token backend' },
      dummy: { feature: 'test backend' },
      max_users_per_domain: { feature: 'registration of accounts', unless: 'infinity' },
    },
  },
)

/** `[auth]` where backends of these names are handed in beside the built-in ones. */
export function authSectionWith(own: readonly string[]): typeof authSection {
  return sectionWith(authSection, { methods: choices<string>([...authMethods, ...own], methodsNote) })
}

/**
 * `[auth]` with its defaults. Handed-in backends (`own`) are asked before the others where no order is given, since `pki`
 * lets everybody in. `tags` are those of the pools that `ldap` may use.
 */
export function resolveAuth(
  values: z.output<typeof authSection>,
  place: Place,
  tags: LdapTags,
  own: readonly string[] = [],
): AuthOptions {
  const ownRules = resolveMappingRules(values.sasl_external_rules, place.at('sasl_external_rules'))
  const saslExternal = [
    ...resolveReferences(values.sasl_external ?? ['standard'], ownRules, place.at('sasl_external')),
    ...ownRules.filter(isUnnamed),
  ]
  const written = overridable.filter((key) => values[key] !== undefined)
  const configured = [...own, ...authMethods.filter((method) => values[method] !== undefined)]
  const methods = values.methods ?? (configured.length > 0 ? configured : ['pki'])
  const unused = own.filter((name) => !methods.includes(name))
  if (unused.length > 0 && !place.at('methods').isSpoiled) {
    place.at('methods').warn('conflict', `does not name ${quoted(unused)}, so nobody asks that backend`)
  }
  const password = resolvePassword(values.password)
  const isAsked = methods.includes('http')
  const http = resolveHttpAuth(values.http, { isUsed: isAsked, format: password.format }, place.at('http'))
  const ldap = resolveDirectory(values, methods, place, saslExternal.includes('auth_id'))
  const backends = { ...(http !== null && { http }), ...(ldap !== null && { ldap }) }
  const taking: Taking = {
    surely: (evidence) => methods.some((method) => evidenceOf(method, backends, tags)?.includes(evidence) === true),
    perhaps: (evidence) => isTaken(evidence, methods, backends, tags),
  }
  return {
    methods,
    mechanisms: resolveMechanisms(values.sasl_mechanisms, taking, password, place),
    saslExternal,
    commonName: resolveCommonName(values.sasl_external_common_name),
    ownRules,
    ...(written.length > 0 && { written }),
    trustedNames: {
      subjects: resolveNameLists(values.trusted_subjects, place.at('trusted_subjects')),
      issuers: resolveNameLists(values.trusted_issuers, place.at('trusted_issuers')),
    },
    password,
    ...backends,
  }
}

function resolveDirectory(
  { ldap }: z.output<typeof authSection>,
  methods: readonly string[],
  place: Place,
  trustsClient: boolean,
): LdapOptions | null {
  if (ldap !== undefined) return resolveLdap(ldap, place.at('ldap'), trustsClient)
  if (methods.includes('ldap') && !place.at('ldap').isSpoiled) {
    place.at('methods').error('conflict', 'has "ldap", which needs to know where accounts are: add `[auth.ldap]`')
  }
  return null
}

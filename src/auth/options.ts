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
import {
  resolveNameLists,
  type TrustedNameOptions,
  trustedIssuersSection,
  trustedSubjectsSection,
} from './trusted-names-options.ts'

/** Names of the backends of this release, as in `auth.methods`; in the order they are asked when none is listed. */
export const authMethods = ['pki'] as const

/** Names of the SASL mechanisms of this release, as in `auth.sasl_mechanisms`. */
export const mechanismNames = ['external'] as const

/** One SASL mechanism, by its name in `auth.sasl_mechanisms`. */
export type MechanismName = (typeof mechanismNames)[number]

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
  readonly trustedNames: TrustedNameOptions
}

/** MongooseIM's methods that this release does not have; a backend that is built takes its line away. */
export const absentMethods: Readonly<Record<string, string>> = {
  internal: 'built-in password store',
  rdbms: 'SQL database backend',
  external: 'external script backend',
  anonymous: 'anonymous login',
  ldap: 'LDAP backend',
  jwt: 'JSON Web Token backend',
  http: 'HTTP backend',
  dummy: 'test backend',
}

/** MongooseIM's mechanisms that this release does not have; a mechanism that is built takes its line away. */
const absentMechanisms: Readonly<Record<string, string>> = {
  scram_sha512_plus: 'SCRAM',
  scram_sha512: 'SCRAM',
  scram_sha384_plus: 'SCRAM',
  scram_sha384: 'SCRAM',
  scram_sha256_plus: 'SCRAM',
  scram_sha256: 'SCRAM',
  scram_sha224_plus: 'SCRAM',
  scram_sha224: 'SCRAM',
  scram_sha1_plus: 'SCRAM',
  scram_sha1: 'SCRAM',
  plain: 'PLAIN',
  anonymous: 'ANONYMOUS',
  oauth: 'X-OAUTH',
  digest: 'DIGEST-MD5',
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

/** `[auth]`. */
export const authSection = section(
  'Who may log in, and how a certificate becomes an account.',
  {
    methods: choices<string>(authMethods, methodsNote),
    sasl_mechanisms: choices(mechanismNames, {
      says: 'SASL mechanisms, offered in this order.',
      byDefault: '["external"]',
      notYet: absentMechanisms,
    }),
    sasl_external: saslExternalOption,
    sasl_external_common_name: commonNameSection.optional(),
    sasl_external_rules: mappingRulesSection,
    trusted_subjects: trustedSubjectsSection.optional(),
    trusted_issuers: trustedIssuersSection.optional(),
    pki: pkiSection.optional(),
  },
  {
    dated: { method: { to: 'methods' } },
    notYet: {
      internal: { feature: 'built-in password store' },
      rdbms: { feature: 'SQL database backend' },
      external: { feature: 'external script backend' },
      anonymous: { feature: 'anonymous login' },
      ldap: { feature: 'LDAP backend' },
      jwt: { feature: 'JSON Web Token backend' },
      http: { feature: 'HTTP backend' },
      dummy: { feature: 'test backend' },
      password: { feature: 'password login' },
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
 * lets everybody in.
 */
export function resolveAuth(
  values: z.output<typeof authSection>,
  place: Place,
  own: readonly string[] = [],
): AuthOptions {
  const ownRules = resolveMappingRules(values.sasl_external_rules, place.at('sasl_external_rules'))
  const saslExternal = [
    ...resolveReferences(values.sasl_external ?? ['standard'], ownRules, place.at('sasl_external')),
    ...ownRules.filter(isUnnamed),
  ]
  if (
    values.sasl_external_common_name !== undefined &&
    !saslExternal.includes('common_name') &&
    !place.at('sasl_external').isSpoiled
  ) {
    place
      .at('sasl_external_common_name')
      .warn('conflict', 'has no effect: "common_name" is not in `auth.sasl_external`')
  }
  const configured = [...own, ...authMethods.filter((method) => values[method] !== undefined)]
  const methods = values.methods ?? (configured.length > 0 ? configured : ['pki'])
  const unused = own.filter((name) => !methods.includes(name))
  if (unused.length > 0 && !place.at('methods').isSpoiled) {
    place.at('methods').warn('conflict', `does not name ${quoted(unused)}, so nobody asks that backend`)
  }
  return {
    methods,
    mechanisms: values.sasl_mechanisms ?? ['external'],
    saslExternal,
    commonName: resolveCommonName(values.sasl_external_common_name),
    ownRules,
    trustedNames: {
      subjects: resolveNameLists(values.trusted_subjects, place.at('trusted_subjects')),
      issuers: resolveNameLists(values.trusted_issuers, place.at('trusted_issuers')),
    },
  }
}

/** What evidence backends take and mechanisms bring, by their names in the configuration. */

import type { Evidence } from './contract.ts'
import type { HttpAuthOptions } from './http-options.ts'
import type { LdapOptions } from './ldap/options.ts'

/** What backend `pki` takes. */
export const pkiEvidence: readonly Evidence[] = ['certificate']

/** What backend `rdbms` takes. */
export const rdbmsEvidence: readonly Evidence[] = ['password', 'scram']

/** What backend `ldap` takes; passwords are tried on a pool of their own. */
export function ldapEvidence(hasBindPool: boolean): readonly Evidence[] {
  return hasBindPool ? ['certificate', 'password'] : ['certificate']
}

/** Options of the backends that take more or less by them; absent where they are unused, or could not be read. */
export interface BackendOptions {
  readonly http?: HttpAuthOptions
  readonly ldap?: LdapOptions
}

/** Tags of the pools `[outgoing_pools.ldap.TAG]`. */
export interface LdapTags {
  has(tag: string): boolean
}

/**
 * What the backend of a method takes; null for one of the host program, which nobody knows before it is asked. Options that
 * could not be read are taken for whatever goes with the others.
 */
export function evidenceOf(method: string, { http, ldap }: BackendOptions, tags: LdapTags): readonly Evidence[] | null {
  switch (method) {
    case 'pki':
      return pkiEvidence
    case 'rdbms':
      return rdbmsEvidence
    case 'ldap':
      return ldapEvidence(ldap === undefined || tags.has(ldap.bindPoolTag))
    case 'http':
      return http?.evidence ?? ['certificate', 'password', 'scram']
    default:
      return null
  }
}

/** Whether some backend of these methods takes the evidence; those of the host program are taken to. */
export function isTaken(
  evidence: Evidence,
  methods: readonly string[],
  options: BackendOptions,
  tags: LdapTags,
): boolean {
  return methods.some((method) => evidenceOf(method, options, tags)?.includes(evidence) ?? true)
}

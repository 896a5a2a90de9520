/** Start-up checks of identity rule `by_backend`: somebody must be there to say whose a certificate is. */

import { buildFilter } from './auth/backends/ldap/build-filter.ts'
import type { LdapOptions } from './auth/ldap/options.ts'
import type { AuthOptions } from './auth/options.ts'
import type { LoginCase, LoginFault } from './lint-case.ts'

/** The rule is in force, and no method of the host names anybody. */
export function byBackendFaults({ auth, offered, at, certificates }: LoginCase): readonly LoginFault[] {
  const { saslExternal: rules, methods, mechanisms, ldap } = auth
  const isAsked = mechanisms.includes('external') && certificates.policy !== 'disable'
  if (!isAsked || !rules.includes('by_backend') || methods.length === 0) return []
  if (methods.some((method) => names(method, auth))) return []
  const needsName = methods.includes('ldap') && ldap !== undefined && says(ldap) && !finds(ldap)
  const why = needsName ? asksForName : whoNames
  const isOnlyWay = rules[0] === 'by_backend' && offered.every((name) => name === 'external')
  const outcome = isOnlyWay ? 'so nobody can log in' : 'so the rule lets nobody in'
  return [
    {
      place: at.rules.at('sasl_external'),
      rule: 'conflict',
      severity: 'by-reach',
      ...(isOnlyWay && { shutsOut: true }),
      says: (hosts) =>
        `has "by_backend", and no method ${hosts === null ? '' : `of ${hosts} `}says whose a certificate is, ${outcome}: ${why}`,
    },
  ]
}

const whoNames = '"ldap" does with `certificate_filter` and `jid_attribute`, "http" with `api = "json"`'
const asksForName =
  '`certificate_filter` and `filter` of "ldap" ask for `%u`, the localpart that it is to find, and so never match; ' +
  'take `%u` out'

function names(method: string, { ldap, http }: AuthOptions): boolean {
  switch (method) {
    case 'pki':
    case 'rdbms':
      return false
    case 'ldap':
      // What could not be read has been reported.
      return ldap === undefined || (says(ldap) && finds(ldap))
    case 'http':
      return http === undefined || (http.api.kind === 'json' && http.evidence.includes('certificate'))
    default:
      // What a backend of the host program says is that program's business.
      return true
  }
}

/** Whether an entry is found by its certificate, and says who it is. */
function says({ byCertificate, jidAttribute }: LdapOptions): boolean {
  return byCertificate !== null && jidAttribute !== null
}

/** Whether the entry can be found while nobody knows the localpart. */
function finds({ byCertificate }: LdapOptions): boolean {
  return byCertificate !== null && buildFilter(byCertificate, (place) => (place === '%u' ? null : ['x'])) !== null
}

/** Start-up checks of identity rule `by_backend`: somebody must be there to say whose a certificate is. */

import type { AuthOptions } from './auth/options.ts'
import type { Place } from './config/place.ts'

/** Adds what is found about rules that are in force with the methods of `auth`. */
export function lintByBackend(rules: AuthOptions['saslExternal'], auth: AuthOptions, place: Place): void {
  if (!rules.includes('by_backend') || auth.methods.some((method) => names(method, auth))) return
  const message =
    'has "by_backend", and no method says whose a certificate is: "ldap" does with `certificate_filter` and ' +
    '`jid_attribute`, "http" with `api = "json"`'
  place.at('sasl_external').error('conflict', message)
}

function names(method: string, { ldap, http }: AuthOptions): boolean {
  switch (method) {
    case 'pki':
    case 'rdbms':
      return false
    case 'ldap':
      return ldap !== undefined && ldap.byCertificate !== null && ldap.jidAttribute !== null
    case 'http':
      return http?.api.kind === 'json' && http.evidence.includes('certificate')
    default:
      // What a backend of the host program says is that program's business.
      return true
  }
}

/** Start-up checks of method `ldap`: what identity rules of a listener mean for it. */

import { clientsWordFault } from './auth/ldap/options.ts'
import type { LoginCase, LoginFault } from './lint-case.ts'

/** The listener's rules take the client's word. Where those of `[auth]` do, `[auth.ldap]` has been looked at by itself. */
export function clientsWordFaults({ auth, at }: LoginCase): readonly LoginFault[] {
  const { ldap, methods, saslExternal } = auth
  if (at.rules !== at.listener || !saslExternal.includes('auth_id')) return []
  const fault = ldap === undefined || !methods.includes('ldap') ? null : clientsWordFault(ldap)
  if (fault === null) return []
  const says: LoginFault['says'] = (hosts) =>
    `has "auth_id", and method "ldap"${hosts === null ? '' : ` of ${hosts}`} ${fault.message}`
  const place = at.rules.at('sasl_external')
  // Where any entry does for any account, one such host is enough.
  return fault.kind === 'untied'
    ? [{ place, rule: 'conflict', severity: 'error', says }]
    : [{ place, rule: 'anyone-as-anyone', severity: 'warning', says }]
}

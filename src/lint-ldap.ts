/** Start-up checks of method `ldap`: what identity rules of a listener mean for it. */

import { clientsWordFault } from './auth/ldap/options.ts'
import type { Place } from './config/place.ts'
import type { ListenerOptions } from './listener/listener-options.ts'
import type { SignetOptions } from './options.ts'

/** Adds what is found about rules that the listener has instead of those of `[auth]`, for every host that follows it. */
export function lintLdapOf(
  { saslExternal, allowedAuthMethods }: ListenerOptions,
  { auth, hostConfig }: SignetOptions,
  place: Place,
): void {
  if (saslExternal?.includes('auth_id') !== true) return
  const ofHosts = hostConfig.flatMap((host) => (host.auth !== null && host.saslExternal === null ? [host.auth] : []))
  for (const { ldap, methods } of [auth, ...ofHosts]) {
    const isAsked = methods.includes('ldap') && (allowedAuthMethods?.includes('ldap') ?? true)
    const fault = ldap === undefined || !isAsked ? null : clientsWordFault(ldap)
    if (fault === null) continue
    const message = `has "auth_id", and method "ldap" ${fault.message}`
    if (fault.kind === 'untied') place.at('sasl_external').error('conflict', message)
    else place.at('sasl_external').warn('anyone-as-anyone', message)
  }
}

/** What start-up checks of logins look at: one host on one listener; and what they find. */

import type { MechanismName } from './auth/mechanism-options.ts'
import type { Place } from './config/place.ts'
import type { ConfigRule } from './config/problem.ts'
import { authOf, type InForce, inForce, offeredFor, servedDomains } from './in-force.ts'
import { clientTrustOf, type ListenerOptions } from './listener/listener-options.ts'
import type { OptionsReading, SignetOptions } from './options.ts'

/** One host on one listener. */
export interface LoginCase extends InForce {
  readonly listener: ListenerOptions
  readonly pools: SignetOptions['pools']
  /** Methods before the listener has its say. */
  readonly listedMethods: readonly string[]
  /** Mechanisms that some client may be offered. */
  readonly offered: readonly MechanismName[]
  readonly at: CasePlaces
}

/** Where it stands in the file what is in force. */
export interface CasePlaces {
  readonly listener: Place
  readonly auth: Place
  /** The section whose `sasl_external` it is. */
  readonly rules: Place
  readonly policy: Place
  /** The section with `verify_mode`. */
  readonly trust: Place
}

/** Something that is wrong with logins to one host by one listener. */
export interface LoginFault {
  readonly place: Place
  readonly rule: ConfigRule
  /** `by-reach`: an error where it is so for every host of the listener, else a warning. */
  readonly severity: 'error' | 'warning' | 'by-reach'
  /** Nobody at all can log in to the host by the listener. */
  readonly shutsOut?: true
  /** The message; `hosts` are those it is about, null when it is about all. */
  readonly says: (hosts: string | null) => string
}

/** The cases of one listener; none where what decides could not be read, and has been reported. */
export function casesOf(
  { root, places, hostPlaces }: OptionsReading,
  options: SignetOptions,
  listener: ListenerOptions,
): readonly LoginCase[] {
  const place = places.get(listener)
  if (place === undefined || root.at('outgoing_pools', 'ldap').isSpoiled) return []
  const { hostConfig, pools } = options
  return servedDomains(options).flatMap((domain) => {
    const host = hostConfig.find((entry) => entry.host === domain) ?? null
    const own = host === null ? null : (hostPlaces.get(host) ?? null)
    const auth = own === null || host?.auth == null ? root.at('auth') : own.at('auth')
    const terms = inForce(options, listener, domain)
    const at: CasePlaces = {
      listener: place,
      auth,
      rules: host?.saslExternal == null && listener.saslExternal !== null ? place : auth,
      policy: (host?.certificatePolicy == null || own === null ? place : own).at('certificate_policy'),
      trust: trustOf(listener, place).at,
    }
    if (isDoubtful(at)) return []
    const listedMethods = authOf(options, domain).methods
    return [{ ...terms, listener, pools, listedMethods, offered: offeredFor(terms, pools), at }]
  })
}

/** By what clients' certificates are judged on a listener, and which section says so. */
export function trustOf(listener: ListenerOptions, place: Place) {
  const section = (listener.proxy?.certificate ?? null) === null ? 'tls' : 'forwarded_certificate'
  return { trust: clientTrustOf(listener), at: place.at(section) }
}

/** Whether a listener has no TLS of its own, and nobody in front of it who forwards certificates. */
export function seesNoCertificates({ tls, proxy }: ListenerOptions): boolean {
  return proxy?.certificate == null && 'identity' in tls && tls.identity === null
}

function isDoubtful({ listener, auth, rules, policy, trust }: CasePlaces): boolean {
  return [
    ...['methods', 'sasl_mechanisms', 'http', 'ldap'].map((key) => auth.at(key)),
    ...[listener.at('allowed_auth_methods'), rules.at('sasl_external'), policy, trust.at('verify_mode')],
  ].some(({ isSpoiled }) => isSpoiled)
}

const maxHostsShown = 5

/** Hosts in a message: all of them, or the first and how many more. */
export function listOf(hosts: readonly string[]): string {
  const shown = hosts.slice(0, maxHostsShown)
  const rest = hosts.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}

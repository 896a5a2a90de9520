/** What is in force for one domain on one listener. The composition and the start-up checks go by the same. */

import { isTaken } from './auth/evidence.ts'
import { evidenceBy, type MechanismName } from './auth/mechanism-options.ts'
import type { AuthOptions } from './auth/options.ts'
import type { C2sOptions } from './listener/c2s-options.ts'
import { isLoginHandler } from './listener/https/handler-options.ts'
import type { HttpOptions } from './listener/https/options.ts'
import { clientTrustOf, type ListenerOptions } from './listener/listener-options.ts'
import type { SignetOptions } from './options.ts'
import type { CertificateTerms } from './sasl/certificate-policy.ts'

/** One domain on one listener. */
export interface InForce {
  readonly domain: string
  /**
   * Its `[auth]` with the methods that the listener allows, and with the rules and trusted names of whoever is the most
   * particular about them: the host, then the listener, then the global `[auth]`.
   */
  readonly auth: AuthOptions
  /** The host's own word on certificates goes before the listener's. */
  readonly certificates: CertificateTerms
}

/** The authentication options of a domain, whatever the listener. */
export function authOf({ auth, hostConfig }: Pick<SignetOptions, 'auth' | 'hostConfig'>, domain: string): AuthOptions {
  return hostConfig.find(({ host }) => host === domain)?.auth ?? auth
}

/** What is in force for a domain on a listener. */
export function inForce(options: SignetOptions, listener: ListenerOptions, domain: string): InForce {
  const auth = authOf(options, domain)
  const host = options.hostConfig.find((entry) => entry.host === domain) ?? null
  const names = host?.auth?.trustedNames ?? null
  const { allowedAuthMethods: allowed, saslExternal, trustedNames, certificatePolicy } = listener
  const { verifyMode, disconnectOnFailure } = clientTrustOf(listener)
  return {
    domain,
    auth: {
      ...auth,
      methods: auth.methods.filter((name) => allowed === null || allowed.includes(name)),
      saslExternal: host?.saslExternal ?? saslExternal ?? auth.saslExternal,
      trustedNames: {
        subjects: names?.subjects ?? trustedNames.subjects ?? auth.trustedNames.subjects,
        issuers: names?.issuers ?? trustedNames.issuers ?? auth.trustedNames.issuers,
      },
    },
    certificates: { policy: host?.certificatePolicy ?? certificatePolicy, verifyMode, disconnectOnFailure },
  }
}

/** The domains that are served; in a file with errors at least the default. */
export function servedDomains({ general }: SignetOptions): readonly string[] {
  return general.hosts.length > 0 ? general.hosts : [general.defaultServerDomain]
}

/** The listeners by which anybody can log in, in the order of their kinds and of the file. */
export function loginListeners({ c2s, http }: SignetOptions): readonly (C2sOptions | HttpOptions)[] {
  return [...c2s, ...http.filter(({ handlers }) => handlers.some(({ name }) => isLoginHandler(name)))]
}

/** The mechanisms that some client may be offered: a backend takes what they bring, and the certificate policy admits it. */
export function offeredFor(
  { auth, certificates }: InForce,
  { ldap }: SignetOptions['pools'],
): readonly MechanismName[] {
  return takenMechanisms(auth, ldap).filter((name) => {
    // `admit` of sasl/certificate-policy.ts, for the best of all connections.
    const isAsked = certificates.policy !== 'disable' && certificates.verifyMode !== 'none'
    return evidenceBy(name) === 'certificate' ? isAsked : certificates.policy !== 'mandatory'
  })
}

/** The mechanisms whose evidence some backend takes. */
export function takenMechanisms(
  auth: AuthOptions,
  pools: SignetOptions['pools']['ldap'] = new Map(),
): readonly MechanismName[] {
  return auth.mechanisms.filter((name) => isTaken(evidenceBy(name), auth.methods, auth, pools))
}

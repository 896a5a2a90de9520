/** Options of single hosts (`[[host_config]]`): sections of a host take the place of the global ones, as in MongooseIM. */

import type { z } from 'zod'
import type { LdapTags } from './auth/evidence.ts'
import { type AuthOptions, type authSection, authSectionWith, resolveAuth } from './auth/options.ts'
import { optionalChoice, section, sections, text } from './config/declare.ts'
import type { Place } from './config/place.ts'
import { prepareDomain } from './jid/jid.ts'
import { type CertificatePolicy, certificatePolicies } from './sasl/certificate-policy.ts'

/** What is different for one host. */
export interface HostOptions {
  /** Prepared domain, one of `general.hosts`. */
  readonly host: string
  /** Null leaves it to the listener. */
  readonly certificatePolicy: CertificatePolicy | null
  /** Null leaves the global `[auth]` in force. */
  readonly auth: AuthOptions | null
  /** Identity rules, where `auth` of the host lists them; null leaves them to the listener. */
  readonly saslExternal: AuthOptions['saslExternal'] | null
}

const aboutHost = 'The domain this is about; one of `general.hosts`.'

/** Where each host's section stands in the file. */
export type HostPlaces = ReadonlyMap<HostOptions, Place>

/** `[[host_config]]`, with the methods of the host program beside the built-in ones. */
export function hostConfigSection(own: readonly string[]) {
  return sections(
    section(
      'What is different for one host. A section here takes the place of the global one as a whole: nothing of that is inherited.',
      {
        host: text({ says: aboutHost, allowed: 'a domain name', byDefault: 'none: it must be given' }),
        certificate_policy: optionalChoice(certificatePolicies, {
          says: 'What certificates mean for logins to this host, instead of what the listener says.',
          byDefault: '`certificate_policy` of the listener',
        }),
        auth: authSectionWith(own).optional(),
      },
      {
        dated: { host_type: { to: 'host' } },
        notYet: {
          general: { feature: 'general options of single hosts' },
          modules: { feature: 'extension modules' },
          outgoing_pools: { feature: 'connection pools of single hosts' },
          acl: { feature: 'access rules' },
          access: { feature: 'access rules' },
          s2s: { feature: 'server-to-server connections' },
        },
      },
    ),
  )
}

type HostValues = z.output<ReturnType<typeof hostConfigSection>>
type AuthValues = z.output<typeof authSection>

/** What sections of hosts are seen with. */
interface Beside {
  /** Global `[auth]`. */
  readonly auth: AuthValues
  /** Domains that are served. */
  readonly hosts: readonly string[]
  readonly tags: LdapTags
  /** Methods of the host program. */
  readonly own: readonly string[]
}

/** `[[host_config]]` with its defaults, each host once, and where each stands. */
export function resolveHosts(
  values: HostValues,
  { auth: globalAuth, hosts, tags, own }: Beside,
  place: Place,
): { readonly hostConfig: readonly HostOptions[]; readonly hostPlaces: HostPlaces } {
  const places = new Map<HostOptions, Place>()
  for (const [index, entry] of (values ?? []).entries()) {
    const at = place.at(index)
    const host = hostOf(entry.host, hosts, at)
    if (host === null) continue
    if ([...places.keys()].some((other) => other.host === host)) {
      at.at('host').error('duplicate', `another \`[[host_config]]\` is about ${host}; put everything into one`)
      continue
    }
    const auth = entry.auth === undefined ? null : resolveAuth(entry.auth, at.at('auth'), tags, own)
    if (entry.auth !== undefined) warnOfFallBack(globalAuth, entry.auth, host, at.at('auth'))
    const isListed = entry.auth?.sasl_external !== undefined || entry.auth?.sasl_external_rules !== undefined
    const saslExternal = isListed ? (auth?.saslExternal ?? null) : null
    places.set({ host, certificatePolicy: entry.certificate_policy ?? null, auth, saslExternal }, at)
  }
  return { hostConfig: [...places.keys()], hostPlaces: places }
}

function hostOf(name: string | undefined, hosts: readonly string[], at: Place): string | null {
  if (name === undefined) {
    at.error('missing', 'must say which `host` it is about')
    return null
  }
  const domain = prepareDomain(name)
  if (!domain.ok) at.at('host').error('bad-value', `${JSON.stringify(name)} cannot be served: it ${domain.error.why}`)
  else if (hosts.includes(domain.value)) return domain.value
  else
    at.at('host').error(
      'conflict',
      `must be one of \`general.hosts\` (${hosts.join(', ')}), not ${JSON.stringify(name)}`,
    )
  return null
}

/** Options that decide who gets in: one that is set globally and left out here goes back to its default without a word. */
function warnOfFallBack(globalAuth: AuthValues, own: AuthValues, host: string, place: Place): void {
  const lost = Object.entries(globalAuth)
    .filter(([key, value]) => value !== undefined && (own as Readonly<Record<string, unknown>>)[key] === undefined)
    .map(([key]) => `\`${key}\``)
  if (lost.length === 0) return
  const message =
    `takes the place of the global \`[auth]\` for ${host} as a whole, so ${lost.join(', ')}, set there, ` +
    `${lost.length === 1 ? 'goes' : 'go'} back to the default here; repeat what shall stay`
  place.warn('assumed', message)
}

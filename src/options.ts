/** The whole configuration of Signet, composed from the options of its rooms. */

import type * as z from 'zod'
import type { LdapTags } from './auth/evidence.ts'
import { type AuthOptions, authSection, authSectionWith, resolveAuth } from './auth/options.ts'
import type { ThrottleOptions } from './auth/throttle.ts'
import { resolveThrottle, throttleSection } from './auth/throttle-options.ts'
import { choice, section, sectionWith, text, texts } from './config/declare.ts'
import { nearest } from './config/nearest.ts'
import type { Place } from './config/place.ts'
import type { ConfigProblem } from './config/problem.ts'
import { type ConfigSource, type Reading, readConfiguration } from './config/read.ts'
import { type HostOptions, type HostPlaces, hostConfigSection, resolveHosts } from './host-options.ts'
import { prepareDomain } from './jid/jid.ts'
import {
  type ListenerPlaces,
  type ListenOptions,
  listenSection,
  listenSectionWith,
  resolveListen,
  servicesSection,
} from './listen-options.ts'
import { type PoolOptions, poolsSection, resolvePools } from './pool-options.ts'
import { fail, ok, type Result } from './result.ts'
import { type LocalSessionOptions, localSessionSection, resolveLocalSession } from './session/local/options.ts'

export type { ConfigProblem } from './config/problem.ts'
export { formatProblem } from './config/problem.ts'
export type { ConfigSource } from './config/read.ts'

/** Levels of `general.loglevel`, MongooseIM's names, from silence to everything. */
export const logLevels = [
  'none',
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'info',
  'debug',
  'all',
] as const

/** One of the log levels. */
export type LogLevel = (typeof logLevels)[number]

/** Options of `[general]`, resolved. */
export interface GeneralOptions {
  /** Domains served, prepared (RFC 7622 §3.2), in the operator's order. */
  readonly hosts: readonly string[]
  /** The domain that speaks when a client named none; one of `hosts`. */
  readonly defaultServerDomain: string
  readonly loglevel: LogLevel
  /** What HTTP answers call the server (`Server`); null leaves the field out. */
  readonly httpServerName: string | null
}

/** Everything that Signet can be told, resolved: defaults filled in, paths absolute, domains prepared. */
export interface SignetOptions extends ListenOptions {
  readonly general: GeneralOptions
  readonly auth: AuthOptions
  /** What is different for single hosts, each host at most once. */
  readonly hostConfig: readonly HostOptions[]
  readonly pools: PoolOptions
  /** Null when failures are not counted. */
  readonly throttle: ThrottleOptions | null
  readonly session: LocalSessionOptions
}

/** A configuration that can be started with, and what is odd about it. */
export interface LoadedOptions {
  readonly options: SignetOptions
  readonly warnings: readonly ConfigProblem[]
}

/** Why a configuration cannot be started with: at least one problem, and what is odd besides. */
export interface RefusedOptions {
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

/** One file read as far as it goes, for checks that need both the options and their places in the file. */
export interface OptionsReading {
  /** What can be made of the file, errors left out; null when there is nothing to go by. */
  readonly options: SignetOptions | null
  readonly root: Place
  /** The place of each listener of `options`. */
  readonly places: ListenerPlaces
  /** The place of each entry of `options.hostConfig`. */
  readonly hostPlaces: HostPlaces
  /** The result as it stands now; later findings of `root` are in later results. */
  outcome(): Result<LoadedOptions, RefusedOptions>
}

/** What the host program brings along, and a configuration can therefore name or do without. */
export interface HandedIn {
  /** Names of its backends, for `auth.methods`. */
  readonly methods: readonly string[]
  /** Whether it hosts the sessions, so that `[session.local]` has no meaning. */
  readonly sessionHost: boolean
}

const nothingHandedIn: HandedIn = { methods: [], sessionHost: false }

/** Reads a configuration file; never throws for what it holds. Contents of the files it names are not looked at. */
export function loadOptions(source: ConfigSource): Result<LoadedOptions, RefusedOptions> {
  return readOptions(source).outcome()
}

const generalSection = section(
  'The domains that are served, and the log.',
  {
    hosts: texts({
      says: 'Domains that are served.',
      allowed: 'a list of at least one domain name, each once',
      byDefault: '["localhost"]',
    }),
    default_server_domain: text({
      says: 'The domain that answers clients that name none; one of `hosts`.',
      allowed: 'a domain name',
      byDefault: 'the first of `hosts`',
    }),
    loglevel: choice(logLevels, {
      says: 'The least important events that are logged; every login decision is an `info` event.',
      byDefault: 'info',
    }),
    http_server_name: text({
      says: 'What HTTP answers call the server (`Server`).',
      allowed: 'words of visible ASCII characters',
      byDefault: 'the field is left out',
      test: (value) => /^[!-~]+(?: [!-~]+)*$/.test(value),
    }),
  },
  {
    notYet: {
      host_types: { feature: 'host types' },
      language: { feature: 'choice of language', unless: 'en' },
      hide_service_name: { feature: 'way to hide itself', unless: false },
    },
  },
)

/** The top level of the file. */
export const rootSection = section(
  'The configuration file.',
  {
    general: generalSection.optional(),
    listen: listenSection.optional(),
    services: servicesSection.optional(),
    auth: authSection.prefault({}),
    host_config: hostConfigSection([]),
    outgoing_pools: poolsSection.optional(),
    throttle: throttleSection.prefault({}),
    session: section('What a client gets after its login.', { local: localSessionSection.optional() }).optional(),
  },
  {
    notYet: {
      internal_databases: { feature: 'internal database but its own SQLite file' },
      modules: { feature: 'extension modules' },
      instrumentation: {
        feature:
          'section of this name: metrics are served by `signet_metrics_handler` of a `[[listen.http]]` (docs/metrics.md)',
      },
      shaper: { feature: 'traffic shapers' },
      acl: { feature: 'access rules' },
      access: { feature: 'access rules' },
      s2s: { feature: 'server-to-server connections' },
    },
  },
)

/** The top level where backends of these names are handed in beside the built-in ones. */
function rootSectionWith(own: readonly string[]): typeof rootSection {
  if (own.length === 0) return rootSection
  return sectionWith(rootSection, {
    listen: listenSectionWith(own).optional(),
    auth: authSectionWith(own).prefault({}),
    host_config: hostConfigSection(own),
  })
}

type RootValues = z.output<typeof rootSection>

/** Reads a configuration file as far as it goes; the start-up checks go on from here. */
export function readOptions(source: ConfigSource, handedIn: HandedIn = nothingHandedIn): OptionsReading {
  const reading = readConfiguration(rootSectionWith(handedIn.methods), source)
  const { root, values } = reading
  const outcome = (): Result<LoadedOptions, RefusedOptions> => judge(reading, options)
  const resolved = values === null ? null : resolveRoot(values, root, handedIn)
  const { options = null, places = new Map(), hostPlaces = new Map() } = resolved ?? {}
  return { options, root, places, hostPlaces, outcome }
}

function judge(reading: Reading<unknown>, options: SignetOptions | null): Result<LoadedOptions, RefusedOptions> {
  const all = reading.problems()
  const problems = all.filter((problem) => problem.severity === 'error')
  const warnings = all.filter((problem) => problem.severity === 'warning')
  return options === null || problems.length > 0 ? fail({ problems, warnings }) : ok({ options, warnings })
}

/** Options, and where those of them stand that others must be able to point at. */
type Resolved = Pick<OptionsReading, 'places' | 'hostPlaces'> & { readonly options: SignetOptions }

function resolveRoot(values: RootValues, root: Place, { methods: own, sessionHost }: HandedIn): Resolved {
  const tags = ldapTags(values, root)
  const auth = resolveAuth(values.auth, root.at('auth'), tags, own)
  if (sessionHost && values.session?.local !== undefined) {
    root
      .at('session', 'local')
      .error('conflict', 'has no meaning where the program hosts the sessions itself; remove it')
  }
  const general = resolveGeneral(values.general, root.at('general'))
  const beside = { auth: values.auth, hosts: general.hosts, tags, own }
  const { hostConfig, hostPlaces } = resolveHosts(values.host_config, beside, root.at('host_config'))
  const placed = [
    { auth, place: root.at('auth') },
    ...[...hostPlaces].flatMap(([host, at]) => (host.auth === null ? [] : { auth: host.auth, place: at.at('auth') })),
  ]
  const pools = resolvePools(values.outgoing_pools, placed, root.at('outgoing_pools'))
  const { listen, places } = resolveListen(values.listen, values.services, auth.ownRules, root)
  const options = {
    general,
    ...listen,
    auth,
    hostConfig,
    pools,
    throttle: resolveThrottle(values.throttle, root.at('throttle')),
    session: resolveLocalSession(values.session?.local, root.at('session', 'local')),
  }
  return { options, places, hostPlaces }
}

/** Tags of the pools that are there; any, where what is there could not be read. */
function ldapTags({ outgoing_pools: pools }: RootValues, root: Place): LdapTags {
  return root.at('outgoing_pools', 'ldap').isSpoiled ? { has: () => true } : new Set(Object.keys(pools?.ldap ?? {}))
}

function resolveGeneral(values: RootValues['general'], place: Place): GeneralOptions {
  const loglevel = values?.loglevel ?? 'info'
  if (values?.hosts === undefined) {
    place.at('hosts').warn('assumed', 'no domain is named; ["localhost"] is assumed')
  }
  const hosts: string[] = []
  for (const [index, name] of (values?.hosts ?? ['localhost']).entries()) {
    const host = domainAt(name, place.at('hosts', index))
    if (host === null) continue
    if (hosts.includes(host)) place.at('hosts', index).error('duplicate', `is listed twice: ${host}; keep one`)
    else hosts.push(host)
  }
  const first = hosts[0] ?? 'localhost'
  return {
    hosts,
    defaultServerDomain: resolveDefaultDomain(values, hosts, place) ?? first,
    loglevel,
    httpServerName: values?.http_server_name ?? null,
  }
}

function resolveDefaultDomain(values: RootValues['general'], hosts: readonly string[], place: Place): string | null {
  const name = values?.default_server_domain
  if (name === undefined) return null
  const at = place.at('default_server_domain')
  const domain = domainAt(name, at)
  if (domain !== null && !hosts.includes(domain) && !place.at('hosts').isSpoiled) {
    const meant = nearest(domain, hosts)
    const hint = meant === null ? [] : ([JSON.stringify(meant)] as const)
    at.error('conflict', `must be one of \`general.hosts\` (${hosts.join(', ')}), not ${JSON.stringify(name)}`, ...hint)
  }
  return domain
}

function domainAt(name: string, place: Place): string | null {
  const domain = prepareDomain(name)
  if (domain.ok) return domain.value
  place.error('bad-value', `${JSON.stringify(name)} cannot be served: it ${domain.error.why}`)
  return null
}

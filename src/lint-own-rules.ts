/** Start-up checks of identity rules and the options about them: whether anything comes of each, for some host on some listener. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import type { AuthOptions } from './auth/options.ts'
import { isUnnamed, type MappingRuleOptions } from './certificate/mapping/rule.ts'
import { fixedDomain, parseTemplate } from './certificate/mapping/template.ts'
import { nearest } from './config/nearest.ts'
import type { Place } from './config/place.ts'
import { authOf, inForce, loginListeners, servedDomains } from './in-force.ts'
import { listOf } from './lint-case.ts'
import type { OptionsReading, SignetOptions } from './options.ts'

type Rules = AuthOptions['saslExternal']

/** An `[auth]`, and the global one or a host's. */
interface Section {
  readonly auth: AuthOptions
  readonly place: Place
}

/** The rules that one host on one listener asks. */
interface Use {
  readonly domain: string
  /** The `[auth]` that the other options are of. */
  readonly auth: AuthOptions
  readonly rules: Rules
}

/** Adds what is found to the reading. */
export function lintOwnRules(reading: OptionsReading, options: SignetOptions): void {
  const { root, hostPlaces } = reading
  const global: Section = { auth: options.auth, place: root.at('auth') }
  const ofHosts = [...hostPlaces].flatMap(([{ auth }, place]): Section[] =>
    auth === null ? [] : [{ auth, place: place.at('auth') }],
  )
  const ofListeners = [...options.c2s, ...options.http].map(({ saslExternal }) => saslExternal ?? [])
  lintListed(global, [global.auth.saslExternal, ...ofListeners])
  for (const section of ofHosts) lintListed(section, [section.auth.saslExternal])
  // A listener or a host that could not be read might be the one that asks.
  const uses = reading.outcome().ok ? usesOf(options) : []
  if (uses.length === 0) return
  lintOverridden(global, uses, options)
  for (const section of [global, ...ofHosts]) {
    lintCommonName(section, uses)
    lintDomains(section, uses)
  }
}

function usesOf(options: SignetOptions): readonly Use[] {
  return loginListeners(options).flatMap((listener) =>
    servedDomains(options).map((domain) => {
      const rules = inForce(options, listener, domain).auth.saslExternal
      return { domain, auth: authOf(options, domain), rules }
    }),
  )
}

/** Rules with a name that no list has. */
function lintListed({ auth: { ownRules }, place }: Section, lists: readonly Rules[]): void {
  const listed = lists.flat()
  for (const rule of ownRules) {
    if (listed.includes(rule)) continue
    place.at('sasl_external_rules').warn('conflict', `"${rule.name}" has no effect: no \`sasl_external\` lists it`)
  }
}

/** The global list, and the rules that follow it without a name, where another list is in force everywhere. */
function lintOverridden({ auth, place }: Section, uses: readonly Use[], options: SignetOptions): void {
  if (uses.some(({ rules }) => rules === auth.saslExternal)) return
  const everyListener = loginListeners(options).every(({ saslExternal }) => saslExternal !== null)
  const why = everyListener
    ? 'every listener has a list of its own'
    : "for every host its own `[auth]` decides, or the listener's list"
  if (auth.written?.includes('sasl_external') === true) {
    place.at('sasl_external').warn('conflict', `has no effect: ${why}`)
  }
  for (const [index, rule] of auth.ownRules.entries()) {
    if (!isUnnamed(rule)) continue
    const message = `has no effect: a rule without a name follows \`auth.sasl_external\` only, and ${why}; name it, and list it where it is meant`
    place.at('sasl_external_rules', index).warn('conflict', message)
  }
}

function lintCommonName({ auth, place }: Section, uses: readonly Use[]): void {
  if (auth.written?.includes('sasl_external_common_name') !== true) return
  if (uses.some((use) => use.auth === auth && use.rules.includes('common_name'))) return
  const message = 'has no effect: no `sasl_external` that is in force with it has "common_name"'
  place.at('sasl_external_common_name').warn('conflict', message)
}

/** Rules whose JIDs are of no domain that they are asked for. */
function lintDomains({ auth, place }: Section, uses: readonly Use[]): void {
  for (const [index, rule] of auth.ownRules.entries()) {
    const hosts = [...new Set(uses.filter(({ rules }) => rules.includes(rule)).map(({ domain }) => domain))]
    const foreign = foreignDomains(rule, hosts)
    const [first] = foreign
    if (first === undefined) continue
    // Where the domain of the client is part of it, no other was meant.
    const meant = foreign.length === 1 ? nearest(first, hosts) : null
    const hint =
      meant === null ? '${domain} stands for the domain that the client connects to' : `did you mean ${meant}?`
    const message = `makes JIDs of ${listOf(foreign)}, and is asked for ${listOf(hosts)}: no login can come of it; ${hint}`
    place.at('sasl_external_rules', index, 'jid').warn('conflict', message)
  }
}

/** The domains of all JIDs that a rule makes for these hosts; none where one may be right. */
function foreignDomains({ jid }: MappingRuleOptions, hosts: readonly string[]): readonly string[] {
  const template = parseTemplate(jid, null)
  if (!template.ok) return []
  const made = new Set<string>()
  for (const host of hosts) {
    const domain = fixedDomain(template.value, host)
    if (domain === null || domain === host) return []
    made.add(domain)
  }
  return [...made]
}

/** Options of one client listener over TCP (`[[listen.c2s]]`), as MongooseIM names them. */

import { isIP } from 'node:net'
import type { z } from 'zod'
import { absentMethods, authMethods } from '../auth/options.ts'
import {
  resolveNameLists,
  type TrustedNameOptions,
  trustedIssuersSection,
  trustedSubjectsSection,
} from '../auth/trusted-names-options.ts'
import { listenerRulesOption } from '../certificate/identity-options.ts'
import { type IdentityRuleChoice, resolveReferences } from '../certificate/mapping/options.ts'
import type { MappingRuleOptions } from '../certificate/mapping/rule.ts'
import { choice, choices, flag, integer, numbers, section, sectionWith, text } from '../config/declare.ts'
import type { Place } from '../config/place.ts'
import { type CertificatePolicy, certificatePolicies } from '../sasl/certificate-policy.ts'
import { resolveTls, type TlsOptions, tlsSection } from '../transport/tls-options.ts'

/** One client listener, resolved. */
export interface C2sOptions {
  /** How records and logs call it: `c2s 127.0.0.1:5222`. */
  readonly name: string
  /** 0 asks the operating system for any free port. */
  readonly port: number
  readonly ipAddress: string
  readonly backlog: number
  readonly reusePort: boolean
  readonly maxConnections: number
  /** An IPv6 address counts as its /64. */
  readonly maxConnectionsPerAddress: number
  /** TLS handshakes at work at one time; each has its ClientHello and is not waiting for its client. */
  readonly maxHandshakes: number
  /** Connections waiting for their handshake, and just accepted ones on their way there. Beyond it they are refused. */
  readonly maxHandshakesWaiting: number
  readonly maxStanzaBytes: number
  /** Limit of each step of the negotiation. */
  readonly stateTimeoutMs: number
  /** Limit of everything before the login is complete, handshake included. */
  readonly loginTimeoutMs: number
  /** Failed logins after which the stream is closed (RFC 6120 §6.4.5). */
  readonly maxLoginAttempts: number
  /** Offers the session feature of RFC 3921 to old clients. */
  readonly legacySession: boolean
  /** What certificates mean for logins here. */
  readonly certificatePolicy: CertificatePolicy
  /** Methods that may judge logins here; null allows all of `auth.methods`. */
  readonly allowedAuthMethods: readonly string[] | null
  /** Identity rules of this listener; null leaves those of `auth`. */
  readonly saslExternal: readonly IdentityRuleChoice[] | null
  /** Lists of this listener; null leaves those of `auth`. */
  readonly trustedNames: TrustedNameOptions
  readonly tls: TlsOptions
}

const allowedMethodsNote = {
  says: 'Backends that may judge logins on this port.',
  byDefault: 'all of `auth.methods`',
  notYet: absentMethods,
  open: true,
} as const

/** `[[listen.c2s]]`. */
export const c2sSection = section(
  'A port on which XMPP clients connect over TCP (RFC 6120).',
  {
    port: integer({
      says: 'TCP port; 0 takes any free port.',
      min: 0,
      max: 65_535,
      byDefault: 5222,
    }),
    ip_address: text({
      says: 'Address to listen on.',
      allowed: 'an IPv4 or IPv6 address',
      byDefault: '"0.0.0.0", or "::" with `ip_version = 6`',
      test: (value) => isIP(value) !== 0,
    }),
    ip_version: numbers([4, 6], { says: 'Family of the default address.', byDefault: 'that of `ip_address`, else 4' }),
    proto: choice(['tcp'], { says: 'Transport protocol.', byDefault: 'tcp' }),
    backlog: integer({
      says: 'Connections the system may queue before they are accepted.',
      min: 1,
      max: 65_535,
      byDefault: 1024,
      unit: 'connections',
    }),
    reuse_port: flag({ says: 'Let several processes listen on the same port (SO_REUSEPORT).', byDefault: false }),
    max_connections: integer({
      says: 'Connections open at one time.',
      min: 1,
      max: 1_000_000,
      byDefault: 10_000,
      unit: 'connections',
      infinity: true,
    }),
    max_connections_per_address: integer({
      says: 'Connections open at one time from one address (IPv6: from one /64).',
      min: 1,
      max: 1_000_000,
      byDefault: 256,
      unit: 'connections',
      infinity: true,
    }),
    max_handshakes: integer({
      says: 'TLS handshakes at work at one time; one address gets a quarter of them. Further connections wait, fairly by address.',
      min: 1,
      max: 65_536,
      byDefault: 64,
      unit: 'handshakes',
    }),
    max_handshakes_waiting: integer({
      says: 'Connections that wait for their handshake at one time. Further ones are closed at once, those of the greediest address first.',
      min: 1,
      max: 65_536,
      byDefault: 1024,
      unit: 'connections',
    }),
    // RFC 6120 §13.12: a server must take stanzas of 10000 bytes.
    max_stanza_size: integer({
      says: 'Largest stanza that is taken.',
      min: 10_000,
      max: 4_194_304,
      byDefault: 262_144,
      unit: 'bytes',
      infinity: true,
    }),
    state_timeout: integer({
      says: 'Limit of each step before the session.',
      min: 100,
      max: 600_000,
      byDefault: 5000,
      unit: 'milliseconds',
      infinity: true,
    }),
    login_timeout: integer({
      says: 'Limit of everything before the session, handshake included.',
      min: 100,
      max: 3_600_000,
      byDefault: 60_000,
      unit: 'milliseconds',
    }),
    // RFC 6120 §6.4.5: between 2 and 5 retries are recommended.
    max_login_attempts: integer({
      says: 'Failed logins after which the stream is closed.',
      min: 1,
      max: 10,
      byDefault: 3,
      unit: 'attempts',
    }),
    backwards_compatible_session: flag({ says: 'Offer the session step of RFC 3921 to old clients.', byDefault: true }),
    certificate_policy: choice(certificatePolicies, {
      says:
        'What certificates mean for logins: `disable` does not look at them; with `enable` a presented one decides, and clients ' +
        'without one use passwords; with `optional` EXTERNAL stands beside the other mechanisms; with `mandatory` only an ' +
        'acceptable certificate lets anybody in. With `enable` and `mandatory`, `tls.disconnect_on_failure` has no meaning.',
      byDefault: 'optional',
    }),
    allowed_auth_methods: choices<string>(authMethods, allowedMethodsNote),
    sasl_external: listenerRulesOption,
    trusted_subjects: trustedSubjectsSection.optional(),
    trusted_issuers: trustedIssuersSection.optional(),
    tls: tlsSection.optional(),
  },
  {
    notYet: {
      access: { feature: 'access rules', unless: 'all' },
      shaper: { feature: 'traffic shapers', unless: 'none' },
      proxy_protocol: { feature: 'PROXY protocol', unless: false },
    },
    meaningless: {
      num_acceptors: 'has no meaning in Signet: one event loop accepts all connections; it can be removed',
      hibernate_after: 'has no meaning in Signet: it tunes the memory of Erlang processes; it can be removed',
    },
  },
)

/** `[[listen.c2s]]` where backends of these names are handed in beside the built-in ones. */
export function c2sSectionWith(own: readonly string[]): typeof c2sSection {
  return sectionWith(c2sSection, {
    allowed_auth_methods: choices<string>([...authMethods, ...own], allowedMethodsNote),
  })
}

type C2sValues = z.output<typeof c2sSection>

/**
 * `[[listen.c2s]]` with its defaults; null, with the reason reported, when nobody could log in there. `rules` are those that
 * the listener may name.
 */
export function resolveC2s(
  values: C2sValues,
  place: Place,
  rules: readonly MappingRuleOptions[] = [],
): C2sOptions | null {
  const ipAddress = addressOf(values, place)
  if (values.tls === undefined) {
    place
      .at('tls')
      .error(
        'missing',
        'the listener has no `tls` section, so nobody could log in: certificates are shown in the TLS handshake only; ' +
          'set `tls.certfile`, `tls.keyfile` and `tls.cacertfile`',
      )
    return null
  }
  checkPolicy(values, place)
  // Where nobody looks at certificates none is asked for, and no CA is needed.
  const isDisabled = values.certificate_policy === 'disable'
  const tls = resolveTls(isDisabled ? { ...values.tls, verify_mode: 'none' } : values.tls, place.at('tls'))
  if (tls === null) return null
  return {
    name: listenerName(values.port, ipAddress),
    port: values.port,
    ipAddress,
    backlog: values.backlog,
    reusePort: values.reuse_port,
    maxConnections: values.max_connections,
    maxConnectionsPerAddress: values.max_connections_per_address,
    maxHandshakes: values.max_handshakes,
    maxHandshakesWaiting: values.max_handshakes_waiting,
    maxStanzaBytes: values.max_stanza_size,
    stateTimeoutMs: values.state_timeout,
    loginTimeoutMs: values.login_timeout,
    maxLoginAttempts: values.max_login_attempts,
    legacySession: values.backwards_compatible_session,
    certificatePolicy: values.certificate_policy,
    allowedAuthMethods: values.allowed_auth_methods ?? null,
    saslExternal:
      values.sasl_external === undefined
        ? null
        : resolveReferences(values.sasl_external, rules, place.at('sasl_external')),
    trustedNames: {
      subjects: resolveNameLists(values.trusted_subjects, place.at('trusted_subjects')),
      issuers: resolveNameLists(values.trusted_issuers, place.at('trusted_issuers')),
    },
    tls,
  }
}

function checkPolicy({ certificate_policy: policy, tls }: C2sValues, place: Place): void {
  if (tls?.verify_mode !== 'none' || policy === 'optional' || policy === 'disable') return
  const word = JSON.stringify(policy)
  const text = 'contradict each other: no certificate is asked for, and logins depend on one'
  place.at('certificate_policy').error('conflict', `${word} and \`tls.verify_mode = "none"\` ${text}`)
  place.at('tls', 'verify_mode').error('conflict', `"none" and \`certificate_policy = ${word}\` ${text}`)
}

function addressOf(values: C2sValues, place: Place): string {
  const { ip_address: address, ip_version: version } = values
  if (address === undefined) return version === 6 ? '::' : '0.0.0.0'
  if (version !== undefined && isIP(address) !== version) {
    place
      .at('ip_version')
      .error('conflict', `is ${version}, but \`ip_address\` is an IPv${isIP(address)} address; remove one`)
  }
  return address
}

function listenerName(port: number, address: string): string {
  return isIP(address) === 6 ? `c2s [${address}]:${port}` : `c2s ${address}:${port}`
}

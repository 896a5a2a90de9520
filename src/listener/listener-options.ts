/** Options that every listener has, whatever it speaks: where it listens, how many it lets in, and what certificates mean there. */

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
import { choice, choices, flag, integer, numbers, section, text } from '../config/declare.ts'
import type { Place } from '../config/place.ts'
import { type CertificatePolicy, certificatePolicies } from '../sasl/certificate-policy.ts'
import type { ClientTrustOptions } from '../transport/tls-options.ts'
import { type ProxyOptions, type ProxyValues, proxyShape, resolveProxy } from './proxy/options.ts'

/** Who comes in at a listener, and how many. */
export interface CrowdOptions {
  readonly maxConnections: number
  /** An IPv6 address counts as its /64. */
  readonly maxConnectionsPerAddress: number
  /** TLS handshakes at work at one time; each has its ClientHello and is not waiting for its client. */
  readonly maxHandshakes: number
  /** Connections waiting for their handshake, and just accepted ones on their way there. Beyond it they are refused. */
  readonly maxHandshakesWaiting: number
}

/** One listener, resolved. */
export interface ListenerOptions extends CrowdOptions {
  /** How records and logs call it: `c2s 127.0.0.1:5222`. */
  readonly name: string
  /** 0 asks the operating system for any free port. */
  readonly port: number
  readonly ipAddress: string
  readonly backlog: number
  readonly reusePort: boolean
  /** Limit of everything before the login is complete, handshake included. */
  readonly loginTimeoutMs: number
  /** Failed logins after which the stream is closed (RFC 6120 §6.4.5). */
  readonly maxLoginAttempts: number
  /** What certificates mean for logins here. */
  readonly certificatePolicy: CertificatePolicy
  /** Methods that may judge logins here; null allows all of `auth.methods`. */
  readonly allowedAuthMethods: readonly string[] | null
  /** Identity rules of this listener; null leaves those of `auth`. */
  readonly saslExternal: readonly IdentityRuleChoice[] | null
  /** Lists of this listener; null leaves those of `auth`. */
  readonly trustedNames: TrustedNameOptions
  /** Null where no proxies stand in front. */
  readonly proxy: ProxyOptions | null
  readonly tls: ClientTrustOptions
}

/** By what the certificates of a listener's clients are judged: those that a proxy forwards, or those of the handshake. */
export function clientTrustOf({ proxy, tls }: ListenerOptions): ClientTrustOptions {
  return proxy?.certificate ?? tls
}

/** No TLS here: in clear on this machine, or ended at a proxy that forwards what certificates it sees. */
export interface ClearOptions extends ClientTrustOptions {
  readonly identity: null
}

/** Where a listener listens. */
export const endpointShape = (port: number) => ({
  port: integer({ says: 'TCP port; 0 takes any free port.', min: 0, max: 65_535, byDefault: port }),
  ip_address: text({
    says: 'Address to listen on.',
    allowed: 'an IPv4 or IPv6 address',
    byDefault: '"0.0.0.0", or "::" with `ip_version = 6`',
    test: (value) => isIP(value) !== 0,
  }),
  ip_version: numbers([4, 6], { says: 'Family of the default address.', byDefault: 'that of `ip_address`, else 4' }),
  proto: choice(['tcp'], { says: 'Transport protocol.', byDefault: 'tcp' }),
  backlog: integer({
    says: 'Connections the system may queue before they are accepted. It can only change at a restart.',
    min: 1,
    max: 65_535,
    byDefault: 1024,
    unit: 'connections',
  }),
  reuse_port: flag({
    says: 'Let several processes listen on the same port (SO_REUSEPORT). It counts when the port is opened.',
    byDefault: false,
  }),
})

/** Most connections at one time. */
export const maxConnectionsOption = (byDefault: number) =>
  integer({
    says: 'Connections open at one time.',
    min: 1,
    max: 1_000_000,
    byDefault,
    unit: 'connections',
    infinity: true,
  })

/** Who comes in, and how many. */
export const crowdShape = {
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
}

/** Limits of the login. */
export const loginShape = {
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
}

/** `state_timeout`, of whoever runs streams. */
export const stateTimeoutOption = integer({
  says: 'Limit of each step before the session.',
  min: 100,
  max: 600_000,
  byDefault: 5000,
  unit: 'milliseconds',
  infinity: true,
})

/** `backwards_compatible_session`, of whoever runs streams. */
export const legacySessionOption = flag({
  says: 'Offer the session step of RFC 3921 to old clients.',
  byDefault: true,
})

/** `max_stanza_size`, of whoever runs streams. RFC 6120 §13.12: a server must take stanzas of 10000 bytes. */
export const maxStanzaSizeOption = integer({
  says: 'Largest stanza that is taken.',
  min: 10_000,
  max: 4_194_304,
  byDefault: 262_144,
  unit: 'bytes',
  infinity: true,
})

const allowedMethodsNote = {
  says: 'Backends that may judge logins on this port.',
  byDefault: 'all of `auth.methods`',
  notYet: absentMethods,
  open: true,
} as const

/** `allowed_auth_methods` where backends of these names are handed in beside the built-in ones. */
export const allowedMethodsOption = (own: readonly string[]) =>
  choices<string>([...authMethods, ...own], allowedMethodsNote)

/** What certificates mean. */
export const policyShape = {
  certificate_policy: choice(certificatePolicies, {
    says:
      'What certificates mean for logins: `disable` does not look at them; with `enable` a presented one decides, and clients ' +
      'without one use passwords; with `optional` EXTERNAL stands beside the other mechanisms; with `mandatory` only an ' +
      'acceptable certificate lets anybody in. With `enable` and `mandatory`, `tls.disconnect_on_failure` has no meaning.',
    byDefault: 'optional',
  }),
  allowed_auth_methods: allowedMethodsOption([]),
  sasl_external: listenerRulesOption,
  trusted_subjects: trustedSubjectsSection.optional(),
  trusted_issuers: trustedIssuersSection.optional(),
}

const commonSection = section('What every listener has.', {
  ...endpointShape(0),
  ...crowdShape,
  ...loginShape,
  ...policyShape,
  ...proxyShape,
})

/** Values of the options that every listener has. */
export type ListenerValues = z.output<typeof commonSection>

/** What is common, resolved. `kind` begins its name; `rules` are those that it may name. */
export function resolveListener(
  kind: 'c2s' | 'http',
  values: ListenerValues & ProxyValues,
  place: Place,
  rules: readonly MappingRuleOptions[],
): Omit<ListenerOptions, 'tls' | 'maxConnections'> {
  const ipAddress = addressOf(values, place)
  return {
    name: listenerName(kind, values.port, ipAddress),
    port: values.port,
    ipAddress,
    backlog: values.backlog,
    reusePort: values.reuse_port,
    maxConnectionsPerAddress: values.max_connections_per_address,
    maxHandshakes: values.max_handshakes,
    maxHandshakesWaiting: values.max_handshakes_waiting,
    loginTimeoutMs: values.login_timeout,
    maxLoginAttempts: values.max_login_attempts,
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
    proxy: resolveProxy(kind, values, place),
  }
}

/** How records and logs call a listener: `c2s 127.0.0.1:5222`, `http [::]:5285`. */
export function listenerName(kind: string, port: number, address: string): string {
  return isIP(address) === 6 ? `${kind} [${address}]:${port}` : `${kind} ${address}:${port}`
}

/** Says what a certificate policy and `tls.verify_mode` have against each other. */
export function checkPolicy(
  policy: CertificatePolicy,
  verifyMode: ClientTrustOptions['verifyMode'] | undefined,
  place: Place,
): void {
  if (verifyMode !== 'none' || policy === 'optional' || policy === 'disable') return
  const word = JSON.stringify(policy)
  const message = 'contradict each other: no certificate is asked for, and logins depend on one'
  place.at('certificate_policy').error('conflict', `${word} and \`tls.verify_mode = "none"\` ${message}`)
  place.at('tls', 'verify_mode').error('conflict', `"none" and \`certificate_policy = ${word}\` ${message}`)
}

function addressOf(values: ListenerValues, place: Place): string {
  const { ip_address: address, ip_version: version } = values
  if (address === undefined) return version === 6 ? '::' : '0.0.0.0'
  if (version !== undefined && isIP(address) !== version) {
    place
      .at('ip_version')
      .error('conflict', `is ${version}, but \`ip_address\` is an IPv${isIP(address)} address; remove one`)
  }
  return address
}

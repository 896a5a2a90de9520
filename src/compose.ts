/** From options to the parts of one configuration generation: doors, rules, backends, policies. Opens no port. */

import { appendFileSync } from 'node:fs'
import { type Authority, createAuthority } from './auth/authority.ts'
import type { AuthBackend } from './auth/contract.ts'
import { scramOf } from './auth/mechanism-options.ts'
import type { AuthOptions } from './auth/options.ts'
import { createTrustedNames } from './auth/trusted-names.ts'
import type { CertificateCache } from './certificate/facts.ts'
import { authId, byBackend, commonName, type IdentityRule, standard } from './certificate/identity.ts'
import type { IdentityRuleName } from './certificate/identity-options.ts'
import { mappingRule } from './certificate/mapping/rule.ts'
import type { BackendSet } from './compose-backends.ts'
import { composeProxyTerms } from './compose-proxy.ts'
import type { ThrottleShift } from './compose-throttle.ts'
import { type InForce, inForce } from './in-force.ts'
import type { C2sGeneration } from './listener/c2s.ts'
import type { C2sOptions } from './listener/c2s-options.ts'
import type { ListenerOptions } from './listener/listener-options.ts'
import type { Health } from './observe/health.ts'
import type { Log } from './observe/log.ts'
import type { PrometheusMetrics } from './observe/prometheus.ts'
import type { SignetOptions } from './options.ts'
import { createExternal } from './sasl/external.ts'
import type { Mechanism } from './sasl/mechanism.ts'
import { plain } from './sasl/plain.ts'
import { createScram } from './sasl/scram/scram.ts'
import type { SessionHost } from './session/contract.ts'
import type { DomainPolicy, StreamPolicy } from './stream/policy.ts'
import { countHandshakes } from './transport/counted-door.ts'
import { createTlsDoor, type TlsDoor } from './transport/tls-door.ts'
import { readTlsMaterial } from './transport/tls-material.ts'
import type { TlsOptions } from './transport/tls-options.ts'
import type { ValidatePath } from './trust/path-validation.ts'

/** What generations share and outlives them. */
export interface Surroundings {
  readonly certificates: CertificateCache
  readonly validate: ValidatePath
  readonly host: SessionHost
  readonly throttle: ThrottleShift
  /** Backends that the host program handed in, by their names in `auth.methods`. */
  readonly backends: ReadonlyMap<string, AuthBackend>
  readonly log: Log
  readonly metrics: PrometheusMetrics
  readonly health: () => Health
  /** File for TLS secrets where a listener has `keep_secrets`; null keeps them nowhere. */
  readonly keyLogFile: string | null
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** How long backends and session host together may take, milliseconds. */
const authMs = 10_000

/** The identity rules in the operator's order. Throws for a rule that is none, which loading has refused before. */
export function composeRules(auth: AuthOptions): IdentityRule[] {
  const byName: Readonly<Record<IdentityRuleName, () => IdentityRule>> = {
    standard: () => standard,
    common_name: () => commonName(auth.commonName),
    auth_id: () => authId,
    by_backend: () => byBackend,
  }
  return auth.saslExternal.map((choice) => {
    if (typeof choice === 'string') return byName[choice]()
    const own = mappingRule(choice)
    if (!own.ok) throw new TypeError(`${choice.name}: ${own.error.map(({ why }) => why).join('; ')}`)
    return own.value
  })
}

/** The mechanisms in the operator's order. */
export function composeMechanisms(auth: AuthOptions): Mechanism[] {
  const isPlusOffered = auth.mechanisms.some((name) => scramOf(name)?.isPlus === true)
  const { iterations } = auth.password
  return auth.mechanisms.map((name) => {
    if (name === 'external') return createExternal(composeRules(auth))
    const scram = scramOf(name)
    return scram === null ? plain : createScram({ ...scram, isPlusOffered, iterations })
  })
}

/**
 * The authority of what is in force on the listener of this name: its backends, in the order of `auth.methods`. Throws for
 * a name that no backend has, or when a file of one cannot be read.
 */
export function composeAuthority({ auth }: InForce, listener: string, set: BackendSet): Authority {
  const backends = auth.methods.map((name) => set.of(auth, name, listener))
  return createAuthority(backends, createTrustedNames(auth.trustedNames))
}

/** One listener's generation; throws when a file cannot be read or used. */
export async function composeC2s(
  listener: C2sOptions,
  options: SignetOptions,
  around: Surroundings,
  backends: BackendSet,
): Promise<C2sGeneration> {
  return {
    options: listener,
    door: listener.tls.identity === null ? null : await composeDoor(listener.name, listener.tls, around),
    proxy: await composeProxyTerms(listener, around),
    policy: composePolicy(listener, listener, options, around, backends),
  }
}

/** How streams of one listener negotiate; `stream` is what one of its doors says of them. */
export function composePolicy(
  listener: ListenerOptions,
  stream: { readonly legacySession: boolean; readonly stateTimeoutMs: number },
  options: SignetOptions,
  around: Surroundings,
  backends: BackendSet,
): StreamPolicy {
  const { general } = options
  const domains = new Map(general.hosts.map((host) => [host, composeDomain(host, listener, options, backends)]))
  const fallback = composeDomain(general.defaultServerDomain, listener, options, backends)
  return {
    listener: listener.name,
    hosts: new Set(general.hosts),
    defaultHost: general.defaultServerDomain,
    of: (domain) => domains.get(domain) ?? fallback,
    host: around.host,
    terms: { legacySession: stream.legacySession },
    limits: {
      stateMs: stream.stateTimeoutMs,
      loginMs: listener.loginTimeoutMs,
      maxAttempts: listener.maxLoginAttempts,
      authMs,
    },
    throttle: around.throttle.of(options.throttle),
    log: around.log,
    metrics: around.metrics,
  }
}

/** Who may log in to one domain through one listener. */
function composeDomain(
  domain: string,
  listener: ListenerOptions,
  options: SignetOptions,
  backends: BackendSet,
): DomainPolicy {
  const terms = inForce(options, listener, domain)
  return {
    certificates: terms.certificates,
    mechanisms: composeMechanisms(terms.auth),
    authority: composeAuthority(terms, listener.name, backends),
  }
}

/** The TLS door of a listener; throws when a file cannot be read or used. */
export async function composeDoor(listener: string, tls: TlsOptions, around: Surroundings): Promise<TlsDoor> {
  const { keyLogFile, certificates, validate, metrics, now, log } = around
  const door = createTlsDoor({
    ...(await readTlsMaterial(tls)),
    verifyMode: tls.verifyMode,
    ciphers: tls.ciphers,
    versions: tls.versions,
    handshakeMs: tls.handshakeTimeoutMs,
    keyLog: tls.keepSecrets && keyLogFile !== null ? createKeyLog(keyLogFile, listener, log) : null,
    certificates,
    validate,
    now,
  })
  return countHandshakes(door, listener, metrics)
}

/** Appends to the file. That it cannot be written is told once, and nobody's login fails for a file that helps debugging. */
function createKeyLog(file: string, listener: string, log: Log): (line: Buffer) => void {
  let isTold = false
  return (line) => {
    try {
      appendFileSync(file, line, { mode: 0o600 })
    } catch (cause) {
      if (!isTold) log.warn('tls_secrets_not_kept', { listener, file, cause })
      isTold = true
    }
  }
}

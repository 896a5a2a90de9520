/** What a listener lets its streams do; one frozen value per listener and configuration generation. */

import type { Authority } from '../auth/authority.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { CertificateTerms } from '../sasl/certificate-policy.ts'
import type { LoginThrottle } from '../sasl/login-throttle.ts'
import type { Mechanism } from '../sasl/mechanism.ts'
import type { SessionHost, SessionTerms } from '../session/contract.ts'

/** Finite limits of the negotiation. */
export interface StreamLimits {
  /** Longest wait for the client's next step before login, milliseconds. */
  readonly stateMs: number
  /** Longest time from connect to login, milliseconds. */
  readonly loginMs: number
  /** Failed attempts after which the stream ends (RFC 6120 §6.4.5: between 2 and 5). */
  readonly maxAttempts: number
  /** Longest wait for backends and session host together, milliseconds. */
  readonly authMs: number
}

/** Who may log in to one domain through one listener. */
export interface DomainPolicy {
  readonly certificates: CertificateTerms
  readonly mechanisms: readonly Mechanism[]
  readonly authority: Authority
}

/** How a stream negotiates. */
export interface StreamPolicy {
  /** The listener's name, for records. */
  readonly listener: string
  /** Domains served here, prepared. */
  readonly hosts: ReadonlySet<string>
  /** The domain that speaks when the client named none that is served. */
  readonly defaultHost: string
  /** The policy of a domain served here. */
  readonly of: (domain: string) => DomainPolicy
  readonly host: SessionHost
  readonly terms: SessionTerms
  readonly limits: StreamLimits
  /** Null where failures are not counted. */
  readonly throttle: LoginThrottle | null
  readonly log: Log
  readonly metrics: Metrics
}

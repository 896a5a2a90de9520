/** The record of one login attempt: plain data that the log, metrics, audit and `explain` all print. */

import type { ReasonCode, WireCondition } from './reasons.ts'

/** What one identity rule said. */
export interface IdentityStep {
  readonly rule: string
  readonly answer: 'jid' | 'refuse' | 'pass'
  /** The JID for `jid`; a sentence on what was looked at otherwise. */
  readonly detail: string
  readonly code?: ReasonCode
}

/** What one list of trusted names said. */
export interface NameStep {
  readonly list: 'trusted_subjects.deny' | 'trusted_subjects.allow' | 'trusted_issuers.deny' | 'trusted_issuers.allow'
  readonly answer: 'refuse' | 'pass'
  /** A sentence on which pattern matched, or on why none did; at most a handful of patterns are named. */
  readonly detail: string
  readonly code?: ReasonCode
}

/** What one backend said, and how long it took. */
export interface BackendStep {
  readonly backend: string
  /** `found`: it had the secrets that SCRAM needs; whether the client knew the password is the outcome's to tell. */
  readonly verdict: 'allow' | 'found' | 'deny' | 'unknown' | 'unavailable'
  readonly detail?: string
  readonly tookMs: number
}

/** The certificate's printable names; never the certificate itself. */
export interface CertificateSummary {
  readonly subject: string
  readonly issuer: string
  /** Lower-case hexadecimal, without separators. */
  readonly serial: string
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly sha256: string
  readonly notBefore: string
  readonly notAfter: string
}

/** How the chain check ended. */
export interface ChainSummary {
  readonly status: 'none' | 'unreadable' | 'trusted' | 'self-signed' | 'untrusted'
  /** Whether the listener's verify_mode takes a certificate of this status. */
  readonly acceptable: boolean
  readonly code?: ReasonCode
  readonly text?: string
}

/** The end of an attempt. */
export type Outcome =
  | { readonly kind: 'allow'; readonly jid: string; readonly via: string }
  | { readonly kind: 'deny'; readonly code: ReasonCode; readonly condition: WireCondition; readonly why: string }

/** One login attempt. Holds no password, token, key or whole certificate. */
export interface Decision {
  /** Identifies the record in the log and in the `<text/>` that the client gets. */
  readonly id: string
  /** ISO 8601, UTC. */
  readonly time: string
  readonly listener: string
  readonly transport: 'tcp' | 'websocket' | 'bosh' | 'offline'
  readonly remote: string
  readonly domain: string
  readonly mechanism: string
  readonly tls: { readonly version: string; readonly cipher: string; readonly resumed: boolean } | null
  /** The proxy that reported address, TLS and certificate, and in which dialect; absent where nobody did. */
  readonly forwarded?: { readonly by: string; readonly dialect: string }
  readonly certificate: CertificateSummary | null
  readonly chain: ChainSummary
  readonly revocation: { readonly status: 'not-checked'; readonly source: null }
  readonly authzid: string | null
  readonly identity: readonly IdentityStep[]
  /** Lists of trusted names, in the order they were looked at; empty where there are none, or nobody got so far. */
  readonly names: readonly NameStep[]
  readonly backends: readonly BackendStep[]
  readonly outcome: Outcome
  /** Milliseconds from the mechanism's start to the outcome. */
  readonly tookMs: number
}

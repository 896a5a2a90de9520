/** The rules of identity: who a certificate says its holder is, decided without I/O (XEP-0178 §2, RFC 6120 §13.7.1.4). */

import type { BareJid } from '../jid/jid.ts'
import type { IdentityStep } from '../observe/decision.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import type { PeerCertificate } from './facts.ts'

/** What a rule may look at. */
export interface IdentityQuery {
  readonly certificate: PeerCertificate
  /** The authorization identity the client asked for; null when it sent none. */
  readonly authzid: BareJid | null
  /** The stream's domain, prepared. */
  readonly domain: string
}

/** What a rule says. Only `pass` lets the next rule speak. `detail` is a sentence on what was looked at. */
export type IdentityAnswer =
  | { readonly kind: 'jid'; readonly jid: BareJid; readonly detail: string }
  | { readonly kind: 'refuse'; readonly code: ReasonCode; readonly detail: string }
  | { readonly kind: 'pass'; readonly detail: string }

/** One rule of `auth.sasl_external`. */
export interface IdentityRule {
  readonly name: string
  /** Whether the answer rests on the client's word alone, and not on the certificate. */
  readonly trustsClient: boolean
  answer(query: IdentityQuery): IdentityAnswer
}

/** The outcome of all rules, with a step for each one asked. */
export type Identification =
  | {
      readonly kind: 'jid'
      readonly jid: BareJid
      /** Name of the rule that answered. */
      readonly via: string
      readonly steps: readonly IdentityStep[]
    }
  | {
      readonly kind: 'refuse'
      readonly code: ReasonCode
      readonly why: string
      readonly steps: readonly IdentityStep[]
    }

/** Asks the rules in order. A refusal is final; when all pass the outcome is `no-identity`. */
export function identify(_rules: readonly IdentityRule[], _query: IdentityQuery): Identification {
  return { kind: 'refuse', code: 'no-identity', why: 'no identity rule found a JID', steps: [] }
}

/** The contract of authorization: who is claimed on what evidence, and the five words a backend may answer. */

import type { ChainStatus } from '../certificate/channel.ts'
import type { PeerCertificate } from '../certificate/facts.ts'
import type { BareJid } from '../jid/jid.ts'
import type { Call } from '../observe/call.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import type { Account } from '../session/contract.ts'

/** What a mechanism proved and who the client says it is. */
export interface CertificateClaim {
  readonly kind: 'certificate'
  readonly jid: BareJid
  /** The identity rule that named the JID. */
  readonly via: string
  readonly certificate: PeerCertificate
  readonly chain: ChainStatus
}

/** Every kind of evidence. */
export type Claim = CertificateClaim

/** Kinds of evidence, by which a mechanism finds out whether some backend takes it. */
export type Evidence = Claim['kind']

/** Only `unknown` lets the next backend speak; everything else is final. */
export type Verdict =
  | { readonly kind: 'allow'; readonly account: Account }
  | { readonly kind: 'deny'; readonly code: ReasonCode; readonly why: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable'; readonly cause: Error }

/** Judges claims. What evidence it takes is what it lists; there is no second list. */
export interface AuthBackend extends AsyncDisposable {
  /** The method's name in `auth.methods`. */
  readonly name: string
  readonly takes: readonly Evidence[]
  /** Never throws: a fault is `unavailable`. An answer that needs no waiting is given at once. */
  judge(claim: Claim, call: Call): Verdict | Promise<Verdict>
}

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
  /**
   * There where no rule has named the account and the backend is to: whom the client asks for, or null. `jid` is nobody's
   * then, and who allows it as it is lets nobody in.
   */
  readonly open?: { readonly wanted: BareJid | null }
}

/** A password in clear (PLAIN, and only under TLS). It is in no record and no log. */
export interface PasswordClaim {
  readonly kind: 'password'
  readonly jid: BareJid
  /** As the client sent it: valid UTF-8, not empty, without NUL; not prepared in any way. */
  readonly password: string
}

/** Everything a client can claim at once; SCRAM is no claim but a proof, worked out between mechanism and secrets. */
export type Claim = CertificateClaim | PasswordClaim

/** Kinds of evidence, by which a mechanism finds out whether some backend takes it. */
export type Evidence = Claim['kind'] | 'scram'

/** Hash functions of SCRAM, by MongooseIM's names (`auth.password.hash`); weakest first, the order they are stored in. */
export const scramHashes = ['sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const

/** One hash function of SCRAM. */
export type ScramHash = (typeof scramHashes)[number]

/** What a server keeps of a password for SCRAM with one hash (RFC 5802 §3). */
export interface ScramSecrets {
  readonly hash: ScramHash
  readonly salt: Uint8Array
  readonly iterations: number
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

/**
 * What a backend knows of an account's SCRAM secrets. `account` is who is let in once the client has proved itself. The
 * client cannot tell `unknown` and `deny` from a wrong password: both get made-up secrets and the same failure.
 */
export type ScramAnswer =
  | { readonly kind: 'found'; readonly secrets: ScramSecrets; readonly account: Account }
  | Exclude<Verdict, { readonly kind: 'allow' }>

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
  /** The secrets of `jid` for this hash; there for backends that list `scram` in `takes`. Never throws, as `judge`. */
  scramSecrets?(jid: BareJid, hash: ScramHash, call: Call): ScramAnswer | Promise<ScramAnswer>
}

/** Which of the identities in a certificate applies: the table that `standard` and `common_name` share (XEP-0178 §2). */

import { type BareJid, formatBare } from '../jid/jid.ts'
import { type IdentityAnswer, refuse } from './identity-rule.ts'

/** Identities listed in a refusal before it says "and more". */
const maxListed = 8

/** One identity that a certificate holds. A domain alone is an identity too, though no user's. */
export interface Candidate {
  readonly local: string | null
  readonly domain: string
  /** Another JID by which the client may ask for this one; null when there is none. */
  readonly alias: BareJid | null
}

/** The one that applies, or the refusal. */
export type Choice =
  | { readonly kind: 'one'; readonly candidate: Candidate }
  | { readonly kind: 'none'; readonly answer: IdentityAnswer }

/**
 * Picks among the identities of a certificate. The same JID twice is one. Without authzid there must be
 * exactly one; with authzid, one that it names. `source` says where they were found, such as `xmppAddr`.
 */
export function chooseCandidate(all: readonly Candidate[], authzid: BareJid | null, source: string): Choice {
  if (authzid !== null) {
    // By its own name first: an alias must not shadow a JID that the certificate holds outright.
    const named =
      all.find((one) => isSame(one, authzid)) ?? all.find(({ alias }) => alias !== null && isSame(alias, authzid))
    if (named !== undefined) return { kind: 'one', candidate: named }
    const why = `the client asked for ${formatBare(authzid)}, and the certificate has ${source} ${listOf(distinct(all))}`
    return { kind: 'none', answer: refuse('authzid-mismatch', why) }
  }
  const candidates = distinct(all)
  const [only, ...others] = candidates
  if (only !== undefined && others.length === 0) return { kind: 'one', candidate: only }
  const why = `the certificate has ${source} ${listOf(candidates)}, and the client did not say which`
  return { kind: 'none', answer: refuse('authzid-required', why) }
}

/** `local@domain`, or the domain alone. */
export function formatCandidate({ local, domain }: Pick<Candidate, 'local' | 'domain'>): string {
  return local === null ? domain : `${local}@${domain}`
}

type Address = Pick<Candidate, 'local' | 'domain'>

function isSame(a: Address, b: Address): boolean {
  return a.local === b.local && a.domain === b.domain
}

function distinct(all: readonly Candidate[]): readonly Candidate[] {
  return all.length < 2 ? all : all.filter((one, i) => all.findIndex((other) => isSame(one, other)) === i)
}

function listOf(candidates: readonly Candidate[]): string {
  const shown = candidates.slice(0, maxListed).map(formatCandidate).join(', ')
  return candidates.length > maxListed ? `${shown} and ${candidates.length - maxListed} more` : shown
}

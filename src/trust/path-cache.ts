/** Remembers good verdicts, so that the signatures of a certificate that logs in again are not checked again. */

import type { PeerCertificate } from '../certificate/facts.ts'
import { type PathQuery, type PathVerdict, type ValidatePath, validatePath } from './path-validation.ts'

/** How long a verdict is kept; the choice between issuers that fit alike depends on the time. */
export const maxVerdictAgeMs = 10 * 60_000

interface Remembered {
  readonly verdict: PathVerdict
  /** Milliseconds since the epoch: from when, and until before when, the verdict may be used. */
  readonly from: number
  readonly until: number
}

/**
 * A `validatePath` that keeps up to `limit` good verdicts. Each is for one leaf, one list of other certificates and
 * one content of the trust store, and holds only while every certificate of the path is within its dates. Refusals
 * are worked out anew each time.
 */
export function createPathCache(limit: number): ValidatePath {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`a cache of ${limit} verdicts`)
  const known = new Map<string, Remembered>()
  return (query) => {
    const key = keyOf(query)
    const hit = known.get(key)
    if (hit !== undefined && hit.from <= query.now && query.now < hit.until) return hit.verdict
    known.delete(key)
    const verdict = validatePath(query)
    if (verdict.kind === 'untrusted') return verdict
    known.set(key, remember(verdict, query))
    const oldest = known.size > limit ? known.keys().next().value : undefined
    if (oldest !== undefined) known.delete(oldest)
    return verdict
  }
}

function keyOf({ leaf, extra, store }: PathQuery): string {
  let key = `${store.generation} ${leaf.sha256}`
  for (const { sha256 } of extra) key += ` ${sha256}`
  return key
}

function remember(verdict: PathVerdict, { leaf, now }: PathQuery): Remembered {
  const chain: readonly PeerCertificate[] = verdict.kind === 'trusted' ? verdict.chain : [leaf]
  const ends = chain.map(({ notAfter }) => notAfter)
  // A clock that is set back leads to a fresh look as well: `from` is the moment of this one.
  return { verdict, from: now, until: Math.min(now + maxVerdictAgeMs, ...ends) }
}

/**
 * Finds the path from a leaf to an anchor. It takes the very path that OpenSSL takes: where several issuers
 * fit, the choice is the same one and there is no second try, since another path could be good where the TLS
 * door's is not. So the work is bounded by the length of the path, whatever the client sends.
 */

import type { PeerCertificate } from '../certificate/facts.ts'
import { createPathCertificate, isIssuedBy, type PathCertificate } from './path-certificate.ts'

/** Certificates in a path, leaf and anchor included. */
export const maxPathCertificates = 10

/** Certificates that a client may send beside its own. */
export const maxExtraCertificates = 32

/** The certificates that are trusted, as path building asks for them. */
export interface IssuerSource {
  /** Certificates with this canonical subject, in the order of the file. */
  withSubject(subject: string): readonly PathCertificate[]
}

/** A path to an anchor; one that ends below any anchor; or one cut off at the limit. */
export interface BuiltPath {
  readonly kind: 'anchored' | 'open' | 'too-long'
  /** Leaf first. */
  readonly path: readonly PathCertificate[]
}

/** Builds the path at the time `now` (milliseconds since the epoch), which decides between issuers that fit alike. */
export function buildPath(
  leaf: PathCertificate,
  extra: readonly PeerCertificate[],
  trusted: IssuerSource,
  now: number,
): BuiltPath {
  const pool = new Map(extra.map((certificate) => [certificate.sha256, certificate]))
  pool.delete(leaf.certificate.sha256)
  const untrusted = [...pool.values()].map(createPathCertificate)
  const path = [leaf]
  let isTrustedPart = false
  for (let top = leaf; path.length <= maxPathCertificates; top = path.at(-1) ?? leaf) {
    const anchor = bestIssuer(top, trusted.withSubject(top.issuer), now)
    if (top.isSelfSigned) {
      // The same name is not enough: it must be the anchor itself.
      const isAnchor = anchor !== null && anchor.certificate.sha256 === top.certificate.sha256
      return { kind: isAnchor ? 'anchored' : 'open', path }
    }
    // Once in the trust store, the path goes on in the trust store.
    const issuer = anchor ?? (isTrustedPart ? null : bestIssuer(top, untrusted, now))
    if (issuer === null) return { kind: 'open', path }
    path.push(issuer)
    if (anchor === null) untrusted.splice(untrusted.indexOf(issuer), 1)
    else if (anchor.isSelfSigned) break
    else isTrustedPart = true
  }
  return { kind: path.length <= maxPathCertificates ? 'anchored' : 'too-long', path }
}

function bestIssuer(
  child: PathCertificate,
  candidates: readonly PathCertificate[],
  now: number,
): PathCertificate | null {
  return preferredOf(candidates, now, (candidate) => isIssuedBy(child, candidate))
}

/** Which of several that fit a path takes: the first that is valid now, or else the one that is valid longest. */
export function preferredOf(
  candidates: readonly PathCertificate[],
  now: number,
  fits: (candidate: PathCertificate) => boolean,
): PathCertificate | null {
  let best: PathCertificate | null = null
  for (const candidate of candidates) {
    if (!fits(candidate)) continue
    const { notBefore, notAfter } = candidate.certificate
    if (notBefore <= now && now < notAfter) return candidate
    if (best === null || notAfter > best.certificate.notAfter) best = candidate
  }
  return best
}

/**
 * Path validation (RFC 5280 §6) for client certificates. One verdict everywhere: on a TLS door beside OpenSSL's,
 * elsewhere alone. It may be stricter than OpenSSL and never looser.
 */

import type { PeerCertificate } from '../certificate/facts.ts'
import { checkNameConstraints } from './name-constraints.ts'
import { type BuiltPath, buildPath, maxExtraCertificates, maxPathCertificates, preferredOf } from './path-building.ts'
import { createPathCertificate, labelOf, type PathCertificate } from './path-certificate.ts'
import * as checks from './path-checks.ts'
import { type PathRefusal, type PathVerdict, refusePath } from './path-verdict.ts'
import { checkSelfSignature, checkSignatures } from './signatures.ts'
import type { TrustStore } from './trust-store.ts'

export type { PathRefusal, PathVerdict } from './path-verdict.ts'

/** What is to be judged. */
export interface PathQuery {
  readonly leaf: PeerCertificate
  /** What the client sent beside the leaf, in any order; what does not belong to the path is passed over. */
  readonly extra: readonly PeerCertificate[]
  readonly store: TrustStore
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Judges a certificate; `validatePath`, or one that remembers (path-cache.ts). */
export type ValidatePath = (query: PathQuery) => PathVerdict

/**
 * Builds the path from the leaf to an anchor and checks it. The cheap checks come first and signatures last, so
 * that a hostile chain costs little; each finding is about what the certificates say, true or not.
 */
export function validatePath({ leaf, extra, store, now }: PathQuery): PathVerdict {
  if (extra.length > maxExtraCertificates) {
    const text = `${extra.length} certificates beside the leaf; ${maxExtraCertificates} are the most`
    return refusePath('chain-malformed', leaf, text)
  }
  const start = createPathCertificate(leaf)
  const built = buildPath(start, extra, store, now)
  if (built.kind === 'anchored') return judgeAnchored(built.path, now)
  if (built.kind === 'open' && start.isSelfSigned) return judgeSelfSigned(start, now)
  return refuseUnanchored(built)
}

function judgeAnchored(path: readonly PathCertificate[], now: number): PathVerdict {
  const certificates = path.map(({ certificate }) => certificate)
  const [leaf] = certificates
  const authorities = certificates.slice(1)
  const refusal =
    first(certificates, checks.checkExtensions) ??
    first(certificates, checks.checkKey) ??
    first(certificates.slice(0, -1), checks.checkSignatureAlgorithm) ??
    first(authorities, checks.checkAuthority) ??
    checks.checkPathLength(path) ??
    first(certificates, checks.checkPurpose) ??
    first(certificates.slice(0, 1), checks.checkLeafUsage) ??
    first(certificates.slice(0, 1), checks.checkNotAuthority) ??
    first(certificates, (certificate) => checks.checkDates(certificate, now)) ??
    checkNameConstraints(path) ??
    checkSignatures(path)
  if (refusal !== null) return refusal
  // A store holds CAs only, so a path of one certificate has been refused above; this is the proof of it.
  if (leaf === undefined || authorities.length === 0) throw new TypeError('a path without an authority')
  return { kind: 'trusted', chain: certificates }
}

/** A CA of a store, and why `validatePath` refuses whatever it issues; null where nothing stands against it. */
export interface JudgedAuthority {
  readonly authority: PathCertificate
  readonly refusal: PathRefusal | null
}

/**
 * The CAs of a store that paths are built with: where several have one name and key, the one that is taken. Dates are
 * left aside, which go by, and name constraints, which are about what is issued.
 */
export function judgeAuthorities(store: TrustStore, now: number): readonly JudgedAuthority[] {
  const isTaken = (authority: PathCertificate): boolean =>
    preferredOf(store.withSubject(authority.subject), now, (other) => isSameKey(authority, other)) === authority
  return store.certificates
    .filter(isTaken)
    .map((authority) => ({ authority, refusal: judgeAuthority(authority, store, now) }))
}

function judgeAuthority(authority: PathCertificate, store: TrustStore, now: number): PathRefusal | null {
  const alone: BuiltPath = { kind: 'anchored', path: [authority] }
  const built = authority.isSelfSigned ? alone : buildPath(authority, [], store, now)
  const { path } = built
  const certificates = path.map(({ certificate }) => certificate)
  const top = certificates.at(-1) ?? authority.certificate
  if (built.kind === 'too-long') return refuseUnanchored(built)
  // A client cannot help by sending it: once in the trust store, a path goes on in there.
  if (built.kind === 'open')
    return refusePath('chain-unknown-ca', top, `the issuer of ${labelOf(top)} is not in the file`)
  return (
    first(certificates, checks.checkExtensions) ??
    first(certificates, checks.checkKey) ??
    first(certificates.slice(0, -1), checks.checkSignatureAlgorithm) ??
    // The first of the path stands for the leaf.
    checks.checkPathLength([authority, ...path]) ??
    first(certificates, checks.checkPurpose) ??
    checkSignatures(path)
  )
}

function isSameKey({ certificate: { publicKey: one } }: PathCertificate, { certificate }: PathCertificate): boolean {
  const { publicKey: other } = certificate
  return one.algorithm === other.algorithm && Buffer.compare(one.key, other.key) === 0
}

/** A certificate outside of any CA: its own signature is checked, which OpenSSL does not do. */
function judgeSelfSigned(own: PathCertificate, now: number): PathVerdict {
  const { certificate } = own
  const refusal =
    checks.checkExtensions(certificate) ??
    checks.checkKey(certificate) ??
    checks.checkSignatureAlgorithm(certificate) ??
    checks.checkPurpose(certificate) ??
    checks.checkLeafUsage(certificate) ??
    checks.checkDates(certificate, now) ??
    checkSelfSignature(own)
  return refusal ?? { kind: 'self-signed' }
}

function refuseUnanchored({ kind, path }: BuiltPath): PathRefusal {
  const top = path.at(-1)
  if (top === undefined) throw new TypeError('a path without a leaf')
  const { certificate, isSelfSigned } = top
  if (kind === 'too-long') {
    const text = `no trusted CA among the first ${maxPathCertificates} certificates of the path`
    return refusePath('chain-path-too-long', certificate, text)
  }
  const text = isSelfSigned
    ? `the path ends at ${labelOf(certificate)}, which is not among the trusted CAs`
    : `the issuer of ${labelOf(certificate)} was not sent and is not among the trusted CAs`
  return refusePath('chain-unknown-ca', certificate, text)
}

function first(
  certificates: readonly PeerCertificate[],
  check: (certificate: PeerCertificate) => PathRefusal | null,
): PathRefusal | null {
  for (const certificate of certificates) {
    const refusal = check(certificate)
    if (refusal !== null) return refusal
  }
  return null
}

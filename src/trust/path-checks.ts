/**
 * The checks of RFC 5280 §6.1 on a path that has been built, but for names (name-constraints.ts) and signatures
 * (signatures.ts). Each returns the first refusal, or null.
 */

import { extensionValue } from '../certificate/extensions.ts'
import type { PeerCertificate } from '../certificate/facts.ts'
import { judgeKey, judgeSignatureAlgorithm, type Strength } from './algorithms.ts'
import { extensionFault } from './extension-shapes.ts'
import { labelOf, type PathCertificate } from './path-certificate.ts'
import { type PathRefusal, refusePath } from './path-verdict.ts'

const clientAuth = '1.3.6.1.5.5.7.3.2'
const netscapeCertType = '2.16.840.1.113730.1.1'

/** Extensions that validation acts on, or that RFC 5280 lets it leave aside while no policy is asked for (§6.1.1 (c)). */
const understoodExtensions: ReadonlySet<string> = new Set([
  '2.5.29.15', // keyUsage
  '2.5.29.17', // subjectAltName
  '2.5.29.19', // basicConstraints
  '2.5.29.30', // nameConstraints
  '2.5.29.31', // cRLDistributionPoints
  '2.5.29.32', // certificatePolicies
  '2.5.29.33', // policyMappings
  '2.5.29.36', // policyConstraints
  '2.5.29.37', // extKeyUsage
  '2.5.29.54', // inhibitAnyPolicy
  '1.3.6.1.5.5.7.48.1.5', // OCSP no-check
])

/** Extensions that change what a path means even when they are not critical. */
const refusedExtensions: ReadonlyMap<string, string> = new Map([
  ['1.3.6.1.5.5.7.1.14', 'is a proxy certificate (RFC 3820)'],
  ['1.3.6.1.5.5.7.1.7', 'delegates IP address blocks (RFC 3779)'],
  ['1.3.6.1.5.5.7.1.8', 'delegates autonomous system numbers (RFC 3779)'],
])

/** Extensions of one certificate (RFC 5280 §4.2: a critical extension that is not understood refuses). */
export function checkExtensions(certificate: PeerCertificate): PathRefusal | null {
  for (const { oid, critical } of certificate.extensions) {
    const refused = refusedExtensions.get(oid)
    if (refused !== undefined) return refusePath('chain-malformed', certificate, `${labelOf(certificate)} ${refused}`)
    if (critical && !understoodExtensions.has(oid)) {
      const text = `${labelOf(certificate)} has the critical extension ${oid}, which is not understood`
      return refusePath('chain-unknown-critical-extension', certificate, text)
    }
  }
  const fault = extensionFault(certificate)
  return fault === null ? null : refusePath('chain-malformed', certificate, `${labelOf(certificate)}: ${fault}`)
}

/** The key of one certificate. */
export function checkKey(certificate: PeerCertificate): PathRefusal | null {
  return refuseWeak(certificate, judgeKey(certificate.publicKey))
}

/** The signature algorithm of one certificate; not asked of an anchor, whose signature proves nothing. */
export function checkSignatureAlgorithm(certificate: PeerCertificate): PathRefusal | null {
  return refuseWeak(certificate, judgeSignatureAlgorithm(certificate.signature))
}

function refuseWeak(certificate: PeerCertificate, strength: Strength): PathRefusal | null {
  if (strength.kind === 'strong') return null
  const code = strength.kind === 'weak' ? 'chain-weak' : 'chain-malformed'
  return refusePath(code, certificate, `${labelOf(certificate)}: ${strength.text}`)
}

/** Why a certificate cannot be a CA (RFC 5280 §6.1.4 (k) and (n)); null if it can. */
export function caObjection(certificate: PeerCertificate): string | null {
  if (certificate.basicConstraints === null) return 'has no basicConstraints, so it is no CA'
  if (!certificate.basicConstraints.ca) return 'is no CA (basicConstraints CA:FALSE)'
  const { keyUsage } = certificate
  return keyUsage === null || keyUsage.includes('keyCertSign') ? null : 'may not sign certificates (keyUsage)'
}

/** Whether an issuer in the path may issue. */
export function checkAuthority(certificate: PeerCertificate): PathRefusal | null {
  const objection = caObjection(certificate)
  return objection === null ? null : refusePath('chain-not-a-ca', certificate, `${labelOf(certificate)} ${objection}`)
}

/** RFC 5280 §4.2.1.9: how many CAs may follow below one; self-issued ones do not count. */
export function checkPathLength(path: readonly PathCertificate[]): PathRefusal | null {
  let below = 0
  for (const { certificate, isSelfIssued } of path.slice(1)) {
    const allowed = certificate.basicConstraints?.pathLen ?? null
    if (allowed !== null && below > allowed) {
      const text = `${labelOf(certificate)} allows ${allowed} CAs below it and the path has ${below}`
      return refusePath('chain-path-too-long', certificate, text)
    }
    if (!isSelfIssued) below += 1
  }
  return null
}

/**
 * Extended key usage, of the leaf and of every CA, as OpenSSL reads it: where the extension is, it must name clientAuth.
 * anyExtendedKeyUsage alone does not (RFC 5280 §4.2.1.12 leaves that to the application).
 */
export function checkPurpose(certificate: PeerCertificate): PathRefusal | null {
  const { extendedKeyUsage } = certificate
  if (extendedKeyUsage === null || extendedKeyUsage.includes(clientAuth)) return null
  const text = `${labelOf(certificate)} is not for TLS client authentication (extendedKeyUsage)`
  return refusePath('chain-wrong-usage', certificate, text)
}

/** What only the leaf must fulfil: its key signs the handshake. */
export function checkLeafUsage(certificate: PeerCertificate): PathRefusal | null {
  const { keyUsage, extensions } = certificate
  if (keyUsage !== null && !keyUsage.includes('digitalSignature')) {
    return refusePath('chain-wrong-usage', certificate, `${labelOf(certificate)} may not sign (keyUsage)`)
  }
  const certType = extensionValue(extensions, netscapeCertType)
  // Content of a BIT STRING: tag, length, unused bits, then the bits; the first of them is SSL client.
  if (certType !== null && ((certType[3] ?? 0) & 0x80) === 0) {
    return refusePath('chain-wrong-usage', certificate, `${labelOf(certificate)} is not for SSL clients (nsCertType)`)
  }
  return null
}

/**
 * A leaf that was issued by a CA must not be one itself: its holder could issue certificates to anybody,
 * which is hardly what the operator meant by handing it to a user.
 */
export function checkNotAuthority(certificate: PeerCertificate): PathRefusal | null {
  if (certificate.basicConstraints?.ca !== true) return null
  const text = `${labelOf(certificate)} is a CA certificate (basicConstraints CA:TRUE) and not a user's`
  return refusePath('chain-wrong-usage', certificate, text)
}

/** RFC 5280 §6.1.3 (a)(2). In the second of notAfter itself OpenSSL refuses already, and so do we. */
export function checkDates(certificate: PeerCertificate, now: number): PathRefusal | null {
  const { notBefore, notAfter } = certificate
  if (now < notBefore) {
    const text = `${labelOf(certificate)} is not valid before ${new Date(notBefore).toISOString()}`
    return refusePath('chain-not-yet-valid', certificate, text)
  }
  if (now >= notAfter) {
    const text = `${labelOf(certificate)} expired at ${new Date(notAfter).toISOString()}`
    return refusePath('chain-expired', certificate, text)
  }
  return null
}

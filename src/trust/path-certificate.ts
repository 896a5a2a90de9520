/** A certificate as path validation handles it: comparable names, its key, and OpenSSL's own reading of it. */

import { type KeyObject, X509Certificate } from 'node:crypto'
import { DerFault, explicitTag, readDer, readSole } from '../certificate/der.ts'
import { readName } from '../certificate/distinguished-name.ts'
import { certificateSummary, type PeerCertificate } from '../certificate/facts.ts'
import { isSignatureOfFamily } from './algorithms.ts'
import { canonicalName } from './canonical-name.ts'

/** OpenSSL's reading of a certificate, with the key in the form that verifies signatures. */
export interface NativeCertificate {
  readonly x509: X509Certificate
  readonly publicKey: KeyObject
}

/** A certificate that may stand in a path. */
export interface PathCertificate {
  readonly certificate: PeerCertificate
  /** Canonical subject and issuer. */
  readonly subject: string
  readonly issuer: string
  /** Subject and issuer are the same name (RFC 5280 §3.2). */
  readonly isSelfIssued: boolean
  /** Self-issued, and nothing says that another key signed it; the signature itself is not looked at. */
  readonly isSelfSigned: boolean
  /** Made when first asked for; null when OpenSSL cannot read what we can. */
  native(): NativeCertificate | null
}

/** Prepares a certificate. */
export function createPathCertificate(certificate: PeerCertificate): PathCertificate {
  const subject = canonicalName(certificate.subject)
  const issuer = canonicalName(certificate.issuer)
  const isSelfIssued = subject === issuer
  let native: NativeCertificate | null | undefined
  return {
    certificate,
    subject,
    issuer,
    isSelfIssued,
    isSelfSigned: isSelfIssued && isKeyOfIssuer(certificate, certificate),
    native() {
      native ??= readNative(certificate.der)
      return native
    },
  }
}

function readNative(der: Uint8Array): NativeCertificate | null {
  try {
    const x509 = new X509Certificate(der)
    return { x509, publicKey: x509.publicKey }
  } catch {
    return null
  }
}

/** Whether `issuer` may be the issuer, by names, key identifiers and kinds of key; signatures are checked later. */
export function isIssuedBy(child: PathCertificate, issuer: PathCertificate): boolean {
  // RFC 5280 §4.1.2.4: an issuer has a name; two empty ones are no link.
  if (child.certificate.issuer.rdns.length === 0) return false
  return child.issuer === issuer.subject && isKeyOfIssuer(child.certificate, issuer.certificate)
}

function isKeyOfIssuer(child: PeerCertificate, issuer: PeerCertificate): boolean {
  return isAuthorityKeyOf(child, issuer) && isSignatureOfFamily(child, issuer)
}

/** RFC 5280 §4.2.1.1: what the authorityKeyIdentifier tells must fit; what it leaves out says nothing. */
function isAuthorityKeyOf(child: PeerCertificate, issuer: PeerCertificate): boolean {
  const wanted = child.authorityKeyId
  if (wanted === null) return true
  const { subjectKeyId } = issuer
  if (wanted.keyId !== null && subjectKeyId !== null && Buffer.compare(wanted.keyId, subjectKeyId) !== 0) return false
  if (wanted.serial !== null && wanted.serial !== issuer.serial) return false
  if (wanted.issuer === null) return true
  const name = firstDirectoryName(wanted.issuer)
  return name === 'unreadable' ? false : name === null || name === canonicalName(issuer.issuer)
}

function firstDirectoryName(generalNames: Uint8Array): string | null | 'unreadable' {
  try {
    for (let offset = 0; offset < generalNames.length; ) {
      const tlv = readDer(generalNames, offset, generalNames.length)
      if (tlv.tag === explicitTag(4)) {
        return canonicalName(readName(readSole(generalNames.subarray(tlv.contentStart, tlv.end))))
      }
      offset = tlv.end
    }
    return null
  } catch (cause) {
    if (cause instanceof DerFault) return 'unreadable'
    throw cause
  }
}

const maxLabelChars = 160

/** The subject in quotation marks, for sentences; cut short, because the client chose its length. */
export function labelOf(certificate: PeerCertificate): string {
  const { subject, sha256 } = certificateSummary(certificate)
  if (subject === '') return `without a subject (SHA-256 ${sha256.slice(0, 16)}…)`
  return `"${subject.length > maxLabelChars ? `${subject.slice(0, maxLabelChars).toWellFormed()}…` : subject}"`
}

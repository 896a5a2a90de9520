/** The facts of a certificate (RFC 5280 §4.1), read once from strict DER. */

import type { CertificateSummary } from '../observe/decision.ts'
import { fail, type Result } from '../result.ts'
import type { DistinguishedName } from './distinguished-name.ts'
import type { AuthorityKeyId, BasicConstraints, Extension, KeyUsage } from './extensions.ts'
import type { SubjectNames } from './names.ts'

export type { DistinguishedName, NameAttribute } from './distinguished-name.ts'
export type { AuthorityKeyId, BasicConstraints, Extension, KeyUsage } from './extensions.ts'
export type { SubjectNames, XmppAddr } from './names.ts'

/** A subjectPublicKeyInfo. */
export interface SubjectPublicKey {
  /** OID of the key's algorithm. */
  readonly algorithm: string
  /** DER of the algorithm's parameters; null when absent. */
  readonly parameters: Uint8Array | null
  /** Content octets of the subjectPublicKey BIT STRING: what key identifiers hash. */
  readonly key: Uint8Array
  /** The whole SubjectPublicKeyInfo, as `crypto.createPublicKey` takes it (`der`, `spki`). */
  readonly spki: Uint8Array
}

/** The issuer's signature. */
export interface CertificateSignature {
  /** OID of the signature algorithm; the same inside and outside of the signed part. */
  readonly algorithm: string
  /** DER of the algorithm's parameters; null when absent. */
  readonly parameters: Uint8Array | null
  readonly value: Uint8Array
}

/** A certificate as facts. Byte fields are views of `der`; treat them as read-only. */
export interface PeerCertificate {
  readonly der: Uint8Array
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly sha256: string
  readonly version: 1 | 2 | 3
  /** The octets of the serial number, lower-case hexadecimal. */
  readonly serial: string
  readonly subject: DistinguishedName
  readonly issuer: DistinguishedName
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  readonly publicKey: SubjectPublicKey
  readonly signature: CertificateSignature
  /** The signed part, whole encoding. */
  readonly tbs: Uint8Array
  readonly names: SubjectNames
  /** Every extension, in order, each OID once. */
  readonly extensions: readonly Extension[]
  readonly basicConstraints: BasicConstraints | null
  /** The bits that are set; null without the extension. */
  readonly keyUsage: readonly KeyUsage[] | null
  /** OIDs; null without the extension. */
  readonly extendedKeyUsage: readonly string[] | null
  readonly subjectKeyId: Uint8Array | null
  readonly authorityKeyId: AuthorityKeyId | null
}

/** What keeps a certificate from being read: the field of RFC 5280 and what is wrong there. */
export interface CertificateFault {
  readonly field: string
  readonly why: string
}

/** Reads a certificate. The bytes are copied first, so the caller may reuse its buffer. */
export function parseCertificate(_der: Uint8Array): Result<PeerCertificate, CertificateFault> {
  return fail({ field: 'certificate', why: 'not read yet' })
}

/** Reads certificates through a bounded cache, so that each distinct one is parsed once. */
export interface CertificateCache {
  read(der: Uint8Array): Result<PeerCertificate, CertificateFault>
}

/** A cache of the last `limit` distinct certificates, by SHA-256 of the DER. */
export function createCertificateCache(_limit: number): CertificateCache {
  return { read: parseCertificate }
}

/** The printable names of a certificate, for records. */
export function certificateSummary(certificate: PeerCertificate): CertificateSummary {
  return {
    subject: '',
    issuer: '',
    serial: certificate.serial,
    sha256: certificate.sha256,
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
  }
}

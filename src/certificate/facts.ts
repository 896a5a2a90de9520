/** The facts of certificates, as other rooms use them. */

import type { CertificateSummary } from '../observe/decision.ts'
import type { PeerCertificate } from './certificate.ts'
import { formatDn } from './distinguished-name.ts'

export { type CertificateCache, createCertificateCache } from './cache.ts'
export {
  type Algorithm,
  type CertificateFault,
  type CertificateSignature,
  type PeerCertificate,
  parseCertificate,
  type SubjectPublicKey,
} from './certificate.ts'
export { type DistinguishedName, formatDn, type NameAttribute, type RelativeName } from './distinguished-name.ts'
export type { AuthorityKeyId, BasicConstraints, Extension, KeyUsage } from './extensions.ts'
export type { IpName, OtherName, SubjectNames, XmppAddr } from './names.ts'

/** The printable names of a certificate, for records. */
export function certificateSummary(certificate: PeerCertificate): CertificateSummary {
  return {
    subject: formatDn(certificate.subject),
    issuer: formatDn(certificate.issuer),
    serial: certificate.serial,
    sha256: certificate.sha256,
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
  }
}

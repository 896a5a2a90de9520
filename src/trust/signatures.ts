/** Signatures along a path (RFC 5280 §6.1.3 (a)(1)), checked by OpenSSL's own reading of the certificates. */

import { labelOf, type PathCertificate } from './path-certificate.ts'
import { type PathRefusal, refusePath } from './path-verdict.ts'

/** Every signature of a path but the anchor's own; the first refusal, or null. */
export function checkSignatures(path: readonly PathCertificate[]): PathRefusal | null {
  for (const [index, child] of path.entries()) {
    const issuer = path[index + 1]
    if (issuer === undefined) return null
    const refusal = checkReading(child) ?? checkReading(issuer) ?? checkLink(child, issuer)
    if (refusal !== null) return refusal
  }
  return null
}

/** The signature of a certificate by its own key. */
export function checkSelfSignature(own: PathCertificate): PathRefusal | null {
  return checkReading(own) ?? checkSignature(own, own)
}

function checkReading({ certificate, native }: PathCertificate): PathRefusal | null {
  if (native() !== null) return null
  return refusePath('chain-malformed', certificate, `${labelOf(certificate)} cannot be read by OpenSSL`)
}

function checkLink(child: PathCertificate, issuer: PathCertificate): PathRefusal | null {
  const signed = child.native()?.x509
  const signer = issuer.native()?.x509
  // Also finds malformed extensions that decide nothing here and that OpenSSL yet refuses.
  if (signed === undefined || signer === undefined || !signed.checkIssued(signer)) {
    const text = `OpenSSL does not take ${labelOf(issuer.certificate)} for the issuer of ${labelOf(child.certificate)}`
    return refusePath('chain-malformed', child.certificate, text)
  }
  return checkSignature(child, issuer)
}

function checkSignature(child: PathCertificate, issuer: PathCertificate): PathRefusal | null {
  const signed = child.native()
  const signer = issuer.native()
  if (signed !== null && signer !== null && isSignedWith(signed.x509, signer.publicKey)) return null
  const text = `the signature of ${labelOf(child.certificate)} is not by the key of ${labelOf(issuer.certificate)}`
  return refusePath('chain-bad-signature', child.certificate, text)
}

type Native = NonNullable<ReturnType<PathCertificate['native']>>

function isSignedWith(x509: Native['x509'], key: Native['publicKey']): boolean {
  try {
    return x509.verify(key)
  } catch {
    return false
  }
}

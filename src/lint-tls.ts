/** Start-up checks of certificates: their dates, whether clients take ours, and whether path validation takes theirs. */

import { X509Certificate } from 'node:crypto'
import type { VerifyMode } from './certificate/channel.ts'
import { formatDn, type PeerCertificate } from './certificate/facts.ts'
import { readText } from './config/files.ts'
import type { Place } from './config/place.ts'
import { judgeAuthorities } from './trust/path-validation.ts'
import { maxTrustFaults, readTrustStore, type TrustStore } from './trust/trust-store.ts'

const dayMs = 24 * 60 * 60 * 1000

/** How long before its end a certificate is worth a warning. */
const soonMs = 30 * dayMs

/** Whether a certificate is valid now, and for how long; `what` says in the message what it is. */
export function lintDates(certificate: PeerCertificate, what: string, at: Place, now: number): void {
  const { notBefore, notAfter } = certificate
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10)
  // A warning only: clients that pin a certificate may take it all the same, and a stopped server helps nobody.
  if (notAfter < now) at.warn('certificate-expired', `${what} expired on ${day(notAfter)}; renew it`)
  else if (notBefore > now)
    at.warn('certificate-expired', `${what} is not valid before ${day(notBefore)}; check the clock`)
  else if (notAfter - now < soonMs) {
    const days = Math.floor((notAfter - now) / dayMs)
    at.warn('certificate-expires-soon', `${what} expires in ${days} days, on ${day(notAfter)}; renew it`)
  }
}

const serverAuth = '1.3.6.1.5.5.7.3.1'

/** Whether clients take a certificate for a server's, as far as that is in it; as OpenSSL reads extendedKeyUsage. */
export function lintPurpose({ extendedKeyUsage }: PeerCertificate, at: Place): void {
  if (extendedKeyUsage === null || extendedKeyUsage.includes(serverAuth)) return
  const message =
    'the server certificate is not for TLS servers (extendedKeyUsage without serverAuth), so clients refuse it'
  at.warn('certificate-unusable', message)
}

/** What stands behind the first certificate of a file: each the issuer of the one before it, and none expired. */
export function lintIssuers(chain: readonly PeerCertificate[], at: Place, now: number): void {
  for (const issuer of chain.slice(1)) lintDates(issuer, `the CA ${nameOf(issuer)} in the file`, at, now)
  const index = chain.findIndex((child, place) => {
    const issuer = chain[place + 1]
    return issuer !== undefined && !isSignedBy(child, issuer)
  })
  const [child, issuer] = chain.slice(index)
  if (index < 0 || child === undefined || issuer === undefined) return
  const message = `certificate ${index + 2} of the file, ${nameOf(issuer)}, is not the issuer of the one before it, ${nameOf(child)}: whoever needs it to find a path refuses the certificate; put behind each the one that issued it`
  at.warn('certificate-unusable', message)
}

/** By OpenSSL alone, as most peers do: the algorithms need not be those that we take of clients. */
function isSignedBy(child: PeerCertificate, issuer: PeerCertificate): boolean {
  try {
    const signed = new X509Certificate(child.der)
    const signer = new X509Certificate(issuer.der)
    return signed.checkIssued(signer) && signed.verify(signer.publicKey)
  } catch {
    return false
  }
}

/** The CAs of a file, and their dates; null, with the reason reported, when it cannot be used. */
export function readAuthorities(cacertfile: string, at: Place, now: number): TrustStore | null {
  const text = readText(cacertfile)
  if (!text.ok) {
    at.error('trust-unusable', `the file ${text.error}`)
    return null
  }
  const store = readTrustStore(text.value, cacertfile)
  if (!store.ok) {
    at.error('trust-unusable', store.error.map((fault) => `line ${fault.line}: ${fault.text}`).join('; '))
    return null
  }
  for (const { certificate } of store.value.certificates)
    lintDates(certificate, `the CA ${nameOf(certificate)}`, at, now)
  return store.value
}

/**
 * Tells of CAs under which path validation takes nobody. An error where they are all so, unless certificates outside of
 * any CA are taken.
 */
export function lintAuthorities(store: TrustStore, verifyMode: VerifyMode, at: Place, now: number): void {
  const judged = judgeAuthorities(store, now)
  const messages = judged.flatMap(({ authority, refusal }) =>
    refusal === null
      ? []
      : [`logins under the CA ${nameOf(authority.certificate)} are refused: ${refusal.text} (${refusal.code})`],
  )
  if (messages.length < judged.length || verifyMode !== 'peer') {
    for (const message of messages) at.warn('trust-unusable', message)
  } else at.error('trust-unusable', `no CA of the file can be used: ${messages.slice(0, maxTrustFaults).join('; ')}`)
}

function nameOf({ subject }: PeerCertificate): string {
  return formatDn(subject)
}

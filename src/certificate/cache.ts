/** A bounded memory of certificates that were read, so that each distinct one is parsed once. */

import { hash } from 'node:crypto'
import type { Result } from '../result.ts'
import { type CertificateFault, type PeerCertificate, parseCertificate } from './certificate.ts'
import { maxCertificateBytes } from './der.ts'

/** Reads certificates like `parseCertificate`, giving the same facts for the same bytes. */
export interface CertificateCache {
  read(der: Uint8Array): Result<PeerCertificate, CertificateFault>
}

/**
 * A cache of at most `limit` distinct certificates, readable or not, by SHA-256 of the DER; the one that was
 * not asked for the longest goes first. Throws a RangeError unless `limit` is a positive whole number.
 */
export function createCertificateCache(limit: number): CertificateCache {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`a cache of ${limit} certificates`)
  const entries = new Map<string, Result<PeerCertificate, CertificateFault>>()
  return {
    read(der) {
      if (der.length > maxCertificateBytes) return parseCertificate(der)
      const key = hash('sha256', der)
      const known = entries.get(key)
      const result = known ?? parseCertificate(der)
      // A Map keeps the order of insertion, so taking the entry out and in again makes it the youngest.
      if (known !== undefined) entries.delete(key)
      entries.set(key, result)
      const oldest = entries.size > limit ? entries.keys().next().value : undefined
      if (oldest !== undefined) entries.delete(oldest)
      return result
    },
  }
}

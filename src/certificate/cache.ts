/** A bounded memory of certificates that were read, so that each distinct one is parsed once. */

import { hash } from 'node:crypto'
import type { Result } from '../result.ts'
import { type CertificateFault, type PeerCertificate, parseCertificate } from './certificate.ts'

/** Reads certificates like `parseCertificate`, giving the same facts for the same bytes. */
export interface CertificateCache {
  read(der: Uint8Array): Result<PeerCertificate, CertificateFault>
}

/**
 * Octets of DER kept in all. What is made of them takes ten to thirty times as much, and anybody may show a certificate,
 * so the number of entries alone would bound nothing.
 */
export const maxCachedBytes = 4 * 1024 * 1024

/** Longer certificates are read each time: real ones are not, and one of them is not to push out a hundred others. */
export const maxCachedCertificateBytes = 8 * 1024

type Read = Result<PeerCertificate, CertificateFault>

/**
 * A cache of at most `limit` distinct certificates and `maxCachedBytes`, readable or not, by SHA-256 of the DER; the one
 * that was not asked for the longest goes first. Throws a RangeError unless `limit` is a positive whole number.
 */
export function createCertificateCache(limit: number): CertificateCache {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`a cache of ${limit} certificates`)
  const entries = new Map<string, { readonly read: Read; readonly bytes: number }>()
  let bytes = 0
  const forget = (key: string): void => {
    bytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
  return {
    read(der) {
      if (der.length > maxCachedCertificateBytes) return parseCertificate(der)
      const key = hash('sha256', der)
      const known = entries.get(key)
      // Far from full, nobody goes, and who is the oldest is of no account.
      if (known !== undefined && entries.size <= limit / 2 && bytes <= maxCachedBytes / 2) return known.read
      const read = known?.read ?? parseCertificate(der)
      // A Map keeps the order of insertion, so taking the entry out and in again makes it the youngest.
      forget(key)
      entries.set(key, { read, bytes: der.length })
      bytes += der.length
      for (const oldest of entries.keys()) {
        if (entries.size <= limit && bytes <= maxCachedBytes) break
        forget(oldest)
      }
      return read
    },
  }
}

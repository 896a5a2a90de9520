/** The hash function inside of a certificate's signature, as RFC 5929 §4.1 asks for it. */

import { DerCursor, DerFault, explicitTag, tags } from '../certificate/der.ts'
import { readOid } from '../certificate/der-values.ts'
import type { CertificateSignature } from '../certificate/facts.ts'

/** Hash functions of signatures, by the names of `node:crypto`. */
export type SignatureHash = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

const rsaPss = '1.2.840.113549.1.1.10'

const bySignature: ReadonlyMap<string, SignatureHash> = new Map([
  ['1.2.840.113549.1.1.4', 'md5'],
  ['1.2.840.113549.1.1.5', 'sha1'],
  ['1.2.840.113549.1.1.14', 'sha224'],
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.2.840.10045.4.1', 'sha1'],
  ['1.2.840.10045.4.3.1', 'sha224'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
])

const byHash: ReadonlyMap<string, SignatureHash> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

/** The one hash function; null where the algorithm has none of its own, as Ed25519, or more than one. */
export function signatureHash({ algorithm, parameters }: CertificateSignature): SignatureHash | null {
  return algorithm === rsaPss ? pssHash(parameters) : (bySignature.get(algorithm) ?? null)
}

/** RFC 4055 §3.1: absent fields mean SHA-1. */
function pssHash(parameters: Uint8Array | null): SignatureHash | null {
  if (parameters === null) return 'sha1'
  try {
    const fields = DerCursor.over(parameters, tags.sequence)
    const main = fields.takeIf(explicitTag(0))
    const mask = fields.takeIf(explicitTag(1))
    const mainOid = main === null ? '1.3.14.3.2.26' : readOid(DerCursor.inside(main).enter(tags.sequence).any())
    return mainOid === maskOid(mask) ? (byHash.get(mainOid) ?? null) : null
  } catch (cause) {
    if (cause instanceof DerFault) return null
    throw cause
  }
}

function maskOid(mask: Parameters<typeof DerCursor.inside>[0] | null): string {
  if (mask === null) return '1.3.14.3.2.26'
  const fields = DerCursor.inside(mask).enter(tags.sequence)
  fields.any()
  return readOid(fields.enter(tags.sequence).any())
}

/** Which keys and signature algorithms a path may use, and which belong together (RFC 5280 §4.1.1.2, RFC 4055, RFC 5480, RFC 8410). */

import { DerCursor, DerFault, explicitTag, readSole, tags } from '../certificate/der.ts'
import { readInteger, readOid } from '../certificate/der-values.ts'
import type { CertificateSignature, PeerCertificate, SubjectPublicKey } from '../certificate/facts.ts'

/** RSA keys below this are refused: 112 bits of security, as OpenSSL's security level 2 asks. */
export const minRsaBits = 2048

/** RSA keys above this are refused: the client chooses the key, and we pay for the check. */
export const maxRsaBits = 8192

/** Families of keys; a signature can only be by a key of its own family. */
export type KeyFamily = 'rsa' | 'ec' | 'ed25519' | 'ed448'

/** A judgement on an algorithm or key: fine, or why not. */
export type Strength = { readonly kind: 'strong' } | { readonly kind: 'weak' | 'malformed'; readonly text: string }

const strong: Strength = { kind: 'strong' }
const weak = (text: string): Strength => ({ kind: 'weak', text })
const malformed = (text: string): Strength => ({ kind: 'malformed', text })

interface SignatureKind {
  readonly name: string
  readonly family: KeyFamily
  readonly isStrong: boolean
}

const rsaPss = '1.2.840.113549.1.1.10'

const signatureKinds: ReadonlyMap<string, SignatureKind> = new Map([
  ['1.2.840.113549.1.1.2', { name: 'MD2 with RSA', family: 'rsa', isStrong: false }],
  ['1.2.840.113549.1.1.4', { name: 'MD5 with RSA', family: 'rsa', isStrong: false }],
  ['1.2.840.113549.1.1.5', { name: 'SHA-1 with RSA', family: 'rsa', isStrong: false }],
  ['1.2.840.113549.1.1.14', { name: 'SHA-224 with RSA', family: 'rsa', isStrong: false }],
  ['1.2.840.113549.1.1.11', { name: 'SHA-256 with RSA', family: 'rsa', isStrong: true }],
  ['1.2.840.113549.1.1.12', { name: 'SHA-384 with RSA', family: 'rsa', isStrong: true }],
  ['1.2.840.113549.1.1.13', { name: 'SHA-512 with RSA', family: 'rsa', isStrong: true }],
  [rsaPss, { name: 'RSASSA-PSS', family: 'rsa', isStrong: true }],
  ['1.2.840.10045.4.1', { name: 'ECDSA with SHA-1', family: 'ec', isStrong: false }],
  ['1.2.840.10045.4.3.1', { name: 'ECDSA with SHA-224', family: 'ec', isStrong: false }],
  ['1.2.840.10045.4.3.2', { name: 'ECDSA with SHA-256', family: 'ec', isStrong: true }],
  ['1.2.840.10045.4.3.3', { name: 'ECDSA with SHA-384', family: 'ec', isStrong: true }],
  ['1.2.840.10045.4.3.4', { name: 'ECDSA with SHA-512', family: 'ec', isStrong: true }],
  ['1.3.101.112', { name: 'Ed25519', family: 'ed25519', isStrong: true }],
  ['1.3.101.113', { name: 'Ed448', family: 'ed448', isStrong: true }],
] satisfies [string, SignatureKind][])

const keyFamilies: ReadonlyMap<string, KeyFamily> = new Map([
  ['1.2.840.113549.1.1.1', 'rsa'],
  [rsaPss, 'rsa'],
  ['1.2.840.10045.2.1', 'ec'],
  ['1.3.101.112', 'ed25519'],
  ['1.3.101.113', 'ed448'],
])

const strongHashes: ReadonlySet<string> = new Set([
  '2.16.840.1.101.3.4.2.1',
  '2.16.840.1.101.3.4.2.2',
  '2.16.840.1.101.3.4.2.3',
])

const strongCurves: ReadonlySet<string> = new Set(['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35'])

/** Whether the certificate's signature is of a kind that the issuer's key can make. */
export function isSignatureOfFamily(certificate: PeerCertificate, issuer: PeerCertificate): boolean {
  const kind = signatureKinds.get(certificate.signature.algorithm)
  if (kind === undefined || kind.family !== keyFamilies.get(issuer.publicKey.algorithm)) return false
  // RFC 4055 §1.2: a key that is for RSASSA-PSS alone signs nothing else.
  return issuer.publicKey.algorithm !== rsaPss || certificate.signature.algorithm === rsaPss
}

/** Whether a signature algorithm may be relied on; SHA-1 and MD5 collide. */
export function judgeSignatureAlgorithm(signature: CertificateSignature): Strength {
  const kind = signatureKinds.get(signature.algorithm)
  if (kind === undefined) return weak(`signature algorithm ${signature.algorithm} is not accepted`)
  if (!kind.isStrong) return weak(`its signature is ${kind.name}, which is too weak`)
  return signature.algorithm === rsaPss ? judgePss(signature.parameters) : strong
}

/** RFC 4055 §3.1: absent fields mean SHA-1. */
function judgePss(parameters: Uint8Array | null): Strength {
  try {
    if (parameters === null) return weak('its RSASSA-PSS signature is with SHA-1')
    const fields = DerCursor.over(parameters, tags.sequence)
    const hash = fields.takeIf(explicitTag(0))
    const mask = fields.takeIf(explicitTag(1))
    if (hash === null || mask === null) return weak('its RSASSA-PSS signature is with SHA-1')
    const hashOid = readOid(DerCursor.inside(hash).enter(tags.sequence).any())
    const maskFields = DerCursor.inside(mask).enter(tags.sequence)
    maskFields.any()
    const maskHashOid = readOid(maskFields.enter(tags.sequence).any())
    const isStrong = strongHashes.has(hashOid) && strongHashes.has(maskHashOid)
    return isStrong ? strong : weak('the hash of its RSASSA-PSS signature is not accepted')
  } catch (cause) {
    if (cause instanceof DerFault) return malformed(`the parameters of its signature: ${cause.message}`)
    throw cause
  }
}

/** Whether a public key is of an accepted kind and size: RSA, P-256, P-384, P-521, Ed25519 or Ed448. */
export function judgeKey(publicKey: SubjectPublicKey): Strength {
  const family = keyFamilies.get(publicKey.algorithm)
  switch (family) {
    case undefined:
      return weak(`its key is of algorithm ${publicKey.algorithm}, which is not accepted`)
    case 'rsa':
      return judgeRsa(publicKey.key)
    case 'ec':
      return judgeCurve(publicKey.parameters)
    case 'ed25519':
    case 'ed448':
      return strong
  }
}

function judgeRsa(key: Uint8Array): Strength {
  try {
    const fields = DerCursor.over(key, tags.sequence)
    const modulus = readInteger(fields.any())
    const exponent = readInteger(fields.any())
    fields.finish()
    const bitCount = bitsOf(modulus)
    if (bitCount < minRsaBits) return weak(`its RSA key has ${bitCount} bits; ${minRsaBits} are the least`)
    if (bitCount > maxRsaBits) return malformed(`its RSA key has ${bitCount} bits; ${maxRsaBits} are the most`)
    const isExponentSound = bitsOf(exponent) > 1 && exponent.length <= 8 && ((exponent.at(-1) ?? 0) & 1) === 1
    return isExponentSound ? strong : malformed('its RSA key has an unsound exponent')
  } catch (cause) {
    if (cause instanceof DerFault) return malformed(`its RSA key: ${cause.message}`)
    throw cause
  }
}

function bitsOf(integer: Uint8Array): number {
  const [first = 0, ...rest] = integer[0] === 0 ? integer.subarray(1) : integer
  return first === 0 ? 0 : 32 - Math.clz32(first) + rest.length * 8
}

/** RFC 5480 §2.1.1: the curve must be named; parameters spelt out could be any curve at all. */
function judgeCurve(parameters: Uint8Array | null): Strength {
  try {
    if (parameters === null) return malformed('its elliptic-curve key names no curve')
    const value = readSole(parameters)
    if (value.tag !== tags.oid) return malformed('its elliptic-curve key spells its curve out')
    const curve = readOid(value)
    return strongCurves.has(curve) ? strong : weak(`its key is on curve ${curve}, which is not accepted`)
  } catch (cause) {
    if (cause instanceof DerFault) return malformed(`the curve of its key: ${cause.message}`)
    throw cause
  }
}

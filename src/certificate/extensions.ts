/** The extensions of a certificate (RFC 5280 §4.2): all of them raw, and those that decide something decoded. */

import { DerCursor, DerFault, explicitTag, implicitTag, readSole, type Tlv, tags } from './der.ts'
import { hexOf, readBitString, readBoolean, readInteger, readOctets, readOid, readSmallInteger } from './der-values.ts'

/** Extensions in one certificate. */
export const maxExtensions = 64

/** Purposes in one extendedKeyUsage. */
export const maxPurposes = 64

/** OIDs of the extensions that are decoded (RFC 5280 §4.2.1). */
export const extensionOids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const

/** One extension as it stands in the certificate. */
export interface Extension {
  readonly oid: string
  readonly critical: boolean
  /** The content of extnValue: the DER of the extension's own type, as a view. */
  readonly value: Uint8Array
}

/** Bits of keyUsage (RFC 5280 §4.2.1.3), in bit order. */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** A bit of keyUsage. */
export type KeyUsage = (typeof keyUsages)[number]

/** basicConstraints (RFC 5280 §4.2.1.9). */
export interface BasicConstraints {
  readonly ca: boolean
  readonly pathLen: number | null
}

/** authorityKeyIdentifier (RFC 5280 §4.2.1.1). */
export interface AuthorityKeyId {
  readonly keyId: Uint8Array | null
  /** The content of authorityCertIssuer, GeneralNames one after the other; null when absent. */
  readonly issuer: Uint8Array | null
  /** authorityCertSerialNumber, lower-case hexadecimal; null when absent. */
  readonly serial: string | null
}

/** Reads the content of `extensions [3] EXPLICIT`. Throws `DerFault`, also for an OID that comes twice (RFC 5280 §4.2). */
export function readExtensions(wrapper: Tlv): readonly Extension[] {
  const outer = DerCursor.inside(wrapper)
  const walk = outer.enter(tags.sequence)
  outer.finish()
  if (walk.done) throw new DerFault('an empty list')
  const extensions: Extension[] = []
  while (!walk.done) {
    if (extensions.length === maxExtensions) throw new DerFault(`more than ${maxExtensions} extensions`)
    const extension = readExtension(walk.enter(tags.sequence))
    if (extensions.some(({ oid }) => oid === extension.oid)) throw new DerFault(`extension ${extension.oid} twice`)
    extensions.push(extension)
  }
  return extensions
}

function readExtension(walk: DerCursor): Extension {
  const oid = readOid(walk.take(tags.oid))
  // An explicit FALSE breaks DER (the default is left out), but certificate makers write it and it says nothing else.
  const flag = walk.takeIf(tags.boolean)
  const critical = flag !== null && readBoolean(flag)
  const value = readOctets(walk.take(tags.octetString))
  walk.finish()
  return { oid, critical, value }
}

/** The value of an extension, null when the certificate does not have it. */
export function extensionValue(extensions: readonly Extension[], oid: string): Uint8Array | null {
  return extensions.find((extension) => extension.oid === oid)?.value ?? null
}

/** Reads basicConstraints. Throws `DerFault`. */
export function readBasicConstraints(value: Uint8Array): BasicConstraints {
  const walk = DerCursor.over(value, tags.sequence)
  const flag = walk.takeIf(tags.boolean)
  const length = walk.takeIf(tags.integer)
  walk.finish()
  return {
    ca: flag !== null && readBoolean(flag),
    pathLen: length === null ? null : readSmallInteger(length),
  }
}

/** Reads keyUsage: the bits that are set, in bit order. Throws `DerFault`. */
export function readKeyUsage(value: Uint8Array): readonly KeyUsage[] {
  const { octets } = readBitString(readSole(value))
  if (octets.length > 2 || ((octets[1] ?? 0) & 0x7f) !== 0) throw new DerFault('bits that have no meaning')
  return keyUsages.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0)
}

/** Reads extendedKeyUsage: OIDs in order. Throws `DerFault`. */
export function readExtendedKeyUsage(value: Uint8Array): readonly string[] {
  const walk = DerCursor.over(value, tags.sequence)
  const purposes: string[] = []
  while (!walk.done) {
    if (purposes.length === maxPurposes) throw new DerFault(`more than ${maxPurposes} purposes`)
    purposes.push(readOid(walk.take(tags.oid)))
  }
  if (purposes.length === 0) throw new DerFault('no purposes at all')
  return purposes
}

/** Reads subjectKeyIdentifier. Throws `DerFault`. */
export function readSubjectKeyId(value: Uint8Array): Uint8Array {
  return readOctets(readSole(value))
}

/** Reads authorityKeyIdentifier. Throws `DerFault`. */
export function readAuthorityKeyId(value: Uint8Array): AuthorityKeyId {
  const walk = DerCursor.over(value, tags.sequence)
  const keyId = walk.takeIf(implicitTag(0))
  const issuer = walk.takeIf(explicitTag(1))
  const serial = walk.takeIf(implicitTag(2))
  walk.finish()
  return {
    keyId: keyId === null ? null : readOctets(keyId, implicitTag(0)),
    issuer: issuer === null ? null : readOctets(issuer, explicitTag(1)),
    serial: serial === null ? null : hexOf(readInteger(serial, implicitTag(2))),
  }
}

/** One certificate (RFC 5280 §4.1), read from strict DER into facts. */

import { hash } from 'node:crypto'
import { fail, ok, type Result } from '../result.ts'
import {
  checkParts,
  DerCursor,
  DerFault,
  encodingOf,
  explicitTag,
  implicitTag,
  maxCertificateBytes,
  readSole,
  type Tlv,
  tags,
} from './der.ts'
import { hexOf, readBitOctets, readBitString, readInteger, readOid, readSmallInteger, readTime } from './der-values.ts'
import { type DistinguishedName, readName } from './distinguished-name.ts'
import {
  type AuthorityKeyId,
  type BasicConstraints,
  type Extension,
  extensionOids,
  extensionValue,
  type KeyUsage,
  readAuthorityKeyId,
  readBasicConstraints,
  readExtendedKeyUsage,
  readExtensions,
  readKeyUsage,
  readSubjectKeyId,
} from './extensions.ts'
import { noSubjectNames, readSubjectNames, type SubjectNames } from './names.ts'

/** Octets of a serial number: RFC 5280 §4.1.2.2 allows 20, and asks to be gentle with those who do not count right. */
export const maxSerialBytes = 32

/** An AlgorithmIdentifier. */
export interface Algorithm {
  /** OID. */
  readonly algorithm: string
  /** DER of the parameters; null when absent. */
  readonly parameters: Uint8Array | null
}

/** A subjectPublicKeyInfo. */
export interface SubjectPublicKey extends Algorithm {
  /** Content octets of the subjectPublicKey BIT STRING: what key identifiers hash. */
  readonly key: Uint8Array
  /** The whole SubjectPublicKeyInfo, as `crypto.createPublicKey` takes it (`der`, `spki`). */
  readonly spki: Uint8Array
}

/** The issuer's signature. Its algorithm is the same inside and outside of the signed part. */
export interface CertificateSignature extends Algorithm {
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

/** Reads a certificate. The bytes are copied first, so the caller may reuse its buffer. Extensions that decide nothing stay raw. */
export function parseCertificate(der: Uint8Array): Result<PeerCertificate, CertificateFault> {
  if (der.length > maxCertificateBytes) {
    return fail({ field: 'certificate', why: `longer than ${maxCertificateBytes} bytes` })
  }
  const own = new Uint8Array(der)
  const trace: Trace = { field: 'certificate' }
  try {
    return ok(Object.freeze(readCertificate(own, trace)))
  } catch (error) {
    if (error instanceof DerFault) return fail({ field: trace.field, why: error.message })
    throw error
  }
}

/** Where the reader is, so that a fault can name its field. */
interface Trace {
  field: string
}

function readCertificate(der: Uint8Array, trace: Trace): PeerCertificate {
  const outer = DerCursor.inside(expectSequence(readSole(der)))
  const tbs = outer.take(tags.sequence)
  const body = readBody(DerCursor.inside(tbs), trace)
  trace.field = 'signatureAlgorithm'
  const algorithm = outer.take(tags.sequence)
  // RFC 5280 §4.1.1.2: only the inner one is signed, so a different outer one would be a lie nobody vouches for.
  if (Buffer.compare(encodingOf(algorithm), body.innerAlgorithm) !== 0) {
    throw new DerFault('not the algorithm that the signed part names')
  }
  const signature = readAlgorithm(algorithm)
  trace.field = 'signatureValue'
  const value = readBitOctets(outer.take(tags.bitString))
  outer.finish()
  return {
    der,
    sha256: hash('sha256', der),
    tbs: encodingOf(tbs),
    signature: { ...signature, value },
    ...body.fields,
    ...readKnownExtensions(body.fields.extensions, trace),
  }
}

type BodyFields = Pick<
  PeerCertificate,
  'version' | 'serial' | 'issuer' | 'notBefore' | 'notAfter' | 'subject' | 'publicKey' | 'extensions'
>

/** TBSCertificate (RFC 5280 §4.1), in the order of its fields. */
function readBody(walk: DerCursor, trace: Trace): { fields: BodyFields; innerAlgorithm: Uint8Array } {
  trace.field = 'version'
  const version = readVersion(walk.takeIf(explicitTag(0)))
  trace.field = 'serialNumber'
  const serial = readInteger(walk.take(tags.integer))
  if (serial.length > maxSerialBytes) throw new DerFault(`longer than ${maxSerialBytes} octets`)
  trace.field = 'signature'
  const innerAlgorithm = encodingOf(walk.take(tags.sequence))
  trace.field = 'issuer'
  const issuer = readName(walk.take(tags.sequence))
  trace.field = 'validity'
  const validity = walk.enter(tags.sequence)
  const notBefore = readTime(validity.any())
  const notAfter = readTime(validity.any())
  validity.finish()
  trace.field = 'subject'
  const subject = readName(walk.take(tags.sequence))
  trace.field = 'subjectPublicKeyInfo'
  const publicKey = readPublicKey(walk.take(tags.sequence))
  trace.field = 'uniqueIdentifiers'
  skipUniqueIds(walk, version)
  trace.field = 'extensions'
  const wrapper = walk.takeIf(explicitTag(3))
  if (wrapper !== null && version !== 3) throw new DerFault(`present in a certificate of version ${version}`)
  const extensions = wrapper === null ? [] : readExtensions(wrapper)
  trace.field = 'tbsCertificate'
  walk.finish()
  const fields = { version, serial: hexOf(serial), issuer, notBefore, notAfter, subject, publicKey, extensions }
  return { fields, innerAlgorithm }
}

function readVersion(wrapper: Tlv | null): 1 | 2 | 3 {
  if (wrapper === null) return 1
  const walk = DerCursor.inside(wrapper)
  const number = readSmallInteger(walk.take(tags.integer))
  walk.finish()
  if (number === 1) return 2
  if (number === 2) return 3
  throw new DerFault(number === 0 ? 'version 1 spelt out, which DER leaves out' : 'an unknown version')
}

function readAlgorithm(tlv: Tlv): Algorithm {
  const walk = DerCursor.inside(tlv)
  const algorithm = readOid(walk.take(tags.oid))
  const parameters = walk.done ? null : readParameters(walk.any())
  walk.finish()
  return { algorithm, parameters }
}

/** Nothing, a named curve, or a structure: no algorithm has parameters of another type. */
function readParameters(tlv: Tlv): Uint8Array {
  if (tlv.tag === tags.oid) readOid(tlv)
  else if (tlv.tag === tags.null && tlv.end > tlv.contentStart) throw new DerFault('a NULL with octets')
  else if (tlv.tag !== tags.null && tlv.tag !== tags.sequence) throw new DerFault('parameters of an unknown type')
  checkParts(tlv)
  return encodingOf(tlv)
}

function readPublicKey(tlv: Tlv): SubjectPublicKey {
  const walk = DerCursor.inside(tlv)
  const algorithm = readAlgorithm(walk.take(tags.sequence))
  const key = readBitOctets(walk.take(tags.bitString))
  walk.finish()
  return { ...algorithm, key, spki: encodingOf(tlv) }
}

/** issuerUniqueID and subjectUniqueID: nobody uses them, but they may be there from version 2 on. */
function skipUniqueIds(walk: DerCursor, version: number): void {
  for (const tag of [implicitTag(1), implicitTag(2)]) {
    const id = walk.takeIf(tag)
    if (id === null) continue
    if (version === 1) throw new DerFault('present in a certificate of version 1')
    readBitString(id, tag)
  }
}

type ExtensionFields = Pick<
  PeerCertificate,
  'names' | 'basicConstraints' | 'keyUsage' | 'extendedKeyUsage' | 'subjectKeyId' | 'authorityKeyId'
>

function readKnownExtensions(extensions: readonly Extension[], trace: Trace): ExtensionFields {
  const read = <T>(field: keyof typeof extensionOids, reader: (value: Uint8Array) => T): T | null => {
    const value = extensionValue(extensions, extensionOids[field])
    if (value === null) return null
    trace.field = field
    return reader(value)
  }
  return {
    names: read('subjectAltName', readSubjectNames) ?? noSubjectNames(),
    basicConstraints: read('basicConstraints', readBasicConstraints),
    keyUsage: read('keyUsage', readKeyUsage),
    extendedKeyUsage: read('extendedKeyUsage', readExtendedKeyUsage),
    subjectKeyId: read('subjectKeyIdentifier', readSubjectKeyId),
    authorityKeyId: read('authorityKeyIdentifier', readAuthorityKeyId),
  }
}

function expectSequence(tlv: Tlv): Tlv {
  if (tlv.tag !== tags.sequence) throw new DerFault('not a SEQUENCE')
  return tlv
}

/** Certificates assembled field by field, each of which a test can replace; nothing is signed. */

import * as der from '../support/pki/der-writer.ts'
import { type Subject, writeName } from '../support/pki/names.ts'

/** The fields of a certificate in DER; null leaves one out. */
export interface RawFields {
  readonly version: Uint8Array | null
  readonly serial: Uint8Array
  readonly innerAlgorithm: Uint8Array
  readonly issuer: Uint8Array
  readonly validity: Uint8Array
  readonly subject: Uint8Array
  readonly spki: Uint8Array
  readonly uniqueIds: Uint8Array | null
  /** The whole `[3] EXPLICIT`. */
  readonly extensions: Uint8Array | null
  readonly afterExtensions: Uint8Array | null
  readonly outerAlgorithm: Uint8Array
  readonly signature: Uint8Array
  readonly afterSignature: Uint8Array | null
}

/** ecdsa-with-SHA256. */
export const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'))

/** A year around 2025. */
export const validity = der.sequence(
  der.time(new Date('2025-01-01T00:00:00Z')),
  der.time(new Date('2026-01-01T00:00:00Z')),
)

const nothing = new Uint8Array(0)

/** A certificate of these fields, the rest being good. */
export function rawCertificate(fields: Partial<RawFields> = {}): Buffer {
  const all: RawFields = {
    version: der.context(0, der.integer(2)),
    serial: der.integer(0x1234),
    innerAlgorithm: algorithm,
    issuer: nameOf('Root'),
    validity,
    subject: nameOf('Alice'),
    spki: der.sequence(der.sequence(der.oid('1.3.101.112')), der.bits(new Uint8Array(32))),
    uniqueIds: null,
    extensions: null,
    afterExtensions: null,
    outerAlgorithm: algorithm,
    signature: der.bits(new Uint8Array(64)),
    afterSignature: null,
    ...fields,
  }
  const body = [all.version, all.serial, all.innerAlgorithm, all.issuer, all.validity, all.subject, all.spki]
  const rest = [all.uniqueIds, all.extensions, all.afterExtensions]
  const tbs = der.sequence(...[...body, ...rest].map((field) => field ?? nothing))
  return der.sequence(tbs, all.outerAlgorithm, all.signature, all.afterSignature ?? nothing)
}

/** A Name of one common name, or of this subject. */
export function nameOf(subject: string | Subject): Buffer {
  return writeName(typeof subject === 'string' ? [{ oid: '2.5.4.3', value: subject }] : subject)
}

/** `[3] EXPLICIT` of these extensions. */
export function extensions(...list: readonly Uint8Array[]): Buffer {
  return der.context(3, der.sequence(...list))
}

/** One extension that is not critical. */
export function extension(oid: string, ...value: readonly Uint8Array[]): Buffer {
  return der.sequence(der.oid(oid), der.octets(...value))
}

/** A subjectAltName of these general names. */
export function san(...names: readonly Uint8Array[]): Buffer {
  return extension('2.5.29.17', der.sequence(...names))
}

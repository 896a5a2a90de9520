/**
 * Makes the certificates of the test suite. Defaults give a good client certificate or CA; every part can
 * be replaced by something wrong.
 */

import { createHash, randomBytes } from 'node:crypto'
import { bits, context, integer, sequence, time } from './der-writer.ts'
import * as extension from './extensions.ts'
import { createKey, createSigner, type KeyKind, type KeyPair, type SignatureAlgorithm, writePublicKey } from './keys.ts'
import { cn, type Subject, writeName } from './names.ts'

const dayMs = 86_400_000

/** What a certificate is made of; null leaves an extension out that has a default. */
export interface CertificateOptions {
  /** Short for a subject of one common name. */
  readonly cn?: string
  readonly subject?: Subject
  /** General names, encoded (names.ts). */
  readonly san?: readonly Uint8Array[]
  readonly sanCritical?: boolean
  /** General names of a second subjectAltName extension. */
  readonly duplicateSan?: readonly Uint8Array[]
  /** Default: a day ago. */
  readonly notBefore?: Date
  /** Default: in a year. */
  readonly notAfter?: Date
  /** Default: clientAuth for `issue` and `selfSigned`, none for authorities. */
  readonly eku?: readonly extension.Purpose[] | null
  readonly ekuCritical?: boolean
  /** Default: digitalSignature, or keyCertSign and cRLSign for authorities. */
  readonly keyUsage?: readonly extension.KeyUsage[] | null
  /** Default: none, or CA:TRUE for authorities. */
  readonly basicConstraints?: extension.BasicConstraints | null
  readonly nameConstraints?: extension.NameConstraints
  /** More extensions, put last. */
  readonly extensions?: readonly extension.RawExtension[]
  /** Changes the encoded extensions before they are signed. */
  readonly alterExtensions?: (extensions: readonly Buffer[]) => readonly Buffer[]
  /** Default: derived from the key. */
  readonly subjectKeyIdentifier?: Uint8Array | null
  /** Default: the issuer's subject key identifier. */
  readonly authorityKeyIdentifier?: Uint8Array | null
  /** Default: 16 random octets; raw octets are written as they are. */
  readonly serial?: bigint | Uint8Array
  readonly signatureAlgorithm?: SignatureAlgorithm
  /** Flips a bit of the signature. */
  readonly corruptSignature?: boolean
  /** Default 3. Version 1 is written without extensions. */
  readonly version?: 1 | 2 | 3
  /** A kind to make a new key of (default p256), or a pair to use. */
  readonly key?: KeyKind | KeyPair
  /** Name written into the issuer field instead of the issuer's. */
  readonly issuerName?: Subject
}

/** A certificate with its private key. */
export interface Certificate {
  readonly der: Buffer
  readonly pem: string
  readonly key: KeyPair
  /** PKCS #8. */
  readonly keyPem: string
  readonly subject: Subject
  /** The subject key identifier, whether or not the certificate tells it. */
  readonly keyId: Uint8Array
  /** Who signed it; null when it signed itself. */
  readonly issuer: Certificate | null
}

/** Options of an authority. */
export interface AuthorityOptions extends CertificateOptions {
  /** Common name, unless `subject` is given. */
  readonly name?: string
  /** Absent for a root. */
  readonly parent?: Certificate
  readonly pathLen?: number
}

/** Makes a CA: a root, or an intermediate under `parent`. */
export function createAuthority(options: AuthorityOptions): Certificate {
  const { name, parent, pathLen, ...rest } = options
  const constraints = pathLen === undefined ? { ca: true } : { ca: true, pathLen }
  return build(parent ?? null, {
    cn: name ?? 'Test Root CA',
    eku: null,
    keyUsage: ['keyCertSign', 'cRLSign'],
    basicConstraints: constraints,
    ...rest,
  })
}

/** Issues an end-entity certificate; with any certificate as issuer, whether it may or not. */
export function issue(issuer: Certificate, options: CertificateOptions): Certificate {
  return build(issuer, { eku: ['clientAuth'], keyUsage: ['digitalSignature'], ...options })
}

/** Makes an end-entity certificate that is signed with its own key. */
export function selfSigned(options: CertificateOptions): Certificate {
  return build(null, { eku: ['clientAuth'], keyUsage: ['digitalSignature'], ...options })
}

/** Issues a server certificate for DNS names; the first is also the common name. */
export function issueServer(issuer: Certificate, names: readonly Uint8Array[], commonName: string): Certificate {
  return issue(issuer, { cn: commonName, san: names, eku: ['serverAuth'] })
}

/** PEM of a DER certificate. */
export function toPem(der: Uint8Array, label = 'CERTIFICATE'): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function build(issuer: Certificate | null, options: CertificateOptions): Certificate {
  const key = typeof options.key === 'object' ? options.key : createKey(options.key ?? 'p256')
  const spki = writePublicKey(key)
  const keyId = createHash('sha1').update(spki).digest()
  const subject = options.subject ?? (options.cn === undefined ? [] : [cn(options.cn)])
  const signer = createSigner(issuer?.key ?? key, options.signatureAlgorithm)
  const version = options.version ?? 3
  const authorityId = issuer?.keyId ?? keyId
  const tbs = sequence(
    ...(version === 1 ? [] : [context(0, integer(version - 1))]),
    integer(options.serial ?? positiveSerial()),
    signer.identifier,
    writeName(options.issuerName ?? issuer?.subject ?? subject),
    sequence(
      time(options.notBefore ?? new Date(Date.now() - dayMs)),
      time(options.notAfter ?? new Date(Date.now() + 365 * dayMs)),
    ),
    writeName(subject),
    spki,
    ...(version === 3 ? [context(3, sequence(...extensionsOf(options, keyId, authorityId)))] : []),
  )
  const signature = signer.sign(tbs)
  if (options.corruptSignature === true) corrupt(signature)
  const der = sequence(tbs, signer.identifier, bits(signature))
  const keyPem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { der, pem: toPem(der), key, keyPem, subject, keyId: options.subjectKeyIdentifier ?? keyId, issuer }
}

/** Changes the last octet: an ECDSA signature keeps its DER form and only becomes false. */
function corrupt(signature: Buffer): void {
  const last = signature.length - 1
  signature[last] = (signature[last] ?? 0) ^ 1
}

function positiveSerial(): Buffer {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return serial
}

function extensionsOf(options: CertificateOptions, keyId: Uint8Array, authorityId: Uint8Array): readonly Buffer[] {
  const list: Buffer[] = []
  if (options.basicConstraints) list.push(extension.basicConstraints(options.basicConstraints))
  if (options.keyUsage) list.push(extension.keyUsage(options.keyUsage, true))
  if (options.eku) list.push(extension.extendedKeyUsage(options.eku, options.ekuCritical === true))
  if (options.subjectKeyIdentifier !== null) {
    list.push(extension.subjectKeyIdentifier(options.subjectKeyIdentifier ?? keyId))
  }
  if (options.authorityKeyIdentifier !== null) {
    list.push(extension.authorityKeyIdentifier(options.authorityKeyIdentifier ?? authorityId))
  }
  if (options.nameConstraints) list.push(extension.nameConstraints(options.nameConstraints))
  if (options.san) list.push(extension.subjectAltName(options.san, options.sanCritical === true))
  if (options.duplicateSan) list.push(extension.subjectAltName(options.duplicateSan, false))
  list.push(...(options.extensions ?? []).map(extension.writeExtension))
  return options.alterExtensions?.(list) ?? list
}

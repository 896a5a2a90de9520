/** A certificate authority for development: makes itself, server certificates for this machine and client certificates. */

import 'reflect-metadata'
import { KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { encodeLoopbackOnly, encodeSubjectAltName, type GeneralName } from './names.ts'

/** A certificate and its private key. */
export interface Credential {
  readonly certificate: X509Certificate
  readonly key: KeyObject
}

/** What a certificate is for; decides its extended key usage. */
export type Purpose = 'server' | 'client'

/** What a leaf certificate says. */
export interface LeafProfile {
  readonly commonName: string
  readonly purpose: Purpose
  readonly names: readonly GeneralName[]
}

const dayMs = 24 * 60 * 60_000
const authorityDays = 3650
const leafDays = 365
/** Clocks of two machines differ. */
const backdateMs = 5 * 60_000
const serialBytes = 16

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const oids = { subjectAltName: '2.5.29.17', nameConstraints: '2.5.29.30' }

/** Makes a new authority, valid for ten years from `now`, that may issue certificates for this machine's servers only. */
export async function createAuthority(now: Date): Promise<Credential> {
  const keys = await newKeys()
  const name = 'CN=Signet development CA'
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: name,
    issuer: name,
    ...validity(now, authorityDays),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.Extension(oids.nameConstraints, true, encodeLoopbackOnly()),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return credential(certificate, keys.privateKey)
}

/** Issues a leaf certificate, valid for a year from `now` but not longer than its authority. */
export async function issueLeaf(authority: Credential, profile: LeafProfile, now: Date): Promise<Credential> {
  const keys = await newKeys()
  const issuer = new x509.X509Certificate(authority.certificate.raw)
  const { notBefore, notAfter } = validity(now, leafDays)
  const end = Math.min(notAfter.getTime(), issuer.notAfter.getTime())
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [{ CN: [profile.commonName] }],
    issuer: issuer.subjectName.toJSON(),
    notBefore,
    notAfter: new Date(end),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.key.toCryptoKey(algorithm, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([profile.purpose === 'server' ? serverAuth : clientAuth]),
      new x509.Extension(oids.subjectAltName, false, encodeSubjectAltName(profile.names)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return credential(certificate, keys.privateKey)
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

/** A positive serial number of 127 random bits, in hexadecimal (RFC 5280 §4.1.2.2). */
function newSerial(): string {
  const serial = randomBytes(serialBytes)
  // First octet 0x40 to 0x7f: positive, and no leading zero to be dropped.
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f)
  return serial.toString('hex')
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - backdateMs), notAfter: new Date(now.getTime() + days * dayMs) }
}

function credential(certificate: x509.X509Certificate, key: webcrypto.CryptoKey): Credential {
  return { certificate: new X509Certificate(Buffer.from(certificate.rawData)), key: KeyObject.from(key) }
}

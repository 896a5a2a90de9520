/**
 * Packs a client certificate, its key and its issuer into a PKCS#12 file (RFC 7292) the modern way: PBES2 with
 * AES-256-CBC and PBKDF2-HMAC-SHA-256 inside, HMAC-SHA-256 over all, which OpenSSL 3, GnuTLS and NSS all read.
 */

import type { X509Certificate } from 'node:crypto'
import { createCipheriv, createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { Credential } from './authority.ts'
import {
  bmpString,
  context,
  contextPrimitive,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  setOf,
  tlv,
  utf16,
} from './der.ts'

const iterations = 10_000
const saltBytes = 16
const aesKeyBytes = 32
const aesBlockBytes = 16

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
}

/** What goes into one file. */
export interface Pkcs12Content {
  readonly credential: Credential
  readonly issuer: X509Certificate
  /** How key and certificate are called in the store they are imported into. */
  readonly friendlyName: string
}

/** The file's bytes. The password must not be empty: readers disagree on what an empty one means. */
export function encodePkcs12(content: Pkcs12Content, password: string): Buffer {
  const { credential, issuer, friendlyName } = content
  const attributes = bagAttributes(
    friendlyName,
    Buffer.from(credential.certificate.fingerprint.replaceAll(':', ''), 'hex'),
  )
  const certificates = sequence(certificateBag(credential.certificate, attributes), certificateBag(issuer, null))
  const key = encrypt(credential.key.export({ type: 'pkcs8', format: 'der' }), password)
  const keys = sequence(bag(oids.shroudedKeyBag, sequence(key.algorithm, octets(key.bytes)), attributes))
  const safe = sequence(encryptedData(certificates, password), data(keys))
  return sequence(integer(3), data(safe), macData(safe, password))
}

function bag(type: string, value: Buffer, attributes: Buffer | null): Buffer {
  return sequence(oid(type), context(0, value), ...(attributes === null ? [] : [attributes]))
}

function certificateBag(certificate: X509Certificate, attributes: Buffer | null): Buffer {
  return bag(oids.certBag, sequence(oid(oids.x509Certificate), context(0, octets(certificate.raw))), attributes)
}

/** The same localKeyId on key and certificate says that they belong together. */
function bagAttributes(friendlyName: string, keyId: Buffer): Buffer {
  const attribute = (type: string, value: Buffer): Buffer => sequence(oid(type), setOf(value))
  const values = [attribute(oids.localKeyId, octets(keyId)), attribute(oids.friendlyName, bmpString(friendlyName))]
  // DER sorts a SET OF by its encodings.
  return tlv(0x31, ...values.sort(Buffer.compare))
}

/** ContentInfo of type data. */
function data(content: Buffer): Buffer {
  return sequence(oid(oids.data), context(0, octets(content)))
}

/** ContentInfo of type encryptedData (RFC 5652 §8). */
function encryptedData(content: Buffer, password: string): Buffer {
  const { algorithm, bytes } = encrypt(content, password)
  const encrypted = sequence(oid(oids.data), algorithm, contextPrimitive(0, bytes))
  return sequence(oid(oids.encryptedData), context(0, sequence(integer(0), encrypted)))
}

/** PBES2 (RFC 8018 §6.2) under a fresh salt: the AlgorithmIdentifier, and the ciphertext. */
function encrypt(plain: Buffer, password: string): { readonly algorithm: Buffer; readonly bytes: Buffer } {
  const salt = randomBytes(saltBytes)
  const iv = randomBytes(aesBlockBytes)
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(password, salt, iterations, aesKeyBytes, 'sha256'), iv)
  const prf = sequence(oid(oids.hmacWithSha256), nothing())
  const derivation = sequence(oid(oids.pbkdf2), sequence(octets(salt), integer(iterations), prf))
  const algorithm = sequence(oid(oids.pbes2), sequence(derivation, sequence(oid(oids.aes256Cbc), octets(iv))))
  return { algorithm, bytes: Buffer.concat([cipher.update(plain), cipher.final()]) }
}

function macData(safe: Buffer, password: string): Buffer {
  const salt = randomBytes(saltBytes)
  const mac = createHmac('sha256', deriveMacKey(password, salt)).update(safe).digest()
  const digestInfo = sequence(sequence(oid(oids.sha256), nothing()), octets(mac))
  return sequence(digestInfo, octets(salt), integer(iterations))
}

/** RFC 7292 appendix B.2 for a MAC key (purpose 3) of SHA-256, whose length is one hash: a single block. */
function deriveMacKey(password: string, salt: Buffer): Buffer {
  const blockBytes = 64
  const fill = (source: Buffer): Buffer => Buffer.alloc(Math.ceil(source.length / blockBytes) * blockBytes, source)
  const input = [Buffer.alloc(blockBytes, 3), fill(salt), fill(utf16(`${password}\0`))]
  let key = createHash('sha256').update(Buffer.concat(input)).digest()
  for (let round = 1; round < iterations; round += 1) key = createHash('sha256').update(key).digest()
  return key
}

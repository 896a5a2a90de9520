/** Key pairs and signature algorithms of the test certificates. */

import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { context, integer, nothing, oid, sequence } from './der-writer.ts'

/** Kinds of key that certificates are made with; the weak ones are there to be refused. */
export type KeyKind = 'p256' | 'p384' | 'p521' | 'secp256k1' | 'p192' | 'rsa1024' | 'rsa2048' | 'ed25519' | 'ed448'

/** A private key with its public half. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** Makes a new key pair; RSA takes some 100 ms, everything else well below one. */
export function createKey(kind: KeyKind): KeyPair {
  switch (kind) {
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    case 'p521':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' })
    case 'secp256k1':
      return generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    case 'p192':
      return generateKeyPairSync('ec', { namedCurve: 'prime192v1' })
    case 'rsa1024':
      return generateKeyPairSync('rsa', { modulusLength: 1024 })
    case 'rsa2048':
      return generateKeyPairSync('rsa', { modulusLength: 2048 })
    case 'ed25519':
      return generateKeyPairSync('ed25519')
    case 'ed448':
      return generateKeyPairSync('ed448')
  }
}

/** The subjectPublicKeyInfo of a key. */
export function writePublicKey(key: KeyPair): Buffer {
  return key.publicKey.export({ type: 'spki', format: 'der' })
}

/** Hash to sign with, RSASSA-PSS instead of PKCS #1 v1.5 with the `pss-` prefix (RSA keys only). */
export type SignatureAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512' | 'pss-sha256' | 'pss-sha1'

/** A signature algorithm in both its forms: the AlgorithmIdentifier, and the act. */
export interface Signer {
  readonly identifier: Buffer
  sign(data: Uint8Array): Buffer
}

type Hash = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

const rsaOids: Record<Hash, string> = {
  md5: '1.2.840.113549.1.1.4',
  sha1: '1.2.840.113549.1.1.5',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
}

const ecdsaOids: Record<Exclude<Hash, 'md5'>, string> = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
}

const hashOids = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1' } as const

/** Pairs a private key with an algorithm; the Edwards curves ignore the hash that is asked for. */
export function createSigner(key: KeyPair, algorithm: SignatureAlgorithm = 'sha256'): Signer {
  const { privateKey } = key
  const type = privateKey.asymmetricKeyType
  if (type === 'ed25519' || type === 'ed448') {
    const identifier = sequence(oid(type === 'ed25519' ? '1.3.101.112' : '1.3.101.113'))
    return { identifier, sign: (data) => sign(null, data, privateKey) }
  }
  if (algorithm === 'pss-sha256' || algorithm === 'pss-sha1') {
    const hash = algorithm === 'pss-sha1' ? 'sha1' : 'sha256'
    const options = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLengths[hash] }
    return { identifier: pssIdentifier(hash), sign: (data) => sign(hash, data, options) }
  }
  if (type === 'rsa') {
    const identifier = sequence(oid(rsaOids[algorithm]), nothing())
    return { identifier, sign: (data) => sign(algorithm, data, privateKey) }
  }
  if (algorithm === 'md5') throw new TypeError('there is no ECDSA with MD5')
  return { identifier: sequence(oid(ecdsaOids[algorithm])), sign: (data) => sign(algorithm, data, privateKey) }
}

const saltLengths = { sha1: 20, sha256: 32 } as const

/** RSASSA-PSS-params with every field written out (RFC 4055 §3.1). */
function pssIdentifier(hash: 'sha1' | 'sha256'): Buffer {
  const hashAlgorithm = sequence(oid(hashOids[hash]), nothing())
  const maskGeneration = sequence(oid('1.2.840.113549.1.1.8'), hashAlgorithm)
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(context(0, hashAlgorithm), context(1, maskGeneration), context(2, integer(saltLengths[hash]))),
  )
}

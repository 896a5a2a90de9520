/** The keys of SCRAM (RFC 5802 §3, RFC 7677) and how they come from a password. */

import { createHash, createHmac, type Hash, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { ScramHash, ScramSecrets } from '../contract.ts'

/** Bytes of a salt that we make. */
export const saltBytes = 16

/** Fewest iterations that are worth storing (RFC 5802 §5.1). */
export const minIterations = 4_096

/** Most iterations that are taken, from the file or from a database: more would only keep a core busy. */
export const maxIterations = 1_000_000

interface HashFacts {
  /** The name that `node:crypto` has for it. */
  readonly digest: string
  readonly bytes: number
  /** As it stands in the mechanism's name after `SCRAM-`. */
  readonly wire: string
}

/** The hash functions of SCRAM. */
export const hashFacts: Readonly<Record<ScramHash, HashFacts>> = {
  sha: { digest: 'sha1', bytes: 20, wire: 'SHA-1' },
  sha224: { digest: 'sha224', bytes: 28, wire: 'SHA-224' },
  sha256: { digest: 'sha256', bytes: 32, wire: 'SHA-256' },
  sha384: { digest: 'sha384', bytes: 48, wire: 'SHA-384' },
  sha512: { digest: 'sha512', bytes: 64, wire: 'SHA-512' },
}

/** HMAC with one of the hash functions. */
export function hmac(hash: ScramHash, key: Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac(hashFacts[hash].digest, key).update(data).digest()
}

/** H() of RFC 5802 §2.2. */
export function digest(hash: ScramHash, data: Uint8Array): Buffer {
  const state: Hash = createHash(hashFacts[hash].digest)
  return state.update(data).digest()
}

/** Whether two secrets are the same, in a time that tells nothing but their lengths. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

const pbkdf2Async = promisify(pbkdf2)

/** Hi() of RFC 5802 §2.2, off the main thread. `password` is prepared; 1 to `maxIterations` iterations, else it rejects. */
export function saltPassword(
  password: string,
  { hash, salt, iterations }: Pick<ScramSecrets, 'hash' | 'salt' | 'iterations'>,
): Promise<Buffer> {
  if (iterations > maxIterations) return Promise.reject(new RangeError(`${iterations} iterations`))
  const { digest: name, bytes } = hashFacts[hash]
  return pbkdf2Async(password, salt, iterations, bytes, name)
}

/** What a server keeps of a prepared password. */
export async function deriveSecrets(
  password: string,
  parameters: Pick<ScramSecrets, 'hash' | 'salt' | 'iterations'>,
): Promise<ScramSecrets> {
  const { hash, salt, iterations } = parameters
  const salted = await saltPassword(password, parameters)
  const storedKey = digest(hash, hmac(hash, salted, 'Client Key'))
  return { hash, salt, iterations, storedKey, serverKey: hmac(hash, salted, 'Server Key') }
}

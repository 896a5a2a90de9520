/** How MongooseIM writes passwords down: in clear, or as SCRAM secrets in one text of two possible forms. */

import { type ScramHash, type ScramSecrets, scramHashes } from '../contract.ts'
import { hashFacts, maxIterations } from './scram-keys.ts'

/** A password as it is kept. */
export type StoredPassword =
  | { readonly kind: 'plain'; readonly password: string }
  /** Secrets of one or more hashes, each hash once, weakest first. */
  | { readonly kind: 'scram'; readonly secrets: readonly [ScramSecrets, ...ScramSecrets[]] }

/** Longest serialised form that is read, in UTF-16 units; five hashes take less than 1000. */
const maxSerialized = 4_096

/** Bytes of salt, at most. */
const maxSaltBytes = 256

const multiPrefix = '==MULTI_SCRAM==,'
const legacyPrefix = '==SCRAM==,'

const tags: Readonly<Record<ScramHash, string>> = {
  sha: '===SHA1===',
  sha224: '==SHA224==',
  sha256: '==SHA256==',
  sha384: '==SHA384==',
  sha512: '==SHA512==',
}
const tagLength = 10

/** Reads either form; null for anything else. Values in which a length or a number is off are none. */
export function parseScram(text: string): Extract<StoredPassword, { kind: 'scram' }> | null {
  if (text.length > maxSerialized) return null
  if (text.startsWith(multiPrefix)) return parseMulti(text.slice(multiPrefix.length))
  if (text.startsWith(legacyPrefix)) return parseLegacy(text.slice(legacyPrefix.length))
  return null
}

/** The current form. All secrets have the same number of iterations, since it has room for one. */
export function formatScram(secrets: readonly [ScramSecrets, ...ScramSecrets[]]): string {
  const [{ iterations }] = secrets
  if (secrets.some((one) => one.iterations !== iterations)) throw new RangeError('iterations differ')
  const blocks = inOrder(secrets).map(({ hash, salt, storedKey, serverKey }) => {
    const fields = [salt, storedKey, serverKey].map((field) => Buffer.from(field).toString('base64'))
    return tags[hash] + fields.join('|')
  })
  return `${multiPrefix}${iterations},${blocks.join(',')}`
}

function inOrder(secrets: readonly ScramSecrets[]): ScramSecrets[] {
  return scramHashes.flatMap((hash) => secrets.filter((one) => one.hash === hash))
}

function parseMulti(rest: string): Extract<StoredPassword, { kind: 'scram' }> | null {
  const [count, ...blocks] = rest.split(',')
  const iterations = readCount(count)
  if (iterations === null) return null
  const found: ScramSecrets[] = []
  for (const block of blocks) {
    const hash = scramHashes.find((candidate) => block.startsWith(tags[candidate]))
    const [salt, storedKey, serverKey, ...more] = block.slice(tagLength).split('|')
    if (hash === undefined || more.length > 0 || found.some((one) => one.hash === hash)) return null
    const secrets = readSecrets(hash, iterations, salt, storedKey, serverKey)
    if (secrets === null) return null
    found.push(secrets)
  }
  const [first, ...others] = inOrder(found)
  return first === undefined ? null : { kind: 'scram', secrets: [first, ...others] }
}

/** The form of MongooseIM 3.6.2 and before: SHA-1 only, and the fields in another order. */
function parseLegacy(rest: string): Extract<StoredPassword, { kind: 'scram' }> | null {
  const [storedKey, serverKey, salt, count, ...more] = rest.split(',')
  const iterations = readCount(count)
  if (iterations === null || more.length > 0) return null
  const secrets = readSecrets('sha', iterations, salt, storedKey, serverKey)
  return secrets === null ? null : { kind: 'scram', secrets: [secrets] }
}

function readSecrets(
  hash: ScramHash,
  iterations: number,
  ...fields: readonly [string | undefined, string | undefined, string | undefined]
): ScramSecrets | null {
  const [salt, storedKey, serverKey] = fields.map(readBase64)
  const { bytes } = hashFacts[hash]
  if (!salt || salt.length === 0 || salt.length > maxSaltBytes) return null
  if (storedKey?.length !== bytes || serverKey?.length !== bytes) return null
  return { hash, salt, iterations, storedKey, serverKey }
}

function readCount(text: string | undefined): number | null {
  if (text === undefined || !/^[1-9][0-9]{0,6}$/.test(text)) return null
  const count = Number(text)
  return count <= maxIterations ? count : null
}

function readBase64(text: string | undefined): Uint8Array | null {
  if (text === undefined) return null
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

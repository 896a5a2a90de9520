/** SCRAM secrets for accounts that have none, so that the exchange with them looks like any other until its end. */

import { createHmac, randomBytes } from 'node:crypto'
import { type BareJid, formatBare } from '../../jid/jid.ts'
import type { ScramHash, ScramSecrets } from '../contract.ts'
import { hashFacts, saltBytes } from './scram-keys.ts'

/** Key of everything that is made up; drawn at the start and never shown. */
export const processSecret: Uint8Array = randomBytes(32)

/**
 * A salt for an account without one: always the same for the same account while the process lives, as a stored one would
 * be, so that asking twice tells nothing.
 */
export function madeUpSalt(secret: Uint8Array, jid: BareJid, hash: ScramHash): Uint8Array {
  return createHmac('sha256', secret)
    .update(`${hash} ${formatBare(jid)}`)
    .digest()
    .subarray(0, saltBytes)
}

/** Secrets that belong to no password, of the same shape as those of an account. */
export function madeUpSecrets(
  jid: BareJid,
  hash: ScramHash,
  iterations: number,
  secret: Uint8Array = processSecret,
): ScramSecrets {
  const { bytes } = hashFacts[hash]
  const salt = madeUpSalt(secret, jid, hash)
  return { hash, salt, iterations, storedKey: randomBytes(bytes), serverKey: randomBytes(bytes) }
}

/** Checks passwords against what is stored, so that the time taken does not tell who has an account. */

import { createHmac, randomBytes } from 'node:crypto'
import type { BareJid } from '../../jid/jid.ts'
import type { ScramHash, ScramSecrets } from '../contract.ts'
import { madeUpSalt, processSecret } from './made-up.ts'
import { preparedForms, preparePassword } from './prepare.ts'
import { deriveSecrets, saltBytes, sameBytes } from './scram-keys.ts'
import type { StoredPassword } from './stored-password.ts'
import { createTurns } from './turns.ts'

/** How passwords are stored (`[auth.password]`), which is also what an account that is not there would cost. */
export interface PasswordPolicy {
  readonly format: 'scram' | 'plain'
  /** Hashes whose SCRAM mechanisms are offered and whose secrets are stored, weakest first; at least one. */
  readonly hashes: readonly [ScramHash, ...ScramHash[]]
  readonly iterations: number
}

/** Checks passwords. It rejects only where the machine fails, or when `maxWaiting` derivations wait already. */
export interface PasswordChecker {
  /** Whether the password as the client sent it is the stored one. `null` stands for no account and is never right. */
  matches(stored: StoredPassword | null, password: string): Promise<boolean>
  /** The stored secrets for a hash, worked out where the password is stored in clear; null where there are none. */
  secretsOf(stored: StoredPassword | null, jid: BareJid, hash: ScramHash): Promise<ScramSecrets | null>
  /** What to store for a new password; null for a text that can be no password. */
  store(password: string): Promise<StoredPassword | null>
}

/** Derivations at once: more would take the whole thread pool from files and name look-ups. */
const maxDerivations = 2

/** Derivations that wait for their turn; beyond, a login is told to come back. */
const maxWaiting = 256

/**
 * A checker with its own queue of derivations. `secret` keeps made-up salts the same for the life of the process; `work` is
 * the derivation, which is all that a check costs.
 */
export function createPasswordChecker(
  policy: PasswordPolicy,
  secret: Uint8Array = processSecret,
  work: Derive = deriveSecrets,
): PasswordChecker {
  const turn = createTurns(maxDerivations, maxWaiting)
  const derive: Derive = (password, like) => turn(() => work(password, like))
  const [cheapest] = policy.hashes
  const dummy = { hash: cheapest, salt: secret.subarray(0, saltBytes), iterations: policy.iterations }
  const wastes = async (password: string) => {
    await derive(password, dummy)
    return false
  }
  return {
    matches: async (stored, password) => {
      const forms = preparedForms(password)
      for (const form of forms) {
        // One derivation each, whatever is found: nobody, a password in clear, or secrets.
        if (stored?.kind !== 'scram') await wastes(form)
        else if (await opens(stored.secrets[0], form, derive, policy)) return true
      }
      return stored?.kind === 'plain' && isSamePassword(stored.password, password)
    },
    secretsOf: async (stored, jid, hash) => {
      if (stored?.kind === 'scram') return stored.secrets.find((one) => one.hash === hash) ?? null
      const parameters = { hash, salt: madeUpSalt(secret, jid, hash), iterations: policy.iterations }
      const password = stored === null ? null : preparePassword(stored.password)
      if (password !== null) return derive(password, parameters)
      // Where passwords are stored in clear every account costs a derivation, so everybody else does.
      if (policy.format === 'plain') await derive('', parameters)
      return null
    },
    store: async (password) => {
      const prepared = preparePassword(password)
      if (prepared === null) return null
      if (policy.format === 'plain') return { kind: 'plain', password: prepared }
      const [first, ...others] = policy.hashes.map((hash) => ({
        ...{ hash, salt: randomBytes(saltBytes), iterations: policy.iterations },
      }))
      if (first === undefined) return null
      const rest = await Promise.all(others.map((parameters) => derive(prepared, parameters)))
      return { kind: 'scram', secrets: [await derive(prepared, first), ...rest] }
    },
  }
}

type Derive = (password: string, like: Pick<ScramSecrets, 'hash' | 'salt' | 'iterations'>) => Promise<ScramSecrets>

async function opens(
  secrets: ScramSecrets,
  password: string,
  derive: Derive,
  policy: PasswordPolicy,
): Promise<boolean> {
  const derived = await derive(password, secrets)
  // Accounts from times of fewer iterations take as long as the others.
  const missing = policy.iterations - secrets.iterations
  if (missing > 0) await derive(password, { ...secrets, iterations: missing })
  return sameBytes(derived.storedKey, secrets.storedKey)
}

/** Compares keyed hashes, so that neither length nor first difference shows in the time. */
function isSamePassword(stored: string, password: string): boolean {
  if (stored === '') return false
  const key = randomBytes(32)
  const tag = (text: string) => createHmac('sha256', key).update(text).digest()
  const isExact = sameBytes(tag(stored), tag(password))
  const [one, other] = [preparePassword(stored), preparePassword(password)]
  const isPrepared = sameBytes(tag(one ?? ''), tag(other ?? '')) && one !== null && other !== null
  return isExact || isPrepared
}

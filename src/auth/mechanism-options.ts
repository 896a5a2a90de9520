/** SASL mechanisms by their names in the configuration (`auth.sasl_mechanisms`). */

import { choices, quoted } from '../config/declare.ts'
import type { Place } from '../config/place.ts'
import { type Evidence, type ScramHash, scramHashes } from './contract.ts'
import type { PasswordPolicy } from './passwords/checking.ts'

/** Names of the SASL mechanisms of this release, as in `auth.sasl_mechanisms`. */
export const mechanismNames = [
  'scram_sha512_plus',
  'scram_sha512',
  'scram_sha384_plus',
  'scram_sha384',
  'scram_sha256_plus',
  'scram_sha256',
  'scram_sha224_plus',
  'scram_sha224',
  'scram_sha1_plus',
  'scram_sha1',
  'plain',
  'external',
] as const

/** One SASL mechanism, by its name in `auth.sasl_mechanisms`. */
export type MechanismName = (typeof mechanismNames)[number]

/** MongooseIM's mechanisms that this release does not have; a mechanism that is built takes its line away. */
const absentMechanisms: Readonly<Record<string, string>> = {
  anonymous: 'ANONYMOUS',
  oauth: 'X-OAUTH',
  digest: 'DIGEST-MD5',
}

/** `auth.sasl_mechanisms`. */
export const mechanismsOption = choices(mechanismNames, {
  says: 'SASL mechanisms, offered in this order.',
  byDefault: '`["external"]`, and behind it all others, as listed, that some method of `methods` judges',
  notYet: absentMechanisms,
})

/** One SCRAM mechanism of `auth.sasl_mechanisms`; null for a name that is none. */
export function scramOf(name: MechanismName): { readonly hash: ScramHash; readonly isPlus: boolean } | null {
  const match = /^scram_(sha\d+)(_plus)?$/.exec(name)
  const hash = scramHashes.find((known) => known === match?.[1] || (known === 'sha' && match?.[1] === 'sha1'))
  return hash === undefined ? null : { hash, isPlus: match?.[2] !== undefined }
}

/** What a mechanism brings to the backends. */
export function evidenceBy(name: MechanismName): Evidence {
  switch (name) {
    case 'external':
      return 'certificate'
    case 'plain':
      return 'password'
    default:
      return 'scram'
  }
}

/** Whether some backend takes evidence. */
export interface Taking {
  /** As far as it is known. */
  surely(evidence: Evidence): boolean
  /** What a backend of the host program takes is not known here. */
  perhaps(evidence: Evidence): boolean
}

/** `auth.sasl_mechanisms` with its default. `place` is that of `[auth]`. */
export function resolveMechanisms(
  listed: readonly MechanismName[] | undefined,
  taking: Taking,
  { hashes }: PasswordPolicy,
  place: Place,
): readonly MechanismName[] {
  const isStored = (name: MechanismName): boolean => {
    const scram = scramOf(name)
    return scram === null || hashes.includes(scram.hash)
  }
  if (listed === undefined) {
    const others = mechanismNames.filter((name) => name !== 'external' && taking.surely(evidenceBy(name)))
    return ['external', ...others.filter(isStored)]
  }
  const idle = listed.filter((name) => !taking.perhaps(evidenceBy(name)))
  // With none left nobody can log in, which the start-up checks say.
  if (idle.length > 0 && idle.length < listed.length && !place.at('methods').isSpoiled) {
    const message = `names ${quoted(idle)}, which nobody is offered: no method of \`auth.methods\` judges ${judgedThings(idle)}`
    place.at('sasl_mechanisms').warn('conflict', message)
  }
  const dead = listed.filter((name) => !isStored(name))
  if (dead.length > 0) {
    const message = `names ${quoted(dead)}, which cannot work: \`auth.password.hash\` does not store what they need`
    place.at('sasl_mechanisms').warn('conflict', message)
  }
  return listed.filter(isStored)
}

const things: Readonly<Record<Evidence, string>> = {
  certificate: 'certificates',
  password: 'passwords',
  scram: 'SCRAM proofs',
}

/** What somebody must judge for these mechanisms: `certificates`, `passwords or SCRAM proofs`. */
export function judgedThings(names: readonly MechanismName[]): string {
  return [...new Set(names.map((name) => things[evidenceBy(name)]))].join(' or ')
}

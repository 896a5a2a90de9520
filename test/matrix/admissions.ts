/**
 * `certificate_policy` × the client's certificate × how it tries to log in: what is offered, and what comes of it. Worked
 * out from the words of the option by hand.
 */

import type { ReasonCode } from '../../src/observe/reasons.ts'
import type { CertificatePolicy } from '../../src/sasl/certificate-policy.ts'
import type { CatalogueName } from '../support/pki/catalogue.ts'

/** What a client may present; each bad one is bad in its own way. */
export const presented = {
  none: null,
  good: 'one',
  nameless: 'nameless',
  expired: 'expired',
  stranger: 'unknown-ca',
  'own-ca': 'self-signed',
} as const satisfies Record<string, CatalogueName | null>

/** One of them. */
export type Presented = keyof typeof presented

/** How a client tries: by certificate, or by password. */
export const tries = ['external', 'external-as-bob', 'password', 'wrong-password'] as const

/** One of them. */
export type Try = (typeof tries)[number]

/**
 * What each client gets on its stream header: both mechanisms, the certificate's only, the password's only, or the end
 * of the stream. `optional` goes by `disconnect_on_failure` as well, which the other words leave without effect.
 */
const welcomes = `
                        none    good    nameless  expired  stranger  own-ca
  disable               pass    pass    pass      pass     pass      pass
  enable                pass    cert    cert      end      end       end
  optional              pass    both    both      pass     pass      pass
  optional+disconnect   end     both    both      end      end       end
  mandatory             end     cert    cert      end      end       end`

/** What a client gets on its stream header. */
export type Welcome = 'both' | 'cert' | 'pass' | 'end'

/** Why the certificate of a client is not taken. */
const refusals: Readonly<Partial<Record<Presented, ReasonCode>>> = {
  none: 'certificate-missing',
  expired: 'chain-expired',
  stranger: 'chain-unknown-ca',
  'own-ca': 'chain-self-signed',
}

/** Mechanisms on offer by welcome. */
export const offers: Readonly<Record<Exclude<Welcome, 'end'>, readonly string[]>> = {
  both: ['EXTERNAL', 'PLAIN'],
  cert: ['EXTERNAL'],
  pass: ['PLAIN'],
}

/** One login. */
export interface AdmissionRow {
  readonly policy: CertificatePolicy
  readonly disconnectOnFailure: boolean
  readonly presented: Presented
  readonly welcome: Welcome
  /** Null where the stream ends before. */
  readonly attempt: Try | null
  /** `success`, a SASL failure condition, or `stream:not-authorized`. */
  readonly condition: string
  readonly code: ReasonCode | 'allow'
}

/** The policies with their settings, as lines of the table above. */
export const settings: readonly (readonly [CertificatePolicy, boolean])[] = [
  ['disable', false],
  ['disable', true],
  ['enable', false],
  ['enable', true],
  ['optional', false],
  ['optional', true],
  ['mandatory', false],
  ['mandatory', true],
]

/** All rows of one setting. */
export function admissionRows(policy: CertificatePolicy, disconnectOnFailure: boolean): readonly AdmissionRow[] {
  return (Object.keys(presented) as Presented[]).flatMap((who): readonly AdmissionRow[] => {
    const row = { policy, disconnectOnFailure, presented: who, welcome: welcomeOf(policy, disconnectOnFailure, who) }
    if (row.welcome === 'end') {
      return [{ ...row, attempt: null, condition: 'stream:not-authorized', code: refusalOf(who) }]
    }
    return tries.map((attempt) => ({ ...row, attempt, ...endOf(policy, row.welcome, who, attempt) }))
  })
}

function welcomeOf(policy: CertificatePolicy, disconnectOnFailure: boolean, who: Presented): Welcome {
  const [head = [], ...lines] = welcomes
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  const name = policy === 'optional' && disconnectOnFailure ? 'optional+disconnect' : policy
  const word = lines.find(([first]) => first === name)?.[head.indexOf(who) + 1]
  if (word === 'both' || word === 'cert' || word === 'pass' || word === 'end') return word
  throw new TypeError(`no cell for ${name} and ${who}`)
}

type End = Pick<AdmissionRow, 'condition' | 'code'>

function endOf(policy: CertificatePolicy, welcome: Welcome, who: Presented, attempt: Try): End {
  const isPassword = attempt === 'password' || attempt === 'wrong-password'
  if (isPassword && welcome === 'cert') return { condition: 'invalid-mechanism', code: 'mechanism-unknown' }
  if (attempt === 'password') return { condition: 'success', code: 'allow' }
  if (attempt === 'wrong-password') return { condition: 'not-authorized', code: 'password-wrong' }
  if (policy === 'disable') return { condition: 'invalid-mechanism', code: 'certificate-not-requested' }
  if (welcome === 'pass') return { condition: 'not-authorized', code: refusalOf(who) }
  if (who === 'nameless') return { condition: 'not-authorized', code: 'no-identity' }
  if (attempt === 'external-as-bob') return { condition: 'invalid-authzid', code: 'authzid-mismatch' }
  return { condition: 'success', code: 'allow' }
}

function refusalOf(who: Presented): ReasonCode {
  const code = refusals[who]
  if (code === undefined) throw new TypeError(`nothing is wrong with ${who}`)
  return code
}

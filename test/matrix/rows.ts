/** The product: every row of the matrix with what must come of it. */

import { type EveryDoor, everyDoor } from '../support/every-door.ts'
import {
  alsoNamed,
  alsoOne,
  domain,
  refusalOf,
  refusedChains,
  type Subject,
  selfSignedOnly,
  subjects,
} from './certificates.ts'
import { type MatrixReason, refusalWords } from './outcomes.ts'
import { type AuthzidForm, authzids, authzidText, furtherPolicies, jidOf, type Policy, policies } from './policies.ts'

/** The parts of a row that one server can have only one of. */
export interface Setting {
  readonly policy: Policy
  readonly verifyMode: 'none' | 'peer' | 'selfsigned_peer'
  readonly disconnectOnFailure: boolean
}

/** What a login attempt must come to. */
export type Expectation =
  /** Success, and a resource bound under this JID. */
  | { readonly kind: 'login'; readonly jid: string; readonly via: string }
  /** SASL failure with the reason's condition, the stream staying open; `offered`: whether EXTERNAL was. */
  | { readonly kind: 'failure'; readonly code: MatrixReason; readonly offered: boolean }
  /**
   * TLS finishes; the answer to the stream header is the stream error not-authorized. Where HTTP is below, nothing begins:
   * the answer to the request is 401 or 403.
   */
  | { readonly kind: 'disconnect'; readonly code: MatrixReason }

/** One login to make. */
export interface Row {
  readonly door: EveryDoor
  readonly subject: Subject
  /** How `<auth/>` is filled; null where the connection ends before. */
  readonly form: AuthzidForm | null
  /** The authorization identity as text, where the form carries one. */
  readonly authzid: string | null
  readonly expected: Expectation
}

/** All rows that run against one server. */
export interface Batch {
  readonly setting: Setting
  readonly rows: readonly Row[]
}

const booleans = [true, false] as const

/** The full product of `subjects`, for the two modes that ask for a certificate. */
export function productBatches(verifyMode: 'peer' | 'selfsigned_peer', disconnectOnFailure: boolean): readonly Batch[] {
  return policies.map((policy) => batch({ policy, verifyMode, disconnectOnFailure }, subjects, authzids))
}

/** `none` asks for no certificate, so nothing but the authorization identity can make a difference. */
export function unaskedBatches(): readonly Batch[] {
  const some = subjects.filter(({ certificate }) => ['one', 'expired', 'self-signed', '(none)'].includes(certificate))
  return policies.flatMap((policy) =>
    booleans.map((disconnectOnFailure) => batch({ policy, verifyMode: 'none', disconnectOnFailure }, some, authzids)),
  )
}

/** Names of the rest of the catalogue, once through the forms and policies. */
export function nameBatches(): readonly Batch[] {
  return policies.map((policy) => batch({ policy, verifyMode: 'peer', disconnectOnFailure: true }, alsoNamed, authzids))
}

/** The product by policies that are unusual. */
export function orderBatches(): readonly Batch[] {
  return furtherPolicies.map((policy) =>
    batch({ policy, verifyMode: 'peer', disconnectOnFailure: true }, subjects, authzids),
  )
}

/** Chains of the rest of the catalogue, once through the modes. */
export function chainBatches(verifyMode: 'peer' | 'selfsigned_peer', disconnectOnFailure: boolean): readonly Batch[] {
  const inProduct = new Set(subjects.map(({ certificate }) => certificate))
  const refused = Object.values(refusedChains).flat()
  const chains = [...alsoOne, ...refused, ...selfSignedOnly]
    .filter((certificate) => !inProduct.has(certificate))
    .map((certificate): Subject => ({ certificate, shape: 'one', jid: `alice@${domain}`, host: domain }))
  return policies
    .slice(0, 1)
    .map((policy) => batch({ policy, verifyMode, disconnectOnFailure }, chains, ['absent', 'equal']))
}

/** All of the last three. */
export function furtherBatches(): readonly Batch[] {
  const chains = (['peer', 'selfsigned_peer'] as const).flatMap((verifyMode) =>
    booleans.flatMap((disconnectOnFailure) => chainBatches(verifyMode, disconnectOnFailure)),
  )
  return [...nameBatches(), ...orderBatches(), ...chains]
}

/** A row in one line, for messages. */
export function nameOf({ policy, verifyMode, disconnectOnFailure }: Setting, { door, subject, form }: Row): string {
  return `${policy.name} | ${verifyMode} | disconnect ${disconnectOnFailure} | ${door} | ${subject.certificate} | ${form ?? '-'}`
}

function batch(setting: Setting, certificates: readonly Subject[], forms: readonly AuthzidForm[]): Batch {
  const rows = everyDoor.flatMap((door) => certificates.flatMap((subject) => rowsOf(setting, door, subject, forms)))
  return { setting, rows }
}

function rowsOf(setting: Setting, door: Row['door'], subject: Subject, forms: readonly AuthzidForm[]): readonly Row[] {
  const code = refusalOf(subject.certificate, setting.verifyMode)
  // A listener that asks for no certificate cannot miss one: `disconnect_on_failure` means nothing to it.
  if (code !== null && setting.disconnectOnFailure && setting.verifyMode !== 'none') {
    return [{ door, subject, form: null, authzid: null, expected: { kind: 'disconnect', code } }]
  }
  return forms.map((form) => ({
    door,
    subject,
    form,
    authzid: authzidText(form, subject),
    expected: code === null ? answer(setting.policy, subject, form) : { kind: 'failure', code, offered: false },
  }))
}

function answer(policy: Policy, subject: Subject, form: AuthzidForm): Expectation {
  const cell = policy.answers.get(subject.shape)?.[authzids.indexOf(form)]
  switch (cell) {
    case undefined:
      throw new TypeError(`${policy.name} has no answer for ${subject.shape}`)
    case 'addr':
      return { kind: 'login', jid: jidOf(cell, policy, subject, null), via: 'standard' }
    case 'name':
      return { kind: 'login', jid: jidOf(cell, policy, subject, null), via: 'common_name' }
    case 'rule':
      return { kind: 'login', jid: jidOf(cell, policy, subject, null), via: 'rule:own' }
    case 'says':
      return { kind: 'login', jid: jidOf(cell, policy, subject, authzidText(form, subject)), via: 'auth_id' }
    default:
      return { kind: 'failure', code: refusalWords[cell], offered: true }
  }
}

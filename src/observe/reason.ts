/** What a reason for a refusal is made of. */

/** SASL failure conditions that Signet sends (RFC 6120 §6.5). */
export type SaslCondition =
  | 'aborted'
  | 'account-disabled'
  | 'encryption-required'
  | 'incorrect-encoding'
  | 'invalid-authzid'
  | 'invalid-mechanism'
  | 'malformed-request'
  | 'mechanism-too-weak'
  | 'not-authorized'
  | 'temporary-auth-failure'

/** What a refused client sees: a SASL failure condition, or the one stream error a login can end with (RFC 6120 §4.9.3.9). */
export type WireCondition = SaslCondition | 'invalid-from'

/** One row: the condition the client gets, what it means, and what the operator can do about it. */
export interface Reason {
  readonly condition: WireCondition
  readonly meaning: string
  readonly hint: string
}

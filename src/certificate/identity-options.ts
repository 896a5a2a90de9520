/** Options of the identity rules (`auth.sasl_external*`). */

/** The rules an operator can list, in the order of listing. */
export type IdentityRuleName = 'standard' | 'common_name' | 'auth_id'

/** What is put around a common name to make it a localpart. */
export interface CommonNameOptions {
  readonly prefix: string
  readonly suffix: string
}

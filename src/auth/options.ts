/** Options of authentication (`[auth]`). */

import type { CommonNameOptions, IdentityRuleName } from '../certificate/identity-options.ts'

/** Names of the backends, as in `auth.methods`. */
export type AuthMethod = 'pki'

/** Names of the SASL mechanisms, as in `auth.sasl_mechanisms`. */
export type MechanismName = 'external'

/** Authentication, resolved. */
export interface AuthOptions {
  /** Backends in the order they are asked. */
  readonly methods: readonly AuthMethod[]
  /** Mechanisms in the order they are offered. */
  readonly mechanisms: readonly MechanismName[]
  /** Identity rules in the order they are tried. */
  readonly saslExternal: readonly IdentityRuleName[]
  readonly commonName: CommonNameOptions
}

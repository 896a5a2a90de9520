/** The whole configuration of Signet, composed from the options of its rooms. */

import type { AuthOptions } from './auth/options.ts'
import type { C2sOptions } from './listener/c2s-options.ts'
import type { LocalSessionOptions } from './session/local/options.ts'

/** Levels of `general.loglevel`, MongooseIM's names, from silence to everything. */
export const logLevels = [
  'none',
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'info',
  'debug',
  'all',
] as const

/** One of the log levels. */
export type LogLevel = (typeof logLevels)[number]

/** Options of `[general]`, resolved. */
export interface GeneralOptions {
  /** Domains served, prepared (RFC 7622 §3.2), in the operator's order. */
  readonly hosts: readonly string[]
  /** The domain that speaks when a client named none; one of `hosts`. */
  readonly defaultServerDomain: string
  readonly loglevel: LogLevel
}

/** Everything that Signet can be told, resolved: defaults filled in, paths absolute, domains prepared. */
export interface SignetOptions {
  readonly general: GeneralOptions
  readonly c2s: readonly C2sOptions[]
  readonly auth: AuthOptions
  readonly session: LocalSessionOptions
}

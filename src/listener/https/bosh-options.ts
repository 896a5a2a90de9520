/** Options of XMPP over BOSH: its door (`[[listen.http.handlers.mongoose_bosh_handler]]`) and `[services.service_bosh]`. */

import type { z } from 'zod'
import { flag, integer, section, text } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { legacySessionOption, maxStanzaSizeOption, stateTimeoutOption } from '../listener-options.ts'
import { originsOption, resolveOrigins } from './origin-options.ts'
import { placeShape } from './place-options.ts'

/** What all BOSH doors have in common, resolved. */
export interface BoshServiceOptions {
  /** A session without an open request is ended after so long (XEP-0124 §10). */
  readonly inactivityMs: number
  /** Longest time that a request is held, whatever the client asks for (XEP-0124 §7.1 `wait`). */
  readonly maxWaitMs: number
  /** Whether answers say which requests have come (XEP-0124 §9). */
  readonly serverAcks: boolean
  /** Longest pause a client may ask for (XEP-0124 §12). */
  readonly maxPauseMs: number
}

/** One BOSH door, resolved. */
export interface BoshOptions extends BoshServiceOptions {
  /** Web pages that may come in, beside those of the host that the client asks for. */
  readonly origins: readonly string[]
  /** Where clients are sent instead of getting a session; null where they get one. */
  readonly seeOtherUri: string | null
  readonly maxSessions: number
  /** An IPv6 address counts as its /64. */
  readonly maxSessionsPerAddress: number
  readonly maxStanzaBytes: number
  /** Limit of each step of the negotiation. */
  readonly stateTimeoutMs: number
  /** Offers the session feature of RFC 3921 to old clients. */
  readonly legacySession: boolean
}

/** Where clients of MongooseIM look for it. */
export const boshPath = '/http-bind'

/** `[[listen.http.handlers.mongoose_bosh_handler]]`. */
export const boshSection = section('XMPP over BOSH (XEP-0124, XEP-0206).', {
  ...placeShape(boshPath),
  origins: originsOption,
  see_other_uri: text({
    says: 'Where clients are sent instead of getting a session here (XEP-0124 §17.2).',
    allowed: 'a URI that begins with https://',
    test: (value) => /^https:\/\/[^\s/]/.test(value) && URL.canParse(value),
  }),
  max_sessions: integer({
    says: 'Sessions at one time.',
    min: 1,
    max: 1_000_000,
    byDefault: 10_000,
    unit: 'sessions',
    infinity: true,
  }),
  max_sessions_per_address: integer({
    says: 'Sessions at one time that were begun from one address (IPv6: from one /64).',
    min: 1,
    max: 1_000_000,
    byDefault: 256,
    unit: 'sessions',
    infinity: true,
  }),
  max_stanza_size: maxStanzaSizeOption,
  state_timeout: stateTimeoutOption,
  backwards_compatible_session: legacySessionOption,
})

/** `[services.service_bosh]`. */
export const boshServiceSection = section(
  'BOSH sessions, on whatever port they come in.',
  {
    inactivity: integer({
      says: 'A session is ended when the client has had no request open for so long.',
      min: 5,
      max: 3600,
      byDefault: 30,
      unit: 'seconds',
      infinity: true,
    }),
    max_wait: integer({
      says: 'Longest time that a request is kept waiting for something to say.',
      min: 1,
      max: 600,
      byDefault: 60,
      unit: 'seconds',
      infinity: true,
    }),
    server_acks: flag({ says: 'Tell clients which of their requests have come.', byDefault: false }),
    max_pause: integer({
      says: 'Longest time for which a client may announce its silence.',
      min: 1,
      max: 3600,
      byDefault: 120,
      unit: 'seconds',
    }),
  },
  {
    meaningless: {
      backend:
        'has no meaning in Signet: sessions are kept in memory, by the process that has the port; it can be removed',
    },
    notYet: { host_types: { feature: 'host types' } },
  },
)

const perSecond = 1_000

/** `[services.service_bosh]` with its defaults. */
export function resolveBoshService(values: z.output<typeof boshServiceSection>): BoshServiceOptions {
  return {
    inactivityMs: values.inactivity * perSecond,
    maxWaitMs: values.max_wait * perSecond,
    serverAcks: values.server_acks,
    maxPauseMs: values.max_pause * perSecond,
  }
}

/** `[[listen.http.handlers.mongoose_bosh_handler]]` with its defaults. */
export function resolveBosh(
  values: z.output<typeof boshSection>,
  service: BoshServiceOptions,
  place: Place,
): BoshOptions {
  return {
    ...service,
    origins: resolveOrigins(values.origins, place),
    seeOtherUri: values.see_other_uri ?? null,
    maxSessions: values.max_sessions,
    maxSessionsPerAddress: values.max_sessions_per_address,
    maxStanzaBytes: values.max_stanza_size,
    stateTimeoutMs: values.state_timeout,
    legacySession: values.backwards_compatible_session,
  }
}

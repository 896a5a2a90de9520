/** The BOSH handler in an arena of its own. */

import { type BoshGeneration, createBoshHandler } from '../../src/listener/https/bosh-handler.ts'
import { type BoshTerms, defaultBoshTerms } from '../../src/transport/bosh/terms.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import {
  type HandlerArena,
  type HandlerArenaPlan,
  type HandlerKind,
  openHandlerArena,
} from '../support/handler-arena.ts'

/** What a test wants to be different. */
export type ArenaPlan = HandlerArenaPlan<BoshGeneration>

/** A running server. */
export type Arena = HandlerArena<BoshGeneration>

/** Terms of XEP-0124's own size. */
export const testTerms: BoshTerms = {
  ...defaultBoshTerms,
  maxWaitMs: 60_000,
  inactivityMs: 30_000,
  maxPauseMs: 120_000,
  serverAcks: false,
  xmlLimits: DEFAULT_XML_LIMITS,
}

const kind: HandlerKind<BoshGeneration> = {
  transport: 'bosh',
  path: '/http-bind',
  closeMs: 20,
  generationOf: (policy) => ({
    policy,
    terms: testTerms,
    origins: { origins: [] },
    maxSessions: 10_000,
    maxSessionsPerAddress: 10_000,
  }),
  create: createBoshHandler,
}

/** Opens the server on a free port. */
export function openArena(plan: ArenaPlan): Promise<Arena> {
  return openHandlerArena(kind, plan)
}

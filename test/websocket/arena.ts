/** The WebSocket handler in an arena of its own. */

import { createWebSocketHandler, type WebSocketGeneration } from '../../src/listener/https/websocket-handler.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import {
  type HandlerArena,
  type HandlerArenaPlan,
  type HandlerKind,
  longMs,
  openHandlerArena,
} from '../support/handler-arena.ts'

/** What a test wants to be different. */
export type ArenaPlan = HandlerArenaPlan<WebSocketGeneration>

/** A running server. */
export type Arena = HandlerArena<WebSocketGeneration>

const kind: HandlerKind<WebSocketGeneration> = {
  transport: 'websocket',
  path: '/ws',
  closeMs: 1_000,
  generationOf: (policy) => ({
    policy,
    xmlLimits: DEFAULT_XML_LIMITS,
    origins: { origins: [] },
    heartbeat: { pingMs: longMs, pongMs: longMs, timeoutMs: longMs },
    seeOtherUri: null,
  }),
  create: createWebSocketHandler,
}

/** Opens the server on a free port. */
export function openArena(plan: ArenaPlan): Promise<Arena> {
  return openHandlerArena(kind, plan)
}

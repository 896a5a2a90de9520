/** Options of XMPP over WebSocket (`[[listen.http.handlers.mongoose_websocket_handler]]`, RFC 7395). */

import type { z } from 'zod'
import { integer, optionalInteger, section } from '../../config/declare.ts'
import { legacySessionOption, maxStanzaSizeOption, stateTimeoutOption } from '../listener-options.ts'
import { placeShape } from './place-options.ts'

/** One WebSocket door, resolved. */
export interface WebSocketOptions {
  /** A connection on which nothing has come for so long is closed. */
  readonly timeoutMs: number
  /** How often clients are pinged; null for never. */
  readonly pingMs: number | null
  readonly maxStanzaBytes: number
  /** Limit of each step of the negotiation. */
  readonly stateTimeoutMs: number
  /** Offers the session feature of RFC 3921 to old clients. */
  readonly legacySession: boolean
}

/** Where clients of MongooseIM look for it. */
export const webSocketPath = '/ws-xmpp'

/** `[[listen.http.handlers.mongoose_websocket_handler]]`. */
export const webSocketSection = section('XMPP over WebSocket (RFC 7395).', {
  ...placeShape(webSocketPath),
  timeout: integer({
    says: 'A connection is closed when nothing has come from the client for so long; an answered ping counts.',
    min: 1000,
    max: 86_400_000,
    byDefault: 60_000,
    unit: 'milliseconds',
    infinity: true,
  }),
  ping_rate: optionalInteger({
    says: 'How often clients are pinged (RFC 6455 §5.5.2).',
    min: 1000,
    max: 3_600_000,
    byDefault: 'none are sent',
    unit: 'milliseconds',
  }),
  max_stanza_size: maxStanzaSizeOption,
  state_timeout: stateTimeoutOption,
  backwards_compatible_session: legacySessionOption,
})

/** `[[listen.http.handlers.mongoose_websocket_handler]]` with its defaults. */
export function resolveWebSocket(values: z.output<typeof webSocketSection>): WebSocketOptions {
  return {
    timeoutMs: values.timeout,
    pingMs: values.ping_rate ?? null,
    maxStanzaBytes: values.max_stanza_size,
    stateTimeoutMs: values.state_timeout,
    legacySession: values.backwards_compatible_session,
  }
}

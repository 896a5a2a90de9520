/** Options of XMPP over WebSocket (`[[listen.http.handlers.mongoose_websocket_handler]]`, RFC 7395). */

import type { z } from 'zod'
import { integer, section, text } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { legacySessionOption, maxStanzaSizeOption, stateTimeoutOption } from '../listener-options.ts'
import { originsOption, resolveOrigins } from './origin-options.ts'
import { placeShape } from './place-options.ts'

/** One WebSocket door, resolved. */
export interface WebSocketOptions {
  /** A connection on which nothing has come for so long is closed. */
  readonly timeoutMs: number
  /** How often clients are pinged. */
  readonly pingMs: number
  /** How long anything at all may take to come after a ping. */
  readonly pongMs: number
  /** Web pages that may connect, beside those of the host that the client asks for. */
  readonly origins: readonly string[]
  /** Where clients are sent at shutdown (RFC 7395 §3.6.1); null sends them nowhere. */
  readonly seeOtherUri: string | null
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
  // Off in MongooseIM, where a quiet client is then cut off after `timeout`: browsers do not ping by themselves. Below the
  // minute after which common proxies give a silent connection up.
  ping_rate: integer({
    says: 'How often clients are pinged (RFC 6455 §5.5.2).',
    min: 1000,
    max: 3_600_000,
    byDefault: 45_000,
    unit: 'milliseconds',
  }),
  pong_timeout: integer({
    says: 'A connection is closed when nothing has come from the client for so long after a ping.',
    min: 1000,
    max: 600_000,
    byDefault: 15_000,
    unit: 'milliseconds',
  }),
  origins: originsOption,
  see_other_uri: text({
    says: 'Where clients are told to go when the server shuts down (RFC 7395 §3.6.1).',
    allowed: 'a URI that begins with wss:// or https://',
    test: (value) => /^(?:wss|https):\/\/[^\s/]/.test(value) && URL.canParse(value),
  }),
  max_stanza_size: maxStanzaSizeOption,
  state_timeout: stateTimeoutOption,
  backwards_compatible_session: legacySessionOption,
})

/** `[[listen.http.handlers.mongoose_websocket_handler]]` with its defaults. */
export function resolveWebSocket(values: z.output<typeof webSocketSection>, place: Place): WebSocketOptions {
  if (values.ping_rate >= values.timeout) {
    place.at('ping_rate').warn('conflict', 'is not below `timeout`: quiet clients are cut off before they are pinged')
  }
  return {
    timeoutMs: values.timeout,
    pingMs: values.ping_rate,
    pongMs: values.pong_timeout,
    origins: resolveOrigins(values.origins, place),
    seeOtherUri: values.see_other_uri ?? null,
    maxStanzaBytes: values.max_stanza_size,
    stateTimeoutMs: values.state_timeout,
    legacySession: values.backwards_compatible_session,
  }
}

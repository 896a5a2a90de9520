/** Judging the request that asks for a WebSocket (RFC 6455 §4.2.1, RFC 7395 §3.1). */

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { subprotocol } from '../../transport/websocket-upgrade.ts'
import type { Answer } from './answer.ts'
import { isOriginAllowed, type OriginPolicy } from './origin.ts'

/** RFC 6455 §4.1: sixteen bytes in base64. */
const key = /^[+/0-9A-Za-z]{21}[AQgw]==$/

/** RFC 9110 §15.5.22: what a client would have to ask for. */
const upgradeHeaders = { upgrade: 'websocket', 'sec-websocket-version': '13' } as const

/** The answer to a plain GET, as of somebody who opens the address in a browser. */
export const upgradeAdvice: Answer = Object.freeze({
  status: 426,
  text: 'XMPP over WebSocket is spoken here (RFC 7395): give this address, with wss://, to an XMPP client.',
  headers: { ...upgradeHeaders, connection: 'upgrade' },
})

/** The refusal of a request; null when it may go on. `isSecure` tells whether its connection is known to be under TLS. */
export function judgeUpgrade(
  { method, httpVersion, headers }: Pick<IncomingMessage, 'method' | 'httpVersion' | 'headers'>,
  isSecure: boolean,
  policy: OriginPolicy,
): Answer | null {
  if (method !== 'GET') return refusal(405, 'a WebSocket begins with GET', { allow: 'GET' })
  if (httpVersion !== '1.1') return refusal(400, 'a WebSocket begins with HTTP/1.1')
  if (!tokensOf(headers.upgrade).includes('websocket'))
    return refusal(426, 'this address speaks WebSocket only', upgradeHeaders)
  if (!tokensOf(headers.connection).includes('upgrade')) return refusal(400, 'Connection does not name Upgrade')
  // RFC 6455 §4.4: a client of another version hears which one is spoken.
  if (headers['sec-websocket-version'] !== '13') return refusal(426, 'WebSocket version other than 13', upgradeHeaders)
  if (!key.test(headers['sec-websocket-key'] ?? '')) return refusal(400, 'Sec-WebSocket-Key is missing or malformed')
  if (!isOriginAllowed({ origin: headers.origin, host: headers.host, isSecure }, policy)) {
    return refusal(403, 'pages of this origin may not connect')
  }
  // Without it the client would have to close the connection anyway, with nobody the wiser.
  if (!(headers['sec-websocket-protocol'] ?? '').split(',').some((name) => name.trim() === subprotocol)) {
    return refusal(400, `Sec-WebSocket-Protocol does not name ${subprotocol} (RFC 7395)`)
  }
  return null
}

function refusal(status: number, text: string, headers: OutgoingHttpHeaders = {}): Answer {
  return { status, text, headers }
}

function tokensOf(header: string | undefined): string[] {
  return (header ?? '').split(',').map((token) => token.trim().toLowerCase())
}

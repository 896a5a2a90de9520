/** The HTTP handler that carries XMPP over WebSocket (RFC 7395): judges the upgrade, then runs one stream a connection. */

import { Socket } from 'node:net'
import type { StreamFeature } from '../../stream/feature.ts'
import { sasl } from '../../stream/features/sasl.ts'
import type { StreamPolicy } from '../../stream/policy.ts'
import { runStream } from '../../stream/run-stream.ts'
import { type WebSocketTerms, WebSocketTransport } from '../../transport/websocket.ts'
import type { HeartbeatTerms } from '../../transport/websocket-heartbeat.ts'
import { createUpgrader, type FramedSocket } from '../../transport/websocket-upgrade.ts'
import type { XmlLimits } from '../../xml/limits.ts'
import { type Answer, answer, answerRaw } from './answer.ts'
import type { HttpHandler, Visit } from './handler.ts'
import type { OriginPolicy } from './origin.ts'
import { judgeUpgrade, upgradeAdvice } from './websocket-request.ts'

/** What one configuration generation gives the handler. Connections keep the generation they came in with. */
export interface WebSocketGeneration {
  readonly policy: StreamPolicy
  /** Limits of a stream once its user has logged in. */
  readonly xmlLimits: XmlLimits
  readonly origins: OriginPolicy
  readonly heartbeat: HeartbeatTerms
  /** Where clients are sent at shutdown (RFC 7395 §3.6.1); null sends them nowhere. */
  readonly seeOtherUri: string | null
}

/** How long a closing connection may take to say goodbye, milliseconds. */
const lingerMs = 2_000

/** TLS is below, so the stream itself has SASL to offer and nothing else. */
const features: readonly StreamFeature[] = [sasl]

/** Longest origin in a log entry, characters. */
const maxLoggedOrigin = 200

/** A handler that asks `generation` anew for every connection. */
export function createWebSocketHandler(generation: () => WebSocketGeneration): HttpHandler {
  const open = new Map<WebSocketTransport, Promise<void>>()
  let upgrader: { readonly maxBytes: number; readonly upgrade: ReturnType<typeof createUpgrader> } | null = null
  let isClosing = false

  const upgraderFor = (maxBytes: number) => {
    if (upgrader?.maxBytes !== maxBytes) upgrader = { maxBytes, upgrade: createUpgrader(maxBytes) }
    return upgrader.upgrade
  }
  const carry = (frames: FramedSocket, socket: Socket, { channel }: Visit, now: WebSocketGeneration) => {
    const transport = new WebSocketTransport(frames, socket, channel, termsOf(now))
    open.set(
      transport,
      runStream(transport, features, now.policy).finally(() => open.delete(transport)),
    )
    if (isClosing) void transport.close({ condition: 'system-shutdown' })
  }

  return {
    methods: ['GET'],
    handle: (_visit, response) => answer(response, upgradeAdvice),
    upgrade: (visit, duplex, head) => {
      const now = generation()
      const { request, channel } = visit
      duplex.on('error', ignoreError)
      const refusal = judgeUpgrade(request, channel.tls !== null, now.origins)
      if (refusal !== null) {
        logRefusal(refusal, visit, now.policy)
        return answerRaw(duplex, refusal, lingerMs)
      }
      if (!(duplex instanceof Socket)) throw new TypeError('a connection that is no socket')
      const upgrade = upgraderFor(now.xmlLimits.maxStanzaBytes)
      upgrade(request, duplex, head, (frames) => carry(frames, duplex, visit, now))
    },
    close: async (limitMs) => {
      isClosing = true
      const force = setTimeout(() => {
        for (const transport of open.keys()) transport.destroy()
      }, limitMs)
      for (const transport of open.keys()) void transport.close({ condition: 'system-shutdown' })
      await Promise.all(open.values())
      clearTimeout(force)
    },
  }
}

function termsOf({ policy, xmlLimits, heartbeat, seeOtherUri }: WebSocketGeneration): WebSocketTerms {
  return { xmlLimits, defaultHost: policy.defaultHost, heartbeat, seeOtherUri, lingerMs }
}

function logRefusal({ status, text: why }: Answer, { request, channel }: Visit, { listener, log }: StreamPolicy): void {
  const { origin } = request.headers
  const from = origin === undefined ? {} : { origin: origin.slice(0, maxLoggedOrigin) }
  const hint = status === 403 ? { hint: 'list the page in `origins` of the WebSocket handler if it is yours' } : {}
  log.warn('websocket_refused', { listener, remote: channel.remote, status, why, ...from, ...hint })
}

/** An error is always followed by 'close', which is what counts. */
function ignoreError(): void {}

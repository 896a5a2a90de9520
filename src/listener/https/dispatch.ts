/** Between HTTP and the handlers: each request is judged once, answered here if it comes to nothing, else handed on. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Channel } from '../../certificate/channel.ts'
import type { Log } from '../../observe/log.ts'
import type { ThinnedLog } from '../thinned-log.ts'
import { type Answer, answer } from './answer.ts'
import type { HttpEvents } from './http-server.ts'
import { hasBody, type Judged, judgeRequest, type RequestTerms, refuseLogin } from './judge-request.ts'

/** What requests are judged and handed on with; asked anew for each of them. */
export interface DispatchParts {
  readonly listener: string
  /** What the handshake of a connection established. */
  readonly channelOf: (socket: Duplex) => Channel | undefined
  readonly terms: () => RequestTerms
  /** Value of the field `Server`; null leaves it out. */
  readonly serverName: () => string | null
  readonly isClosing: () => boolean
  /** No further request is taken from the connection. */
  readonly last: (socket: Duplex) => void
  /** How long a body that nobody wants is read, milliseconds. */
  readonly lingerMs: number
  readonly refusals: ThinnedLog
  readonly log: Log
}

/** The events of an HTTP server, dispatched. */
export function createDispatch(parts: DispatchParts): HttpEvents {
  const { listener, log, refusals } = parts
  // An upgrade is judged before Node knows that it is one, and must not be judged differently afterwards.
  const judged = new WeakMap<IncomingMessage, Judged>()
  const judge = (request: IncomingMessage): Judged => {
    const known = judged.get(request)
    if (known !== undefined) return known
    const channel = parts.channelOf(request.socket)
    // Node hands out requests of sockets that it was given, and each of those has a channel.
    if (channel === undefined) throw new TypeError('a request of an unknown connection')
    const fresh = judgeRequest(request, channel, parts.terms())
    judged.set(request, fresh)
    return fresh
  }
  const remoteOf = (socket: Duplex) => parts.channelOf(socket)?.remote ?? ''
  // A fault of ours ends the connection, not the process: these are called by events, behind which nobody catches.
  const report = (socket: Duplex, cause: unknown) =>
    log.error('signet_fault', { listener, remote: remoteOf(socket), cause })
  const send = (request: IncomingMessage, response: ServerResponse, reply: Answer) => {
    if (reply.close !== true) return answer(response, reply)
    parts.last(request.socket)
    if (!hasBody(request)) return answer(response, reply)
    afterBody(request, parts.lingerMs, () => {
      try {
        answer(response, reply)
      } catch (cause) {
        report(request.socket, cause)
        request.socket.destroy()
      }
    })
  }
  const mayUpgrade = (request: IncomingMessage): boolean => {
    const found = judge(request)
    if (parts.isClosing() || found.kind !== 'serve') return false
    return found.mounted.handler.upgrade !== undefined && !found.isRefused
  }
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const found = judge(request)
    if (found.kind === 'serve') found.mounted.handler.upgrade?.(found.visit, socket, head)
    else socket.destroy()
  }
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const name = parts.serverName()
    if (name !== null) response.setHeader('server', name)
    // Sessions over many connections hear of the end by the answer to their next request; it is the last one here.
    if (parts.isClosing()) response.shouldKeepAlive = false
    const found = judge(request)
    if (found.kind === 'answer') {
      const { status, text: why, close } = found.answer
      if (close === true) refusals.say(why, { remote: remoteOf(request.socket), status, why, ...found.fields })
      return send(request, response, found.answer)
    }
    const refused = found.isRefused ? refuseLogin(found.visit, found.mounted) : null
    if (refused !== null) {
      const more = found.mounted.handler.answerHeaders?.(found.visit)
      return send(request, response, { ...refused, headers: { ...more, ...refused.headers } })
    }
    if (parts.isClosing() && found.mounted.handler.upgrade !== undefined) return send(request, response, goingDown)
    found.mounted.handler.handle(found.visit, response)
  }
  return {
    mayUpgrade: (request) => {
      try {
        return mayUpgrade(request)
      } catch {
        // The same fault meets it again as a request.
        return false
      }
    },
    onUpgrade: (request, socket, head) => {
      try {
        upgrade(request, socket, head)
      } catch (cause) {
        report(socket, cause)
        socket.destroy()
      }
    },
    onRequest: (request, response) => {
      try {
        serve(request, response)
      } catch (cause) {
        report(request.socket, cause)
        send(request, response, { status: 500, text: 'internal error', close: true })
      }
    },
    onRefused: (socket, why) => refusals.say(why, { remote: remoteOf(socket), why }),
  }
}

/** Closing over bytes that are still coming would reset the connection, and the answer with it: they are read first. */
function afterBody(request: IncomingMessage, limitMs: number, then: () => void): void {
  const done = () => {
    clearTimeout(timer)
    request.off('end', done).off('close', done)
    then()
  }
  const timer = setTimeout(done, limitMs)
  // Behind the last byte, or with a connection that goes before.
  request.once('end', done).once('close', done).resume()
}

const goingDown: Answer = { status: 503, text: 'the server is going down', close: true }

/**
 * HTTP/1.1 on connections that come from elsewhere. A server of Node's that does not listen by itself looks at no clock
 * until it is told that it listens, and some of its limits only drop what is too much without a word: here they hold.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Answer, answerRaw } from './answer.ts'
import type { HttpLimits } from './limits.ts'

/** Who gets the requests. */
export interface HttpEvents {
  onRequest(request: IncomingMessage, response: ServerResponse): void
  /** Whether the connection of this request may become something else (RFC 9110 §7.8); else it is a request like any other. */
  mayUpgrade(request: IncomingMessage): boolean
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** A connection was ended for what came on it. */
  onRefused(socket: Duplex, why: string): void
}

/** HTTP for connections that somebody else accepts. */
export interface HttpServer {
  /** Owns the connection from here on. */
  serve(socket: Duplex): void
  /** Takes no further request from this connection: the answer under way is its last. */
  last(socket: Duplex): void
  /** Connections that are not upgraded: idle ones end now, others behind the answer that is under way. */
  shut(): void
  close(): void
}

/** Requests of one connection that are not answered yet. */
interface Traffic {
  readonly waiting: Set<ServerResponse>
  /** The latest request, if its answer went out before its body had come; else null. */
  half: IncomingMessage | null
  /** Requests that came behind the last one that is taken from the connection. */
  dropped: number
  isEnding: boolean
}

/** HTTP within limits. */
export function createHttpServer(limits: HttpLimits, events: HttpEvents): HttpServer {
  const traffic = new Map<Duplex, Traffic>()
  let isShut = false
  const server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: false,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    keepAliveTimeoutBuffer: 0,
    connectionsCheckingInterval: limits.checkEveryMs,
    shouldUpgradeCallback: (request) => traffic.get(request.socket)?.waiting.size === 0 && events.mayUpgrade(request),
  })
  // Node would drop further fields silently, and nobody could tell what was in them.
  server.maxHeadersCount = 0
  server.maxRequestsPerSocket = limits.maxRequests
  // A long wait for an answer is not idleness: BOSH lives on it.
  server.timeout = 0

  const end = (socket: Duplex, answer: Answer | null) => {
    const known = traffic.get(socket)
    if (known === undefined || known.isEnding) return
    known.isEnding = true
    events.onRefused(socket, answer?.text ?? 'too many requests under way')
    const [one, ...more] = known.waiting
    // Behind an answer that has begun, or before answers that are due, no other can be written. Nor behind one that is
    // out while its request still comes: a proxy would take a second answer for that of its next client.
    const isAnswered = one?.headersSent === true || known.half?.complete === false
    const canSpeak = answer !== null && more.length === 0 && !isAnswered && socket.writable
    if (canSpeak) answerRaw(socket, answer, limits.lingerMs)
    else socket.destroy()
  }

  // The last answer may have to wait for others, and Node remembers each request behind it.
  const drop = (known: Traffic, socket: Duplex) => {
    known.dropped += 1
    if (known.waiting.size + known.dropped > limits.maxInFlight) socket.destroy()
  }
  const take = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const known = traffic.get(socket)
    if (known === undefined) return
    if (known.isEnding) return drop(known, socket)
    known.waiting.add(response)
    known.half = null
    response.once('close', () => {
      known.waiting.delete(response)
      if (!request.complete) known.half = request
      if (isShut && known.waiting.size === 0) socket.end()
    })
    if (known.waiting.size > limits.maxInFlight) return end(socket, null)
    limitTaking(response, limits.takeMs)
    if (request.rawHeaders.length / 2 > limits.maxHeaders) return end(socket, tooManyFields)
    limitBody(request, limits.maxBodyBytes, (answer) => end(socket, answer))
    events.onRequest(request, response)
  }
  server.on('request', take)
  // RFC 9110 §10.1.1: what is expected beyond 100-continue may be passed over. Node would answer by itself, past all limits.
  server.on('checkExpectation', take)
  server.on('dropRequest', (_request: IncomingMessage, socket: Duplex) => {
    const known = traffic.get(socket)
    if (known !== undefined) drop(known, socket)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    traffic.delete(socket)
    events.onUpgrade(request, socket, head)
  })
  server.on('clientError', (fault: NodeJS.ErrnoException, socket: Duplex) => {
    const answer = answerTo(fault)
    if (answer === null) socket.destroy()
    else end(socket, answer)
  })
  // The clocks begin with this, see above.
  server.emit('listening')

  return {
    serve: (socket) => {
      traffic.set(socket, { waiting: new Set(), half: null, dropped: 0, isEnding: false })
      socket.once('close', () => traffic.delete(socket))
      server.emit('connection', socket)
    },
    last: (socket) => {
      const known = traffic.get(socket)
      if (known !== undefined) known.isEnding = true
    },
    // Node counts a connection that has not asked for anything yet as busy.
    shut: () => {
      isShut = true
      for (const [socket, { waiting }] of traffic) if (waiting.size === 0) socket.end()
    },
    // It never listened, so that there is nothing to wait for; the clocks stop.
    close: () => void server.close(),
  }
}

/** Who does not take a complete answer is cut off. */
function limitTaking(response: ServerResponse, takeMs: number): void {
  response.once('prefinish', () => {
    const timer = setTimeout(() => response.destroy(), takeMs)
    const stop = () => clearTimeout(timer)
    response.once('finish', stop).once('close', stop)
  })
}

/** A body in chunks does not say how long it will be: what comes is counted, whether the handler reads it or not. */
function limitBody(request: IncomingMessage, maxBytes: number, refuse: (answer: Answer) => void): void {
  if (request.headers['transfer-encoding'] === undefined) return
  const push = request.push.bind(request)
  let bytes = 0
  request.push = (chunk: Buffer | null, encoding) => {
    bytes += chunk?.length ?? 0
    if (bytes <= maxBytes) return push(chunk, encoding)
    refuse({ status: 413, text: `the body is longer than ${maxBytes} bytes` })
    return false
  }
}

const tooManyFields: Answer = { status: 431, text: 'too many header fields' }

/** What a client hears of its fault; null when it is gone, or never spoke HTTP. */
function answerTo({ code }: NodeJS.ErrnoException): Answer | null {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, text: 'the header is too long' }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, text: 'the chunk extensions are too long' }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, text: 'the request took too long' }
    default:
      return code?.startsWith('HPE_') === true ? { status: 400, text: 'this is not HTTP/1.1' } : null
  }
}

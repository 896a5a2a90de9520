/** The HTTP handler that carries XMPP over BOSH (XEP-0124, XEP-0206): whose request it is, and which session's. */

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { reasons } from '../../observe/reasons.ts'
import type { StreamFeature } from '../../stream/feature.ts'
import { sasl } from '../../stream/features/sasl.ts'
import type { StreamPolicy } from '../../stream/policy.ts'
import { runStream } from '../../stream/run-stream.ts'
import { terminalAnswer } from '../../transport/bosh/answer.ts'
import { type BodyFault, type BoshBody, envelopeBytes, parseBody } from '../../transport/bosh/body.ts'
import { systemClock } from '../../transport/bosh/clock.ts'
import { type BoshTerms, defaultBoshTerms, type SessionEnd } from '../../transport/bosh/terms.ts'
import { BoshTransport, type CreationBody } from '../../transport/bosh/transport.ts'
import { escapeText } from '../../xml/escape.ts'
import { STRANGER_XML_LIMITS, type XmlLimits, xmlLimitsFor } from '../../xml/limits.ts'
import { NS } from '../../xml/namespaces.ts'
import type { BoshOptions } from './bosh-options.ts'
import { strangerReason } from './bosh-peer.ts'
import { createConnectionWatch, HttpReply } from './bosh-reply.ts'
import { type ReadFault, readRequest } from './bosh-request.ts'
import { createBoshTable } from './bosh-table.ts'
import type { HttpHandler, Visit } from './handler.ts'
import { anyOrigin, isOriginAllowed, type OriginPolicy } from './origin.ts'

/** What one configuration generation gives the handler. Sessions keep the generation they came in with. */
export interface BoshGeneration {
  readonly policy: StreamPolicy
  readonly terms: BoshTerms
  readonly origins: OriginPolicy
  readonly maxSessions: number
  /** An IPv6 address counts as its /64. */
  readonly maxSessionsPerAddress: number
}

/** The terms of sessions by the options of a door. */
export function boshTermsOf(options: BoshOptions): BoshTerms {
  const { inactivityMs, maxWaitMs, maxPauseMs, serverAcks, seeOtherUri, maxStanzaBytes } = options
  return {
    ...defaultBoshTerms,
    ...{ inactivityMs, maxWaitMs, maxPauseMs, serverAcks, seeOtherUri },
    xmlLimits: xmlLimitsFor(maxStanzaBytes),
  }
}

/** For one request's body, milliseconds. */
const readMs = 20_000
/** Bodies that are being read, all together. */
const maxReadingBytes = 67_108_864
/** Where the identifier of a session is looked for before the whole body is there. */
const sniffedBytes = 4_096
/** For how long browsers may remember an answer to their question ahead, seconds. */
const preflightS = 600

/** TLS is below, so the stream itself has SASL to offer and nothing else. */
const features: readonly StreamFeature[] = [sasl]

/** A handler that asks `generation` anew for every request. Its sessions live as long as it does, whatever connections they use. */
export function createBoshHandler(generation: () => BoshGeneration): HttpHandler {
  return new BoshDoor(generation)
}

class BoshDoor implements HttpHandler {
  readonly methods = ['POST', 'GET', 'HEAD', 'OPTIONS']
  readonly #generation: () => BoshGeneration
  readonly #table = createBoshTable()
  readonly #connections = createConnectionWatch()
  readonly #budget = { used: 0, maxBytes: maxReadingBytes }
  readonly #running = new Set<Promise<void>>()
  #isClosing = false

  constructor(generation: () => BoshGeneration) {
    this.#generation = generation
  }

  handle(visit: Visit, response: ServerResponse): void {
    const { request } = visit
    const now = this.#generation()
    const mayCome = isWelcome(visit, now.origins)
    const cors = mayCome ? corsHeaders(request, now.origins) : {}
    const reply = new HttpReply(response, cors)
    this.#connections.watch(request.socket, reply, response)
    if (!mayCome) {
      const hint = 'list the page in `origins` of the BOSH handler if it is yours'
      report(now.policy, visit, { status: 403, why: 'pages of this origin may not connect', hint })
      reply.say(403, 'pages of this origin may not connect', request.method === 'POST')
    } else if (request.method === 'OPTIONS') {
      response.writeHead(204, { ...preflightHeaders, ...cors }).end()
    } else if (request.method === 'POST') {
      this.#post(visit, reply, now).catch((cause) => {
        const { log, listener } = now.policy
        log.error('signet_fault', { listener, remote: visit.channel.remote, cause })
        reply.say(500, 'internal error', true)
      })
    } else {
      reply.say(200, 'XMPP over BOSH is spoken here (XEP-0124): give this address to an XMPP client.')
    }
  }

  answerHeaders(visit: Visit): OutgoingHttpHeaders {
    const { origins } = this.#generation()
    return isWelcome(visit, origins) ? corsHeaders(visit.request, origins) : {}
  }

  async close(limitMs: number): Promise<void> {
    this.#isClosing = true
    const abort = () => {
      for (const session of this.#table.all) session.abort()
    }
    const force = setTimeout(abort, limitMs)
    for (const session of this.#table.all) void session.close({ condition: 'system-shutdown' })
    await Promise.all(this.#running)
    clearTimeout(force)
    abort()
  }

  async #post(visit: Visit, reply: HttpReply, now: BoshGeneration): Promise<void> {
    const { request } = visit
    const coding = request.headers['content-encoding']
    if (coding !== undefined && coding.toLowerCase() !== 'identity') return reply.say(415, 'no encodings here', true)
    const read = await readRequest(request, {
      maxBytes: STRANGER_XML_LIMITS.maxStanzaBytes + envelopeBytes,
      more: (head) => this.#limitsOf(head, visit).maxStanzaBytes + envelopeBytes,
      readMs,
      budget: this.#budget,
    })
    if (!read.ok) return this.#refuseReading(read.error, visit, reply, now)
    const body = parseBody(read.value, this.#limitsOf(read.value, visit))
    if (!body.ok) return this.#refuse(body.error, visit, reply, now)
    if (body.value.creation === null) this.#continue(body.value, visit, reply, now)
    else this.#create({ ...body.value, creation: body.value.creation }, visit, reply, now)
  }

  /** What may come with the session that a body seems to name: much only for whom has logged in, by whom it belongs to. */
  #limitsOf(head: Buffer, { channel }: Visit): XmlLimits {
    const [, single, double] = sidForm.exec(head.toString('latin1', 0, sniffedBytes)) ?? []
    const session = this.#table.find(single ?? double ?? '')
    return session === null || strangerReason(session.channel, channel) !== null ? STRANGER_XML_LIMITS : session.limits
  }

  #continue(body: BoshBody, visit: Visit, reply: HttpReply, now: BoshGeneration) {
    const session = this.#table.find(body.sid ?? '')
    if (session === null) return reply.send(terminalAnswer('item-not-found'))
    const reason = strangerReason(session.channel, visit.channel)
    if (reason !== null) {
      // XEP-0124 §19.1: the connection is closed, and the session lives on.
      report(now.policy, visit, { status: 403, code: reason, why: reasons[reason].meaning, hint: reasons[reason].hint })
      return reply.say(403, reasons[reason].meaning, true)
    }
    tellOfLoss(session, reply)
    session.receive(body, reply)
    // The connection may have gone while the body was read.
    if (reply.isBroken) session.lost(reply)
  }

  #create(body: CreationBody, visit: Visit, reply: HttpReply, now: BoshGeneration) {
    const legacy = body.creation.ver === null
    const { contentType } = body.creation
    const { policy, terms } = now
    if (this.#isClosing) return reply.send(terminalAnswer('system-shutdown', { contentType, legacy }))
    if (terms.seeOtherUri !== null) {
      const payload = `<uri>${escapeText(terms.seeOtherUri)}</uri>`
      return reply.send(terminalAnswer('see-other-uri', { contentType, legacy, payload }))
    }
    if (this.#table.isFull(visit.channel, now)) {
      report(policy, visit, { status: 200, why: 'too many sessions' })
      const payload = `<resource-constraint xmlns='${NS.streamErrors}'/>`
      return reply.send(terminalAnswer('undefined-condition', { contentType, legacy, payload }))
    }
    // Nothing can be bound to one connection of a session that uses many.
    const { bindings: _, ...below } = visit.channel
    const channel = Object.freeze(below)
    const session: BoshTransport = new BoshTransport(channel, body, reply, {
      terms,
      clock: systemClock,
      onEnd: (end) => {
        this.#table.remove(session)
        policy.log.debug('bosh_session_closed', { listener: policy.listener, remote: channel.remote, ...wordsOf(end) })
      },
    })
    this.#table.add(session)
    tellOfLoss(session, reply)
    policy.log.debug('bosh_session_opened', { listener: policy.listener, remote: channel.remote })
    const running = runStream(session, features, policy).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  #refuse({ condition, why }: BodyFault, visit: Visit, reply: HttpReply, { policy }: BoshGeneration) {
    report(policy, visit, { status: 200, condition, why })
    reply.send(terminalAnswer(condition))
  }

  #refuseReading(fault: ReadFault, visit: Visit, reply: HttpReply, { policy }: BoshGeneration) {
    if (fault === 'gone') return
    report(policy, visit, { status: readStatus[fault], why: `request body: ${fault}` })
    if (fault === 'too-large') reply.sendAndClose(terminalAnswer('policy-violation'))
    else reply.say(readStatus[fault], fault === 'too-slow' ? 'the body came too slowly' : 'too busy', true)
  }
}

function tellOfLoss(session: BoshTransport, reply: HttpReply): void {
  // With a name: V8 takes a function that is written behind `x.y =` for one that stays, and keeps all it refers to until a whole collection.
  const lost = () => session.lost(reply)
  reply.onLost = lost
}

const readStatus = { 'too-large': 200, 'too-slow': 408, 'no-room': 503 } as const

const sidForm = /\ssid\s*=\s*(?:'([\w-]{1,64})'|"([\w-]{1,64})")/

/** Browsers ask ahead before they send XML from a page of another origin (Fetch §4.8). */
const preflightHeaders: OutgoingHttpHeaders = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'Content-Type',
  'access-control-max-age': String(preflightS),
  'content-length': '0',
}

function isWelcome({ request: { headers }, channel }: Visit, origins: OriginPolicy): boolean {
  return isOriginAllowed({ origin: headers.origin, host: headers.host, isSecure: channel.tls !== null }, origins)
}

/** What lets a page read the answer. Where every page may come in, no certificate goes along. */
function corsHeaders({ headers: { origin } }: IncomingMessage, { origins }: OriginPolicy): OutgoingHttpHeaders {
  if (origin === undefined) return {}
  if (origins.includes(anyOrigin)) return { 'access-control-allow-origin': '*' }
  return { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', vary: 'Origin' }
}

function report({ log, listener }: StreamPolicy, { channel }: Visit, fields: Readonly<Record<string, unknown>>): void {
  log.info('bosh_request_refused', { listener, remote: channel.remote, ...fields })
}

function wordsOf(end: SessionEnd): Readonly<Record<string, unknown>> {
  switch (end.kind) {
    case 'terminated':
    case 'expired':
      return { end: end.kind }
    case 'violated':
      return { end: end.kind, condition: end.condition, why: end.why }
    case 'closed':
      return { end: end.kind, condition: end.condition }
  }
}

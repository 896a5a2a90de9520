/** What is to become of a request before any handler sees it. */

import type { IncomingMessage } from 'node:http'
import { domainToASCII } from 'node:url'
import type { Channel } from '../../certificate/channel.ts'
import type { LogFields } from '../../observe/log.ts'
import { reasons } from '../../observe/reasons.ts'
import { ok } from '../../result.ts'
import { type CertificateRefusal, isRefusedEverywhere, refuseCertificate } from '../../stream/refuse-certificate.ts'
import type { ChannelOf } from '../proxy/forwarding.ts'
import type { Answer } from './answer.ts'
import type { Visit } from './handler.ts'
import type { Mounted } from './mount.ts'
import { findRoute } from './routes.ts'
import { readTarget, valuesOf } from './target.ts'

/** What becomes of it. */
export type Judged =
  | {
      readonly kind: 'answer'
      readonly answer: Answer
      /** What else the log should know. */
      readonly fields?: LogFields
    }
  | {
      readonly kind: 'serve'
      readonly mounted: Mounted
      readonly visit: Visit
      /** Whether nobody could log in by this request, for want of an acceptable certificate. Records nothing. */
      readonly isRefused: boolean
    }

/** What requests are judged by. */
export interface RequestTerms {
  readonly all: readonly Mounted[]
  /** Reads what trusted proxies say of a request's client; null where nobody is trusted with it. */
  readonly forwarding: ChannelOf | null
  readonly maxBodyBytes: number
}

/** Judges a request; `connection` is what is known of its connection. */
export function judgeRequest(
  request: IncomingMessage,
  connection: Channel,
  { all, forwarding, maxBodyBytes }: RequestTerms,
): Judged {
  const target = readTarget(request)
  if (!target.ok) return refuse({ status: 400, text: target.error, close: true })
  const read = forwarding === null ? ok(connection) : forwarding(request, connection)
  if (!read.ok) {
    const { status, why, code } = read.error
    return { kind: 'answer', answer: { status, text: why, close: true }, fields: { code, hint: reasons[code].hint } }
  }
  const mounted = findRoute(all, target.value)
  if (mounted === null) return refuse({ status: 404, text: 'nothing here' })
  const { handler, mount } = mounted
  const method = request.method ?? ''
  if (!handler.methods.includes(method)) {
    const allow = handler.methods.join(', ')
    return refuse({ status: 405, text: `${method} is not answered here`, headers: { allow } })
  }
  const fault = bodyFault(request, maxBodyBytes)
  if (fault !== null) return refuse(fault)
  const visit = { request, ...target.value, channel: Object.freeze({ ...read.value, transport: mount.transport }) }
  // CORS asks ahead without any credentials, certificates included, and logs nobody in (Fetch §4.8).
  const isRefused = mount.login !== null && method !== 'OPTIONS' && isRefusedEverywhere(visit.channel, mount.login)
  return { kind: 'serve', mounted, visit, isRefused }
}

/** The answer to a request without an acceptable certificate, with its one decision record. */
export function refuseLogin({ host, channel }: Visit, { mount }: Mounted): Answer | null {
  const { login } = mount
  if (login === null) return null
  const domain = login.hosts.has(host) ? host : login.defaultHost
  const refused = refuseCertificate({ channel, domain, from: null }, login)
  return refused === null ? null : answerOf(refused, channel, domain)
}

/** RFC 9110 §15.5.2, §15.5.4: 401 may be mended by showing a certificate, 403 only by showing another one. */
function answerOf({ text }: CertificateRefusal, { peer }: Channel, domain: string): Answer {
  if (peer.kind !== 'none') return { status: 403, text, close: true }
  // A 401 must name a scheme; none is registered for certificates, and browsers pass over unknown ones without a dialog.
  // The realm is ASCII, as fields of HTTP are (RFC 9110 §5.5): Node refuses to write most of the rest.
  const challenge = `TLS-Client-Certificate realm="${domainToASCII(domain)}"`
  return { status: 401, text, headers: { 'www-authenticate': challenge }, close: true }
}

/** Whether there is a body behind the header (RFC 9112 §6). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined
}

function bodyFault(request: IncomingMessage, maxBodyBytes: number): Answer | null {
  const { headers, method } = request
  const length = Number(headers['content-length'] ?? 0)
  if (length > maxBodyBytes) return { status: 413, text: `the body is longer than ${maxBodyBytes} bytes`, close: true }
  // RFC 9110 §9.3.1: a body of GET has no meaning, and may be part of an attack on whoever is in between.
  if (hasBody(request) && (method === 'GET' || method === 'HEAD' || method === 'OPTIONS')) {
    return { status: 400, text: `${method} takes no body`, close: true }
  }
  if (valuesOf(request, 'transfer-encoding').length > 1) {
    return { status: 400, text: 'more than one Transfer-Encoding', close: true }
  }
  return null
}

function refuse(answer: Answer): Judged {
  return { kind: 'answer', answer }
}

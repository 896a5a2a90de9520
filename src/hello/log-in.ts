/** A small XMPP client that logs in by certificate and says what it sees: STARTTLS or direct TLS, EXTERNAL, bind. */

import { performance } from 'node:perf_hooks'
import type { Element } from 'ltx'
import { fail, ok, type Result } from '../result.ts'
import { attributeOf, childElementsOf, childOf, isElement, textOf } from '../xml/element.ts'
import { NS } from '../xml/namespaces.ts'
import { formatStreamHeader } from '../xml/stream-header.ts'
import { type ClientIdentity, openWire, type Wire } from './wire.ts'

/** Where to log in, and as whom. */
export interface Hello {
  readonly host: string
  readonly port: number
  readonly tls: 'starttls' | 'direct'
  readonly domain: string
  readonly identity: ClientIdentity
}

/** Something that went well on the way. */
export type HelloStep =
  | { readonly kind: 'connected' }
  | { readonly kind: 'secured'; readonly protocol: string; readonly cipher: string }
  | { readonly kind: 'offered'; readonly mechanisms: readonly string[] }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'bound'; readonly jid: string; readonly tookMs: number }

/** Why there was no login. */
export type HelloFault =
  /** Nothing answers at that port. */
  | { readonly kind: 'unreachable'; readonly code: string }
  /** What listens there has a certificate that the CA does not vouch for. */
  | { readonly kind: 'stranger'; readonly why: string }
  /** The server refused the login, with a SASL failure or a stream error. */
  | { readonly kind: 'refused'; readonly condition: string; readonly text: string }
  /** Anything else, in words. */
  | { readonly kind: 'broken'; readonly why: string }

/** How long the whole login may take. */
const loginMs = 10_000
const resource = 'hello'

/** Codes that Node's TLS client has for a server certificate it does not believe; alerts from the server begin with ERR_SSL. */
const strangerCodes = /^(?!ERR_SSL).*(?:CERT|ISSUER|LEAF_SIGNATURE)/

class Stopped extends Error {
  readonly fault: HelloFault

  constructor(fault: HelloFault) {
    super(fault.kind)
    this.fault = fault
  }
}

/** Logs in and out again, telling of each step. Never rejects; at the end the connection is closed. */
export async function logIn(hello: Hello, tell: (step: HelloStep) => void): Promise<Result<string, HelloFault>> {
  const began = performance.now()
  let wire: Wire | null = null
  try {
    wire = await openWire(hello.host, hello.port, loginMs)
    tell({ kind: 'connected' })
    if (hello.tls === 'starttls') await startTls(wire, hello)
    const socket = await wire.secure(hello.identity)
    tell({ kind: 'secured', protocol: socket.getProtocol() ?? 'TLS', cipher: socket.getCipher().standardName })
    await authenticate(wire, hello, tell)
    const jid = await bind(wire, hello)
    tell({ kind: 'bound', jid, tookMs: performance.now() - began })
    wire.send('</stream:stream>')
    return ok(jid)
  } catch (cause) {
    return fail(faultOf(cause))
  } finally {
    wire?.close()
  }
}

function faultOf(cause: unknown): HelloFault {
  if (cause instanceof Stopped) return cause.fault
  if (!(cause instanceof Error)) return { kind: 'broken', why: String(cause) }
  if ('code' in cause && strangerCodes.test(String(cause.code))) return { kind: 'stranger', why: cause.message }
  if ('syscall' in cause && cause.syscall === 'connect') {
    return { kind: 'unreachable', code: 'code' in cause ? String(cause.code) : cause.message }
  }
  return { kind: 'broken', why: cause.message }
}

/** RFC 6120 §5.4.2. */
async function startTls(wire: Wire, hello: Hello): Promise<void> {
  const features = await openStream(wire, hello)
  if (childOf(features, 'starttls', NS.tls) === null) throw broken('the server offers no STARTTLS')
  wire.send(`<starttls xmlns='${NS.tls}'/>`)
  if (!isElement(await element(wire), 'proceed', NS.tls)) throw broken('the server refused STARTTLS')
  wire.restart()
}

/** RFC 6120 §6.4 with XEP-0178 §2: `=` asks for whoever the certificate names. */
async function authenticate(wire: Wire, hello: Hello, tell: (step: HelloStep) => void): Promise<void> {
  const features = await openStream(wire, hello)
  const list = childOf(features, 'mechanisms', NS.sasl)
  const mechanisms = list === null ? [] : childElementsOf(list).map(textOf)
  // Not offered means that the certificate is not taken; asking all the same makes the server say why.
  if (mechanisms.includes('EXTERNAL')) tell({ kind: 'offered', mechanisms })
  wire.send(`<auth xmlns='${NS.sasl}' mechanism='EXTERNAL'>=</auth>`)
  const answer = await element(wire)
  if (!isElement(answer, 'success', NS.sasl)) throw new Stopped(refusal(answer, NS.sasl))
  tell({ kind: 'authenticated' })
  wire.restart()
}

/** The condition and the text, whose namespace is that of the conditions. */
function refusal(answer: Element, namespace: string): HelloFault {
  const children = childElementsOf(answer)
  const text = children.find((child) => isElement(child, 'text', namespace))
  const condition = children.find((child) => child !== text)
  return {
    kind: 'refused',
    condition: condition?.getName() ?? answer.getName(),
    text: text === undefined ? '' : textOf(text),
  }
}

/** RFC 6120 §7.7. */
async function bind(wire: Wire, hello: Hello): Promise<string> {
  await openStream(wire, hello)
  const request = `<bind xmlns='${NS.bind}'><resource>${resource}</resource></bind>`
  wire.send(`<iq type='set' id='bind'>${request}</iq>`)
  for (;;) {
    const answer = await element(wire)
    if (attributeOf(answer, 'id') !== 'bind') continue
    const jid = childOf(answer, 'bind', NS.bind)?.getChildText('jid', NS.bind)
    if (attributeOf(answer, 'type') !== 'result' || !jid) throw broken('the server bound no resource')
    return jid
  }
}

/** Opens a stream and resolves with the server's features. */
async function openStream(wire: Wire, hello: Hello): Promise<Element> {
  wire.send(formatStreamHeader({ from: null, to: hello.domain, id: null }))
  const header = await wire.receive()
  if (header.kind !== 'open') throw broken('the server sent no stream header')
  return element(wire)
}

async function element(wire: Wire): Promise<Element> {
  const event = await wire.receive()
  if (event.kind !== 'element') throw broken('the server closed the stream')
  const isError = isElement(event.element, 'error', NS.streams)
  if (isError) throw new Stopped(refusal(event.element, NS.streamErrors))
  return event.element
}

function broken(why: string): Stopped {
  return new Stopped({ kind: 'broken', why })
}

/** Reads the `<body/>` of a request (XEP-0124 §5, XEP-0206 §3). Strict: what is not understood exactly is refused. */

import { isUtf8 } from 'node:buffer'
import { fail, ok, type Result } from '../../result.ts'
import { attributeOf, type Element, isElementNode, namespaceOf, serialize } from '../../xml/element.ts'
import type { XmlLimits } from '../../xml/limits.ts'
import { NS } from '../../xml/namespaces.ts'
import { parseElement } from '../../xml/parse-element.ts'
import { type CreationTerms, readCreation } from './creation.ts'
import { readNumber } from './numbers.ts'

/** One request, as its body says. */
export interface BoshBody {
  readonly rid: number
  /** Null asks for a new session. */
  readonly sid: string | null
  /** What a new session is to be like; null where `sid` is there. */
  readonly creation: CreationTerms | null
  /** The highest rid whose answer has come; null where the client does not say. */
  readonly ack: number | null
  readonly isTerminate: boolean
  /** Seconds. */
  readonly pauseS: number | null
  readonly key: string | null
  readonly newKey: string | null
  /** The client restarts its stream (XEP-0206 §5). */
  readonly isRestart: boolean
  /** What a stream header would say. */
  readonly to: string | null
  readonly from: string | null
  readonly lang: string | null
  readonly version: string | null
  /** What it carries, in canonical form, each element without its parent. */
  readonly payload: readonly Element[]
  /** Size of the whole body. */
  readonly bytes: number
}

/** Why a body is refused; `why` is for the log. */
export interface BodyFault {
  readonly condition: 'bad-request' | 'policy-violation'
  readonly why: string
}

/** Room for the tags of the body itself, beside a stanza of the largest size. */
export const envelopeBytes = 4_096

/** A session identifier of ours has fewer. */
const maxSidLength = 64
const keyForm = /^[0-9a-f]{40}$/i

/** Reads a body; `limits` are those of one stanza, and the body may hold one of the largest size. */
export function parseBody(bytes: Uint8Array, limits: XmlLimits): Result<BoshBody, BodyFault> {
  if (!isUtf8(bytes)) return badRequest('invalid UTF-8')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').replace(leadingSpace, '')
  const parsed = parseElement(text, {
    ...limits,
    maxStanzaBytes: limits.maxStanzaBytes + envelopeBytes,
    maxDepth: limits.maxDepth + 1,
    maxElements: limits.maxElements + 1,
  })
  if (!parsed.ok) {
    const { condition, why } = parsed.error
    return condition === 'policy-violation' ? fail({ condition, why }) : badRequest(why)
  }
  const root = parsed.value
  if (root.name !== 'body' || namespaceOf(root) !== NS.httpBind) return badRequest('no body of BOSH')
  const payload = readPayload(root)
  if (!payload.ok) return payload
  if (bytes.length > limits.maxStanzaBytes && payload.value.some((element) => isTooLarge(element, limits))) {
    return fail({ condition: 'policy-violation', why: `element of more than ${limits.maxStanzaBytes} bytes` })
  }
  return readAttributes(root, payload.value, bytes.length)
}

// XML 1.0 §2.3, production S.
const leadingSpace = /^[ \t\r\n]+/

function badRequest(why: string): { readonly ok: false; readonly error: BodyFault } {
  return fail({ condition: 'bad-request', why })
}

function isTooLarge(element: Element, { maxStanzaBytes }: XmlLimits): boolean {
  return Buffer.byteLength(serialize(element)) > maxStanzaBytes
}

function readPayload(root: Element): Result<readonly Element[], BodyFault> {
  const payload: Element[] = []
  for (const child of root.children) {
    if (!isElementNode(child)) {
      // XEP-0124 §5: no character data; the indentation of its own examples is none.
      if (String(child).trim() !== '') return badRequest('text in the body')
      continue
    }
    const refusal = refusePayload(child)
    if (refusal !== null) return badRequest(refusal)
    payload.push(child)
  }
  for (const element of payload) setFree(element)
  return ok(payload)
}

/** The rules of a stream's first level (RFC 6120 §4.8.2, §4.8.3). */
function refusePayload(element: Element): string | null {
  const namespace = namespaceOf(element)
  if (namespace === '') return 'payload in no namespace'
  return namespace === NS.server ? 'payload in jabber:server' : null
}

/** Takes an element out of its body, so that it means on a client's stream what it meant there. */
function setFree(element: Element): void {
  const namespace = namespaceOf(element)
  element.parent = null
  // XEP-0206 §2: many clients leave the namespace of stanzas out and mean jabber:client.
  const isStanza = namespace === NS.httpBind && ['message', 'presence', 'iq'].includes(element.name)
  if (isStanza || namespace === NS.client) delete element.attrs['xmlns']
  else element.attrs['xmlns'] = namespace
}

function readAttributes(root: Element, payload: readonly Element[], bytes: number): Result<BoshBody, BodyFault> {
  const rid = readNumber(attributeOf(root, 'rid'), 1)
  if (rid === null || rid === 'malformed') return badRequest('no rid, or none that is a number')
  const sid = attributeOf(root, 'sid')
  if (sid !== null && (sid === '' || sid.length > maxSidLength)) return badRequest('sid of a length that none has')
  const type = attributeOf(root, 'type')
  if (type !== null && type !== 'terminate' && type !== 'error') return badRequest('unknown type')
  const ack = readNumber(attributeOf(root, 'ack'), 0)
  const pauseS = readNumber(attributeOf(root, 'pause'), 1)
  if (ack === 'malformed' || pauseS === 'malformed') return badRequest('ack or pause that is no number')
  const key = attributeOf(root, 'key')
  const newKey = attributeOf(root, 'newkey')
  if (newKey !== null && !keyForm.test(newKey)) return badRequest('newkey that is no SHA-1 in hexadecimal')
  const restart = xboshAttribute(root, 'restart')
  if (sid === null && (type !== null || pauseS !== null)) return badRequest('no sid where a session is meant')
  const creation = sid === null ? readCreation(root) : ok(null)
  if (!creation.ok) return badRequest(creation.error)
  return ok({
    ...{ rid, sid, ack, pauseS, key, newKey, payload, bytes },
    creation: creation.value,
    isTerminate: type === 'terminate',
    isRestart: restart === 'true' || restart === '1',
    to: attributeOf(root, 'to'),
    from: attributeOf(root, 'from'),
    lang: attributeOf(root, 'xml:lang'),
    version: xboshAttribute(root, 'version'),
  })
}

/** An attribute in the namespace of XEP-0206, whatever its prefix. */
function xboshAttribute(root: Element, local: string): string | null {
  for (const name of Object.keys(root.attrs)) {
    const colon = name.indexOf(':')
    if (colon < 0 || name.slice(colon + 1) !== local) continue
    if (attributeOf(root, `xmlns:${name.slice(0, colon)}`) === NS.xbosh) return attributeOf(root, name)
  }
  return null
}

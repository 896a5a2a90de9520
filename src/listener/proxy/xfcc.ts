/**
 * Envoy's `X-Forwarded-Client-Cert`: elements separated by commas, one for each TLS connection on the way, each of
 * `Key=Value` pairs separated by semicolons; a value with one of `,;="` in it stands in double quotes.
 */

import { hash } from 'node:crypto'
import { fail, ok, type Result } from '../../result.ts'
import { certificatesOfEscapedPem } from './certificate-texts.ts'
import { contradictory, type ForwardFault, malformed } from './forward-fault.ts'

/** Keys that stand at most once, and those that are names and may stand often. */
const single = ['by', 'hash', 'cert', 'chain', 'subject'] as const
const repeated = ['uri', 'dns'] as const

type SingleKey = (typeof single)[number]

/** The pairs that stand once, by lower-case key. Names are read and not kept: they identify nobody here. */
type Element = Readonly<Partial<Record<SingleKey, string>>>

/**
 * The client's chain, its own certificate first. There must be exactly one element: where Envoy appends to what it gets
 * (`APPEND_FORWARD`), the last element is about the next hop, and the others may be the client's own invention.
 */
export function parseXfcc(value: string): Result<readonly Uint8Array[], ForwardFault> {
  const elements = readElements(value)
  if (elements === null) return fail(malformed('X-Forwarded-Client-Cert is no list of elements'))
  const [element, ...more] = elements
  if (element === undefined) return fail(malformed('X-Forwarded-Client-Cert has no element'))
  if (more.length > 0) {
    return fail(contradictory('X-Forwarded-Client-Cert has more than one element, and only one can be the client'))
  }
  return chainOf(element)
}

function chainOf({ cert, chain, hash: digest }: Element): Result<readonly Uint8Array[], ForwardFault> {
  if (cert === undefined && chain === undefined) {
    const what = 'X-Forwarded-Client-Cert names a certificate and does not hold it'
    return fail(malformed(`${what}; have Envoy set Cert or Chain (set_current_client_cert_details)`))
  }
  const own = cert === undefined ? null : certificatesOfEscapedPem(cert)
  if (own !== null && !own.ok) return own
  const all = chain === undefined ? null : certificatesOfEscapedPem(chain)
  if (all !== null && !all.ok) return all
  if (own !== null && own.value.length !== 1) return fail(malformed('Cert holds more than one certificate'))
  const ders = all?.value ?? own?.value ?? []
  const [leaf] = ders
  const [named] = own?.value ?? ders
  if (leaf === undefined || named === undefined) return fail(malformed('X-Forwarded-Client-Cert has no certificate'))
  if (Buffer.compare(leaf, named) !== 0) return fail(contradictory('Cert is not the first certificate of Chain'))
  if (digest !== undefined && digest.toLowerCase() !== hash('sha256', leaf)) {
    return fail(contradictory('Hash is not that of the certificate'))
  }
  return ok(ders)
}

/** Null for anything that is not the grammar, a key that is unknown, or one that stands twice. */
function readElements(value: string): readonly Element[] | null {
  const elements: Element[] = []
  let element: Partial<Record<SingleKey, string>> = {}
  let at = 0
  for (;;) {
    pair.lastIndex = at
    const [whole, key = '', quotedText, plainText = '', end] = pair.exec(value) ?? []
    if (whole === undefined) return null
    if (!put(element, key.toLowerCase(), quotedText?.replaceAll(/\\(.)/g, '$1') ?? plainText)) return null
    at += whole.length
    if (end === ';') continue
    elements.push(element)
    if (end === '') return elements
    element = {}
  }
}

/** Key, value in quotes or without, and the separator behind it, or the end. */
const pair = /[ \t]*([A-Za-z]+)=(?:"((?:[^"\\]|\\["\\])*)"[ \t]*|([^",;=]*))(;|,|$)/y

function put(element: Partial<Record<SingleKey, string>>, key: string, value: string): boolean {
  const known = single.find((name) => name === key)
  if (known === undefined) return repeated.some((name) => name === key)
  if (element[known] !== undefined) return false
  element[known] = value
  return true
}

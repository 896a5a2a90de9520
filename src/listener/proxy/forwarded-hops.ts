/** The way of a request through proxies: `X-Forwarded-For`, and `Forwarded` (RFC 7239). */

import { fail, ok, type Result } from '../../result.ts'
import { type ForwardFault, malformed, tooLong } from './forward-fault.ts'
import { formatAddress, octetsOfAddress } from './ip-text.ts'

/** Characters of one of these fields, all of its lines together. */
export const maxHopChars = 4_096

/** Proxies in a row that are trusted, and so looked behind. */
export const maxHops = 16

/** One stop on the way. `unknown`: whoever wrote it does not know, or does not tell (RFC 7239 §6). */
export type Hop =
  | { readonly kind: 'address'; readonly address: string; readonly port: number }
  | { readonly kind: 'unknown' }

/** `junk` where there is no address: it matters only if somebody has to look at it. */
export type HopText = Hop | { readonly kind: 'junk' }

/** One element of a field: who sent the request on, and by which protocol, if it is told. */
export interface HopElement {
  readonly hop: HopText
  /** Lower-case. */
  readonly proto: string | null
}

/** The elements of `X-Forwarded-For`, left to right: each proxy adds one at the right end. */
export function parseForwardedFor(values: readonly string[]): Result<readonly HopElement[], ForwardFault> {
  const text = values.join(',')
  if (text.length > maxHopChars) return fail(tooLong(`X-Forwarded-For of more than ${maxHopChars} characters`))
  return ok(text.split(',').map((item) => ({ hop: parseHop(item.trim()), proto: null })))
}

/** The elements of `Forwarded` (RFC 7239 §4), left to right. */
export function parseForwarded(values: readonly string[]): Result<readonly HopElement[], ForwardFault> {
  const text = values.join(',')
  if (text.length > maxHopChars) return fail(tooLong(`Forwarded of more than ${maxHopChars} characters`))
  const elements: HopElement[] = []
  let pairs = new Map<string, string>()
  for (let at = 0; ; ) {
    forwardedPair.lastIndex = at
    const [whole, name = '', quotedText, token = '', end] = forwardedPair.exec(text) ?? []
    const key = name.toLowerCase()
    if (whole === undefined || pairs.has(key)) return fail(malformed('Forwarded is no list of elements'))
    pairs.set(key, quotedText?.replaceAll(/\\(.)/g, '$1') ?? token)
    at += whole.length
    if (end === ';') continue
    elements.push({ hop: parseHop(pairs.get('for') ?? 'unknown'), proto: pairs.get('proto')?.toLowerCase() ?? null })
    if (end === '') return ok(elements)
    pairs = new Map()
  }
}

/** RFC 7239 §4 with RFC 9110's token and quoted-string; then `;`, `,` or the end. */
const forwardedPair =
  /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))[ \t]*(;|,|$)/y

/** RFC 7239 §6: an address, IPv6 in brackets where a port may follow, or a word that stands for one. */
function parseHop(text: string): HopText {
  if (/^(?:unknown|_[A-Za-z0-9._-]+)(?::[A-Za-z0-9._-]+)?$/i.test(text)) return { kind: 'unknown' }
  const [, bracketed, bare, port = '0'] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  // X-Forwarded-For has IPv6 addresses without brackets.
  const address = bracketed ?? bare ?? text
  const octets = octetsOfAddress(address)
  if (octets === null || (bracketed !== undefined && octets.length !== 16) || Number(port) > 65_535)
    return { kind: 'junk' }
  return { kind: 'address', address: formatAddress(octets), port: Number(port) }
}

/** Where the request came from, and which elements trusted proxies have written about its way here. */
export interface Origin {
  /** Null where a trusted proxy does not know, or does not tell; or nobody says anything. */
  readonly client: { readonly address: string; readonly port: number } | null
  /** From the client's element to the right end. */
  readonly trusted: readonly HopElement[]
}

/** Goes back from the right end, past trusted proxies, to the first address that is none: what is left of it may be invented. */
export function findOrigin(
  elements: readonly HopElement[],
  isTrusted: (address: string) => boolean,
): Result<Origin, ForwardFault> {
  let client: Origin['client'] = null
  for (let back = 1; back <= elements.length; back += 1) {
    if (back > maxHops) return fail(tooLong(`more than ${maxHops} trusted proxies in a row`))
    const trusted = elements.slice(-back)
    const hop = trusted[0]?.hop
    if (hop === undefined || hop.kind === 'junk') return fail(malformed('a trusted proxy names no address'))
    if (hop.kind === 'unknown') return ok({ client: null, trusted })
    client = { address: hop.address, port: hop.port }
    if (!isTrusted(hop.address)) return ok({ client, trusted })
  }
  return ok({ client, trusted: elements })
}

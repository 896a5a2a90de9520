/** The messages of SCRAM as data (RFC 5802 §5, §7): what a client may send, taken apart and nothing more. */

import { fail, ok, type Result } from '../../result.ts'
import { decodeBase64 } from '../base64.ts'

/** Whether and how the client binds the exchange to the TLS connection (gs2-cbind-flag). */
export type BindingFlag =
  | { readonly kind: 'unsupported' }
  /** The client could, and believes that the server cannot. */
  | { readonly kind: 'not-offered' }
  | { readonly kind: 'bound'; readonly type: string }

/** client-first-message. */
export interface ClientFirst {
  readonly flag: BindingFlag
  /** Null when absent. */
  readonly authzid: string | null
  readonly username: string
  readonly nonce: string
  /** The part with flag and authzid, its last comma included, as it was sent. */
  readonly gs2Header: string
  /** client-first-message-bare, as it was sent. */
  readonly bare: string
}

/** client-final-message. */
export interface ClientFinal {
  readonly binding: Uint8Array
  readonly nonce: string
  readonly proof: Uint8Array
  /** client-final-message-without-proof, as it was sent. */
  readonly withoutProof: string
}

/** Longest nonce of a client, characters. */
export const maxNonceLength = 256

/** Longest message of a client, octets. */
export const maxScramBytes = 4_096

const nonceCharacters = /^[!-+\--~]+$/
const extension = /^[A-Za-z]=[^,\0]+$/

/** RFC 5802 §5.1: `m` demands that what stands behind it is understood, and its presence must make authentication fail. */
const isDemand = (attribute: string): boolean => attribute.startsWith('m=')
const demanded = 'it demands an extension (m=), and none is known'

/** Reads a client-first-message; fails with a sentence. */
export function readClientFirst(bytes: Uint8Array): Result<ClientFirst, string> {
  const text = readText(bytes)
  if (!text.ok) return text
  const header = /^([^,]*),([^,]*),/.exec(text.value)
  if (header === null) return fail('it has no gs2 header')
  const [gs2Header, flagText = '', authzidText = ''] = header
  const flag = readFlag(flagText)
  if (flag === null) return fail('its channel binding flag is none of RFC 5802')
  if (authzidText !== '' && !authzidText.startsWith('a=')) return fail('its gs2 header has more than an authzid')
  const authzid = authzidText === '' ? null : readName(authzidText.slice(2))
  if (authzidText !== '' && authzid === null) return fail('its authzid is badly escaped or empty')
  const bare = text.value.slice(gs2Header.length)
  const attributes = bare.split(',')
  if (attributes.some(isDemand)) return fail(demanded)
  const [name = '', nonce = '', ...extensions] = attributes
  const username = name.startsWith('n=') ? readName(name.slice(2)) : null
  if (username === null) return fail('its user name is missing or badly escaped')
  if (!nonce.startsWith('r=') || !isNonce(nonce.slice(2)))
    return fail('its nonce is missing, too long or not printable')
  if (!extensions.every((part) => extension.test(part))) return fail('something stands behind its nonce')
  return ok({ flag, authzid, username, nonce: nonce.slice(2), gs2Header, bare })
}

/** Reads a client-final-message; fails with a sentence. */
export function readClientFinal(bytes: Uint8Array): Result<ClientFinal, string> {
  const text = readText(bytes)
  if (!text.ok) return text
  const end = text.value.lastIndexOf(',p=')
  if (end < 0) return fail('it has no proof')
  const withoutProof = text.value.slice(0, end)
  const proof = decodeBase64(text.value.slice(end + 3))
  const attributes = withoutProof.split(',')
  if (attributes.some(isDemand)) return fail(demanded)
  const [channel = '', nonce = '', ...extensions] = attributes
  const binding = channel.startsWith('c=') ? decodeBase64(channel.slice(2)) : null
  if (binding === null) return fail('its channel binding is missing or no base64')
  if (!nonce.startsWith('r=')) return fail('it has no nonce')
  if (!extensions.every((part) => extension.test(part))) return fail('something stands behind its nonce')
  if (proof === null) return fail('its proof is no base64')
  return ok({ binding, nonce: nonce.slice(2), proof, withoutProof })
}

function readText(bytes: Uint8Array): Result<string, string> {
  if (bytes.length > maxScramBytes) return fail(`it is longer than ${maxScramBytes} bytes`)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? fail('it holds a NUL') : ok(text)
  } catch {
    return fail('it is not UTF-8')
  }
}

function readFlag(text: string): BindingFlag | null {
  if (text === 'n') return { kind: 'unsupported' }
  if (text === 'y') return { kind: 'not-offered' }
  const named = /^p=([A-Za-z0-9.-]{1,64})$/.exec(text)
  return named?.[1] === undefined ? null : { kind: 'bound', type: named[1] }
}

/** RFC 5802 §5.1: `=2C` is a comma, `=3D` an equals sign, and no other `=` may stand in a name. */
function readName(text: string): string | null {
  if (text === '' || /=(?!2C|3D)/.test(text)) return null
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

function isNonce(text: string): boolean {
  return text.length <= maxNonceLength && nonceCharacters.test(text)
}

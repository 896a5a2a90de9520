/** Resourceparts: the OpaqueString profile (RFC 8265 §4.2, RFC 7622 §3.4). */

import { fail, ok, type Result } from '../result.ts'
import { type JidFault, maxPartBytes } from './fault.ts'
import { freeformFault } from './precis.ts'

const plain = /^[ -~]+$/
const wideSpaces = /\p{Zs}/gu

/** Prepares a resourcepart: case and width stay, every kind of space becomes U+0020. */
export function prepareResource(text: string): Result<string, JidFault> {
  if (text.length === 0) return refuse('is empty')
  if (text.length > maxPartBytes) return refuse(`is longer than ${maxPartBytes} octets`)
  if (plain.test(text)) return ok(text)
  const early = freeformFault(text)
  if (early !== null) return refuse(early)
  const prepared = text.replace(wideSpaces, ' ').normalize('NFC')
  if (Buffer.byteLength(prepared) > maxPartBytes) return refuse(`is longer than ${maxPartBytes} octets`)
  const late = freeformFault(prepared)
  return late === null ? ok(prepared) : refuse(late)
}

function refuse(why: string): Result<string, JidFault> {
  return fail({ part: 'resource', why })
}

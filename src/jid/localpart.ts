/** Localparts: the UsernameCaseMapped profile (RFC 8265 §3.3) with the exclusions of RFC 7622 §3.3.1. */

import { fail, ok, type Result } from '../result.ts'
import { bidiFault } from './bidi.ts'
import { type JidFault, maxPartBytes } from './fault.ts'
import { identifierFault } from './precis.ts'

/** Printable ASCII without the space and without `" & ' / : < > @`. */
const plain = /^[!#-%(-.0-9;=?A-Z[-~]+$/
const upper = /[A-Z]/
const excluded = /["&'/:<>@]/
/** Code points with a <wide> or <narrow> decomposition. */
const widthVariants = /[\u3000\uff01-\uffee]/g

/** Prepares a localpart. The result is a fixed point: preparing it again gives the same text. */
export function prepareLocal(text: string): Result<string, JidFault> {
  if (text.length === 0) return refuse('is empty')
  if (text.length > maxPartBytes) return refuse(`is longer than ${maxPartBytes} octets`)
  if (plain.test(text)) return ok(upper.test(text) ? text.toLowerCase() : text)
  const narrow = text.replace(widthVariants, (character) => character.normalize('NFKC'))
  const early = identifierFault(narrow)
  if (early !== null) return refuse(early)
  const prepared = narrow.toLowerCase().normalize('NFC')
  const why = preparedFault(prepared)
  return why === null ? ok(prepared) : refuse(why)
}

function preparedFault(text: string): string | null {
  if (Buffer.byteLength(text) > maxPartBytes) return `is longer than ${maxPartBytes} octets`
  if (excluded.test(text)) return 'holds one of the characters " & \' / : < > @'
  // RFC 8264 §7: a string that does not come to rest under its own rules is refused.
  if (text.toLowerCase().normalize('NFC') !== text) return 'does not come to rest under case mapping'
  return identifierFault(text) ?? bidiFault(text)
}

function refuse(why: string): Result<string, JidFault> {
  return fail({ part: 'local', why })
}

/** Why what a proxy says in headers is not taken: the request is refused then, never answered as if they were not there. */

import type { ReasonCode } from '../../observe/reasons.ts'

/** Codes of refused headers, a part of the catalogue of reasons. */
export type ForwardCode = Extract<ReasonCode, `forwarded-${string}`>

/** One refusal, with the words for the log; never with what the header held. */
export interface ForwardFault {
  readonly code: ForwardCode
  readonly why: string
}

/** A header that is not what its dialect writes. */
export function malformed(why: string): ForwardFault {
  return { code: 'forwarded-malformed', why }
}

/** Headers that cannot all be true, or of which only one can be the proxy's. */
export function contradictory(why: string): ForwardFault {
  return { code: 'forwarded-contradictory', why }
}

/** More than the named limits allow. */
export function tooLong(why: string): ForwardFault {
  return { code: 'forwarded-too-long', why }
}

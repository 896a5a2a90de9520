/** Why a text is no JID. */

/** The part that is at fault, and a sentence fragment that says what is wrong with it. */
export interface JidFault {
  readonly part: 'jid' | 'local' | 'domain' | 'resource'
  readonly why: string
}

/** RFC 7622 §3.1: each part is at most this long, in octets of UTF-8. */
export const maxPartBytes = 1023

/** RFC 7622 §3.1: three parts and their two separators. */
export const maxJidBytes = 3 * maxPartBytes + 2

/** Passwords as they are compared and derived from: SASLprep (RFC 4013), which SCRAM asks for (RFC 5802 §2.2). */

import { saslprep } from '@mongodb-js/saslprep'

/** Longest password, octets of UTF-8; a longer one is none. */
export const maxPasswordBytes = 1024

/** Code points that stringprep maps to nothing (RFC 3454 table B.1). */
const mappedToNothing = /[\u00ad\u1806\u200b-\u200d\u2060\ufeff]|\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]/gu

/**
 * The prepared password; null for a text that can be none: empty, longer than `maxPasswordBytes`, or with a character that
 * is prohibited. Code points that Unicode 3.2 did not know are taken as they are (RFC 4013 §2.5, a query).
 */
export function preparePassword(text: string): string | null {
  if (text.length > maxPasswordBytes || !text.isWellFormed()) return null
  const prepared = saslprepped(text)
  return prepared === null || prepared === '' || Buffer.byteLength(prepared) > maxPasswordBytes ? null : prepared
}

/**
 * Every prepared form under which a password may have been stored, at most two. MongooseIM derives its keys with
 * Resourceprep, which drops the zero width space where SASLprep makes it a space; they agree on everything else that both take.
 */
export function preparedForms(text: string): readonly string[] {
  const prepared = preparePassword(text)
  const bare = preparePassword(text.replace(mappedToNothing, ''))
  return [...new Set([prepared, bare])].filter((form) => form !== null)
}

function saslprepped(text: string): string | null {
  try {
    return saslprep(text, { allowUnassigned: true })
  } catch {
    // The library has no other way to say that a character is prohibited.
    return null
  }
}

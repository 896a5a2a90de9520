/** Reads the secret that questions of the JSON form are signed with. */

import { readText } from '../../../config/files.ts'
import { fail, ok, type Result } from '../../../result.ts'

/** Shortest secret, characters: what HMAC-SHA-256 cannot be guessed with. */
export const minSecretLength = 32

/** Longest secret, characters. */
export const maxSecretLength = 1_024

/** The one line of the file; the error is the end of a sentence that begins with the file's name, and tells nothing of it. */
export function readSecret(path: string): Result<string, string> {
  const text = readText(path)
  if (!text.ok) return text
  const secret = text.value.replace(/\r?\n$/, '')
  if (!/^[!-~]*$/.test(secret)) return fail('is not one line of printable ASCII without spaces')
  if (secret.length < minSecretLength) return fail(`holds fewer than ${minSecretLength} characters`)
  return secret.length > maxSecretLength ? fail(`holds more than ${maxSecretLength} characters`) : ok(secret)
}

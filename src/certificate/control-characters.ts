/** Control characters in texts of certificates and clients: people do not see them, and NUL ends the text for many a program. */

/** Whether a text holds one: C0 (NUL among them), DEL or C1. */
export function holdsControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

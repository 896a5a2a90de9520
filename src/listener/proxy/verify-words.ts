/** What a proxy says of its own check of a certificate, in the header beside it. */

import type { HeaderDialect } from './header-dialects.ts'

/** `good` and `bad` are about a certificate that was shown; `none` says that none was; `junk` is no word of the dialect. */
export type VerifyWord =
  | { readonly kind: 'good' }
  | { readonly kind: 'bad'; readonly text: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'junk' }

/** Longest word that is kept for the record, characters. */
const maxWordChars = 128

/** Reads `word` as this dialect means it. */
export function readVerifyWord(dialect: HeaderDialect, word: string): VerifyWord {
  switch (dialect) {
    case 'nginx':
      return byName(word)
    case 'apache':
      // `optional_no_ca` of Apache lets in what it cannot check, and says so with this word.
      return word === 'GENEROUS' ? { kind: 'bad', text: word } : byName(word === '(null)' ? 'NONE' : word)
    case 'haproxy':
      // X509_V_OK is also what HAProxy says where there is no certificate.
      return byNumber(word)
    case 'plain': {
      const name = byName(word)
      return name.kind === 'junk' ? byNumber(word) : name
    }
    case 'rfc9440':
    case 'envoy':
    case 'traefik':
      return { kind: 'junk' }
  }
}

function byName(word: string): VerifyWord {
  if (word === 'SUCCESS') return { kind: 'good' }
  if (word === 'NONE') return { kind: 'none' }
  return /^FAILED(?::[\x20-\x7e]*)?$/.test(word) ? { kind: 'bad', text: word.slice(0, maxWordChars) } : { kind: 'junk' }
}

function byNumber(word: string): VerifyWord {
  if (word === '0') return { kind: 'good' }
  return /^[1-9]\d{0,9}$/.test(word) ? { kind: 'bad', text: `verify error ${word}` } : { kind: 'junk' }
}

/** Options of trusted distinguished names (`trusted_subjects`, `trusted_issuers`), of `[auth]` and of listeners. */

import type { z } from 'zod'
import { parseDnPattern } from '../certificate/dn-pattern/parse.ts'
import { section, texts } from '../config/declare.ts'
import type { Place } from '../config/place.ts'

/** One pair of lists as it is written; null for a list that is not there. */
export interface NameLists {
  readonly allow: readonly string[] | null
  readonly deny: readonly string[] | null
}

/** Both pairs; null where nothing is said about subjects, or issuers. */
export interface TrustedNameOptions {
  readonly subjects: NameLists | null
  readonly issuers: NameLists | null
}

const patternList = 'a list of patterns such as "OU=Staff,O=Example,**", each once, at most 1000'

/** `trusted_subjects`. */
export const trustedSubjectsSection = section(
  'Whose certificates are let in at all, by the subject. `deny` is asked first.',
  {
    allow: texts({ says: 'The subject must match one of these.', allowed: patternList, byDefault: 'every subject' }),
    deny: texts({ says: 'The subject must match none of these.', allowed: patternList, byDefault: 'none' }),
  },
)

/** `trusted_issuers`. */
export const trustedIssuersSection = section(
  'Whose certificates are let in at all, by who issued them; among the CAs of `tls.cacertfile`. `deny` is asked first.',
  {
    allow: texts({
      says: 'The direct issuer must match one of these.',
      allowed: patternList,
      byDefault: 'every issuer',
    }),
    deny: texts({
      says: 'Neither the issuer nor any CA above it may match one of these.',
      allowed: patternList,
      byDefault: 'none',
    }),
  },
)

type Values = z.output<typeof trustedSubjectsSection> | undefined

/** The lists of one section, each pattern checked; null when there is no section, or nothing in it. */
export function resolveNameLists(values: Values, place: Place): NameLists | null {
  if (values === undefined) return null
  const { allow, deny } = values
  for (const [key, list] of [
    ['allow', allow],
    ['deny', deny],
  ] as const)
    checkPatterns(list ?? [], place.at(key))
  if (allow !== undefined || deny !== undefined) return { allow: allow ?? null, deny: deny ?? null }
  if (!place.at('allow').isSpoiled && !place.at('deny').isSpoiled) {
    place.warn('conflict', 'has neither `allow` nor `deny`, so that it keeps nobody out')
  }
  return null
}

function checkPatterns(list: readonly string[], place: Place): void {
  for (const [index, source] of list.entries()) {
    const pattern = parseDnPattern(source)
    if (!pattern.ok) place.at(index).error('bad-value', `${JSON.stringify(source)} is no pattern: ${pattern.error}`)
  }
}

/** Nothing said about anybody. */
export const noNameLists: TrustedNameOptions = { subjects: null, issuers: null }

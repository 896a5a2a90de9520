/**
 * Trusted distinguished names: lists of patterns that say whose certificates are let in at all. They are asked
 * once the chain is good, and before any backend.
 */

import type { ChainStatus } from '../certificate/channel.ts'
import { type JudgedName, judgedName } from '../certificate/dn-pattern/judged-name.ts'
import { parseDnPattern } from '../certificate/dn-pattern/parse.ts'
import { mismatch } from '../certificate/dn-pattern/pattern.ts'
import { createPatternSet, type PatternSet } from '../certificate/dn-pattern/pattern-set.ts'
import { type DistinguishedName, formatDn, type PeerCertificate, parseCertificate } from '../certificate/facts.ts'
import type { NameStep } from '../observe/decision.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import type { NameLists, TrustedNameOptions } from './trusted-names-options.ts'

/** What the lists say of one certificate. */
export interface NameJudgement {
  /** Null when nothing keeps the certificate out. */
  readonly refusal: { readonly code: ReasonCode; readonly why: string } | null
  readonly steps: readonly NameStep[]
}

/** How one pattern fares with one name. */
export interface PatternReport {
  readonly list: NameStep['list']
  /** The name, as RFC 4514 text. */
  readonly name: string
  readonly pattern: string
  /** Null when it matches. */
  readonly why: string | null
}

/** The lists of one listener, or of one host on it. */
export interface TrustedNames {
  judge(certificate: PeerCertificate, chain: ChainStatus): NameJudgement
  /** Every pattern with every name that its list is about, at most `maxReports`; for people, not for logins. */
  report(certificate: PeerCertificate, chain: ChainStatus): readonly PatternReport[]
}

/** Patterns named in one step of a record. */
const maxNamed = 4

/** Reports about one certificate. */
export const maxReports = 200

/** The lists made ready; null when there is none. Throws for a pattern that is none, which loading has refused before. */
export function createTrustedNames({ subjects, issuers }: TrustedNameOptions): TrustedNames | null {
  if (subjects === null && issuers === null) return null
  const above = createAncestors()
  const lists: readonly NameList[] = [
    ...listsOf('trusted_subjects', subjects, 'subject', () => []),
    ...listsOf('trusted_issuers', issuers, 'issuer', above),
  ].sort((a, b) => Number(b.isDeny) - Number(a.isDeny))
  return {
    judge: (certificate, chain) => judge(lists, certificate, chain),
    report: (certificate, chain) => lists.flatMap((list) => reportsOf(list, certificate, chain)).slice(0, maxReports),
  }
}

interface NameList {
  readonly list: NameStep['list']
  readonly isDeny: boolean
  readonly which: 'subject' | 'issuer'
  readonly patterns: PatternSet
  /** The names it is about, beside the one in the certificate itself. */
  readonly further: (chain: ChainStatus) => readonly DistinguishedName[]
}

function listsOf(
  option: 'trusted_subjects' | 'trusted_issuers',
  lists: NameLists | null,
  which: NameList['which'],
  above: NameList['further'],
): NameList[] {
  const made = (word: 'allow' | 'deny', further: NameList['further']): NameList[] => {
    const sources = lists?.[word] ?? null
    if (sources === null) return []
    const patterns = createPatternSet(sources.map(patternOf))
    return [{ list: `${option}.${word}`, isDeny: word === 'deny', which, patterns, further }]
  }
  // Who allows an issuer allows whom it has issued itself; who denies a CA denies all that is below it.
  return [...made('deny', above), ...made('allow', () => [])]
}

function patternOf(source: string) {
  const pattern = parseDnPattern(source)
  if (!pattern.ok) throw new TypeError(`${JSON.stringify(source)}: ${pattern.error}`)
  return pattern.value
}

/** Names of the CAs above the direct issuer; each CA certificate is read once. */
function createAncestors(): (chain: ChainStatus) => readonly DistinguishedName[] {
  const known = new WeakMap<Uint8Array, DistinguishedName>()
  const nameOf = (der: Uint8Array): DistinguishedName => {
    const read = parseCertificate(der)
    // Path validation has read it, or the chain were not trusted.
    if (!read.ok) throw new TypeError(`a CA certificate of a trusted chain cannot be read: ${read.error.why}`)
    known.set(der, read.value.subject)
    return read.value.subject
  }
  return (chain) => (chain.kind === 'trusted' ? chain.chain.slice(2).map((der) => known.get(der) ?? nameOf(der)) : [])
}

function judge(lists: readonly NameList[], certificate: PeerCertificate, chain: ChainStatus): NameJudgement {
  const steps: NameStep[] = []
  for (const list of lists) {
    const step = list.isDeny ? askDeny(list, certificate, chain) : askAllow(list, certificate, chain)
    steps.push(step)
    if (step.code !== undefined) return { refusal: { code: step.code, why: step.detail }, steps }
  }
  return { refusal: null, steps }
}

function askDeny(
  { list, which, patterns, further }: NameList,
  certificate: PeerCertificate,
  chain: ChainStatus,
): NameStep {
  const refuse = (code: ReasonCode, detail: string): NameStep => ({ list, answer: 'refuse', detail, code })
  for (const name of [certificate[which], ...further(chain)]) {
    const judged = judgedName(name)
    if (!judged.ok) return refuse('name-malformed', unjudged(which, judged.error))
    const found = patterns.find(judged.value)
    if (found === null) continue
    const whose = name === certificate[which] ? '' : `, which is ${formatDn(name)} further up,`
    return refuse(`${which}-denied`, `the ${which}${whose} matches the pattern ${JSON.stringify(found.source)}`)
  }
  return { list, answer: 'pass', detail: `the ${which} matches none of ${counted(patterns)}` }
}

function askAllow({ list, which, patterns }: NameList, certificate: PeerCertificate, chain: ChainStatus): NameStep {
  const refuse = (code: ReasonCode, detail: string): NameStep => ({ list, answer: 'refuse', detail, code })
  // Anybody can write any issuer into a certificate that nobody else signs.
  if (which === 'issuer' && chain.kind === 'self-signed') {
    return refuse('issuer-not-trusted', 'the certificate is self-signed, so no issuer vouches for it')
  }
  const judged = judgedName(certificate[which])
  if (!judged.ok) return refuse('name-malformed', unjudged(which, judged.error))
  const found = patterns.find(judged.value)
  if (found === null) return refuse(`${which}-not-trusted`, mismatches(which, patterns, judged.value))
  return { list, answer: 'pass', detail: `the ${which} matches the pattern ${JSON.stringify(found.source)}` }
}

function unjudged(which: NameList['which'], why: string): string {
  return `the ${which} cannot be compared with any pattern: ${why}`
}

function mismatches(which: NameList['which'], { patterns }: PatternSet, name: JudgedName): string {
  const named = patterns
    .slice(0, maxNamed)
    .map((pattern) => `${JSON.stringify(pattern.source)}: ${mismatch(pattern, name)}`)
  const rest = patterns.length > maxNamed ? `; and ${patterns.length - maxNamed} more patterns` : ''
  return `the ${which} matches no pattern (${named.join('; ')}${rest})`
}

function counted({ patterns }: PatternSet): string {
  return patterns.length === 1 ? 'one pattern' : `${patterns.length} patterns`
}

function reportsOf(
  { list, which, patterns, further }: NameList,
  certificate: PeerCertificate,
  chain: ChainStatus,
): readonly PatternReport[] {
  return [certificate[which], ...further(chain)].flatMap((name) => {
    const judged = judgedName(name)
    return patterns.patterns.slice(0, maxReports).map((pattern) => ({
      list,
      name: formatDn(name),
      pattern: pattern.source,
      why: judged.ok ? mismatch(pattern, judged.value) : judged.error,
    }))
  })
}

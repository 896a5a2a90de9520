/** Identity rules of the operator's own (`auth.sasl_external_rules`): a value of the certificate, matched and made into a JID. */

import { fail, ok, type Result } from '../../result.ts'
import { type Candidate, chooseCandidate, formatCandidate } from '../candidates.ts'
import type { PeerCertificate } from '../certificate.ts'
import { judgedName } from '../dn-pattern/judged-name.ts'
import { parseDnPattern } from '../dn-pattern/parse.ts'
import { type DnPattern, matchesName, mismatch } from '../dn-pattern/pattern.ts'
import {
  answerJid,
  type IdentityAnswer,
  type IdentityQuery,
  type IdentityRule,
  pass,
  quote,
  refuse,
  refuseMalformed,
} from '../identity-rule.ts'
import { compileRegex, type Regex } from '../regex/regex.ts'
import { parseSource, type RuleSource, sourceTexts } from './sources.ts'
import { fillTemplate, type JidTemplate, parseTemplate } from './template.ts'

/** One rule as it is written. */
export interface MappingRuleOptions {
  /** Name in records: `rule:` and the rule's own name, or `#` and its place in the file. */
  readonly name: string
  /** A word of `ruleSources`, or an OID. */
  readonly source: string
  /** A regular expression for a whole value; null takes every value. */
  readonly match: string | null
  /** The rule is for certificates of these issuers only; empty for all. */
  readonly issuer: readonly string[]
  /** The rule is for certificates of these subjects only; empty for all. */
  readonly subject: readonly string[]
  /** Template of the JID. */
  readonly jid: string
  /** What becomes of the letters of a value before it is matched. */
  readonly case: 'keep' | 'lower' | 'upper'
}

/** Whether a rule has no name of its own, so that no list can name it. */
export function isUnnamed({ name }: MappingRuleOptions): boolean {
  return name.startsWith('rule:#')
}

/** What is wrong with a rule: with which option, with which element of a list, and what. */
export interface MappingRuleFault {
  readonly key: 'source' | 'match' | 'issuer' | 'subject' | 'jid'
  readonly index: number | null
  readonly why: string
}

/** Characters that a rule reads of one certificate. */
export const maxRuleText = 4096

/** Values listed in a record before it says "and more". */
const maxListed = 4

interface Compiled {
  readonly options: MappingRuleOptions
  readonly source: RuleSource
  readonly regex: Regex
  readonly template: JidTemplate
  readonly issuer: readonly DnPattern[]
  readonly subject: readonly DnPattern[]
}

/** Makes the rule, or says everything that is wrong with it. */
export function mappingRule(options: MappingRuleOptions): Result<IdentityRule, readonly MappingRuleFault[]> {
  const compiled = compile(options)
  if (!compiled.ok) return compiled
  return ok({ name: options.name, trustsClient: false, answer: (query) => answer(query, compiled.value) })
}

function compile(options: MappingRuleOptions): Result<Compiled, readonly MappingRuleFault[]> {
  const faults: MappingRuleFault[] = []
  const source = parseSource(options.source)
  if (source === null) faults.push({ key: 'source', index: null, why: 'it is no source' })
  const regex = compileRegex(options.match ?? '.*')
  if (!regex.ok) faults.push({ key: 'match', index: null, why: `character ${regex.error.at}: ${regex.error.why}` })
  const template = parseTemplate(options.jid, regex.ok ? regex.value : null)
  if (!template.ok) faults.push({ key: 'jid', index: null, why: template.error })
  const issuer = patternsOf('issuer', options.issuer, faults)
  const subject = patternsOf('subject', options.subject, faults)
  if (source === null || !regex.ok || !template.ok || faults.length > 0) return fail(faults)
  return ok({ options, source, regex: regex.value, template: template.value, issuer, subject })
}

function patternsOf(key: 'issuer' | 'subject', texts: readonly string[], faults: MappingRuleFault[]): DnPattern[] {
  return texts.flatMap((text, index) => {
    const pattern = parseDnPattern(text)
    if (!pattern.ok) faults.push({ key, index, why: pattern.error })
    return pattern.ok ? [pattern.value] : []
  })
}

function answer({ certificate, authzid, domain }: IdentityQuery, rule: Compiled): IdentityAnswer {
  const unusable = refuseMalformed(certificate.names.xmppAddr)
  if (unusable !== null) return unusable
  const filtered = filter('issuer', rule.issuer, certificate) ?? filter('subject', rule.subject, certificate)
  if (filtered !== null) return filtered
  const texts = readTexts(rule, certificate)
  if (!texts.ok) return refuse('rule-value-malformed', texts.error)
  const label = rule.options.source
  if (texts.value.length === 0) return pass(`the certificate has no ${label}`)
  const candidates = candidatesOf(rule, texts.value, domain)
  if (!candidates.ok) return refuse('rule-jid-malformed', candidates.error)
  if (candidates.value.length === 0) return pass(`no ${label} matches: ${listOf(texts.value)}`)
  return choose(candidates.value, { certificate, authzid, domain }, label)
}

/** Null when the rule is for this certificate. */
function filter(
  which: 'issuer' | 'subject',
  patterns: readonly DnPattern[],
  certificate: PeerCertificate,
): IdentityAnswer | null {
  const [first] = patterns
  if (first === undefined) return null
  const name = judgedName(certificate[which])
  // It might be the very name that the filter is there to keep out.
  if (!name.ok) return refuse('rule-value-malformed', `the ${which} cannot be compared: ${name.error}`)
  if (patterns.some((pattern) => matchesName(pattern, name.value))) return null
  const why = patterns.length === 1 ? mismatch(first, name.value) : `none of ${patterns.length} patterns matches`
  return pass(`the rule is for other certificates, by their ${which}: ${why}`)
}

/** The values that the rule reads; or why it reads none of them. */
function readTexts({ source, options }: Compiled, certificate: PeerCertificate): Result<readonly string[], string> {
  const texts = sourceTexts(source, certificate)
  if (!texts.ok || texts.value.join('').length <= maxRuleText) return texts
  return fail(`the values of ${options.source} are longer than ${maxRuleText} characters together`)
}

function candidatesOf(
  { regex, template, options }: Compiled,
  texts: readonly string[],
  domain: string,
): Result<readonly Candidate[], string> {
  const candidates: Candidate[] = []
  for (const text of texts) {
    const captures = regex.match(cased(text, options.case))
    if (captures === null) continue
    const jid = fillTemplate(template, captures, domain)
    if (!jid.ok) {
      const { part, why } = jid.error
      return fail(`${options.source} ${quote(text)} makes a JID with a ${part}part that ${why}`)
    }
    candidates.push({ ...jid.value, alias: null })
  }
  return ok(candidates)
}

function choose(candidates: readonly Candidate[], { authzid, domain }: IdentityQuery, label: string): IdentityAnswer {
  const choice = chooseCandidate(candidates, authzid, label)
  if (choice.kind === 'none') return choice.answer
  const { local, domain: own } = choice.candidate
  const found = `${label} makes ${formatCandidate(choice.candidate)}`
  if (own !== domain || local === null)
    return refuse('rule-foreign-domain', `${found}, which is not of the domain ${domain}`)
  return answerJid({ local, domain }, found)
}

function cased(text: string, to: MappingRuleOptions['case']): string {
  switch (to) {
    case 'keep':
      return text
    case 'lower':
      return text.toLowerCase()
    case 'upper':
      return text.toUpperCase()
  }
}

function listOf(texts: readonly string[]): string {
  const shown = texts.slice(0, maxListed).map(quote).join(', ')
  return texts.length > maxListed ? `${shown} and ${texts.length - maxListed} more` : shown
}

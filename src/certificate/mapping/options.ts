/** Options of the operator's own identity rules (`[[auth.sasl_external_rules]]`), and the order of all rules. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import type { z } from 'zod'
import { choice, quoted, section, sections, text, texts } from '../../config/declare.ts'
import { nearest } from '../../config/nearest.ts'
import type { Place } from '../../config/place.ts'
import { type IdentityRuleName, identityRuleNames } from '../identity-options.ts'
import { maxPatternLength } from '../regex/regex.ts'
import { isUnnamed, type MappingRuleFault, type MappingRuleOptions, mappingRule } from './rule.ts'
import { parseSource, ruleSources } from './sources.ts'
import { parseTemplate, takesWholeValue } from './template.ts'

/** One entry of `sasl_external`: a built-in rule by its name, or one of the operator's own. */
export type IdentityRuleChoice = IdentityRuleName | MappingRuleOptions

const namePattern = /^[a-z][a-z0-9_-]{0,31}$/
const patternList = 'a list of patterns such as "CN=Issuing CA,O=Example,**", each once'

/** `[[auth.sasl_external_rules]]`. */
export const mappingRulesSection = sections(
  section(
    'An identity rule of your own: reads one kind of value in the certificate, matches it, and makes a JID of it. A value that does ' +
      'not match leaves the word to the next rule; one that makes no JID, or one of another domain, is refused.',
    {
      name: text({
        says: 'Name by which `sasl_external` lists the rule, as `"rule:NAME"`.',
        allowed: 'a letter, then letters, digits, - and _; at most 32, all lower-case',
        byDefault: 'none: the rule is tried behind those that `auth.sasl_external` lists',
        test: (value) => namePattern.test(value),
      }),
      source: text({
        says: 'What is read. An OID is an attribute of the subject; `email` reads rfc822Name and emailAddress.',
        allowed: `one of ${quoted(ruleSources)}, or an OID such as 2.5.4.5`,
        byDefault: 'none: it must be given',
        test: (value) => parseSource(value) !== null,
      }),
      match: text({
        says: 'Which values are meant: the whole value must match. Groups capture parts for `jid`.',
        allowed: `a regular expression of at most ${maxPatternLength} characters`,
        byDefault: 'every value',
      }),
      issuer: texts({
        says: 'The rule is only for certificates whose issuer matches one of these patterns.',
        allowed: patternList,
        byDefault: 'every issuer',
      }),
      subject: texts({
        says: 'The rule is only for certificates whose subject matches one of these patterns.',
        allowed: patternList,
        byDefault: 'every subject',
      }),
      jid: text({
        says: 'The JID: $0 is the value, $1 or ${1} a group, ${name} a named group, ${domain} the domain the client connects to.',
        allowed: 'a template of the form LOCAL@DOMAIN',
        byDefault: '"$0@${domain}"',
      }),
      case: choice(['keep', 'lower', 'upper'], {
        says: 'What becomes of the letters of a value before it is matched. Localparts are lower-case in any case.',
        byDefault: 'keep',
      }),
    },
  ),
)

type RuleValues = NonNullable<z.output<typeof mappingRulesSection>>[number]

/** The rules, each name once. What is wrong with them is reported, and nothing starts with a file that has such a rule. */
export function resolveMappingRules(values: z.output<typeof mappingRulesSection>, place: Place): MappingRuleOptions[] {
  const names = new Set<string>()
  return (values ?? []).flatMap((entry, index) => {
    const at = place.at(index)
    const rule = resolveRule(entry, index, at)
    if (names.has(rule.name)) {
      at.at('name').error('duplicate', `another rule is named ${JSON.stringify(entry.name)}; give each its own name`)
      return []
    }
    names.add(rule.name)
    return [rule]
  })
}

function resolveRule(values: RuleValues, index: number, at: Place): MappingRuleOptions {
  if (values.source === undefined) {
    at.at('source').error('missing', 'the rule must say what it reads, such as `source = "upn"`')
  }
  const rule: MappingRuleOptions = {
    name: values.name === undefined ? `rule:#${index + 1}` : `rule:${values.name}`,
    source: values.source ?? '',
    match: values.match ?? null,
    issuer: values.issuer ?? [],
    subject: values.subject ?? [],
    jid: values.jid ?? '$0@${domain}',
    case: values.case,
  }
  const made = mappingRule(rule)
  for (const fault of made.ok ? [] : made.error) {
    // What is no source has been reported above, or when the option was read; so have the groups of what is no pattern.
    const isKnown = fault.key === 'source' || (fault.key === 'jid' && at.at('match').isSpoiled)
    if (!isKnown) reportFault(fault, rule, at)
  }
  if (made.ok && !at.at('match').isSpoiled && !at.at('jid').isSpoiled) checkAddress(rule, at)
  return rule
}

/** The @ of an address can be in no localpart. */
function checkAddress({ source, match, jid }: MappingRuleOptions, at: Place): void {
  if (match !== null || (source !== 'email' && source !== 'upn')) return
  const template = parseTemplate(jid, null)
  if (!template.ok || !takesWholeValue(template.value)) return
  const remedy = `capture the part before the @: match = '([^@]+)@example\\.org', jid = "$1@\${domain}"`
  const place = at.at('source')
  // Nothing forbids a UPN without an @, and such a one makes a JID.
  if (source === 'upn') place.warn('conflict', `most UPNs have an @, which can be in no localpart; ${remedy}`)
  else place.error('conflict', `an address has an @, so that no JID can come of the whole of it; ${remedy}`)
}

function reportFault({ key, index, why }: MappingRuleFault, rule: MappingRuleOptions, at: Place): void {
  const written = index === null ? rule[key] : rule[key]?.[index]
  const place = at.at(key, ...(index === null ? [] : [index]))
  place.error('bad-value', `${JSON.stringify(written)} cannot be used: ${why}`)
}

/** An entry by an entry of a list `sasl_external`: `rule:NAME` becomes the rule of that name. What is not there is reported. */
export function resolveReferences(
  list: readonly string[],
  rules: readonly MappingRuleOptions[],
  place: Place,
): IdentityRuleChoice[] {
  return list.flatMap((word, index): IdentityRuleChoice[] => {
    const builtIn = identityRuleNames.find((name) => name === word)
    if (builtIn !== undefined) return [builtIn]
    const own = rules.find(({ name }) => name === word)
    if (own !== undefined) return [own]
    const names = rules.filter((rule) => !isUnnamed(rule)).map(({ name }) => name)
    const meant = nearest(word, names)
    const there = names.length === 0 ? 'no rule has a name' : `there are ${quoted(names)}`
    const message = `${JSON.stringify(word)} is no rule of \`[[auth.sasl_external_rules]]\`: ${there}`
    place.at(index).error('conflict', message, ...(meant === null ? [] : [JSON.stringify(meant)]))
    return []
  })
}

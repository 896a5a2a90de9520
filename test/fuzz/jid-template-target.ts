/** Templates of identity rules: what a certificate holds can neither move the `@` nor add a resource, nor be taken for a template. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import { fillTemplate, parseTemplate } from '../../src/certificate/mapping/template.ts'
import { compileRegex } from '../../src/certificate/regex/regex.ts'
import { formatBare, parseJid, prepareDomain, prepareLocal } from '../../src/jid/jid.ts'
import type { Random } from '../support/pki/random.ts'
import { fieldsOf, joinFields } from './fields.ts'
import { mutateText, randomText } from './mutate.ts'
import { expect, expectQuick, type FuzzTarget } from './target.ts'

const maxFillMs = 10
const streamDomain = 'a.example'
/** Two groups, one of them named; every text matches. */
const pattern = '(?<first>[^/]*)/?(.*)'

const pieces = ['$0', '$1', '$2', '${1}', '${first}', '${domain}', 'x', '-', '$$', '.']
const syntax = [...'$@{}0123/x. ', '${', '${domain}', '${nobody}', '$3', '@', 'example.org', 'é', '\0']
const hostile = [
  '@',
  '/',
  'a',
  'b.example',
  '$1',
  '${domain}',
  '$$',
  ' ',
  '\0',
  'é',
  'A',
  '\u{1f600}',
  '\\40',
  '<',
  '.',
  '"',
]

/** Fuzzes `parseTemplate` and `fillTemplate`. First field: the template; then values of certificates. */
export function createJidTemplateTarget(): FuzzTarget {
  const regex = compileRegex(pattern)
  if (!regex.ok) throw new TypeError(regex.error.why)
  const groups = regex.value
  return {
    name: 'jid-template',
    quickInputs: 4_000,
    longShare: 60_000,
    generate: (random) =>
      joinFields([generateTemplate(random), ...Array.from({ length: 3 }, () => randomText(random, hostile, 5))]),
    check: (input) => {
      const [source, ...values] = fieldsOf(input)
      const template = parseTemplate(source, groups)
      if (!template.ok) {
        expect(template.error !== '', 'a fault without a word')
        return
      }
      for (const value of values) {
        const captures = groups.match(value) ?? []
        const filled = expectQuick(maxFillMs, () => fillTemplate(template.value, captures, streamDomain))
        const wanted = fillSlowly(source, captures)
        expect(filled.ok === (wanted !== null), `${JSON.stringify(value)}: ${filled.ok ? 'a' : 'no'} JID`)
        if (!filled.ok) continue
        expect(
          wanted === formatBare(filled.value),
          `${JSON.stringify(value)}: ${formatBare(filled.value)}, not ${wanted}`,
        )
        const again = parseJid(formatBare(filled.value))
        expect(again.ok && again.value.resource === null, 'not a bare JID')
        expect(
          again.value.local === filled.value.local && again.value.domain === filled.value.domain,
          'parts that move',
        )
      }
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** The template as two texts, each filled in on its own and prepared on its own. */
function fillSlowly(source: string, captures: readonly (string | null)[]): string | null {
  const names: Readonly<Record<string, string>> = { domain: streamDomain, first: captures[1] ?? '' }
  const at = source.indexOf('@')
  const [local = '', domain = ''] = [source.slice(0, at), source.slice(at + 1)].map((side) =>
    side.replace(
      /\$\$|\$([0-9]{1,3})|\$\{([^}]*)\}/g,
      (whole, number: string | undefined, name: string | undefined) => {
        if (whole === '$$') return '$'
        const reference = number ?? name ?? ''
        return /^[0-9]+$/.test(reference) ? (captures[Number(reference)] ?? '') : (names[reference] ?? '')
      },
    ),
  )
  const [own, of] = [prepareLocal(local), prepareDomain(domain)]
  return own.ok && of.ok ? `${own.value}@${of.value}` : null
}

function generateTemplate(random: Random): string {
  if (random.chance(0.1)) return randomText(random, syntax, 10)
  const side = () => Array.from({ length: 1 + random.below(3) }, () => random.pick(pieces)).join('')
  const template = `${side()}@${random.chance(0.6) ? '${domain}' : side()}`
  return random.chance(0.2) ? mutateText(random, template, syntax) : template
}

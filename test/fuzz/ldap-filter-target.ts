/** Filter templates: whatever is filled in is a value of the very comparison that its place stands in, and nothing else. */

import { BerWriter, type Filter } from 'ldapts'
import { buildFilter } from '../../src/auth/backends/ldap/build-filter.ts'
import {
  type FilterTemplate,
  maxAssertions,
  maxFilterDepth,
  parseFilter,
  placesOf,
} from '../../src/auth/ldap/filter.ts'
import type { Random } from '../support/pki/random.ts'
import { fieldsOf, joinFields } from './fields.ts'
import { mutateText, randomText } from './mutate.ts'
import { expect, expectQuick, type FuzzTarget } from './target.ts'

const places = ['%u', '%d', '%{email}', '%{cn}', '%s'] as const
const maxReadMs = 50
/** Stands for a value in the filter that the other one is compared with; no template has it. */
const harmless = 'x\u{e000}'

const values = ['%u', '%{email}', '%{cn}*', 'x*%u', '*', 'a', '\\2a', '%s', 'a*b*c', '%u%d', '\\c3\\a9', '50%']
const heads = [
  'uid=',
  'cn=',
  'mail;binary=',
  'a>=',
  'b<=',
  'c~=',
  'd:dn:=',
  ':1.2.3:=',
  'e:caseExactMatch:=',
  '2.5.4.3=',
]
const syntax = [...'()&|!=*:\\%{}<>~ ', '(&', '(|', '(!', '%u', '%{email}', '%{', '\\2a', '\\ff', '\0', 'é']
const hostile = [')(uid=*', '*', '\\2a', '\0', '(', '%{cn}', 'é', '\u{1f600}', 'a', ')', '&', '%u', ' ', '\n']

/** Fuzzes `parseFilter` and `buildFilter`. First field: the template; then values, which each place is filled in with. */
export function createLdapFilterTarget(): FuzzTarget {
  return {
    name: 'ldap-filter',
    quickInputs: 4_000,
    longShare: 60_000,
    generate: (random) => {
      const found = Array.from({ length: 1 + random.below(2) }, () => randomText(random, hostile, 4))
      return joinFields([generateTemplate(random), ...found])
    },
    check: (input) => {
      const [text, ...found] = fieldsOf(input)
      const template = expectQuick(maxReadMs, () => parseFilter(text, places))
      if (!template.ok) expect(template.error !== '', 'a fault without a word')
      else checkTemplate(template.value, [...new Set(found)])
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function checkTemplate(template: FilterTemplate, found: readonly string[]): void {
  const { depth, assertions } = sizeOf(template)
  expect(depth <= maxFilterDepth + 1 && assertions <= maxAssertions, 'larger than it may be')
  const hasPlaces = placesOf(template).length > 0
  const filled = expectQuick(maxReadMs, () => buildFilter(template, () => found))
  expect(!(filled === null && !hasPlaces), 'nothing to fill in, and no filter')
  const [value, ...more] = found
  // An empty value is none.
  if (filled === null || value === undefined || value === '' || more.length > 0) return
  const plain = buildFilter(template, () => [harmless])
  expect(plain !== null, 'one value does and another does not')
  const [theirs, wanted] = [readingOf(filled), readingOf(plain, harmless, value)]
  expect(theirs === wanted, `the server reads ${theirs} instead of ${wanted}`)
}

function sizeOf(template: FilterTemplate): { readonly depth: number; readonly assertions: number } {
  const parts = template.kind === 'and' || template.kind === 'or' ? template.parts : []
  const below = (template.kind === 'not' ? [template.part] : parts).map(sizeOf)
  if (below.length === 0) return { depth: 1, assertions: 1 }
  const assertions = below.reduce((sum, part) => sum + part.assertions, 0)
  return { depth: 1 + Math.max(...below.map(({ depth }) => depth)), assertions }
}

/** The octets of a filter, taken apart by X.690 §8.1 alone: nested lists, and at their ends a tag with its text. */
type Tree = readonly [tag: number, content: string | readonly Tree[]]

function treesOf(octets: Buffer): readonly Tree[] {
  const trees: Tree[] = []
  for (let at = 0; at < octets.length; ) {
    const tag = octets[at] ?? 0
    const short = octets[at + 1] ?? 0
    const more = short < 0x80 ? 0 : short - 0x80
    const length = more === 0 ? short : octets.readUIntBE(at + 2, more)
    const start = at + 2 + more
    const content = octets.subarray(start, start + length)
    expect(content.length === length, 'the filter is cut off')
    trees.push([tag, (tag & constructed) === 0 ? content.toString('utf8') : treesOf(content)])
    at = start + length
  }
  return trees
}

const constructed = 0x20

/** What a server reads, with one text in the place of another in every value. */
function readingOf(filter: Filter, from = '', to = ''): string {
  const writer = new BerWriter()
  filter.write(writer)
  const replace = (trees: readonly Tree[]): readonly Tree[] =>
    trees.map(
      ([tag, content]): Tree => [
        tag,
        typeof content !== 'string' ? replace(content) : from === '' ? content : content.replaceAll(from, () => to),
      ],
    )
  return JSON.stringify(replace(treesOf(writer.buffer)))
}

function generateTemplate(random: Random): string {
  if (random.chance(0.1)) return randomText(random, syntax, 12)
  const template = filterOf(random, 0)
  return random.chance(0.25) ? mutateText(random, template, syntax) : template
}

function filterOf(random: Random, depth: number): string {
  if (depth > 3 || random.chance(0.5)) return `(${random.pick(heads)}${random.pick(values)})`
  if (random.chance(0.3)) return `(!${filterOf(random, depth + 1)})`
  const parts = Array.from({ length: 1 + random.below(3) }, () => filterOf(random, depth + 1))
  return `(${random.pick(['&', '|'])}${parts.join('')})`
}

/** Fills in filter templates. What is filled in is only ever a value of a filter object, so nothing in it can be syntax. */

import {
  AndFilter,
  ApproximateFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts'
import type { FilterTemplate, FilterValue } from '../../ldap/filter.ts'

/** The values for a place, none for a place whose values are not there; null when they cannot be told. */
export type FillPlace = (place: string) => readonly string[] | null

/** Ways to fill in one comparison; with more it counts as undefined. */
export const maxAlternatives = 64

/**
 * The filter with every place filled in; a comparison whose place has several values holds when it holds for one of them.
 * Null when nothing can match: RFC 4511 §4.5.1.7 has a third truth value, Undefined, which a comparison without a value
 * gets here as it would at the server; "not" leaves it as it is.
 */
export function buildFilter(template: FilterTemplate, fill: FillPlace): Filter | null {
  return build(template, fill, false)
}

function build(template: FilterTemplate, fill: FillPlace, negated: boolean): Filter | null {
  switch (template.kind) {
    case 'and':
    case 'or': {
      const parts = template.parts.map((part) => build(part, fill, negated)).filter((part) => part !== null)
      // An alternative that is Undefined may be left out, but not below "not": that would make a match of it.
      const mayLack = template.kind === 'or' && !negated && parts.length > 0
      if (parts.length < template.parts.length && !mayLack) return null
      return template.kind === 'and' ? new AndFilter({ filters: parts }) : new OrFilter({ filters: parts })
    }
    case 'not': {
      const part = build(template.part, fill, !negated)
      return part === null ? null : new NotFilter({ filter: part })
    }
    case 'present':
      return new PresenceFilter({ attribute: template.attribute })
    case 'compare':
    case 'substrings':
    case 'extensible':
      return buildAssertion(template, fill)
  }
}

type Assertion = Extract<FilterTemplate, { readonly kind: 'compare' | 'substrings' | 'extensible' }>

function buildAssertion(assertion: Assertion, fill: FillPlace): Filter | null {
  if (assertion.kind === 'compare') {
    // As most filters are: the text of one place that has one value.
    const [piece, ...others] = assertion.value
    const [text, ...more] = piece?.kind === 'place' && others.length === 0 ? (fill(piece.name) ?? []) : []
    if (text !== undefined && text !== '' && more.length === 0) return assertionFilter(assertion, [text])
  }
  const values = assertion.kind === 'substrings' ? assertion.values : [assertion.value]
  const alternatives = combinations(values, fill)
  if (alternatives === null) return null
  const filters = alternatives.map((texts) => assertionFilter(assertion, texts))
  const [first] = filters
  return first !== undefined && filters.length === 1 ? first : new OrFilter({ filters })
}

/** The texts of all values for every way to choose among the places' values; null when there is none, or too many. */
function combinations(values: readonly FilterValue[], fill: FillPlace): readonly (readonly string[])[] | null {
  const names = new Set(
    values.flatMap((value) => value.flatMap((piece) => (piece.kind === 'place' ? [piece.name] : []))),
  )
  let choices: ReadonlyMap<string, string>[] = [new Map()]
  for (const name of names) {
    const found = [...new Set(fill(name) ?? [])]
    // An empty value is none: it would turn `x*` into "anything", and servers refuse it in a comparison.
    if (found.length === 0 || found.includes('') || found.length * choices.length > maxAlternatives) return null
    choices = choices.flatMap((choice) => found.map((value) => new Map(choice).set(name, value)))
  }
  return choices.map((choice) => values.map((value) => textOf(value, choice)))
}

function textOf(value: FilterValue, choice: ReadonlyMap<string, string>): string {
  return value.map((piece) => (piece.kind === 'text' ? piece.text : (choice.get(piece.name) ?? ''))).join('')
}

function assertionFilter(assertion: Assertion, texts: readonly string[]): Filter {
  const [value = ''] = texts
  switch (assertion.kind) {
    case 'compare':
      return comparison(assertion.operator, { attribute: assertion.attribute, value })
    case 'substrings': {
      const middle = texts.slice(1, -1).filter((text) => text !== '')
      return new SubstringFilter({
        attribute: assertion.attribute,
        initial: value,
        any: middle,
        final: texts.at(-1) ?? '',
      })
    }
    case 'extensible': {
      const { attribute, rule, dnAttributes } = assertion
      return new ExtensibleFilter({ matchType: attribute, rule, dnAttributes, value })
    }
  }
}

function comparison(operator: '=' | '>=' | '<=' | '~=', options: { attribute: string; value: string }): Filter {
  switch (operator) {
    case '=':
      return new EqualityFilter(options)
    case '>=':
      return new GreaterThanEqualsFilter(options)
    case '<=':
      return new LessThanEqualsFilter(options)
    case '~=':
      return new ApproximateFilter(options)
  }
}

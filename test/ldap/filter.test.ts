/** Search filters: what is read, what is refused, and that nothing filled in is ever syntax. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BerReader, BerWriter, EqualityFilter, FilterParser, SubstringFilter } from 'ldapts'
import { buildFilter, type FillPlace, maxAlternatives } from '../../src/auth/backends/ldap/build-filter.ts'
import { maxAssertions, maxFilterDepth, parseFilter } from '../../src/auth/ldap/filter.ts'

const places = ['%u', '%d', '%D', '%s', '%{email}', '%{cn}']

function fillOf(values: Readonly<Record<string, readonly string[] | null>>): FillPlace {
  return (place) => (Object.hasOwn(values, place) ? (values[place] ?? null) : [])
}

/** A template filled in, as the filter text that a server would have to be given for the same question. */
function filled(template: string, values: Readonly<Record<string, readonly string[] | null>> = {}): string | null {
  const filter = parseFilter(template, places)
  assert.ok(filter.ok, template)
  return buildFilter(filter.value, fillOf(values))?.toString() ?? null
}

const refused: readonly (readonly [text: string, why: RegExp])[] = [
  ['', /^"\(" must stand at character 1, where the end is$/],
  ['uid=a', /^"\(" must stand at character 1, where "u" is$/],
  ['(uid=a', /^"\)" must stand at character 7, where the end is$/],
  ['(uid=a))', /^something is left behind the filter at character 8$/],
  ['(uid=a)(uid=b)', /^something is left behind the filter at character 8$/],
  ['(&)', /^"&" at character 2 has no filter behind it$/],
  ['(|)', /^"\|" at character 2 has no filter behind it$/],
  ['(& (a=b))', /^"&" at character 2 has no filter behind it$/],
  ['(&(a=b) (c=d))', /^"\)" must stand at character 8, where " " is; there must be no blanks between filters$/],
  ['(!a=b)', /^"\(" must stand at character 3, where "a" is$/],
  ['(a)', /^what stands at character 2 is no comparison$/],
  ['(=x)', /^"" is no name of an attribute$/],
  ['(a b=x)', /^"a b" is no name of an attribute$/],
  ['(1a=x)', /^"1a" is no name of an attribute$/],
  ['(a;=x)', /^"a;" is no name of an attribute$/],
  ['(a=x\\)', /^"\\" must be followed by two hexadecimal digits$/],
  ['(a=\\2)', /^"\\" must be followed by two hexadecimal digits$/],
  ['(a=\\ff)', /^\\ff is not UTF-8$/],
  ['(a>=x*)', /^"\*" has no meaning behind ">="/],
  ['(a:=x*)', /^"\*" has no meaning behind ":="/],
  ['(:=x)', /^"" is no matching rule$/],
  ['(a:b c:=x)', /^"a:b c" is no matching rule$/],
  ['(a=%{mail})', /^%\{mail\} stands for nothing here; there is %u, %d, %D, %s, %\{email\}, %\{cn\}$/],
  ['(a=%{email)', /^%\{email stands for nothing here/],
  [`${'(!'.repeat(maxFilterDepth + 1)}(a=b)${')'.repeat(maxFilterDepth + 1)}`, /^it is nested deeper than 16$/],
  [`(|${'(a=b)'.repeat(maxAssertions + 1)})`, /^it has more than 100 comparisons$/],
]

for (const [text, why] of refused) {
  test(`refused: ${text.slice(0, 40)}`, () => {
    const filter = parseFilter(text, places)
    assert.equal(filter.ok, false)
    assert.match(filter.ok ? '' : filter.error, why)
  })
}

const read: readonly (readonly [text: string, same: string])[] = [
  ['(uid=%u)', '(uid=U)'],
  ['(&(uid=%u)(!(a>=1))(|(b<=2)(c~=3)))', '(&(uid=U)(!(a>=1))(|(b<=2)(c~=3)))'],
  ['(mail=*)', '(mail=*)'],
  ['(mail=%u@*.%d)', '(mail=U@*.D)'],
  ['(mail=*a*b*)', '(mail=*a*b*)'],
  ['(userCertificate;binary=*)', '(userCertificate;binary=*)'],
  ['(2.5.4.3=x)', '(2.5.4.3=x)'],
  ['(cn=100%)', '(cn=100%)'],
  ['(cn=%x)', '(cn=%x)'],
  ['(cn=a=b)', '(cn=a=b)'],
  ['(cn=\\2a\\28\\29\\5c\\c3\\a4)', '(cn=\\2a\\28\\29\\5cä)'],
  ['(uac:1.2.840.113556.1.4.803:=2)', '(uac:1.2.840.113556.1.4.803:=2)'],
  ['(cn:dn:caseExactMatch:=%u)', '(cn:dn:caseExactMatch:=U)'],
  ['(:dn:2.5.13.2:=x)', '(:dn:2.5.13.2:=x)'],
  ['(cn:=x)', '(cn:=x)'],
]

for (const [text, same] of read) {
  test(`read: ${text}`, () => assert.equal(filled(text, { '%u': ['U'], '%d': ['D'] }), same))
}

const dangerous = [
  '*',
  '(',
  ')',
  '\\',
  '\0',
  '&',
  '|',
  '!',
  '=',
  '~',
  '<',
  '>',
  '%u',
  '%{email}',
  ')(uid=*',
  'ä€𝄞',
  ' x ',
  '\n',
  '\\2a',
]

for (const value of dangerous) {
  test(`filled in as a value and nothing else: ${JSON.stringify(value)}`, () => {
    const template = parseFilter('(&(uid=%u)(cn=x%{cn}*))', places)
    assert.ok(template.ok)
    const filter = buildFilter(template.value, fillOf({ '%u': [value], '%{cn}': [value] }))
    assert.ok(filter !== null)
    const writer = new BerWriter()
    filter.write(writer)
    const sent = FilterParser.parse(new BerReader(writer.buffer))
    assert.ok('filters' in sent && Array.isArray(sent.filters))
    const [equality, substring, ...more] = sent.filters
    assert.deepEqual(more, [])
    assert.ok(equality instanceof EqualityFilter && substring instanceof SubstringFilter)
    assert.deepEqual([equality.attribute, equality.value], ['uid', value])
    assert.deepEqual([substring.initial, substring.any, substring.final], [`x${value}`, [], ''])
  })
}

const several: readonly (readonly [
  template: string,
  values: Readonly<Record<string, readonly string[] | null>>,
  same: string | null,
])[] = [
  ['(mail=%{email})', { '%{email}': ['a@x', 'b@x'] }, '(|(mail=a@x)(mail=b@x))'],
  ['(mail=%{email})', { '%{email}': ['a@x', 'a@x'] }, '(mail=a@x)'],
  ['(m=%{email}/%{cn})', { '%{email}': ['a', 'b'], '%{cn}': ['c', 'd'] }, '(|(m=a/c)(m=a/d)(m=b/c)(m=b/d))'],
  ['(m=%{email}%{email})', { '%{email}': ['a', 'b'] }, '(|(m=aa)(m=bb))'],
  // nothing to find by
  ['(mail=%{email})', {}, null],
  ['(mail=%{email})', { '%{email}': null }, null],
  ['(mail=%{email}*)', { '%{email}': [''] }, null],
  ['(mail=%{email})', { '%{email}': ['a', ''] }, null],
  ['(&(uid=x)(mail=%{email}))', {}, null],
  ['(|(uid=x)(mail=%{email}))', {}, '(|(uid=x))'],
  ['(|(cn=%{cn})(mail=%{email}))', {}, null],
  ['(!(mail=%{email}))', {}, null],
  ['(!(|(uid=x)(mail=%{email})))', {}, null],
  ['(!(!(|(uid=x)(mail=%{email}))))', {}, '(!(!(|(uid=x))))'],
  ['(mail=%{email})', { '%{email}': Array.from({ length: maxAlternatives + 1 }, (_, index) => `${index}@x`) }, null],
  // each %s in turn
  ['(&(a=%s)(b=%s))', { '%s1': ['x'], '%s2': ['y'] }, '(&(a=x)(b=y))'],
]

for (const [template, values, same] of several) {
  test(`values of ${template}: ${JSON.stringify(values).slice(0, 60)}`, () =>
    assert.equal(filled(template, values), same))
}

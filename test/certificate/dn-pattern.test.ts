/** Patterns for distinguished names: what they match, what they refuse, and that a thousand at once are the same as each alone. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type JudgedName, judgedName } from '../../src/certificate/dn-pattern/judged-name.ts'
import { parseDnPattern } from '../../src/certificate/dn-pattern/parse.ts'
import { type DnPattern, matchesName, mismatch } from '../../src/certificate/dn-pattern/pattern.ts'
import { createPatternSet } from '../../src/certificate/dn-pattern/pattern-set.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { type Attribute, attributeTypes as types } from '../support/pki/names.ts'
import { nameOf, rawCertificate } from './raw-certificate.ts'

const attribute = (oid: string, value: string, encoding?: Attribute['encoding']): Attribute =>
  encoding === undefined ? { oid, value } : { oid, value, encoding }
const cn = (value: string) => attribute(types.cn, value)
const o = (value: string) => attribute(types.organization, value)
const ou = (value: string) => attribute(types.unit, value)
const c = (value: string) => attribute(types.country, value, 'printable')
const dc = (value: string) => attribute(types.dc, value, 'ia5')

function subjectOf(subject: readonly (Attribute | readonly Attribute[])[]) {
  const certificate = parseCertificate(rawCertificate({ subject: nameOf(subject) }))
  assert.ok(certificate.ok, JSON.stringify(certificate))
  return judgedName(certificate.value.subject)
}

function judged(...subject: (Attribute | readonly Attribute[])[]): JudgedName {
  const name = subjectOf(subject)
  assert.ok(name.ok, JSON.stringify(name))
  return name.value
}

function parsed(source: string): DnPattern {
  const pattern = parseDnPattern(source)
  assert.ok(pattern.ok, `${source}: ${JSON.stringify(pattern)}`)
  return pattern.value
}

const staff = [c('SE'), o('Example, Inc.'), ou('People'), cn('Alice Example')]

/** A pattern, a name, and why it does not match; null where it does. */
type Line = readonly [pattern: string, name: readonly (Attribute | readonly Attribute[])[], why: string | null]

const lines: readonly Line[] = [
  // the whole name, in whatever order
  ['CN=Alice Example,OU=People,O=Example\\, Inc.,C=SE', staff, null],
  ['C=SE, O=Example\\2C Inc., OU=People, CN=Alice Example', staff, null],
  ['cn=alice EXAMPLE ,ou=people,o=example\\,  inc.,c=se', staff, null],
  ['2.5.4.3=Alice Example,OID.2.5.4.11=People,O=*,C=*', staff, null],
  // `**`: further attributes
  ['OU=People,**', staff, null],
  ['**,OU=People', staff, null],
  ['OU=People, ** ,C=SE', staff, null],
  ['**', staff, null],
  ['**', [], null],
  ['OU=People', staff, 'the name has a further C, and the pattern no **'],
  ['OU=People,**', [], 'the name has no OU'],
  // wildcards in a value
  ['CN=Alice *,**', staff, null],
  ['CN=*Example,**', staff, null],
  ['CN=*ce Ex*,**', staff, null],
  ['CN=Alice?Example,**', staff, null],
  ['CN=?????*???????,**', staff, null],
  ['CN=Alice*Example*,**', staff, null],
  ['CN=Alice?,**', staff, 'no CN is Alice?'],
  ['CN=Alice,**', staff, 'no CN is Alice'],
  ['CN=lice*,**', staff, 'no CN is lice*'],
  ['CN=*Exampl,**', staff, 'no CN is *Exampl'],
  ['CN=?,**', [cn('\u{1f600}')], null],
  ['CN=??,**', [cn('\u{1f600}')], 'no CN is ??'],
  ['CN=*', [cn('a,OU=People')], null],
  // a wildcard stays within its value, and a value is not a piece of a printed name
  ['CN=*,OU=People', [cn('a,OU=People')], 'the name has no OU'],
  ['CN=a*People', [cn('a'), ou('People')], 'no CN is a*People'],
  ['OU=Admins,**', [cn('x,OU=Admins')], 'the name has no OU'],
  ['OU=Admins,**', [cn('x\\'), ou('Admins ')], null],
  ['CN=OU\\=Admins', [cn('OU=Admins')], null],
  // each attribute of the pattern has one of its own
  ['OU=*,OU=*', [ou('a'), ou('b')], null],
  ['OU=a*,OU=*b', [ou('ab'), ou('ax')], null],
  ['OU=*b,OU=a*', [ou('ab'), ou('ax')], null],
  ['OU=a*,OU=a*,**', [ou('ab'), ou('bx')], 'two attributes of the pattern would need the same one of the name'],
  ['OU=a,OU=a', [ou('a')], 'two attributes of the pattern would need the same one of the name'],
  ['DC=example,DC=org', [dc('org'), dc('example')], null],
  ['DC=example,DC=org,**', [dc('org')], 'no DC is example'],
  ['CN=a,OU=b', [[cn('a'), ou('b')]], null],
  // types
  ['E=a@b.example', [attribute(types.email, 'a@b.example', 'ia5')], null],
  ['Email=A@B.example', [attribute(types.email, 'a@b.example', 'ia5')], null],
  ['emailAddress=*@b.example', [attribute(types.email, 'a@b.example', 'ia5')], null],
  ['UID=alice', [attribute(types.uid, 'alice')], null],
  ['ST=Skåne', [attribute('2.5.4.8', 'SKÅNE')], null],
  ['L=Malmo\u0308', [attribute('2.5.4.7', 'malm\u00f6')], null],
  ['1.2.3.4=x', [attribute('1.2.3.4', 'X')], null],
  ['1.2.3.4=x', [attribute('1.2.3.5', 'x')], 'the name has no 1.2.3.4'],
  ['O=Example', [ou('Example')], 'the name has no O'],
  // the string type does not count
  ['CN=alice', [attribute(types.cn, 'alice', 'bmp')], null],
  // characters that mean something elsewhere
  ['CN=\\*', [cn('*')], null],
  ['CN=\\*', [cn('a')], 'no CN is \\*'],
  ['CN=\\?', [cn('a')], 'no CN is \\?'],
  ['CN=a.c', [cn('abc')], 'no CN is a.c'],
  ['CN=(a|b)', [cn('a')], 'no CN is (a|b)'],
  ['CN=a\\+b', [cn('a+b')], null],
  ['CN=a\\;b', [cn('a;b')], null],
  ['CN=\\#abcd', [cn('#abcd')], null],
  ['CN=#0c0161', [cn('#0c0161')], 'no CN is #0c0161'],
  ['CN=\\C3\\A5', [cn('Å')], null],
  ['CN=a\\\\', [cn('a\\')], null],
  ['CN=a\\\\,OU=b', [cn('a\\'), ou('b')], null],
]

describe('a pattern and a name', () => {
  for (const [source, name, why] of lines) {
    test(`${source} | ${JSON.stringify(name.flat().map(({ value }) => value))}`, () => {
      const pattern = parsed(source)
      const own = judged(...name)
      assert.equal(mismatch(pattern, own), why)
      assert.equal(createPatternSet([pattern]).find(own), why === null ? pattern : null)
    })
  }
})

const refused: readonly (readonly [pattern: string, why: RegExp])[] = [
  ['', /empty part/],
  ['CN=a,', /empty part/],
  [',CN=a', /empty part/],
  ['CN', /not of the form TYPE=value/],
  ['CN=', /value is empty/],
  ['Common=a', /"Common" is no attribute type/],
  ['1.2.03=a', /is no attribute type/],
  ['*=a', /"\*" is no attribute type/],
  ['*', /not of the form/],
  ['**,CN=a,**', /\*\* twice/],
  ['CN=a**', /stands alone/],
  ['CN=**', /stands alone/],
  ['CN=a+OU=b', /write \\\+/],
  ['CN=a;OU=b', /write \\;/],
  ['CN=a\\', /backslash stands before/],
  ['CN=a\\n', /backslash stands before/],
  ['CN=\\C3', /not UTF-8/],
  ['CN=a\\00', /control character/],
  ['CN=a\tb', /control character/],
  [`CN=${'a'.repeat(1025)}`, /longer than 1024/],
  [Array.from({ length: 33 }, () => 'OU=*').join(','), /more than 32 attributes/],
]

describe('a pattern is refused', () => {
  for (const [source, why] of refused) {
    test(JSON.stringify(source.slice(0, 40)), () => {
      const pattern = parseDnPattern(source)
      assert.ok(!pattern.ok, 'parsed')
      assert.match(pattern.error, why)
    })
  }
})

test('a name whose text cannot be told is not judged', () => {
  const why = (...subject: Attribute[]): string | null => {
    const name = subjectOf(subject)
    return name.ok ? null : name.error
  }
  assert.equal(why(cn('alice\0mallory')), 'its attribute CN holds a control character')
  assert.equal(why(o('a'), cn('alice\n')), 'its attribute CN holds a control character')
  assert.equal(why(attribute(types.cn, 'a@b', 'printable')), 'its attribute CN breaks the alphabet of its string type')
  assert.equal(why(cn('x'.repeat(1025))), 'its attribute CN is longer than 1024 characters')
  assert.equal(why(cn('x'.repeat(1024))), null)
})

const word = fc
  .array(fc.constantFrom('a', 'b', 'B', ' ', 'å'), { minLength: 1, maxLength: 4 })
  .map((all) => all.join(''))
const value = word.filter((text) => text.trim() !== '')
const glob = fc
  .array(fc.constantFrom('a', 'b', 'å', '?', '*', 'a'), { minLength: 1, maxLength: 4 })
  .map((all) => all.join('').replace(/\*+/g, '*'))
const type = fc.constantFrom('CN', 'OU', 'O')
const patternText = fc
  .tuple(fc.array(fc.tuple(type, glob), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([parts, others]) => [...parts.map(([name, text]) => `${name}=${text}`), ...(others ? ['**'] : [])].join(','))
const oids = { CN: types.cn, OU: types.unit, O: types.organization } as const
const subject = fc.array(fc.tuple(fc.constantFrom('CN', 'OU', 'O'), value), { minLength: 1, maxLength: 4 })

test('a set finds the first pattern that matches, whatever it is filed under', () => {
  let found = 0
  fc.assert(
    fc.property(fc.array(patternText, { maxLength: 12 }), subject, (sources, name) => {
      const patterns = sources.map(parsed)
      const own = judged(...name.map(([key, text]) => attribute(oids[key as keyof typeof oids], text)))
      const wanted = patterns.find((pattern) => matchesName(pattern, own)) ?? null
      if (wanted !== null) found += 1
      assert.equal(createPatternSet(patterns).find(own), wanted)
    }),
    { numRuns: 1500, seed: 4 },
  )
  assert.ok(found > 100, `only ${found} found`)
})

test('a glob is what the regular expression says it is', () => {
  fc.assert(
    fc.property(glob, value, (text, own) => {
      const spaces = own.trim().replace(/ +/g, ' ').toLowerCase()
      const oracle = new RegExp(`^${text.replaceAll('?', '.').replaceAll('*', '.*')}$`, 'su')
      assert.equal(matchesName(parsed(`CN=${text}`), judged(cn(own))), oracle.test(spaces))
    }),
    { numRuns: 1000, seed: 4 },
  )
})

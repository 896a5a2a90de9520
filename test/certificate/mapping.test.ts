/** The operator's own identity rules as tables: rule × certificate × authzid → answer; and that nothing in a certificate can bend one. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { identify, standard } from '../../src/certificate/identity.ts'
import { type MappingRuleOptions, mappingRule, maxRuleText } from '../../src/certificate/mapping/rule.ts'
import { ruleSources } from '../../src/certificate/mapping/sources.ts'
import { bareOf, formatBare, parseJid } from '../../src/jid/jid.ts'
import type { ReasonCode } from '../../src/observe/reasons.ts'
import * as der from '../support/pki/der-writer.ts'
import * as names from '../support/pki/names.ts'
import { extensions, nameOf, rawCertificate, san } from './raw-certificate.ts'

const domain = 'a.example'
const toDomain = '@${domain}'

function rule(options: Partial<MappingRuleOptions>): MappingRuleOptions {
  const byDefault = { name: 'rule:own', source: 'upn', match: null, issuer: [], subject: [] } as const
  return { ...byDefault, jid: `$0${toDomain}`, case: 'keep', ...options }
}

function made(options: Partial<MappingRuleOptions>) {
  const result = mappingRule(rule(options))
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

interface Given {
  readonly subject?: readonly names.Attribute[]
  readonly issuer?: readonly names.Attribute[]
  readonly sans?: readonly Uint8Array[]
  readonly serial?: Uint8Array
}

function certificateOf({ subject = [], issuer, sans = [], serial }: Given) {
  const certificate = parseCertificate(
    rawCertificate({
      subject: nameOf(subject),
      ...(issuer === undefined ? {} : { issuer: nameOf(issuer) }),
      ...(serial === undefined ? {} : { serial }),
      extensions: sans.length === 0 ? null : extensions(san(...sans)),
    }),
  )
  assert.ok(certificate.ok, JSON.stringify(certificate))
  return certificate.value
}

/** The JID, or `pass`, or the reason of the refusal; and the detail. */
function answerOf(options: Partial<MappingRuleOptions>, given: Given, authzid: string | null = null) {
  const asked = authzid === null ? null : parseJid(authzid)
  const jid = asked?.ok === true ? bareOf(asked.value) : null
  assert.equal(jid === null, authzid === null)
  const answer = made(options).answer({ certificate: certificateOf(given), authzid: jid, domain })
  switch (answer.kind) {
    case 'jid':
      return { said: formatBare(answer.jid), detail: answer.detail }
    case 'pass':
      return { said: 'pass', detail: answer.detail }
    case 'refuse':
      return { said: answer.code, detail: answer.detail }
  }
}

const upn = (value: string): Given => ({ sans: [names.upn(value)] })
const upns = (...values: string[]): Given => ({ sans: values.map(names.upn) })
const corp = { match: '(?<user>[^@]+)@corp\\.example', jid: '${user}@${domain}' }
const alice = 'alice@a.example'

type Line = readonly [
  name: string,
  rule: Partial<MappingRuleOptions>,
  given: Given,
  authzid: string | null,
  said: string,
]

const lines: readonly Line[] = [
  // pass
  ['nothing to read', corp, {}, null, 'pass'],
  ['no match', corp, upn('alice@other.example'), null, 'pass'],
  ['a match of a part is none', corp, upn('alice@corp.example.org'), null, 'pass'],
  ['a match behind something is none', corp, upn('x@alice@corp.example'), null, 'pass'],
  ['no match, whatever the client says', corp, upn('alice@other.example'), alice, 'pass'],
  ['another kind of name', corp, { sans: [names.email('alice@corp.example')] }, null, 'pass'],
  // one
  ['one, absent', corp, upn('alice@corp.example'), null, alice],
  ['one, equal', corp, upn('alice@corp.example'), alice, alice],
  ['one, different', corp, upn('alice@corp.example'), 'bob@a.example', 'authzid-mismatch'],
  ['the value is prepared', corp, upn('ALICE@corp.example'), null, alice],
  ['one beside others that do not match', corp, upns('bob@b.example', 'alice@corp.example'), null, alice],
  // several
  ['two that are one', corp, upns('alice@corp.example', 'Alice@corp.example'), null, alice],
  ['two, absent', corp, upns('alice@corp.example', 'bob@corp.example'), null, 'authzid-required'],
  ['two, the second', corp, upns('alice@corp.example', 'bob@corp.example'), 'bob@a.example', 'bob@a.example'],
  ['two, none of them', corp, upns('alice@corp.example', 'bob@corp.example'), 'eve@a.example', 'authzid-mismatch'],
  // domains
  ['a fixed foreign domain', { jid: '$0@b.example' }, upn('alice'), null, 'rule-foreign-domain'],
  ['a fixed own domain', { jid: '$0@A.Example' }, upn('alice'), null, alice],
  ['a captured own domain', { match: '(.+)@(.+)', jid: '$1@$2' }, upn('alice@A.EXAMPLE'), null, alice],
  [
    'a captured foreign domain',
    { match: '(.+)@(.+)', jid: '$1@$2' },
    upn('alice@b.example'),
    null,
    'rule-foreign-domain',
  ],
  [
    'own and foreign, absent',
    { match: '(.+)@(.+)', jid: '$1@$2' },
    upns(alice, 'alice@b.example'),
    null,
    'authzid-required',
  ],
  ['own and foreign, the own', { match: '(.+)@(.+)', jid: '$1@$2' }, upns('alice@b.example', alice), alice, alice],
  [
    'own and foreign, the foreign',
    { match: '(.+)@(.+)', jid: '$1@$2' },
    upns(alice, 'bob@b.example'),
    'bob@b.example',
    'rule-foreign-domain',
  ],
  // malformed results refuse
  ['a space', {}, upn('al ice'), null, 'rule-jid-malformed'],
  ['an empty localpart', { match: '(.*)@corp', jid: '$1@${domain}' }, upn('@corp'), null, 'rule-jid-malformed'],
  ['a group that took no part', { match: '(a)|(b)', jid: '$1@${domain}' }, upn('b'), null, 'rule-jid-malformed'],
  ['a malformed one beside a good one', {}, upns('alice', 'b b'), 'alice@a.example', 'rule-jid-malformed'],
  // the JID's structure is the template's
  ['an @ in the localpart', {}, upn('mallory@b.example'), null, 'rule-jid-malformed'],
  ['an @ that names the own domain', {}, upn('bob@a.example'), null, 'rule-jid-malformed'],
  ['a slash in the localpart', {}, upn('alice/x'), null, 'rule-jid-malformed'],
  ['a slash in the domain', { match: '(.)(.*)', jid: '$1@$2' }, upn('ba.example/x'), null, 'rule-jid-malformed'],
  ['an @ in the domain', { match: '(.)(.*)', jid: '$1@$2' }, upn('bc@a.example'), null, 'rule-jid-malformed'],
  [
    'a domain of its own in the localpart',
    { jid: 'u-$0@${domain}' },
    upn('x@evil.example'),
    null,
    'rule-jid-malformed',
  ],
  ['a template in a value is text', {}, upn('${domain}'), null, '${domain}@a.example'],
  ['a group in a value is text', {}, upn('$0$1$$'), null, '$0$1$$@a.example'],
  ['metacharacters in a value are text', { match: 'a.c\\+' }, upn('a(c+'), null, 'a(c+@a.example'],
  ['metacharacters in a value match nothing', { match: 'alice' }, upn('.*'), null, 'pass'],
  ['a comma in a value', {}, upn('a,b=c'), null, 'a,b=c@a.example'],
  // characters that people do not see
  ['NUL', { match: '(alice).*', jid: '$1@${domain}' }, upn('alice\0.mallory'), null, 'rule-value-malformed'],
  ['NUL in a value that does not match', corp, upn('x\0'), null, 'rule-value-malformed'],
  ['a line end', { match: '(alice).*', jid: '$1@${domain}' }, upn('alice\nx'), null, 'rule-value-malformed'],
  ['DEL', {}, upn('alice\x7f'), null, 'rule-value-malformed'],
  [
    'NUL in a subject, though its text has it escaped',
    { source: 'subject', match: 'CN=(alice).*', jid: '$1@${domain}' },
    { subject: [names.cn('alice\0.mallory')] },
    null,
    'rule-value-malformed',
  ],
  ['a mark that turns the direction', {}, upn('alice\u202e'), null, 'rule-jid-malformed'],
  ['as much text as is read', { match: 'a+', jid: 'x@${domain}' }, upn('a'.repeat(maxRuleText)), null, 'x@a.example'],
  [
    'more text than is read',
    { match: 'a+', jid: 'x@${domain}' },
    upn('a'.repeat(maxRuleText + 1)),
    null,
    'rule-value-malformed',
  ],
  ['a localpart that is too long', {}, upn('a'.repeat(1024)), null, 'rule-jid-malformed'],
  // letters
  ['keep', { match: '[a-z]+' }, upn('Alice'), null, 'pass'],
  ['lower', { match: '[a-z]+', case: 'lower' }, upn('Alice'), null, alice],
  ['upper', { match: '[A-Z]+', case: 'upper' }, upn('Alice'), null, alice],
  // an unusable certificate is unusable by any rule
  ['a malformed xmppAddr', {}, { sans: [names.upn('alice'), names.xmppAddr('@@')] }, null, 'xmpp-addr-malformed'],
  // an xmppAddr does not keep a rule from speaking that the operator asks
  ['beside an xmppAddr', {}, { sans: [names.upn('alice'), names.xmppAddr('bob@a.example')] }, null, alice],
]

describe('rule', () => {
  for (const [name, options, given, authzid, said] of lines) {
    test(name, () => assert.equal(answerOf(options, given, authzid).said, said))
  }
})

const attribute = (oid: string, value: string | Uint8Array, encoding: names.Attribute['encoding'] = 'utf8') => ({
  oid,
  value,
  encoding,
})
const types = names.attributeTypes

/** Every source with a certificate in which it alone holds `alice`. */
const sources: readonly (readonly [source: string, given: Given, said?: string])[] = [
  ['xmpp_addr', { sans: [names.xmppAddr('Alice@b.example/phone')] }, 'alice.b.example@a.example'],
  ['common_name', { subject: [names.cn('alice')] }],
  ['email', { sans: [names.email('alice')] }],
  ['email', { subject: [attribute(types.email, 'alice', 'ia5')] }],
  ['upn', upn('alice')],
  ['dns', { sans: [names.dns('alice')] }],
  ['uri', { sans: [names.uri('alice')] }],
  ['srv_name', { sans: [names.srv('alice')] }],
  ['uid', { subject: [attribute(types.uid, 'alice')] }],
  ['subject', { subject: [names.cn('alice'), attribute(types.organization, 'a, b')] }, 'o=a\\, b,cn=alice'],
  ['serial', { serial: der.integer(0xabcd) }, '00abcd@a.example'],
  ['sha256', {}],
  ['2.5.4.5', { subject: [attribute('2.5.4.5', 'alice', 'printable')] }],
  ['1.2.3.4', { subject: [attribute('1.2.3.4', 'alice')] }],
]

describe('source', () => {
  for (const [index, [source, given, said = alice]] of sources.entries()) {
    test(`${source} (${index})`, () => {
      if (source === 'xmpp_addr') {
        const answer = answerOf({ source, match: '(.+)@(.+)', jid: '$1.$2@${domain}' }, given)
        assert.equal(answer.said, said)
      } else if (source === 'subject') {
        assert.match(answerOf({ source, match: 'x' }, given).detail, /"O=a\\\\, b,CN=alice"/)
      } else if (source === 'sha256') {
        const { sha256 } = certificateOf(given)
        assert.equal(answerOf({ source, match: sha256, jid: `alice${toDomain}` }, given).said, alice)
        assert.equal(answerOf({ source, match: 'f'.repeat(64) }, given).said, 'pass')
      } else assert.equal(answerOf({ source }, given).said, said)
    })
  }

  test('every word has a line', () => {
    const tested = new Set(sources.map(([source]) => source))
    assert.deepEqual(
      ruleSources.filter((word) => !tested.has(word)),
      [],
    )
  })

  test('what the subject holds elsewhere is not read', () => {
    const given = { subject: [names.cn('alice'), attribute(types.unit, 'UID=alice'), attribute('2.5.4.12', 'alice')] }
    for (const source of ['uid', 'email', '2.5.4.5', 'upn']) assert.equal(answerOf({ source }, given).said, 'pass')
  })

  test('a value that breaks its alphabet', () => {
    const given = { subject: [attribute(types.uid, 'al@ce', 'printable')] }
    assert.equal(answerOf({ source: 'uid', match: 'x' }, given).said, 'rule-value-malformed')
  })
})

describe('filters', () => {
  const given = {
    ...upn('alice'),
    issuer: [attribute(types.organization, 'Example'), names.cn('Card CA')],
    subject: [names.cn('Alice'), attribute(types.unit, 'Staff')],
  }
  const rows: readonly (readonly [options: Partial<MappingRuleOptions>, said: string, detail: RegExp])[] = [
    [{ issuer: ['CN=Card CA,O=Example'] }, alice, /upn makes alice/],
    [{ issuer: ['CN=Other CA,**', 'CN=Card*,**'] }, alice, /upn makes alice/],
    [{ issuer: ['CN=Other CA,**'] }, 'pass', /by their issuer: no CN is Other CA/],
    [{ issuer: ['CN=Other CA,**', 'CN=Third CA,**'] }, 'pass', /by their issuer: none of 2 patterns matches/],
    [{ issuer: ['OU=Staff,**'] }, 'pass', /by their issuer: the name has no OU/],
    [{ subject: ['OU=Staff,**'] }, alice, /upn makes alice/],
    [{ subject: ['OU=Staff'] }, 'pass', /by their subject: the name has a further CN/],
    [{ issuer: ['**'], subject: ['OU=Guests,**'] }, 'pass', /by their subject/],
  ]
  for (const [options, said, detail] of rows) {
    test(JSON.stringify(options), () => {
      const answer = answerOf(options, given)
      assert.equal(answer.said, said)
      assert.match(answer.detail, detail)
    })
  }

  test('a name that cannot be compared is not taken for another', () => {
    const broken = { ...upn('alice'), subject: [names.cn('alice\0')] }
    assert.equal(answerOf({ subject: ['CN=bob'] }, broken).said, 'rule-value-malformed')
    assert.equal(answerOf({}, broken).said, alice)
  })
})

test('rules are asked in order: a pass lets the next one speak, a refusal nobody', () => {
  const [first, second] = [made({ ...corp, name: 'rule:first' }), made({ source: 'uid', name: 'rule:second' })]
  const decide = (given: Given) => {
    const found = identify([standard, first, second], { certificate: certificateOf(given), authzid: null, domain })
    const steps = found.steps.map(({ rule: name, answer }) => `${name} ${answer}`).join(', ')
    return [found.kind === 'jid' ? found.via : found.code, steps] satisfies [string | ReasonCode, string]
  }
  const uid = { subject: [attribute(types.uid, 'alice')] }
  assert.deepEqual(decide(uid), ['rule:second', 'standard pass, rule:first pass, rule:second jid'])
  assert.deepEqual(decide({ ...uid, ...upn('b b@corp.example') }), [
    'rule-jid-malformed',
    'standard pass, rule:first refuse',
  ])
  assert.deepEqual(decide({}), ['no-identity', 'standard pass, rule:first pass, rule:second pass'])
})

test('what is shown of a value cannot drive a terminal', () => {
  assert.match(answerOf(corp, upns('\u202ex', 'y')).detail, /^no upn matches: "\\u\{202e\}x", "y"$/)
  assert.match(answerOf({}, upn('\u001b[31m')).detail, /"\\u001b\[31m" holds a control character$/)
})

const wrong: readonly (readonly [options: Partial<MappingRuleOptions>, key: string, why: RegExp])[] = [
  [{ source: 'cn' }, 'source', /no source/],
  [{ source: '2.5.04' }, 'source', /no source/],
  [{ match: 'a(' }, 'match', /^character 2: the group has no closing/],
  [{ issuer: ['**', 'X=1'] }, 'issuer 1', /no attribute type/],
  [{ subject: ['CN'] }, 'subject 0', /TYPE=value/],
  [{ jid: '$0' }, 'jid', /LOCAL@DOMAIN/],
  [{ jid: '@${domain}' }, 'jid', /LOCAL@DOMAIN/],
  [{ jid: '$0@' }, 'jid', /LOCAL@DOMAIN/],
  [{ jid: '$0@a@b' }, 'jid', /LOCAL@DOMAIN/],
  [{ jid: '$1@${domain}' }, 'jid', /no group 1: the pattern has none/],
  [{ match: '(a)', jid: '$2@${domain}' }, 'jid', /no group 2: the pattern has 1/],
  [{ jid: '${user}@${domain}' }, 'jid', /no group of the pattern is named "user"/],
  [{ jid: '${}@${domain}' }, 'jid', /no group of the pattern is named ""/],
  [{ jid: '$@${domain}' }, 'jid', /write \$\$/],
  [{ jid: '${0@${domain}' }, 'jid', /named "0@\$\{domain"/],
  [{ jid: 'a b@${domain}' }, 'jid', /its localpart can be in no JID/],
  [{ jid: '$0/x@${domain}' }, 'jid', /its localpart can be in no JID/],
  [{ jid: '$0@${domain}/phone' }, 'jid', /its domainpart can be in no JID/],
  [{ jid: '$0@-.example' }, 'jid', /its domainpart can be in no JID/],
]

describe('a rule that is wrong', () => {
  for (const [options, key, why] of wrong) {
    test(JSON.stringify(options), () => {
      const result = mappingRule(rule(options))
      assert.ok(!result.ok, 'made')
      const [fault] = result.error
      assert.equal(result.error.length, 1)
      assert.equal(fault?.index == null ? fault?.key : `${fault.key} ${fault.index}`, key)
      assert.match(fault?.why ?? '', why)
    })
  }

  test('a pattern that cannot be read might have any group', () => {
    const result = mappingRule(rule({ match: '(?<user>[a)', jid: '$1.${user}@${domain}' }))
    assert.deepEqual(result.ok ? [] : result.error.map(({ key }) => key), ['match'])
  })

  test('all that is wrong is told at once', () => {
    const result = mappingRule(rule({ source: 'x', match: '(', jid: '$1', issuer: [''], subject: ['**', 'a'] }))
    const keys = ['source', 'match', 'jid', 'issuer', 'subject']
    assert.deepEqual(result.ok ? [] : result.error.map(({ key }) => key), keys)
  })
})

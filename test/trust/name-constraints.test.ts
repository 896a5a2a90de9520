import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConstrainedName, matchName, type NameMatch } from '../../src/trust/name-matching.ts'
import { validatePath } from '../../src/trust/path-validation.ts'
import { type CertificateOptions, createAuthority, issue } from '../support/pki/certificate.ts'
import { context, integer, octets, sequence } from '../support/pki/der-writer.ts'
import type { NameConstraints } from '../support/pki/extensions.ts'
import * as names from '../support/pki/names.ts'
import { parsedOf, storeOf } from './support.ts'

const ip = (...values: number[]): ConstrainedName => ({ kind: 'ip', octets: Uint8Array.from(values) })

const matches: readonly (readonly ['email' | 'dns' | 'uri', string, string, NameMatch])[] = [
  ['dns', 'example.org', 'example.org', 'inside'],
  ['dns', 'www.EXAMPLE.org', 'Example.ORG', 'inside'],
  ['dns', 'notexample.org', 'example.org', 'outside'],
  ['dns', 'example.org', '.example.org', 'outside'],
  ['dns', 'www.example.org', '.example.org', 'inside'],
  ['dns', 'anything', '', 'inside'],
  ['email', 'a@example.org', 'example.org', 'inside'],
  ['email', 'a@EXAMPLE.org', 'example.ORG', 'inside'],
  ['email', 'a@sub.example.org', 'example.org', 'outside'],
  ['email', 'a@sub.example.org', '.example.org', 'inside'],
  ['email', 'a@example.org', '.example.org', 'outside'],
  ['email', 'a@example.org', 'a@example.org', 'inside'],
  ['email', 'A@example.org', 'a@example.org', 'outside'],
  ['email', 'a@b@example.org', 'example.org', 'unknown'],
  ['email', 'example.org', 'example.org', 'unknown'],
  ['email', 'a\0@example.org', 'example.org', 'unknown'],
  ['uri', 'https://example.org/path?a=b', 'example.org', 'inside'],
  ['uri', 'https://example.org:8443', 'EXAMPLE.org', 'inside'],
  ['uri', 'https://www.example.org/', 'example.org', 'outside'],
  ['uri', 'https://www.example.org/', '.example.org', 'inside'],
  ['uri', 'https://example.org/', '.example.org', 'outside'],
  ['uri', 'https://example.org@evil.example/', 'example.org', 'unknown'],
  ['uri', 'https://[2001:db8::1]/', 'example.org', 'unknown'],
  ['uri', 'urn:example:1', 'example.org', 'unknown'],
]

for (const [kind, name, base, answer] of matches) {
  test(`${kind} ${JSON.stringify(name)} is ${answer} of ${JSON.stringify(base)}`, () => {
    assert.equal(matchName({ kind, text: name }, { kind, text: base }), answer)
  })
}

test('addresses are compared under their mask, and only with their own family', () => {
  const net = ip(192, 0, 2, 0, 255, 255, 255, 0)
  assert.equal(matchName(ip(192, 0, 2, 9), net), 'inside')
  assert.equal(matchName(ip(192, 0, 3, 9), net), 'outside')
  assert.equal(matchName(ip(...Array(16).fill(0)), net), 'outside')
  assert.equal(matchName(ip(192, 0, 2, 9), ip(192, 0, 2, 0)), 'unknown')
})

test('kinds that cannot be compared are only told from others', () => {
  const srv: ConstrainedName = { kind: 'uncomparable', form: 'otherName 1.3.6.1.5.5.7.8.7' }
  assert.equal(matchName(srv, srv), 'unknown')
  assert.equal(matchName(srv, { ...srv, form: 'registeredID' }), 'other-kind')
  assert.equal(matchName(srv, { kind: 'dns', text: '' }), 'other-kind')
})

const root = createAuthority({ name: 'Constraint Root' })
const store = storeOf(root.pem)

function judge(nameConstraints: NameConstraints, leaf: CertificateOptions): string {
  const ca = createAuthority({ name: 'Constrained', parent: root, nameConstraints })
  const sent = issue(ca, { cn: 'Alice', ...leaf })
  const verdict = validatePath({ leaf: parsedOf(sent.der), extra: [parsedOf(ca.der)], store, now: Date.now() })
  return verdict.kind === 'untrusted' ? `${verdict.code}: ${verdict.text}` : verdict.kind
}

const rows: readonly { name: string; constraints: NameConstraints; leaf: CertificateOptions; words: string }[] = [
  {
    name: 'a permitted tree of another kind says nothing',
    constraints: { permitted: [names.dns('example.org')] },
    leaf: { san: [names.xmppAddr('alice@elsewhere.example')] },
    words: 'trusted',
  },
  {
    name: 'one permitted tree of several is enough',
    constraints: { permitted: [names.dns('a.example'), names.dns('b.example')] },
    leaf: { san: [names.dns('x.b.example')] },
    words: 'trusted',
  },
  {
    name: 'every name must be permitted',
    constraints: { permitted: [names.dns('a.example')] },
    leaf: { san: [names.dns('a.example'), names.dns('b.example')] },
    words:
      'chain-name-constraint: dns name "b.example" in "CN=Alice" is outside of what is permitted by "CN=Constrained"',
  },
  {
    name: 'an excluded tree',
    constraints: { excluded: [names.email('.example.org')] },
    leaf: { san: [names.email('alice@sub.example.org')] },
    words: 'chain-name-constraint: email name "alice@sub.example.org" in "CN=Alice" is excluded by "CN=Constrained"',
  },
  {
    name: 'a constraint on xmppAddr',
    constraints: { excluded: [names.xmppAddr('evil.example')] },
    leaf: { san: [names.xmppAddr('alice@good.example')] },
    words:
      'chain-name-constraint: a name of the kind otherName 1.3.6.1.5.5.7.8.5 in "CN=Alice" cannot be compared with what is excluded by "CN=Constrained"',
  },
  {
    name: 'the subject as a directory name',
    constraints: { permitted: [names.dirName([names.cn('BOB')])] },
    leaf: {},
    words: 'chain-name-constraint: a directory name in "CN=Alice" is outside of what is permitted by "CN=Constrained"',
  },
  {
    name: 'the subject as a directory name in other letters',
    constraints: { permitted: [names.dirName([names.cn('ALICE')])] },
    leaf: { subject: [names.cn('alice'), names.cn('phone')] },
    words: 'trusted',
  },
  {
    name: 'a CN that is a host name, without dNSName',
    constraints: { permitted: [names.dns('example.org')] },
    leaf: { cn: 'alice.elsewhere.example' },
    words:
      'chain-name-constraint: dns name "alice.elsewhere.example" in "CN=alice.elsewhere.example" is outside of what is permitted by "CN=Constrained"',
  },
  {
    name: 'an e-mail address in the subject',
    constraints: { permitted: [names.email('example.org')] },
    leaf: { subject: [{ oid: names.attributeTypes.email, value: 'a@b.example', encoding: 'ia5' }] },
    words:
      'chain-name-constraint: email name "a@b.example" in "emailAddress=a@b.example" is outside of what is permitted by "CN=Constrained"',
  },
]

for (const { name, constraints, leaf, words } of rows) {
  test(`name constraints: ${name}`, () => assert.equal(judge(constraints, leaf), words))
}

test('subtrees with a minimum, and constraints that are none, make the CA malformed', () => {
  const withMinimum = sequence(context(0, sequence(names.dns('a.example'), Buffer.from([0x80, 1, 1]))))
  for (const value of [withMinimum, octets(), integer(1)]) {
    const extensions = [{ oid: '2.5.29.30', critical: true, value }]
    const ca = createAuthority({ name: 'Broken', parent: root, extensions })
    const leaf = parsedOf(issue(ca, { cn: 'Alice' }).der)
    const verdict = validatePath({ leaf, extra: [parsedOf(ca.der)], store, now: Date.now() })
    assert.equal(verdict.kind === 'untrusted' ? verdict.code : verdict.kind, 'chain-malformed')
  }
})

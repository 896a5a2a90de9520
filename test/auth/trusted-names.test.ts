/** Trusted distinguished names: lists × certificate × chain → what is said, by which list, and with which words. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createAuthority } from '../../src/auth/authority.ts'
import { createPkiBackend } from '../../src/auth/backends/pki.ts'
import type { AuthBackend } from '../../src/auth/contract.ts'
import { createTrustedNames, maxReports } from '../../src/auth/trusted-names.ts'
import type { NameLists } from '../../src/auth/trusted-names-options.ts'
import type { ChainStatus } from '../../src/certificate/channel.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import type { ReasonCode } from '../../src/observe/reasons.ts'
import { type Certificate, createAuthority as createCa, issue, selfSigned } from '../support/pki/certificate.ts'
import { cn, attributeTypes as types } from '../support/pki/names.ts'

const o = (value: string) => ({ oid: types.organization, value })
const ou = (value: string) => ({ oid: types.unit, value })

const root = createCa({ subject: [o('Example'), cn('Root CA')] })
const policyCa = createCa({ subject: [o('Example'), cn('Policy CA')], parent: root })
const cardCa = createCa({ subject: [o('Example'), cn('Card CA')], parent: policyCa })

const alice = issue(cardCa, { subject: [o('Example'), ou('Staff'), cn('Alice')] })
const guest = issue(cardCa, { subject: [o('Example'), ou('Guests'), cn('Alice')] })
const nul = issue(cardCa, { subject: [o('Example'), ou('Staff'), cn('Alice\0')] })
const own = selfSigned({ subject: [o('Example'), ou('Staff'), cn('Alice')] })

function factsOf({ der }: Certificate) {
  const read = parseCertificate(der)
  assert.ok(read.ok)
  return read.value
}

function chainOf(certificate: Certificate): ChainStatus {
  if (certificate === own) return { kind: 'self-signed' }
  return { kind: 'trusted', chain: [certificate, cardCa, policyCa, root].map(({ der }) => der) }
}

const allow = (...patterns: string[]): NameLists => ({ allow: patterns, deny: null })
const deny = (...patterns: string[]): NameLists => ({ allow: null, deny: patterns })

interface Line {
  readonly name: string
  readonly subjects?: NameLists
  readonly issuers?: NameLists
  readonly who?: Certificate
  readonly code: ReasonCode | null
  /** `list answer` for each step. */
  readonly steps: string
}

const staff = 'OU=Staff,O=Example,**'
const lines: readonly Line[] = [
  { name: 'allowed subject', subjects: allow(staff), code: null, steps: 'trusted_subjects.allow pass' },
  {
    name: 'another subject',
    subjects: allow(staff),
    who: guest,
    code: 'subject-not-trusted',
    steps: 'trusted_subjects.allow refuse',
  },
  {
    name: 'denied subject',
    subjects: deny('OU=Guests,**'),
    who: guest,
    code: 'subject-denied',
    steps: 'trusted_subjects.deny refuse',
  },
  { name: 'subject not denied', subjects: deny('OU=Guests,**'), code: null, steps: 'trusted_subjects.deny pass' },
  {
    name: 'deny comes first',
    subjects: { allow: ['**'], deny: ['CN=Alice,**'] },
    code: 'subject-denied',
    steps: 'trusted_subjects.deny refuse',
  },
  {
    name: 'allowed and not denied',
    subjects: { allow: ['**'], deny: ['CN=Bob,**'] },
    code: null,
    steps: 'trusted_subjects.deny pass, trusted_subjects.allow pass',
  },
  { name: 'allowed issuer', issuers: allow('CN=Card CA,O=Example'), code: null, steps: 'trusted_issuers.allow pass' },
  {
    name: 'another issuer',
    issuers: allow('CN=Mail CA,O=Example'),
    code: 'issuer-not-trusted',
    steps: 'trusted_issuers.allow refuse',
  },
  {
    name: 'a CA above is no issuer to allow',
    issuers: allow('CN=Root CA,**', 'CN=Policy CA,**'),
    code: 'issuer-not-trusted',
    steps: 'trusted_issuers.allow refuse',
  },
  {
    name: 'denied issuer',
    issuers: deny('CN=Card CA,**'),
    code: 'issuer-denied',
    steps: 'trusted_issuers.deny refuse',
  },
  {
    name: 'a CA above is denied',
    issuers: deny('CN=Policy CA,**'),
    code: 'issuer-denied',
    steps: 'trusted_issuers.deny refuse',
  },
  {
    name: 'the root is denied',
    issuers: deny('CN=Root CA,**'),
    code: 'issuer-denied',
    steps: 'trusted_issuers.deny refuse',
  },
  { name: 'the subject is no issuer', issuers: deny('CN=Alice,**'), code: null, steps: 'trusted_issuers.deny pass' },
  {
    name: 'self-signed, a subject',
    subjects: allow(staff),
    who: own,
    code: null,
    steps: 'trusted_subjects.allow pass',
  },
  {
    name: 'self-signed has no issuer to trust',
    issuers: allow('**'),
    who: own,
    code: 'issuer-not-trusted',
    steps: 'trusted_issuers.allow refuse',
  },
  {
    name: 'self-signed, denied by its own name',
    issuers: deny('CN=Alice,**'),
    who: own,
    code: 'issuer-denied',
    steps: 'trusted_issuers.deny refuse',
  },
  {
    name: 'NUL and allow',
    subjects: allow('**'),
    who: nul,
    code: 'name-malformed',
    steps: 'trusted_subjects.allow refuse',
  },
  {
    name: 'NUL and deny',
    subjects: deny('CN=Bob,**'),
    who: nul,
    code: 'name-malformed',
    steps: 'trusted_subjects.deny refuse',
  },
  { name: 'NUL where nobody looks', issuers: allow('**'), who: nul, code: null, steps: 'trusted_issuers.allow pass' },
  {
    name: 'both denies before both allows',
    subjects: { allow: ['OU=None,**'], deny: ['OU=Guests,**'] },
    issuers: { allow: ['CN=None,**'], deny: ['CN=None,**'] },
    code: 'subject-not-trusted',
    steps: 'trusted_subjects.deny pass, trusted_issuers.deny pass, trusted_subjects.allow refuse',
  },
]

describe('lists', () => {
  for (const { name, subjects = null, issuers = null, who = alice, code, steps } of lines) {
    test(name, () => {
      const trusted = createTrustedNames({ subjects, issuers })
      const said = trusted?.judge(factsOf(who), chainOf(who))
      assert.equal(said?.refusal?.code ?? null, code)
      assert.equal(said?.steps.map(({ list, answer }) => `${list} ${answer}`).join(', '), steps)
    })
  }

  test('none at all is nothing to ask', () => assert.equal(createTrustedNames({ subjects: null, issuers: null }), null))
})

describe('the words', () => {
  const detail = (subjects: NameLists | null, issuers: NameLists | null, who = alice): string | undefined =>
    createTrustedNames({ subjects, issuers })?.judge(factsOf(who), chainOf(who)).steps.at(-1)?.detail

  test('name the pattern that decided', () => {
    assert.equal(detail(allow('CN=Bob,**', staff), null), `the subject matches the pattern "${staff}"`)
    assert.equal(detail(deny(staff), null), `the subject matches the pattern "${staff}"`)
    assert.equal(
      detail(null, deny('CN=Policy CA,**')),
      'the issuer, which is CN=Policy CA,O=Example further up, matches the pattern "CN=Policy CA,**"',
    )
  })

  test('say of the first patterns why they do not match, and of the others that they are there', () => {
    assert.equal(
      detail(allow('CN=Bob,**', 'OU=Staff', 'L=x,**', 'CN=Alice', '1.2.3=a', 'CN=c'), null),
      'the subject matches no pattern ("CN=Bob,**": no CN is Bob; "OU=Staff": the name has a further O, and the pattern no **; ' +
        '"L=x,**": the name has no L; "CN=Alice": the name has a further O, and the pattern no **; and 2 more patterns)',
    )
    assert.equal(detail(deny('CN=a', 'CN=b'), null), 'the subject matches none of 2 patterns')
  })

  test('a report has every pattern with every name', () => {
    const trusted = createTrustedNames({ subjects: allow(staff), issuers: deny('CN=Policy CA,**') })
    assert.deepEqual(trusted?.report(factsOf(alice), chainOf(alice)), [
      {
        list: 'trusted_issuers.deny',
        name: 'CN=Card CA,O=Example',
        pattern: 'CN=Policy CA,**',
        why: 'no CN is Policy CA',
      },
      { list: 'trusted_issuers.deny', name: 'CN=Policy CA,O=Example', pattern: 'CN=Policy CA,**', why: null },
      {
        list: 'trusted_issuers.deny',
        name: 'CN=Root CA,O=Example',
        pattern: 'CN=Policy CA,**',
        why: 'no CN is Policy CA',
      },
      { list: 'trusted_subjects.allow', name: 'CN=Alice,OU=Staff,O=Example', pattern: staff, why: null },
    ])
  })

  test('a report ends', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `CN=Alice ${index},**`)
    const report = createTrustedNames({ subjects: allow(...many), issuers: null })?.report(
      factsOf(alice),
      chainOf(alice),
    )
    assert.equal(report?.length, maxReports)
  })
})

test('no backend is asked about a certificate that the lists keep out', async () => {
  let asked = 0
  const backend = createPkiBackend()
  const counting: AuthBackend = {
    ...backend,
    judge: (claim, call) => {
      asked += 1
      return backend.judge(claim, call)
    },
  }
  const authority = createAuthority([counting], createTrustedNames({ subjects: allow(staff), issuers: null }))
  const call = { deadline: performance.now() + 1000, signal: AbortSignal.timeout(1000) }
  const judge = (who: Certificate) =>
    authority.judge(
      {
        kind: 'certificate',
        jid: { local: 'alice', domain: 'a.example' },
        via: 'standard',
        certificate: factsOf(who),
        chain: chainOf(who),
      },
      call,
    )
  const refused = await judge(guest)
  assert.equal(refused.verdict.kind === 'deny' ? refused.verdict.code : refused.verdict.kind, 'subject-not-trusted')
  assert.deepEqual([asked, refused.steps, refused.names?.length], [0, [], 1])
  const allowed = await judge(alice)
  assert.deepEqual([asked, allowed.verdict.kind, allowed.names?.length], [1, 'allow', 1])
})

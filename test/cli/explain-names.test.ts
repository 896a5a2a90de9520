/** `signet explain` shows each rule and each pattern of trusted names with what it said, on paper and as data. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runExplain } from '../../src/cli/explain.ts'
import { createAuthority, issue, issueServer } from '../support/pki/certificate.ts'
import { cn, dns, attributeTypes as types, upn } from '../support/pki/names.ts'
import { createFakeIo } from './fake-io.ts'

const authority = createAuthority({ name: 'Card CA' })
const unit = (value: string) => ({ oid: types.unit, value })
const certificates = {
  staff: issue(authority, { subject: [unit('Staff'), cn('Alice')], san: [upn('alice@corp.example')] }),
  guest: issue(authority, { subject: [unit('Guests'), cn('Alice')], san: [upn('alice@corp.example')] }),
  other: issue(authority, { subject: [unit('Staff'), cn('Alice')], san: [upn('alice@other.example')] }),
  evil: issue(authority, { subject: [unit('\u202eStaff'), cn('x')], san: [upn('\u001b[2J@corp.example')] }),
}

const rules = `[[auth.sasl_external_rules]]
name = "upn"
source = "upn"
match = '(.+)@corp\\.example'
jid = "$1@\${domain}"
[auth]
sasl_external = ["standard", "rule:upn"]
trusted_subjects = { allow = ["OU=Staff,**", "OU=Robots"], deny = ["CN=Eve,**"] }
`

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signet-names-'))
  const server = issueServer(authority, [dns('localhost')], 'localhost')
  await writeFile(join(directory, 'ca.pem'), authority.pem)
  await writeFile(join(directory, 'server.pem'), server.pem + server.keyPem, { mode: 0o600 })
  for (const [name, { pem }] of Object.entries(certificates)) await writeFile(join(directory, `${name}.pem`), pem)
  const listener = '[[listen.c2s]]\ntls.certfile = "server.pem"\ntls.cacertfile = "ca.pem"\n'
  const [own = '', auth = ''] = rules.split('[auth]')
  await writeFile(join(directory, 'signet.toml'), `[general]\nhosts = ["localhost"]\n${listener}[auth]${auth}${own}`)
})
after(() => rm(directory, { recursive: true, force: true }))

async function explained(name: keyof typeof certificates, ...more: string[]) {
  const fake = createFakeIo(directory)
  const code = await runExplain([`${name}.pem`, '--config', 'signet.toml', ...more], fake.io)
  return { code, out: fake.out() }
}

/** The lines below a heading. */
function section(page: string, heading: string): readonly string[] {
  const [, lines = ''] = new RegExp(`^${heading}\n((?: {2}.*\n)+)`, 'm').exec(page) ?? []
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, '  '))
}

test('a login that the lists let in', async () => {
  const { code, out } = await explained('staff')
  assert.equal(code, 0)
  assert.deepEqual(section(out, 'Identity').slice(1), [
    'standard  pass  the certificate has no xmppAddr',
    'rule:upn  jid  alice@localhost',
  ])
  assert.deepEqual(section(out, 'Trusted names'), [
    'trusted_subjects.deny  pass  the subject matches none of one pattern',
    'trusted_subjects.allow  pass  the subject matches the pattern "OU=Staff,**"',
    'trusted_subjects.deny  CN=Eve,**  on CN=Alice,OU=Staff: no CN is Eve',
    'trusted_subjects.allow  OU=Staff,**  on CN=Alice,OU=Staff: matches',
    'trusted_subjects.allow  OU=Robots  on CN=Alice,OU=Staff: no OU is Robots',
  ])
})

test('one that they keep out', async () => {
  const { code, out } = await explained('guest')
  assert.equal(code, 1)
  const why = 'the subject matches no pattern ("OU=Staff,**": no OU is Staff; "OU=Robots": no OU is Robots)'
  assert.equal(section(out, 'Trusted names')[1], `trusted_subjects.allow  refuse  ${why}  [subject-not-trusted]`)
  assert.equal(section(out, 'Backends').length, 1)
  assert.equal(section(out, 'Outcome')[0], 'deny  subject-not-trusted')
})

test('one that no rule knows: the patterns are tried all the same', async () => {
  const { out } = await explained('other')
  assert.equal(section(out, 'Identity')[2], 'rule:upn  pass  no upn matches: "alice@other.example"')
  assert.equal(section(out, 'Trusted names').length, 3)
  assert.equal(section(out, 'Outcome')[0], 'deny  no-identity')
})

test('nothing of a certificate drives the terminal', async () => {
  const { out } = await explained('evil')
  assert.deepEqual(
    ['\u001b', '\u202e'].filter((character) => out.includes(character)),
    [],
  )
  assert.match(section(out, 'Identity')[2] ?? '', /holds a control character {2}\[rule-value-malformed\]$/)
})

test('as data', async () => {
  const { decision, patterns } = JSON.parse((await explained('guest', '--json')).out)
  assert.deepEqual(
    decision.names.map(({ list, answer, code }: Record<string, string>) => [list, answer, code]),
    [
      ['trusted_subjects.deny', 'pass', undefined],
      ['trusted_subjects.allow', 'refuse', 'subject-not-trusted'],
    ],
  )
  assert.deepEqual(decision.backends, [])
  assert.deepEqual(patterns[1], {
    list: 'trusted_subjects.allow',
    name: 'CN=Alice,OU=Guests',
    pattern: 'OU=Staff,**',
    why: 'no OU is Staff',
  })
})

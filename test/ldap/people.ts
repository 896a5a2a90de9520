/** The people of the directory tests, and what the backend is told about it. */

import type { LdapPoolOptions } from '../../src/auth/backends/ldap/pool-options.ts'
import type { CertificateClaim, Claim, PasswordClaim, Verdict } from '../../src/auth/contract.ts'
import type { LdapOptions } from '../../src/auth/ldap/options.ts'
import { ldapSection, resolveLdap } from '../../src/auth/ldap/options.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { readConfiguration } from '../../src/config/read.ts'
import type { Call } from '../../src/observe/call.ts'
import { type Certificate, createAuthority, issue } from '../support/pki/certificate.ts'
import { email, upn } from '../support/pki/names.ts'
import { directory } from '../support/slapd.ts'

const { suffix } = directory

/** Certificates of people who are in the directory, or not. */
export function createPeople() {
  const root = createAuthority({ name: 'Directory Root CA' })
  const of = (name: string, ...addresses: readonly string[]) =>
    issue(root, { cn: name, san: addresses.map((address) => email(address)) })
  return {
    root,
    alice: of('alice', 'alice@mail.example', 'a.liddell@mail.example'),
    aliceRenewed: of('alice', 'alice@mail.example'),
    bob: of('bob', 'bob@mail.example'),
    /** Without any address. */
    bare: issue(root, { cn: 'bare' }),
    byUpn: issue(root, { cn: 'device', san: [upn('alice@corp.example')] }),
    star: of('star', '*@mail.example'),
    twins: of('twins', 'twins@mail.example'),
    hostile: of('hostile', 'x)(uid=*@mail.example'),
    /** Alice's address up to a NUL. */
    cut: of('cut', 'alice@mail.example\0.evil.example'),
  }
}

/** The people. */
export type People = ReturnType<typeof createPeople>

interface EntryPlan {
  readonly dn: string
  readonly classes: readonly string[]
  readonly values: Readonly<Record<string, string | readonly string[]>>
  readonly certificate?: Certificate
}

function entry({ dn, classes, values, certificate }: EntryPlan): string {
  const lines = [`dn: ${dn}`, ...classes.map((name) => `objectClass: ${name}`)]
  for (const [name, value] of Object.entries(values)) {
    for (const one of [value].flat()) lines.push(`${name}:: ${Buffer.from(one).toString('base64')}`)
  }
  if (certificate !== undefined) lines.push(`userCertificate;binary:: ${certificate.der.toString('base64')}`)
  return `${lines.join('\n')}\n\n`
}

const person = ['inetOrgPerson', 'xmppPerson']

/** The directory as LDIF. */
export function ldifOf(people: People): string {
  const user = (uid: string, values: EntryPlan['values'], certificate?: Certificate): string =>
    entry({
      dn: `uid=${uid.replace(/[^a-z0-9]/g, (found) => `\\${found.charCodeAt(0).toString(16)}`)},ou=people,${suffix}`,
      classes: person,
      values: { uid, cn: uid, sn: 'Person', ...values },
      ...(certificate !== undefined && { certificate }),
    })
  return [
    entry({ dn: suffix, classes: ['dcObject', 'organization'], values: { dc: 'example', o: 'Example' } }),
    ...['people', 'groups', 'services'].map((ou) =>
      entry({ dn: `ou=${ou},${suffix}`, classes: ['organizationalUnit'], values: { ou } }),
    ),
    entry({
      dn: `cn=signet,ou=services,${suffix}`,
      classes: ['organizationalRole', 'simpleSecurityObject'],
      values: { cn: 'signet', userPassword: 'service secret' },
    }),
    user(
      'alice',
      {
        mail: ['alice@mail.example', 'liddell@mail.example'],
        xmppJid: ['alice@example.org', 'nonsense@@'],
        userPassword: 'wonder land',
        employeeType: ['staff', 'chess'],
        userAccountControl: '512',
        title: 'alice@corp.example',
      },
      people.alice,
    ),
    user('bob', { mail: 'bob@mail.example', xmppJid: 'robert@example.org', nsAccountLock: 'true', userPassword: 'b' }),
    user('carol', { employeeType: 'guest', userAccountControl: '514', userPassword: 'c' }),
    user('twin1', { mail: 'twins@mail.example' }),
    user('twin2', { mail: 'twins@mail.example' }),
    user('odd*(name)\\', { mail: 'odd@mail.example' }),
    entry({
      dn: `cn=chess,ou=groups,${suffix}`,
      classes: ['groupOfNames'],
      values: { cn: 'chess', member: `uid=alice,ou=people,${suffix}`, description: 'alice at example.org' },
    }),
    entry({
      dn: `ou=staff,${suffix}`,
      classes: ['alias', 'extensibleObject'],
      values: { ou: 'staff', aliasedObjectName: `ou=people,${suffix}` },
    }),
    entry({
      dn: `cn=secretary,ou=groups,${suffix}`,
      classes: ['alias', 'extensibleObject'],
      values: { cn: 'secretary', aliasedObjectName: `uid=alice,ou=people,${suffix}` },
    }),
  ].join('')
}

/** A branch of the groups that is on another server. */
export const branchLdif = entry({
  dn: `ou=branch,ou=groups,${suffix}`,
  classes: ['referral', 'extensibleObject'],
  values: { ou: 'branch', ref: `ldap://branch.example/ou=branch,${suffix}` },
})

/** Options of the backend as `[auth.ldap]` says them; throws when they are not in order. */
export function ldapOptions(toml = '', trustsClient = false): LdapOptions {
  const text = `base = "ou=people,${suffix}"\n${toml}`
  const reading = readConfiguration(ldapSection, { path: 'test.toml', text })
  const options = reading.values === null ? null : resolveLdap(reading.values, reading.root, trustsClient)
  const problems = reading.problems().map(({ path, message }) => `${path}: ${message}`)
  if (options === null || problems.length > 0) throw new Error(problems.join('\n'))
  return options
}

/** A pool for these servers, anonymous and in clear text unless told otherwise. */
export function poolOptions(
  servers: readonly string[],
  port: number,
  more: Partial<LdapPoolOptions> = {},
): LdapPoolOptions {
  return {
    workers: 2,
    callTimeoutMs: 2_000,
    servers,
    port,
    identity: { kind: 'anonymous' },
    asideMs: 200,
    tls: null,
    ...more,
  }
}

/** A claim by certificate for `local@example.org`. */
export function certificateClaim(certificate: Certificate, local: string): CertificateClaim {
  const read = parseCertificate(certificate.der)
  if (!read.ok) throw new Error(read.error.why)
  return {
    kind: 'certificate',
    jid: { local, domain: 'example.org' },
    via: 'test',
    certificate: read.value,
    chain: { kind: 'trusted', chain: [] },
  }
}

/** A claim by password. */
export function passwordClaim(local: string, password: string): PasswordClaim {
  return { kind: 'password', jid: { local, domain: 'example.org' }, password }
}

/** A call with so many milliseconds left. */
export function callFor(ms = 5_000): Call {
  return { deadline: performance.now() + ms, signal: AbortSignal.timeout(ms) }
}

/** A verdict as one word, with the code of a refusal. */
export function word(verdict: Verdict): string {
  return verdict.kind === 'deny' ? `deny ${verdict.code}` : verdict.kind
}

/** Who asks what, and the word that must come back. */
export type Row = readonly [what: string, claim: Claim, expected: string]

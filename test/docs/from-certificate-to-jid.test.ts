/** The page "From certificate to JID" is so: each of its rules, in a file, makes of the certificate it is about the JID it names. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { explain } from '../../src/explain.ts'
import { loadOptions } from '../../src/options.ts'
import { createFolder, goodTls } from '../config/support.ts'
import { type Certificate, type CertificateOptions, createAuthority, issue } from '../support/pki/certificate.ts'
import * as names from '../support/pki/names.ts'

const root = dirname(dirname(import.meta.dirname))
const page = await readFile(join(root, 'docs/from-certificate-to-jid.md'), 'utf8')

const types = names.attributeTypes
const attribute = (oid: string, value: string, encoding: names.Attribute['encoding'] = 'utf8') => ({
  oid,
  value,
  encoding,
})
const o = attribute(types.organization, 'Example')
const ou = (value: string) => attribute(types.unit, value)
const number = (value: string) => attribute(types.serialNumber, value, 'printable')
const dc = (value: string) => attribute(types.dc, value, 'ia5')

const authority = (commonName: string): Certificate => createAuthority({ subject: [o, names.cn(commonName)] })
const someCa = authority('Some CA')
const cardCa = authority('Smart Card CA')

/** The certificate that an entry is about, and one that is near it and not meant. */
interface Entry {
  readonly is: CertificateOptions
  readonly isNot: CertificateOptions
  readonly issuer?: Certificate
}

const entries: Readonly<Record<string, Entry>> = {
  upn: {
    is: { cn: 'Alice', san: [names.upn('Alice@corp.example.com')] },
    isNot: { cn: 'Alice', san: [names.upn('alice@corp.example.com.evil.example')] },
    issuer: cardCa,
  },
  eid: {
    is: {
      subject: [attribute(types.country, 'EE', 'printable'), names.cn('EXAMPLE,ALICE'), number('PNOEE-38001085718')],
    },
    isNot: { subject: [names.cn('PNOEE-38001085718')], serial: 38001085718n },
  },
  device: {
    is: { subject: [o, ou('Sensors'), number('SN-00A17')] },
    isNot: { subject: [o, ou('People'), number('SN-00A17')] },
  },
  email: {
    is: { cn: 'Alice', san: [names.email('alice@example.org'), names.email('alice@private.example.net')] },
    isNot: { cn: 'alice@example.org', san: [names.email('alice@example.org.example.net')] },
  },
  uid: {
    is: { subject: [o, ou('People'), names.cn('Alice Example'), attribute(types.uid, 'alice')] },
    isNot: { subject: [o, names.cn('UID=alice,OU=People'), attribute(types.uid, 'alice')] },
  },
  dc: {
    is: { subject: [dc('com'), dc('example'), dc('corp'), names.cn('Users'), names.cn('alice.example')] },
    isNot: { subject: [dc('com'), dc('example'), names.cn('x'), names.cn('alice.example,CN=Users,DC=corp')] },
  },
  dns: {
    is: { cn: 'weather', san: [names.dns('weather.bots.example.org'), names.dns('weather.example.net')] },
    isNot: { cn: 'weather', san: [names.dns('weather.bots.example.org.example.net')] },
  },
  spiffe: {
    is: { subject: [o], san: [names.uri('spiffe://example.org/ns/chat/sa/notifier')] },
    isNot: { subject: [o], san: [names.uri('spiffe://example.net/ns/chat/sa/notifier')] },
  },
  number: {
    is: { subject: [o, ou('USA'), names.cn('EXAMPLE.ALICE.M.1234567890')] },
    isNot: { subject: [o, ou('EXAMPLE.ALICE.M.1234567890'), names.cn('ALICE.12345678901')] },
  },
  fingerprint: { is: { cn: 'printer' }, isNot: { cn: 'printer' } },
}

/** The fenced block behind the comment `<!-- name -->`. */
function block(name: string): string {
  const [, text] = new RegExp(`<!-- ${name} -->\n\`\`\`toml\n([^\`]*?)\`\`\`\n`).exec(page) ?? []
  assert.ok(text !== undefined, name)
  return text
}

/** What an entry says, up to its rule. */
function sayingsOf(name: string) {
  const before = page.slice(0, page.indexOf(`<!-- ${name} -->`))
  const section = before.slice(before.lastIndexOf('\n### '))
  const [, certificate = ''] = /^- certificate: (.*)$/m.exec(section) ?? []
  const [, jid = ''] = /^- logs in as: `(.*)`$/m.exec(section) ?? []
  return { certificate, jid }
}

const sha256Of = ({ der }: Certificate): string => createHash('sha256').update(der).digest('hex')
const printedSha256 = /\b[0-9a-f]{64}\b/g

/** Who logs in with a certificate under the rules of a snippet: the JID and its rule, or the reason. */
async function outcomeOf(snippet: string, certificate: Certificate): Promise<string> {
  using folder = createFolder()
  folder.write('ca.pem', someCa.pem + cardCa.pem)
  const text = `[general]\nhosts = ["example.org"]\n[[listen.c2s]]\nport = 5222\n${goodTls}${snippet}`
  const loaded = loadOptions({ path: join(folder.path, 'signet.toml'), text })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  assert.deepEqual(loaded.value.warnings, [])
  const { options } = loaded.value
  const [listener = assert.fail('no listener')] = options.c2s
  const query = { pem: certificate.pem, authzid: null, domain: 'example.org', listener, options, now: Date.now() }
  const said = await explain(query)
  assert.ok(said.ok)
  const { outcome } = said.value.decision
  return outcome.kind === 'allow' ? `${outcome.jid} by ${outcome.via}` : outcome.code
}

describe('ten certificates', () => {
  for (const [name, { is, isNot, issuer = someCa }] of Object.entries(entries)) {
    test(name, async () => {
      const certificate = issue(issuer, is)
      // Nobody can make a certificate of a given fingerprint; the page's stands for any.
      const snippet = block(name).replace(printedSha256, sha256Of(certificate))
      assert.equal(await outcomeOf(snippet, certificate), `${sayingsOf(name).jid} by rule:#1`)
      assert.equal(await outcomeOf(snippet, issue(issuer, isNot)), 'no-identity')
    })
  }

  test('a filter by issuer is one', async () => {
    assert.equal(await outcomeOf(block('upn'), issue(someCa, entries['upn']?.is ?? {})), 'no-identity')
  })

  test('are all that the page has', () => {
    const listed = [...page.matchAll(/^- certificate: /gm)]
    const described = Object.keys(entries).filter((name) => sayingsOf(name).certificate !== '')
    assert.deepEqual([listed.length, described.length], [10, 10])
  })
})

test('what the page says of each certificate is in the certificate of its test', () => {
  for (const [name, { is }] of Object.entries(entries)) {
    if (name === 'fingerprint') continue
    const { der } = issue(someCa, is)
    for (const [, shown = ''] of sayingsOf(name).certificate.matchAll(/`([^`]*)`/g)) {
      if (shown.startsWith('CN=Smart Card CA')) continue
      for (const value of shown.split(/(?<!\\),/).map((part) => part.replace(/^[A-Za-z]+=/, '').replaceAll('\\', ''))) {
        assert.ok(Buffer.from(der).includes(Buffer.from(value)), `${name}: ${value}`)
      }
    }
  }
})

test('the order is the list’s', async () => {
  const both = { cn: 'x', san: [names.upn('alice@corp.example.com'), names.xmppAddr('bob@example.org')] }
  assert.equal(await outcomeOf(block('order'), issue(someCa, both)), 'alice@example.org by rule:card')
  const address = { cn: 'x', san: [names.xmppAddr('bob@example.org')] }
  assert.equal(await outcomeOf(block('order'), issue(someCa, address)), 'bob@example.org by standard')
  assert.equal(await outcomeOf(block('order'), issue(someCa, { cn: 'carol' })), 'carol@example.org by common_name')
})

test('trusted names keep out whom they say', async () => {
  const snippet = block('trusted')
  const staff = (more: readonly names.Attribute[] = [], unit = 'Staff'): CertificateOptions => ({
    subject: [o, ou(unit), names.cn('Alice'), ...more],
    san: [names.xmppAddr('alice@example.org')],
  })
  const contractor = attribute(types.email, 'alice@contractors.example.org', 'ia5')
  assert.equal(await outcomeOf(snippet, issue(cardCa, staff())), 'alice@example.org by standard')
  assert.equal(await outcomeOf(snippet, issue(cardCa, staff([contractor]))), 'subject-denied')
  assert.equal(await outcomeOf(snippet, issue(cardCa, staff([], 'Guests'))), 'subject-not-trusted')
  assert.equal(await outcomeOf(snippet, issue(someCa, staff())), 'issuer-not-trusted')
})

test('the page’s reasons are there', async () => {
  const reasons = await readFile(join(root, 'docs/reasons.md'), 'utf8')
  const named = [
    'rule-value-malformed',
    'rule-jid-malformed',
    'rule-foreign-domain',
    'authzid-required',
    'name-malformed',
  ]
  for (const code of [...named, 'subject-denied', 'issuer-denied', 'subject-not-trusted', 'issuer-not-trusted']) {
    assert.ok(page.includes(`\`${code}\``), code)
    assert.ok(reasons.includes(`\n## ${code}\n`), code)
  }
})

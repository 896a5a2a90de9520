/** The page about the backend `ldap` is so: its configurations load, three of them are run, and its tables are complete. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { certificatePlaces } from '../../src/auth/ldap/certificate-places.ts'
import { explain } from '../../src/explain.ts'
import { reasons } from '../../src/observe/reasons.ts'
import { skipWithout } from '../clients/debian.ts'
import { createFolder, errorsOf, goodTls, loadIn, warningsOf } from '../config/support.ts'
import { issue, issueServer } from '../support/pki/certificate.ts'
import { email, ip, xmppAddr } from '../support/pki/names.ts'
import { type Slapd, startSlapd } from '../support/slapd.ts'
import { createPeople, ldifOf } from './people.ts'

const root = dirname(dirname(import.meta.dirname))
const page = await readFile(join(root, 'docs/backends/ldap.md'), 'utf8')
const blocks = new Map(
  [...page.matchAll(/<!-- ([a-z-]+) -->\n```toml\n(.*?)```/gs)].map(([, name, text]) => [name, text]),
)
const domain = 'example.org'

function configOf(name: string): string {
  const block = blocks.get(name)
  assert.ok(block !== undefined, name)
  return `[general]\nhosts = ["${domain}"]\n[[listen.c2s]]\nport = 5222\n${goodTls}\n${block}`
}

const folder = createFolder()
after(() => folder[Symbol.dispose]())

describe('configurations', () => {
  const names = ['shortest', 'by-certificate', 'by-backend', 'exact', 'active-directory', 'passwords', 'mongooseim']
  test('all are known', () => {
    assert.deepEqual([...blocks.keys()], names)
    assert.equal(page.match(/^```toml$/gm)?.length, names.length)
  })
  for (const name of names) {
    test(`${name} loads without a warning`, () => {
      const result = loadIn(folder, configOf(name))
      assert.deepEqual(errorsOf(result), [])
      assert.deepEqual(warningsOf(result), [])
    })
  }
})

describe('runs', { skip: skipWithout(['slapd']) }, () => {
  let slapd: Slapd
  before(async () => {
    const server = issueServer(folder.authority, [ip(127, 0, 0, 1)], 'directory')
    slapd = await startSlapd({ ldif: ldifOf(createPeople()), tls: { server, clientCa: folder.authority } })
  })
  after(() => slapd[Symbol.asyncDispose]())

  async function ask(name: string, local: string | null, address: string, authzid: string | null): Promise<string> {
    const port = name === 'shortest' ? slapd.tlsPort : slapd.port
    const text = configOf(name).replace(/^servers = .*$/m, `servers = ["${slapd.host}"]\nport = ${port}`)
    const loaded = loadIn(folder, text)
    assert.ok(loaded.ok)
    const { options } = loaded.value
    const [listener] = options.c2s
    assert.ok(listener !== undefined)
    const isNamed = authzid === null && local !== null
    const names = [...(isNamed ? [xmppAddr(`${local}@${domain}`)] : []), email(address)]
    const { pem } = issue(folder.authority, { cn: local ?? 'nobody', san: names })
    const said = await explain({ pem, authzid, domain, listener, options, now: Date.now() })
    assert.ok(said.ok)
    const { outcome } = said.value.decision
    return outcome.kind === 'allow' ? outcome.jid : outcome.code
  }

  test('the shortest one', async () => {
    assert.equal(await ask('shortest', 'alice', 'x@mail.example', null), 'alice@example.org')
    assert.equal(await ask('shortest', 'mallory', 'alice@mail.example', null), 'account-unknown')
  })

  test('the certificate finds the entry', async () => {
    assert.equal(await ask('by-certificate', 'x', 'alice@mail.example', 'alice@example.org'), 'alice@example.org')
    assert.equal(
      await ask('by-certificate', 'alice', 'alice@mail.example', 'carol@example.org'),
      'directory-jid-mismatch',
    )
    assert.equal(await ask('by-certificate', 'bob', 'bob@mail.example', 'bob@example.org'), 'account-disabled')
    assert.equal(await ask('by-certificate', 'alice', 'nobody@mail.example', 'alice@example.org'), 'account-unknown')
  })

  test('the directory says whose it is', async () => {
    assert.equal(await ask('by-backend', null, 'alice@mail.example', null), 'alice@example.org')
    assert.equal(await ask('by-backend', null, 'alice@mail.example', 'alice@example.org'), 'alice@example.org')
    assert.equal(await ask('by-backend', null, 'alice@mail.example', 'carol@example.org'), 'authzid-mismatch')
    assert.equal(await ask('by-backend', null, 'nobody@mail.example', null), 'account-unknown')
  })
})

describe('tables', () => {
  test('every place is told', () => {
    assert.deepEqual(
      certificatePlaces.filter((place) => !page.includes(`\`${place}\``)),
      [],
    )
  })
  test('every reason of a directory is told', () => {
    const ours = Object.keys(reasons).filter((code) => code.startsWith('directory-') || code === 'account-disabled')
    assert.deepEqual(
      ours.filter((code) => !page.includes(`| deny, \`${code}\` |`)),
      [],
    )
  })
})

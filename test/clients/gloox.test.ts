/** gloox (C++, GnuTLS, TLS 1.2, no server name): the second TLS stack. Compiled here from the program beside this file. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { type Child, startChild } from './child.ts'
import { skipWithout } from './debian.ts'
import type { Credential, TestPki } from './pki.ts'
import { openSite, type SignetProcess, type Site, startSignet } from './signet-process.ts'
import { loggedIn, messageOf, startSlixmpp } from './slixmpp.ts'

const skip = skipWithout(['openssl', 'g++', 'libgloox-dev', 'python3-slixmpp'])
const run = promisify(execFile)

suite('gloox', { skip }, () => {
  let site: Site<TestPki>
  let signet: SignetProcess
  let program: string
  before(async () => {
    site = await openSite()
    program = join(site.dir, 'gloox-login')
    const source = join(import.meta.dirname, 'gloox-login.cpp')
    const built = run('g++', ['-std=c++17', '-Wall', '-Wextra', '-Werror', '-o', program, source, '-lgloox'])
    signet = await startSignet(site)
    await built
  })
  after(async () => {
    await signet?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  function startGloox(user: string, credential: Credential): Child {
    return startChild({
      name: `gloox ${user}`,
      command: program,
      args: [`${user}@localhost`, String(signet.ports.starttls), credential.cert, credential.key, site.pki.ca],
    })
  }

  test('logs in over TLS 1.2 with its JID as authorization identity, sends and receives', async () => {
    await using bob = startSlixmpp(site, signet, 'bob', site.pki.bob)
    const bobJid = await loggedIn(bob)
    await using alice = startGloox('alice', site.pki.alice)
    const aliceJid = await loggedIn(alice)
    assert.match(aliceJid, /^alice@localhost\/.+$/)
    const tls = await alice.next('TLS', (event) => event['event'] === 'tls')
    assert.deepEqual([tls['protocol'], tls['chainTrusted']], ['TLS1.2', true])

    const made = await signet.decision('login of alice', (decision) => decision.authzid === 'alice@localhost')
    assert.deepEqual(made.outcome, { kind: 'allow', jid: 'alice@localhost', via: 'standard' })
    assert.equal(made.tls?.version, 'TLSv1.2')

    alice.say('message bob@localhost Hello <bob> & "friends"')
    const toBob = await bob.next('message of gloox', messageOf('Hello <bob> & "friends"'))
    assert.equal(toBob['sender'], aliceJid)
    bob.say(`message ${aliceJid} Hello "gloox"`)
    const toAlice = await alice.next('message of slixmpp', messageOf('Hello "gloox"'))
    assert.equal(toAlice['sender'], bobJid)

    alice.say('quit')
    assert.equal(await alice.ended, 0)
  })

  // gloox always asks for the JID it was given, so both are certificates of somebody else to it.
  const refusals = [
    { name: 'a certificate of a foreign domain', user: 'alice', show: 'foreign' },
    { name: "another user's certificate", user: 'bob', show: 'alice' },
  ] as const
  for (const { name, user, show } of refusals) {
    test(`${name} is refused: invalid-authzid, authzid-mismatch`, async () => {
      const already = signet.decisions().length
      await using client = startGloox(user, site.pki[show])
      const end = await client.next('end', (event) => event['event'] === 'disconnected')
      assert.deepEqual([end['reason'], end['condition']], ['authentication-failed', 'invalid-authzid'])
      assert.ok(!client.events.some((event) => event['event'] === 'session'))
      const made = await signet.decision('refusal', (decision) => signet.decisions().indexOf(decision) >= already)
      assert.equal(made.authzid, `${user}@localhost`)
      assert.equal(made.outcome.kind === 'deny' && made.outcome.code, 'authzid-mismatch')
    })
  }

  for (const show of ['expired', 'otherCa'] as const) {
    test(`with a certificate that is not accepted (${show}) gloox is offered nothing and does not get in`, async () => {
      const already = signet.decisions().length
      await using client = startGloox('alice', site.pki[show])
      await client.next('nothing to log in with', (event) => event['event'] === 'no-mechanism')
      await client.next('end', (event) => event['event'] === 'disconnected')
      const said = client.events.map((event) => String(event['xml'] ?? ''))
      assert.ok(!said.some((xml) => xml.includes('EXTERNAL') || xml.includes('<success')))
      assert.equal(signet.decisions().length, already)
    })
  }
})

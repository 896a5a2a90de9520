/** slixmpp (Python, OpenSSL), unmodified: in by certificate, two accounts that talk, and out with the right condition. */

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Child, ChildEvent } from './child.ts'
import { skipWithout } from './debian.ts'
import type { TestPki } from './pki.ts'
import { openSite, type SignetProcess, type Site, startSignet } from './signet-process.ts'
import { availableFrom, befriend, loggedIn, messageOf, startSlixmpp } from './slixmpp.ts'

const skip = skipWithout(['openssl', 'python3-slixmpp'])

suite('slixmpp', { skip }, () => {
  let site: Site<TestPki>
  let signet: SignetProcess
  before(async () => {
    site = await openSite()
    signet = await startSignet(site)
  })
  after(async () => {
    await signet?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  for (const tls of ['starttls', 'direct'] as const) {
    test(`alice and bob log in over ${tls}, subscribe and exchange messages`, async () => {
      const { alice: aliceKeys, bob: bobKeys } = site.pki
      await using alice = startSlixmpp(site, signet, 'alice', aliceKeys, { tls })
      await using bob = startSlixmpp(site, signet, 'bob', bobKeys, { tls })
      const [aliceJid, bobJid] = await Promise.all([loggedIn(alice), loggedIn(bob)])
      assert.match(aliceJid, /^alice@localhost\/.+$/)
      assert.match(bobJid, /^bob@localhost\/.+$/)

      if (tls === 'starttls') await befriend(alice, 'alice@localhost', bob, 'bob@localhost')
      // The second round finds the subscriptions of the first in the roster: presence comes unasked.
      await alice.next('presence of bob', availableFrom(bobJid))
      await bob.next('presence of alice', availableFrom(aliceJid))

      alice.say(`message bob@localhost Good morning, bob, by ${tls}`)
      bob.say(`message ${aliceJid} <Good> & "early", alice, by ${tls} — ☀`)
      const toBob = await bob.next('message of alice', messageOf(`Good morning, bob, by ${tls}`))
      const toAlice = await alice.next('message of bob', messageOf(`<Good> & "early", alice, by ${tls} — ☀`))
      assert.equal(toBob['sender'], aliceJid)
      assert.equal(toAlice['sender'], bobJid)
      assert.equal(toBob['delayed'], false)

      alice.say('quit')
      assert.equal(await alice.ended, 0)
      await bob.next(
        'alice going',
        (event) => event['event'] === 'presence' && event['type'] === 'unavailable' && event['sender'] === aliceJid,
      )
    })
  }

  test('the roster holds the contact with a mutual subscription', async () => {
    await using alice = startSlixmpp(site, signet, 'alice', site.pki.alice)
    const answer = await alice.next('roster', (event) => event['event'] === 'roster')
    assert.deepEqual(answer['items'], { 'bob@localhost': { subscription: 'both', ask: '' } })
  })

  test('a message to somebody offline comes with the next login, marked as delayed', async () => {
    await using alice = startSlixmpp(site, signet, 'alice', site.pki.alice)
    await loggedIn(alice)
    alice.say('message bob@localhost For later')
    alice.say('quit')
    assert.equal(await alice.ended, 0)
    await using bob = startSlixmpp(site, signet, 'bob', site.pki.bob)
    const message = await bob.next('stored message', messageOf('For later'))
    assert.equal(message['bare'], 'alice@localhost')
    assert.equal(message['delayed'], true)
  })

  const refusals = [
    { name: 'a certificate of a foreign domain', show: 'foreign', offered: true, code: 'xmpp-addr-foreign-domain' },
    { name: 'an expired certificate', show: 'expired', offered: false, code: 'chain-expired' },
    { name: 'a certificate of an unknown CA', show: 'otherCa', offered: false, code: 'chain-unknown-ca' },
    { name: 'no certificate', show: null, offered: false, code: 'certificate-missing' },
  ] as const
  for (const tls of ['starttls', 'direct'] as const) {
    for (const { name, show, offered, code } of refusals) {
      test(`${name} over ${tls} is refused: not-authorized, ${code}`, async () => {
        const already = signet.decisions().length
        await using alice = startSlixmpp(site, signet, 'alice', show && site.pki[show], { tls, insist: true })
        assert.deepEqual(await refusalSeenBy(alice), ['not-authorized'])
        assert.equal(await alice.ended, 0)
        assert.equal(offersExternal(alice), offered)
        assert.ok(!alice.events.some((event) => event['event'] === 'session'))

        const made = await signet.decision('refusal', (decision) => signet.decisions().indexOf(decision) >= already)
        assert.deepEqual(
          made.outcome.kind === 'deny' && { code: made.outcome.code, condition: made.outcome.condition },
          { code, condition: 'not-authorized' },
        )
      })
    }
  }

  test("a certificate of alice does not open bob's account: invalid-authzid", async () => {
    const already = signet.decisions().length
    await using alice = startSlixmpp(site, signet, 'alice', site.pki.alice, { authzid: 'bob@localhost' })
    assert.deepEqual(await refusalSeenBy(alice), ['invalid-authzid'])
    const made = await signet.decision('refusal', (decision) => signet.decisions().indexOf(decision) >= already)
    assert.equal(made.authzid, 'bob@localhost')
    assert.equal(made.outcome.kind === 'deny' && made.outcome.code, 'authzid-mismatch')
  })

  const withheld = [
    { show: 'expired', code: 'chain-expired', subject: 'CN=expired' },
    { show: 'otherCa', code: 'chain-unknown-ca', subject: 'CN=other-ca' },
  ] as const
  for (const { show, code, subject } of withheld) {
    test(`with a certificate that is not accepted (${show}) slixmpp is offered nothing and leaves; the log says why`, async () => {
      const [events, decided] = [signet.child.events.length, signet.decisions().length]
      await using alice = startSlixmpp(site, signet, 'alice', site.pki[show])
      await alice.next('giving up', (event) => event['event'] === 'no-mechanism')
      assert.equal(await alice.ended, 0)
      assert.equal(offersExternal(alice), false)
      const isNew = (event: ChildEvent): boolean => signet.child.events.indexOf(event) >= events
      const refused = (event: ChildEvent): boolean => event['event'] === 'tls_certificate_refused' && isNew(event)
      const line = await signet.child.next('log line', refused)
      assert.deepEqual([line['code'], line['subject']], [code, subject])
      assert.equal(signet.decisions().length, decided)
    })
  }
})

suite('slixmpp, tls.disconnect_on_failure = true', { skip }, () => {
  let site: Site<TestPki>
  let signet: SignetProcess
  before(async () => {
    site = await openSite()
    signet = await startSignet(site, { disconnectOnFailure: true })
  })
  after(async () => {
    await signet?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  for (const tls of ['starttls', 'direct'] as const) {
    test(`an expired certificate ends the connection (${tls}), a good one logs in`, async () => {
      const already = signet.decisions().length
      await using refused = startSlixmpp(site, signet, 'alice', site.pki.expired, { tls, insist: true })
      const error = await refused.next('stream error', (event) => event['event'] === 'stream-error')
      assert.equal(error['condition'], 'not-authorized')
      assert.equal(await refused.ended, 0)
      assert.ok(!refused.events.some((event) => event['event'] === 'session' || event['event'] === 'sasl-failure'))
      assert.deepEqual(
        signet
          .decisions()
          .slice(already)
          .map((made) => made.outcome.kind === 'deny' && made.outcome.code),
        ['chain-expired'],
      )
      await using alice = startSlixmpp(site, signet, 'alice', site.pki.alice, { tls })
      assert.match(await loggedIn(alice), /^alice@localhost\//)
    })
  }
})

suite('slixmpp, certificates and passwords on the same listeners', { skip }, () => {
  let site: Site<TestPki>
  let signet: SignetProcess
  before(async () => {
    site = await openSite()
    signet = await startSignet(site, { passwords: { carol: 'Käse, bitte=' } })
  })
  after(async () => {
    await signet?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  const password = 'Käse, bitte='
  for (const tls of ['starttls', 'direct'] as const) {
    test(`alice by certificate, carol by SCRAM-SHA-256-PLUS, and they talk (${tls})`, async () => {
      await using alice = startSlixmpp(site, signet, 'alice', site.pki.alice, { tls })
      const mechanism = 'SCRAM-SHA-256-PLUS'
      await using carol = startSlixmpp(site, signet, 'carol', null, { tls, password, mechanism })
      const [aliceJid, carolJid] = await Promise.all([loggedIn(alice), loggedIn(carol)])
      carol.say(`message ${aliceJid} over ${tls}`)
      assert.equal((await alice.next('message of carol', messageOf(`over ${tls}`)))['sender'], carolJid)
      const made = await signet.decision(mechanism, (decision) => decision.mechanism === mechanism)
      assert.deepEqual(made.outcome, { kind: 'allow', jid: 'carol@localhost', via: 'password' })
      const certified = await signet.decision('EXTERNAL', (decision) => decision.mechanism === 'EXTERNAL')
      assert.deepEqual(certified.outcome, { kind: 'allow', jid: 'alice@localhost', via: 'standard' })
    })

    test(`slixmpp’s own choice with a password is a -PLUS mechanism, and a wrong one is refused (${tls})`, async () => {
      const already = signet.decisions().length
      await using carol = startSlixmpp(site, signet, 'carol', null, { tls, password })
      assert.match(await loggedIn(carol), /^carol@localhost\//)
      assert.match(signet.decisions().at(already)?.mechanism ?? '', /-PLUS$/)
      await using wrong = startSlixmpp(site, signet, 'carol', null, { tls, password: 'guess' })
      assert.deepEqual(await refusalSeenBy(wrong), ['not-authorized'])
    })

    test(`PLAIN works as well (${tls})`, async () => {
      await using carol = startSlixmpp(site, signet, 'carol', null, { tls, password, mechanism: 'PLAIN' })
      assert.match(await loggedIn(carol), /^carol@localhost\//)
    })
  }
})

async function refusalSeenBy(account: Child): Promise<unknown> {
  const failure = await account.next('<failure/>', (event) => event['event'] === 'sasl-failure')
  return failure['conditions']
}

/** Whether any features element after TLS offered EXTERNAL. */
function offersExternal(account: Child): boolean {
  return account.events.some(
    (event) =>
      event['event'] === 'features' && Array.isArray(event['offered']) && event['offered'].includes('EXTERNAL'),
  )
}

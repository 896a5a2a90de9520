/** Gajim under Xvfb, as the demo starts it: reaches Available by certificate and chats, and is refused with a bad one. */

import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import type { ChildEvent } from './child.ts'
import { skipWithout } from './debian.ts'
import { type Desktop, openDesktop } from './desktop.ts'
import { type Gajim, startGajim } from './gajim.ts'
import { openDemoSite, openSite, type SignetProcess, type Site, startSignet } from './signet-process.ts'
import { befriend, loggedIn, messageOf, startSlixmpp } from './slixmpp.ts'

const skip = skipWithout([
  'openssl',
  'python3-slixmpp',
  'gajim',
  'xvfb',
  'openbox',
  'dbus-daemon',
  'xdotool',
  'imagemagick',
])
/** Gajim takes two seconds on an idle machine; CI machines are not idle. */
const gajimMs = 60_000
const alice = /^alice@localhost\/gajim\.\w+$/
const shots = join(dirname(dirname(import.meta.dirname)), 'shots')

suite('Gajim', { skip }, () => {
  const ways = [
    { tls: 'starttls', shows: 'the .p12 file of the demo', pem: false },
    { tls: 'direct', shows: 'a PEM file', pem: true },
  ] as const
  for (const { tls, shows, pem } of ways) {
    test(`is Available over ${tls} with ${shows}, and chats with bob`, async () => {
      await using site = await openDemoSite()
      await using signet = await startSignet(site)
      await makeFriends(site, signet)
      await using bob = startSlixmpp(site, signet, 'bob', site.pki.bob)
      await loggedIn(bob)
      await using desktop = await openDesktop()
      const gajim = await startGajim(desktop, {
        ...{ user: 'alice', tls, port: signet.ports[tls], certificates: site.pki.dir },
        ...(pem ? { certificate: site.pki.alice.both } : {}),
      })

      const coming = bob.next('Gajim Available', presence('available'), gajimMs)
      const online = await coming.catch((cause) => tellMore(cause, desktop, gajim, `gajim-${tls}-absent.png`))
      assert.match(String(online['sender']), alice)
      const made = signet.decisions().at(-1)
      assert.deepEqual(made?.outcome, { kind: 'allow', jid: 'alice@localhost', via: 'standard' })
      assert.equal(made?.authzid, 'alice@localhost')

      bob.say('message alice@localhost Is your certificate good?')
      const receipt = await bob.next('receipt', (event) => event['event'] === 'receipt', gajimMs)
      assert.deepEqual([receipt['sender'], receipt['of']], [online['sender'], 'Is your certificate good?'])

      await gajim.compose('bob@localhost', 'No password was asked for.')
      await gajim.press('Return')
      const answer = await bob.next('answer', messageOf('No password was asked for.'), gajimMs)
      assert.equal(answer['sender'], online['sender'])

      await mkdir(shots, { recursive: true })
      await desktop.savePicture(join(shots, `gajim-${tls}.png`))
      assert.equal(await gajim.child.stop(), 0)
      const offline = await bob.next('Gajim going', presence('unavailable'), gajimMs)
      assert.equal(offline['sender'], online['sender'])
    })
  }

  test('is refused with a certificate of a foreign domain: invalid-authzid', async () => {
    await using demo = await openDemoSite()
    await using other = await openSite()
    // Signet trusts the other site's CA, so the certificate is good and only the name in it is not.
    await using signet = await startSignet({ ...demo, pki: { ...demo.pki, ca: other.pki.ca } })
    await using desktop = await openDesktop()
    const gajim = await startGajim(desktop, {
      ...{ user: 'alice', tls: 'starttls', port: signet.ports.starttls, certificates: demo.pki.dir },
      certificate: other.pki.foreign.both,
    })
    const made = await signet.decision('refusal', (decision) => decision.outcome.kind === 'deny')
    assert.deepEqual(made.identity.at(-1)?.code, 'authzid-mismatch')
    assert.equal(made.outcome.kind === 'deny' && made.outcome.condition, 'invalid-authzid')
    await gajim.child.stop()
    assert.ok(signet.decisions().every((decision) => decision.outcome.kind === 'deny'))
  })
})

function presence(type: 'available' | 'unavailable'): (event: ChildEvent) => boolean {
  return (event) => event['event'] === 'presence' && event['type'] === type && alice.test(String(event['sender']))
}

/** What bob has not seen of Gajim, Gajim may tell, or its window. */
async function tellMore(cause: Error, desktop: Desktop, gajim: Gajim, picture: string): Promise<never> {
  await mkdir(shots, { recursive: true })
  const taken = desktop.savePicture(join(shots, picture))
  const window = await taken.then(
    () => `Its window is in shots/${picture}`,
    (fault) => `There is no picture of its window: ${fault}`,
  )
  throw new Error(`${cause.message}\nGajim said:\n${gajim.child.said}\n${window}`, { cause })
}

/** Makes alice and bob subscribe to each other, so that bob sees what becomes of Gajim. */
async function makeFriends(site: Site, signet: SignetProcess): Promise<void> {
  await using one = startSlixmpp(site, signet, 'alice', site.pki.alice)
  await using other = startSlixmpp(site, signet, 'bob', site.pki.bob)
  await Promise.all([loggedIn(one), loggedIn(other)])
  await befriend(one, 'alice@localhost', other, 'bob@localhost')
}

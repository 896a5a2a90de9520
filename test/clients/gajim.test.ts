/** Gajim under Xvfb: reaches Available by certificate and chats, with the launcher that makes its setting work. */

import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { skipWithout } from './debian.ts'
import { openDesktop } from './desktop.ts'
import { gajimResource, startGajim } from './gajim.ts'
import { openSite, type SignetProcess, type Site, startSignet } from './signet-process.ts'
import { availableFrom, befriend, loggedIn, messageOf, startSlixmpp } from './slixmpp.ts'

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
const window = { x: 60, y: 40, width: 1000, height: 640 }
const alice = `alice@localhost/${gajimResource}`
const shots = join(dirname(dirname(import.meta.dirname)), 'shots')

suite('Gajim', { skip }, () => {
  for (const tls of ['START TLS', 'DIRECT TLS'] as const) {
    test(`is Available by certificate over ${tls} and chats with bob`, async () => {
      await using site = await openSite()
      await using signet = await startSignet(site)
      await makeFriends(site, signet)
      await using bob = startSlixmpp(site, signet, 'bob', site.pki.bob)
      await loggedIn(bob)
      await using desktop = await openDesktop()
      const port = tls === 'DIRECT TLS' ? signet.ports.direct : signet.ports.starttls
      const { pki } = site
      const chats = ['bob@localhost']
      const gajim = await startGajim(desktop, { user: 'alice', credential: pki.alice, port, tls, pki, chats, window })

      await bob.next('Gajim Available', availableFrom(alice), gajimMs)
      const allowed = signet.decisions().filter((made) => made.outcome.kind === 'allow')
      assert.equal(allowed.at(-1)?.authzid, 'alice@localhost')

      bob.say('message alice@localhost Is your certificate good?')
      const receipt = await bob.next('receipt', (event) => event['event'] === 'receipt', gajimMs)
      assert.deepEqual([receipt['sender'], receipt['of']], [alice, 'Is your certificate good?'])

      await gajim.compose('bob@localhost', 'No password was asked for.')
      await gajim.press('Return')
      const answer = await bob.next('answer', messageOf('No password was asked for.'), gajimMs)
      assert.equal(answer['sender'], alice)

      await mkdir(shots, { recursive: true })
      await desktop.savePicture(join(shots, `gajim-${port === signet.ports.direct ? 'direct' : 'starttls'}.png`))
      assert.equal(await gajim.child.stop(), 0)
      await bob.next('Gajim going', (event) => event['type'] === 'unavailable' && event['sender'] === alice, gajimMs)
    })
  }
})

/** Makes alice and bob subscribe to each other, so that bob sees what becomes of Gajim. */
async function makeFriends(site: Site, signet: SignetProcess): Promise<void> {
  await using one = startSlixmpp(site, signet, 'alice', site.pki.alice)
  await using other = startSlixmpp(site, signet, 'bob', site.pki.bob)
  await Promise.all([loggedIn(one), loggedIn(other)])
  await befriend(one, 'alice@localhost', other, 'bob@localhost')
}

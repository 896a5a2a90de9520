/** Makes docs/images/gajim.png: two Gajims logged in by certificate at a real Signet. Run by hand. */

import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Child, ChildEvent } from './child.ts'
import { openDesktop } from './desktop.ts'
import { type Gajim, startGajim } from './gajim.ts'
import { openDemoSite, type SignetProcess, type Site, startSignet } from './signet-process.ts'
import { befriend, loggedIn, messageOf, startSlixmpp } from './slixmpp.ts'

const file = join(dirname(dirname(import.meta.dirname)), 'docs', 'images', 'gajim.png')
const screen = '1230x690x24'
const behind = { x: 16, y: 14, width: 720, height: 580 }
const front = { x: 372, y: 88, width: 840, height: 560 }
/** Time for Gajim to draw what it was told; nothing tells when it has. */
const settleMs = 1_500

/** Plays the scene and photographs it: bob's roster behind, alice's chat in front. */
export async function takeScreenshot(site: Site, signet: SignetProcess, path: string): Promise<void> {
  const { pki } = site
  await using alice = startSlixmpp(site, signet, 'alice', pki.alice)
  await using bob = startSlixmpp(site, signet, 'bob', pki.bob)
  await Promise.all([loggedIn(alice), loggedIn(bob)])
  await befriend(alice, 'alice@localhost', bob, 'bob@localhost')

  await using desktop = await openDesktop(screen)
  const common = { port: signet.ports.starttls, tls: 'starttls', certificates: pki.dir } as const
  const [hers, his] = await Promise.all([
    startGajim(desktop, { ...common, user: 'alice', window: front }),
    startGajim(desktop, { ...common, user: 'bob', window: behind }),
  ])
  await Promise.all([bob.next('alice', gajimOf('alice')), alice.next('bob', gajimOf('bob'))])
  await sayWith(hers, 'bob@localhost', bob, 'Good morning, bob! Did Gajim ask you for a password?')
  await sayWith(his, 'alice@localhost', alice, 'No. It showed my certificate, and Signet knew me.')
  alice.say('quit')
  bob.say('quit')
  await Promise.all([alice.ended, bob.ended])

  await his.click(behind.x + 35, behind.y + behind.height - 12) // the avatar: the account page with the roster
  await hers.compose('bob@localhost', '')
  await hers.click(front.x + 300, front.y + 400) // away from the avatar and its tooltip
  await delay(settleMs)
  await desktop.savePicture(path)
  await paintDesktop(path)
}

function gajimOf(user: string): (event: ChildEvent) => boolean {
  return (event) => event['event'] === 'presence' && String(event['sender']).startsWith(`${user}@localhost/gajim.`)
}

// Xvfb's bare screen is black; both its corners that no window touches are filled.
async function paintDesktop(path: string): Promise<void> {
  const fills = ['0,0', '0,689'].flatMap((corner) => ['-draw', `color ${corner} floodfill`])
  await promisify(execFile)('mogrify', ['-fill', '#dfe6ec', ...fills, path])
}

/** Has Gajim send a message and waits until it was delivered to the contact's other client too. */
async function sayWith(gajim: Gajim, to: string, witness: Child, text: string): Promise<void> {
  await gajim.compose(to, text)
  await gajim.press('Return')
  await witness.next(text, messageOf(text))
}

if (import.meta.main) {
  await using site = await openDemoSite()
  await using signet = await startSignet(site)
  await mkdir(dirname(file), { recursive: true })
  await takeScreenshot(site, signet, file)
}

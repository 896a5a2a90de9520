/** Gajim on a desktop, started as the demo's users start it: `npm run gajim` is `gajim-demo.py`. */

import { copyFile, cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Child } from './child.ts'
import type { Desktop } from './desktop.ts'

/** Where and as whom Gajim logs in. */
export interface GajimOptions {
  readonly user: 'alice' | 'bob'
  readonly port: number
  readonly tls: 'starttls' | 'direct'
  /** The demo's certificates. */
  readonly certificates: string
  /** A certificate file to show instead of the user's `.p12`. */
  readonly certificate?: string
  readonly window?: WindowPlace
}

/** Place and size of the window, pixels. */
export interface WindowPlace {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A running Gajim. */
export interface Gajim {
  readonly child: Child
  /** Opens the chat with a contact, as a click on an `xmpp:` link does, and puts `text` into its input line. */
  compose(jid: string, text: string): Promise<void>
  /** Brings Gajim's window to the front. */
  raise(): Promise<void>
  /** Presses a key in Gajim's window. */
  press(key: string): Promise<void>
  /** Clicks on a point of the screen, with Gajim's window in front. */
  click(x: number, y: number): Promise<void>
}

/** Debian's, whatever other Python comes first in PATH. */
const python = '/usr/bin/python3'

/** Makes the profile and starts Gajim with it. Whether it gets in is seen by whoever is subscribed to it. */
export async function startGajim(desktop: Desktop, options: GajimOptions): Promise<Gajim> {
  const { user } = options
  const place = join(desktop.home, user)
  const [programs, certificates, profile] = [join(place, 'programs'), join(place, 'certs'), join(place, 'profile')]
  await mkdir(programs, { recursive: true })
  for (const name of ['gajim-demo.py', 'gajim-launcher.py']) {
    await copyFile(join(import.meta.dirname, name), join(programs, name))
  }
  await cp(options.certificates, certificates, { recursive: true })
  if (options.certificate !== undefined) await copyFile(options.certificate, join(certificates, 'other.pem'))
  await handAll(desktop, place)

  const demo = [join(programs, 'gajim-demo.py'), user, '--port', `${options.port}`, '--dir', certificates]
  if (options.tls === 'direct') demo.push('--direct-tls')
  if (options.certificate !== undefined) demo.push('--cert', join(certificates, 'other.pem'))
  demo.push('--profile', profile)
  await desktop.run(python, [...demo, '--prepare'])
  if (options.window !== undefined) placeWindow(join(profile, 'settings.sqlite'), options.window)

  const bus = await desktop.openBus()
  const child = desktop.start({ name: `gajim ${user}`, command: python, args: demo, env: bus })
  const raise = async (): Promise<void> => {
    const ours = ['search', '--sync', '--onlyvisible', '--all', '--pid', String(child.pid), '--class', 'gajim']
    await desktop.run('xdotool', [...ours, 'windowactivate', '--sync'])
  }
  return {
    child,
    raise,
    compose: async (jid, text) => {
      const link = `xmpp:${jid}?message;body=${encodeURIComponent(text)}`
      await desktop.run(python, [join(programs, 'gajim-launcher.py'), '-c', profile, link], bus)
    },
    press: async (key) => {
      await raise()
      await desktop.run('xdotool', ['key', key])
    },
    click: async (x, y) => {
      await raise()
      await desktop.run('xdotool', ['mousemove', String(x), String(y), 'click', '1'])
    },
  }
}

async function handAll(desktop: Desktop, place: string): Promise<void> {
  await desktop.hand(place)
  for (const name of await readdir(place, { recursive: true })) await desktop.hand(join(place, name))
}

function placeWindow(path: string, window: WindowPlace): void {
  using database = new DatabaseSync(path)
  const { x, y, width, height } = window
  database
    .prepare(`UPDATE settings SET settings = json_set(settings,
      '$.mainwin_x_position', ?, '$.mainwin_y_position', ?, '$.mainwin_width', ?, '$.mainwin_height', ?)
      WHERE name = 'app'`)
    .run(x, y, width, height)
}

/** Gajim on a desktop, set up without a click: account, certificate and server trust are files. */

import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Child } from './child.ts'
import type { Desktop } from './desktop.ts'
import type { Credential, TestPki } from './pki.ts'

/** Where and as whom Gajim logs in. */
export interface GajimAccount {
  readonly user: string
  readonly credential: Credential
  readonly port: number
  readonly tls: 'START TLS' | 'DIRECT TLS'
  readonly pki: TestPki
  /** Bare JIDs whose chats are listed from the start. */
  readonly chats: readonly string[]
  readonly window: WindowPlace
}

/** Place and size of the window, pixels. */
export interface WindowPlace {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Resource that Gajim asks for. */
export const gajimResource = 'gajim'

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
/** The version of the settings file that Gajim 1.7 writes. */
const settingsVersion = 5

/** Writes the profile and starts Gajim with it. Whether it gets in is seen by whoever is subscribed to it. */
export async function startGajim(desktop: Desktop, account: GajimAccount): Promise<Gajim> {
  const profile = join(desktop.home, account.user)
  const trusted = join(profile, 'cert_store')
  const certificate = join(profile, 'client.pem')
  const launcher = join(profile, 'gajim-launcher.py')
  await mkdir(trusted, { recursive: true })
  // Only the server's own certificate in this folder keeps Gajim from asking; its CA would not.
  await copyFile(account.pki.server.cert, join(trusted, 'server'))
  await copyFile(account.credential.both, certificate)
  await copyFile(join(import.meta.dirname, 'gajim-launcher.py'), launcher)
  const settings = join(profile, 'settings.sqlite')
  writeSettings(settings, account, certificate)
  for (const path of [profile, trusted, join(trusted, 'server'), certificate, launcher, settings]) {
    await desktop.hand(path)
  }
  const bus = await desktop.openBus()
  const args = [launcher, '-c', profile]
  const child = desktop.start({ name: `gajim ${account.user}`, command: python, args: [...args, '-v'], env: bus })
  const raise = async (): Promise<void> => {
    const ours = ['search', '--sync', '--onlyvisible', '--all', '--pid', String(child.pid), '--class', 'gajim']
    await desktop.run('xdotool', [...ours, 'windowactivate', '--sync'])
  }
  return {
    child,
    compose: async (jid, text) => {
      await desktop.run(python, [...args, `xmpp:${jid}?message;body=${encodeURIComponent(text)}`], bus)
    },
    raise,
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

function writeSettings(path: string, account: GajimAccount, certificate: string): void {
  const name = `${account.user}@localhost`
  const { x, y, width, height } = account.window
  const app = {
    use_keyring: false,
    check_for_update: false,
    show_trayicon: false,
    mainwin_x_position: x,
    mainwin_y_position: y,
    mainwin_width: width,
    mainwin_height: height,
  }
  const own = {
    name: account.user,
    hostname: 'localhost',
    account_label: name,
    active: true,
    autoconnect: true,
    resource: gajimResource,
    client_cert: certificate,
    use_custom_host: true,
    custom_host: '127.0.0.1',
    custom_port: account.port,
    custom_type: account.tls,
  }
  const chats = account.chats.map((jid) => ({ account: name, jid, type: 'chat', pinned: false, position: -1 }))
  const workspace = { name: 'Signet', color: '#3a6ea5', avatar_sha: '', chats }
  using database = new DatabaseSync(path)
  database.exec('CREATE TABLE settings (name TEXT UNIQUE, settings TEXT)')
  database.exec('CREATE TABLE account_settings (account TEXT UNIQUE, settings TEXT)')
  database.exec(`PRAGMA user_version = ${settingsVersion}`)
  const put = database.prepare('INSERT INTO settings VALUES (?, ?)')
  put.run('app', JSON.stringify(app))
  put.run('workspaces', JSON.stringify({ 'c0ffee00-0000-4000-8000-000000000000': workspace }))
  for (const other of ['soundevents', 'status_presets', 'proxies', 'plugins']) put.run(other, '{}')
  database
    .prepare('INSERT INTO account_settings VALUES (?, ?)')
    .run(name, JSON.stringify({ account: own, contact: {}, group_chat: {} }))
}

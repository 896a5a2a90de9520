/** A screen nobody looks at: X server and window manager of its own, and a session bus for each client that wants one. */

import { execFile } from 'node:child_process'
import { chmod, chown, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Child, type ChildOptions, startChild } from './child.ts'

const run = promisify(execFile)

/** A desktop. Disposing ends its programs in reverse order and removes its home directory. */
export interface Desktop extends AsyncDisposable {
  /** Home of the desktop's user, who is never root: graphical clients refuse to run as root. */
  readonly home: string
  /** Starts a program of that user on this desktop. */
  start(options: Pick<ChildOptions, 'name' | 'command' | 'args' | 'env'>): Child
  /** Starts a session bus; resolves with the environment that leads a program to it. */
  openBus(): Promise<{ readonly DBUS_SESSION_BUS_ADDRESS: string }>
  /** Runs a short command to its end; resolves with its standard output. */
  run(command: string, args: readonly string[], extra?: NodeJS.ProcessEnv): Promise<string>
  /** Writes what the screen shows to a PNG file. */
  savePicture(path: string): Promise<void>
  /** Gives a file or directory to the desktop's user. */
  hand(path: string): Promise<void>
}

const startMs = 15_000
const commandMs = 30_000
/** The user that Debian keeps for owning nothing; taken when the tests run as root. */
const nobody = { uid: 65534, gid: 65534 }

/** Starts the desktop (`screen` is width x height x depth) and waits until a window can be opened on it. */
export async function openDesktop(screen = '1120x760x24'): Promise<Desktop> {
  const owner = process.getuid?.() === 0 ? nobody : undefined
  const home = await mkdtemp(join(tmpdir(), 'signet-desktop-'))
  const running: Child[] = []
  const env: NodeJS.ProcessEnv = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    XDG_RUNTIME_DIR: home,
    NO_AT_BRIDGE: '1',
    GSETTINGS_BACKEND: 'memory',
  }
  const hand = async (path: string): Promise<void> => {
    if (owner !== undefined) await chown(path, owner.uid, owner.gid)
  }
  const start: Desktop['start'] = (options) => {
    const child = startChild({
      ...options,
      cwd: home,
      env: { ...env, ...options.env },
      ...(owner === undefined ? {} : { owner }),
    })
    running.push(child)
    return child
  }
  const runHere: Desktop['run'] = async (command, args, extra) => {
    const options = { cwd: home, env: { ...env, ...extra }, timeout: commandMs, ...(owner ?? {}) }
    return (await run(command, [...args], options)).stdout
  }
  const dispose = async (): Promise<void> => {
    for (const child of running.reverse()) await child.stop()
    await rm(home, { recursive: true, force: true })
  }

  try {
    await chmod(home, 0o700)
    await hand(home)
    await mkdir(join(home, '.cache'))
    await hand(join(home, '.cache'))
    // The X server chooses a free display and writes its number once clients may connect.
    const x = start({
      name: 'Xvfb',
      command: 'Xvfb',
      args: ['-displayfd', '1', '-screen', '0', screen, '-nolisten', 'tcp'],
    })
    env['DISPLAY'] = `:${(await x.line(/^(\d+)$/, startMs))[1]}`
    start({ name: 'openbox', command: 'openbox', args: ['--sm-disable'] })
  } catch (error) {
    await dispose()
    throw error
  }

  return {
    home,
    start,
    hand,
    openBus: async () => {
      const args = ['--session', '--nofork', '--nopidfile', '--print-address=1']
      const bus = start({ name: 'dbus-daemon', command: 'dbus-daemon', args })
      return { DBUS_SESSION_BUS_ADDRESS: (await bus.line(/^unix:\S+$/, startMs))[0] }
    },
    run: runHere,
    savePicture: async (path) => {
      // By way of the home directory: the desktop's user may write nowhere else.
      const picture = join(home, 'picture.png')
      await runHere('import', ['-window', 'root', picture])
      await copyFile(picture, path)
    },
    [Symbol.asyncDispose]: dispose,
  }
}

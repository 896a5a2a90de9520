/** A server under measurement: a process of its own on a free loopback port, pinned to one core, stopped by its id. */

import { type ChildProcess, spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Door } from '../generator.ts'
import type { BenchPki } from '../pki.ts'
import type { Programs } from '../programs.ts'

/** What every server is started with. */
export interface Site {
  readonly pki: BenchPki
  readonly programs: Programs
  /** A directory for the server's files. */
  readonly directory: string
  readonly node: string
  /** The checkout. */
  readonly root: string
  /** The compiled server's main file. */
  readonly signetMain: string
}

/** A running server. Disposing of it stops it. */
export interface BenchServer extends AsyncDisposable {
  readonly pid: number
  readonly port: number
}

/** A server that can be started. */
export interface Contestant {
  /** Short, for `--only` and for the names of files. */
  readonly key: string
  readonly title: string
  /** `login` speaks XMPP; `handshake` answers a TLS handshake with one byte. */
  readonly work: 'login' | 'handshake'
  /** How its port is entered; by STARTTLS when left out. */
  readonly door?: Door
  /** Why it cannot run here, in words; null when it can. */
  missing(): string | null
  start(site: Site): Promise<BenchServer>
}

/** How a process is run. */
export interface PinnedCommand {
  readonly key: string
  readonly command: string
  readonly args: readonly string[]
  readonly port: number
  readonly directory: string
  readonly env?: Readonly<Record<string, string>>
}

/** Servers run on this core and the load generator on the next. */
export const serverCore = 0
export const generatorCore = 1

const startMs = 30_000
const stopMs = 5_000
const pollMs = 50

/** Starts a command on the servers' core and waits until it takes connections; its output goes to a file. */
export async function startPinned(wanted: PinnedCommand): Promise<BenchServer> {
  const { key, command, args, port, directory, env = {} } = wanted
  const log = join(directory, `${key}.log`)
  const output = await open(log, 'a')
  // taskset becomes the command, so that the process id is the server's own.
  const child = spawn('taskset', ['-c', String(serverCore), command, ...args], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', output.fd, output.fd],
  })
  await output.close()
  const { pid } = child
  if (pid === undefined) throw new Error(`${key}: taskset (util-linux) could not be run`)
  const stop = () => stopChild(child)
  try {
    await awaitPort(child, port, log)
  } catch (cause) {
    await stop()
    throw cause
  }
  return { pid, port, [Symbol.asyncDispose]: stop }
}

async function awaitPort(child: ChildProcess, port: number, log: string): Promise<void> {
  const deadline = performance.now() + startMs
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}; see ${log}`)
    if (await takesConnections(port)) return
    await sleep(pollMs)
  }
  throw new Error(`the server does not listen after ${startMs} ms; see ${log}`)
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(timer)
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** nginx and HAProxy from Debian in front of a test's server, each with one of the configurations that we ship. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../support/free-port.ts'

/** A running proxy. Disposing of it ends it. */
export interface Front extends AsyncDisposable {
  readonly ports: readonly number[]
}

/** What is different from the file as it is shipped. */
export interface FrontPlan {
  /** Where the certificates are, and what else the proxy writes. */
  readonly folder: string
  /** Ports of the file in the order in which proxies listen, and the upstream ports that they go to. */
  readonly listens: readonly number[]
  readonly upstreams: Readonly<Record<number, number>>
  /** Words of the file and what stands there instead. */
  readonly changes?: Readonly<Record<string, string>>
}

const shipped = new URL('../../config/proxies/', import.meta.url)
const startMs = 10_000

/** Starts nginx with a file of `config/proxies`; throws when it does not come up. */
export async function startNginx(file: string, plan: FrontPlan): Promise<Front> {
  const { text, ports } = await adapted(file, plan, (port) => `listen ${port} ssl`)
  const { folder } = plan
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const whole = [
    ...['daemon off;', 'master_process off;', `pid ${folder}/nginx.pid;`, 'error_log stderr;'],
    `events {} http { access_log off; ${paths.join(' ')}\n${text}\n}`,
  ].join('\n')
  const conf = join(folder, `${file}.test`)
  await writeFile(conf, whole)
  return run('/usr/sbin/nginx', ['-e', 'stderr', '-p', folder, '-c', conf], ports)
}

/** Starts HAProxy with a file of `config/proxies`; throws when it does not come up. */
export async function startHaproxy(file: string, plan: FrontPlan): Promise<Front> {
  const { text, ports } = await adapted(file, plan, (port) => `bind :${port}`)
  const conf = join(plan.folder, `${file}.test`)
  await writeFile(conf, text.replaceAll(/bind :(\d+)/g, 'bind 127.0.0.1:$1'))
  return run('/usr/sbin/haproxy', ['-db', '-f', conf], ports)
}

/** The file with free ports and the test's certificates. What is to be changed must be there. */
async function adapted(file: string, plan: FrontPlan, listenWord: (port: number) => string) {
  let text = await readFile(new URL(file, shipped), 'utf8')
  const change = (from: string, to: string): void => {
    if (!text.includes(from)) throw new Error(`${file} has no "${from}"`)
    text = text.replaceAll(from, to)
  }
  for (const [from, to] of Object.entries(plan.changes ?? {})) change(from, to)
  const ports: number[] = []
  for (const [port, upstream] of Object.entries(plan.upstreams)) change(`127.0.0.1:${port}`, `127.0.0.1:${upstream}`)
  for (const listen of plan.listens) {
    const port = await freePort()
    ports.push(port)
    change(listenWord(listen), listenWord(port).replace('listen ', 'listen 127.0.0.1:'))
  }
  for (const [name, own] of Object.entries(certificates)) text = text.replaceAll(name, join(plan.folder, own))
  if (text.includes('/etc/')) throw new Error(`${file} names a file that the test does not know`)
  return { text, ports }
}

const certificates = {
  '/etc/ssl/private/example.org.pem': 'both.pem',
  '/etc/ssl/private/example.org.key': 'server.key',
  '/etc/ssl/example.org.pem': 'server.pem',
  '/etc/ssl/clients-ca.pem': 'clients-ca.pem',
  '/etc/nginx/conf.d/': 'nowhere',
}

async function run(program: string, args: readonly string[], ports: readonly number[]): Promise<Front> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000)
  })
  const stop = () => end(child)
  for (const port of ports) {
    if (await isThere(child, port)) continue
    await stop()
    throw new Error(`${program} does not listen: ${said}`)
  }
  return { ports, [Symbol.asyncDispose]: stop }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Proxies say nothing when they are ready: they are when somebody can connect. */
async function isThere(child: ChildProcess, port: number): Promise<boolean> {
  const until = performance.now() + startMs
  while (child.exitCode === null && performance.now() < until) {
    const socket = connect({ host: '127.0.0.1', port })
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return true
    await setTimeout(10)
  }
  return false
}

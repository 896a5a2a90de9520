/** Processes whose output nobody takes: a server serves on, and says later how much is missing; other commands end. */

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { readSamples, samplesOf } from '../metrics/exposition.ts'
import { freePort } from '../support/free-port.ts'
import { createAuthority, issue, issueServer } from '../support/pki/certificate.ts'
import { cn, dns, xmppAddr } from '../support/pki/names.ts'
import { assertAnswers, logIn } from './logged-in.ts'

const main = join(import.meta.dirname, '../../src/main.ts')
const ca = createAuthority({ name: 'Test Root CA' })
const alice = issue(ca, { subject: [cn('alice')], san: [xmppAddr('alice@localhost')] })
const certificate = issueServer(ca, [dns('localhost')], 'server')
const tls = { cert: alice.pem, key: alice.keyPem }
const deadlineMs = 15_000

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signet-output-'))
  await writeFile(join(directory, 'ca.pem'), ca.pem)
  await writeFile(join(directory, 'server.pem'), `${certificate.pem}${certificate.keyPem}`, { mode: 0o600 })
})
after(() => rm(directory, { recursive: true, force: true }))

interface Ports {
  readonly c2s: number
  readonly http: number
}

async function writeConfig(name: string): Promise<{ readonly file: string; readonly ports: Ports }> {
  const ports = { c2s: await freePort(), http: await freePort() }
  const file = join(directory, `${name}.toml`)
  await writeFile(
    file,
    `[general]
  hosts = ["localhost"]
[[listen.c2s]]
  port = ${ports.c2s}
  ip_address = "127.0.0.1"
  tls.mode = "tls"
  tls.certfile = "server.pem"
  tls.cacertfile = "ca.pem"
[[listen.http]]
  port = ${ports.http}
  ip_address = "127.0.0.1"
[[listen.http.handlers.signet_metrics_handler]]
[auth]
  methods = ["pki"]
[session.local]
  database = "${name}.sqlite"
`,
  )
  return { file, ports }
}

/** A server process; disposing of it asks it to end, and it must do so in order. */
function serve(file: string, stdio: StdioOptions): ChildProcess & AsyncDisposable {
  const child = spawn(process.execPath, [main, 'serve', '--config', file], { stdio })
  return Object.assign(child, {
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      if (child.exitCode === null && child.kill('SIGTERM')) await ended
      assert.deepEqual([child.exitCode, child.signalCode], [0, null])
    },
  })
}

/** Resolves when somebody listens: the log, which says so, is not to be had. */
async function untilOpen(port: number): Promise<void> {
  for (const end = Date.now() + deadlineMs; Date.now() < end; await wait(50)) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
  }
  throw new Error(`nobody listens on port ${port}`)
}

async function lostLines(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return samplesOf(readSamples(text), 'signet_log_lines_lost_total')[''] ?? Number.NaN
}

/** Resolves with the number when it is greater than `than`: lines are gathered for a moment. */
async function untilMoreLost(port: number, than: number): Promise<number> {
  for (const end = Date.now() + deadlineMs; Date.now() < end; await wait(20)) {
    const lost = await lostLines(port)
    if (lost > than) return lost
  }
  throw new Error(`no more than ${than} lines are lost`)
}

type LogEntry = Readonly<Record<string, unknown>>

/** Reads no further than it must, since a read of an empty pipe cannot be called off. */
async function readUntil(pipe: FileHandle, isLast: (entry: LogEntry) => boolean): Promise<readonly LogEntry[]> {
  let text = ''
  for (;;) {
    const { buffer, bytesRead } = await pipe.read({ buffer: Buffer.alloc(65_536) })
    text += buffer.toString('utf8', 0, bytesRead)
    const entries = text
      .split('\n')
      .slice(0, -1)
      .map((line): LogEntry => JSON.parse(line))
    if (entries.some(isLast)) return entries
  }
}

test('a full disk below the log: logins and sessions go on, and the lines are counted', async () => {
  const { file, ports } = await writeConfig('full')
  const full = await open('/dev/full', 'w')
  await using child = serve(file, ['ignore', full.fd, 'inherit'])
  await full.close()
  await untilOpen(ports.c2s)
  using first = await logIn(ports.c2s, tls)
  const lost = await untilMoreLost(ports.http, 3)
  using second = await logIn(ports.c2s, tls)
  await assertAnswers(first)
  await assertAnswers(second)
  await untilMoreLost(ports.http, lost)
  assert.equal(child.exitCode, null)
})

test('a reader of the log that dies: logins and sessions go on, and the next reader is told what is missing', async () => {
  const { file, ports } = await writeConfig('pipe')
  const fifo = join(directory, 'log')
  execFileSync('mkfifo', [fifo])
  // Whoever opens both ends waits for nobody.
  const reader = await open(fifo, 'r+')
  const writer = await open(fifo, 'w')
  await using child = serve(file, ['ignore', writer.fd, 'inherit'])
  await writer.close()
  await untilOpen(ports.c2s)
  using first = await logIn(ports.c2s, tls)
  const isSession = ({ event }: LogEntry) => event === 'session_opened'
  await readUntil(reader, isSession)
  assert.equal(await lostLines(ports.http), 0)
  await reader.close()
  using second = await logIn(ports.c2s, tls)
  await assertAnswers(first)
  await assertAnswers(second)
  await untilMoreLost(ports.http, 1)
  const next = await open(fifo, 'r')
  using third = await logIn(ports.c2s, tls)
  await assertAnswers(third)
  const [told, ...more] = await readUntil(next, isSession)
  assert.deepEqual([told?.['level'], told?.['event']], ['warn', 'log_lines_lost'])
  assert.equal(told?.['lines'], await lostLines(ports.http))
  assert.equal(more.filter(({ event }) => event === 'login_decision_made').length, 1)
  await next.close()
  assert.equal(child.exitCode, null)
})

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

async function run(stdout: 'closed' | 'full', ...args: readonly string[]): Promise<Ended> {
  const full = stdout === 'full' ? await open('/dev/full', 'w') : null
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', full?.fd ?? 'pipe', 'pipe'] })
  child.stdout?.destroy()
  await full?.close()
  let stderr = ''
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  return { code, stderr }
}

test('another command whose reader has gone ends without a word', async () => {
  assert.deepEqual(await run('closed', '--help'), { code: 141, stderr: '' })
  assert.deepEqual(await run('closed', 'check', '--config', (await writeConfig('check')).file), {
    code: 141,
    stderr: '',
  })
})

test('another command that cannot write says so', async () => {
  const { code, stderr } = await run('full', '--help')
  assert.equal(code, 74)
  assert.match(stderr, /^signet: the output cannot be written: ENOSPC: [^\n]+\n$/)
})

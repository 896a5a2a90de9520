/** The process as an operator runs it: start, reload, drain, and what it says when it cannot. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { type Child, startChild } from '../clients/child.ts'
import { createAuthority, issue, issueServer } from '../support/pki/certificate.ts'
import { cn, dns, xmppAddr } from '../support/pki/names.ts'
import { openClient, readError } from '../support/xmpp-client.ts'
import { assertAnswers, logIn } from './logged-in.ts'

const main = join(import.meta.dirname, '../../src/main.ts')
const ca = createAuthority({ name: 'Test Root CA' })
const alice = issue(ca, { subject: [cn('alice')], san: [xmppAddr('alice@localhost')] })
const firstServer = issueServer(ca, [dns('localhost')], 'first')
const secondServer = issueServer(ca, [dns('localhost'), dns('b.example')], 'second')

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signet-serve-'))
  await writeFile(join(directory, 'ca.pem'), ca.pem)
})
after(() => rm(directory, { recursive: true, force: true }))

interface Wanted {
  readonly hosts?: string
  readonly port?: number
  readonly mode?: string
}

async function writeConfig(
  name: string,
  { hosts = '["localhost"]', port = 0, mode = 'tls' }: Wanted = {},
  server = firstServer,
) {
  await writeFile(join(directory, `${name}-server.pem`), `${server.pem}${server.keyPem}`, { mode: 0o600 })
  const file = join(directory, `${name}.toml`)
  await writeFile(
    file,
    `[general]
  hosts = ${hosts}
  loglevel = "info"
[[listen.c2s]]
  port = ${port}
  ip_address = "127.0.0.1"
  tls.mode = "${mode}"
  tls.certfile = "${name}-server.pem"
  tls.cacertfile = "ca.pem"
[auth]
  methods = ["pki"]
[session.local]
  database = "${name}.sqlite"
`,
  )
  return file
}

function serve(file: string): Child {
  return startChild({ name: 'signet', command: process.execPath, args: [main, 'serve', '--config', file] })
}

async function portOf(child: Child): Promise<number> {
  await child.next('readiness', (event) => event['event'] === 'signet_ready')
  return Number((await child.next('a listener', (event) => event['event'] === 'listener_ready'))['port'])
}

const tls = { cert: alice.pem, key: alice.keyPem }

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}

test('SIGTERM drains: streams end with system-shutdown, exit code 0', async () => {
  await using child = serve(await writeConfig('drain'))
  using client = await logIn(await portOf(child), tls)
  const stopped = child.stop('SIGTERM')
  assert.equal(readError(await client.element('stream:error')).condition, 'system-shutdown')
  assert.equal(await stopped, 0)
})

test('SIGHUP puts new hosts and certificates in force; the running session stays', async () => {
  const file = await writeConfig('reload')
  await using child = serve(file)
  const port = await portOf(child)
  using client = await logIn(port, tls)
  await writeConfig('reload', { hosts: '["localhost", "b.example"]' }, secondServer)
  process.kill(child.pid ?? 0, 'SIGHUP')
  await child.next('reload', (event) => event['event'] === 'config_reload_done')
  await assertAnswers(client)
  const { client: second, features } = await openClient({ port, door: 'direct', domain: 'b.example', tls })
  using _ = second
  assert.equal(features.getChild('mechanisms')?.getChildText('mechanism'), 'EXTERNAL')
  assert.equal((second.socket as TLSSocket).getPeerCertificate().subject.CN, 'second')
})

/** Whether the process takes SIGHUP itself, by the kernel's word. */
async function takesHangUp({ pid }: Child): Promise<boolean> {
  const [, mask = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(await readFile(`/proc/${pid}/status`, 'latin1')) ?? []
  return (BigInt(`0x${mask}`) & 1n) === 1n
}

test('SIGHUP during the start is remembered, and answered by one reload', async () => {
  await using child = serve(await writeConfig('early'))
  while (!(await takesHangUp(child))) await new Promise((resolve) => setTimeout(resolve, 2))
  assert.deepEqual(child.events, [])
  for (let time = 0; time < 3; time += 1) {
    process.kill(child.pid ?? 0, 'SIGHUP')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  using client = await logIn(await portOf(child), tls)
  await child.next('reload', (event) => event['event'] === 'config_reload_done')
  await assertAnswers(client)
  assert.equal(await child.stop('SIGTERM'), 0)
  const names = child.events.map(({ event }) => event).filter((name) => /^(?:signet_ready|config_)/.test(`${name}`))
  assert.deepEqual(names, ['signet_ready', 'config_reload_done'])
})

test('SIGHUP with a bad configuration is refused whole, with the problem logged; everything goes on', async () => {
  const file = await writeConfig('refuse')
  await using child = serve(file)
  const port = await portOf(child)
  using client = await logIn(port, tls)
  await writeConfig('refuse', { hosts: '["localhost", "b.example"]', mode: 'tsl' })
  process.kill(child.pid ?? 0, 'SIGHUP')
  const problem = await child.next('problem', (event) => event['event'] === 'config_problem_found')
  assert.match(String(problem['text']), /refuse\.toml:7:14: error: listen\.c2s\.tls\.mode: .*did you mean "tls"\?/)
  await child.next('refusal', (event) => event['event'] === 'config_reload_refused')
  await assertAnswers(client)
  using again = await logIn(port, tls)
  await assertAnswers(again)
})

test('SIGHUP to a port that is taken is refused whole; the old port goes on', async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1')
  t.after(() => blocker.close())
  const taken = await new Promise<number>((resolve) =>
    blocker.once('listening', () => resolve((blocker.address() as { port: number }).port)),
  )
  await using child = serve(await writeConfig('taken'))
  const port = await portOf(child)
  await writeConfig('taken', { port: taken })
  process.kill(child.pid ?? 0, 'SIGHUP')
  const refusal = await child.next('refusal', (event) => event['event'] === 'config_reload_refused')
  assert.match(String(refusal['why']), new RegExp(`port ${taken} on 127\\.0\\.0\\.1 is in use`))
  using client = await logIn(port, tls)
  await assertAnswers(client)
  const refused = await run('serve', '--config', await writeConfig('taken-too', { port: taken }))
  assert.equal(refused.code, 69)
  assert.match(refused.stderr, new RegExp(`port ${taken} on 127\\.0\\.0\\.1 is in use .*choose another port`))
})

test('a bad configuration does not start: all problems on stderr, exit code 78', async () => {
  const refused = await run('serve', '--config', await writeConfig('bad', { mode: 'tsl', hosts: '[]' }))
  assert.equal(refused.code, 78)
  assert.equal(refused.stdout, '')
  assert.match(refused.stderr, /bad\.toml:7:14: error: listen\.c2s\.tls\.mode/)
  assert.match(refused.stderr, /bad\.toml:2:\d+: error: general\.hosts/)
})

test('usage: serve without a file, an unknown command, help and version', async () => {
  const [serveAlone, more, mistyped, unknown, help, version] = await Promise.all([
    run('serve'),
    run('serve', '--config', 'signet.toml', 'other.toml', 'extra'),
    run('serve', '--confg', 'signet.toml'),
    run('frobnicate'),
    run('--help'),
    run('--version'),
  ])
  const needed = 'signet serve: --config FILE is needed, and nothing else\n'
  assert.deepEqual(serveAlone, { code: 64, stdout: '', stderr: needed })
  assert.deepEqual(more, serveAlone)
  const meant = "signet serve: there is no option '--confg'; did you mean --config?\n"
  assert.deepEqual(mistyped, { code: 64, stdout: '', stderr: meant })
  assert.equal(unknown.code, 64)
  assert.match(unknown.stderr, /no command 'frobnicate'/)
  assert.equal(help.code, 0)
  for (const command of ['serve', 'demo', 'check', 'explain'])
    assert.match(help.stdout, new RegExp(`signet ${command}`))
  assert.deepEqual(version, { code: 0, stdout: 'signet 0.1.0\n', stderr: '' })
})

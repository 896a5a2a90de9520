/** The package as npm would publish it: packed, unpacked, type-checked and run by a program that has only that. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { logIn } from '../../src/hello/log-in.ts'
import { startChild } from '../clients/child.ts'
import { installPacked, tsc } from './install-packed.ts'
import { certificateFolder, identityOf, root } from './programs.ts'

const run = promisify(execFile)

const compilerOptions = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  types: ['node'],
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: false,
}

/** Ports that nobody listens on. */
async function freePorts(): Promise<readonly [number, number, number]> {
  const servers = [createServer(), createServer(), createServer()]
  const ports: number[] = []
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const bound = server.address()
    ports.push(typeof bound === 'object' && bound !== null ? bound.port : 0)
  }
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return [ports[0] ?? 0, ports[1] ?? 0, ports[2] ?? 0]
}

describe('the package', () => {
  let program = ''
  let base = ''
  // One packing for all tests: it is the slow part.
  before(async () => {
    base = await mkdtemp(join(tmpdir(), 'signet-package-'))
    program = await installPacked(base)
  })
  after(() => rm(base, { recursive: true, force: true }))

  test('its declarations hold in a strict program that checks libraries as well', async () => {
    for (const name of ['start-a-server', 'own-backend', 'external-in-your-server']) {
      await cp(join(root, 'docs', 'examples', `${name}.ts`), join(program, `${name}.ts`))
    }
    await writeFile(join(program, 'package.json'), JSON.stringify({ type: 'module' }))
    await writeFile(join(program, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    const { stdout } = await run(process.execPath, [tsc, '-p', program]).catch((failure) => failure)
    assert.equal(stdout, '')
  })

  test('a wrong option name is a type error', async () => {
    const wrong =
      "import { createServer } from 'signet-xmpp'\ncreateServer({ config: { listen: { c2s: [{ prot: 1 }] } } })\n"
    await writeFile(join(program, 'wrong.mts'), wrong)
    const flags = ['--noEmit', '--module', 'nodenext', '--target', 'es2024', '--types', 'node', '--ignoreConfig']
    const { stdout } = await run(process.execPath, [tsc, ...flags, join(program, 'wrong.mts')]).catch(
      (failure) => failure,
    )
    assert.match(stdout, /^[^\n]*wrong\.mts\(2,\d+\): error TS2\d+: .*prot/)
  })

  test('both entries load, and nothing else of the package does', async () => {
    const script = `
      const names = async (entry) => Object.keys(await import(entry))
      const whole = await names('signet-xmpp')
      const part = await names('signet-xmpp/external')
      const inside = await names('signet-xmpp/dist/app.js').catch((cause) => cause.code)
      console.log(JSON.stringify({ missing: part.filter((name) => !whole.includes(name)), inside, start: whole.includes('createServer') }))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: program })
    assert.deepEqual(JSON.parse(stdout), { missing: [], inside: 'ERR_PACKAGE_PATH_NOT_EXPORTED', start: true })
  })

  test('the OpenSSL configuration without tickets can be had by its name', async () => {
    const script =
      "console.log(require('node:fs').readFileSync(require.resolve('signet-xmpp/config/openssl-no-tickets.cnf'), 'utf8'))"
    const { stdout } = await run(process.execPath, ['--eval', script], { cwd: program })
    assert.match(stdout, /^NumTickets = 0$/m)
  })

  test('the command becomes the Node that came with it, whatever Node is in PATH; it reloads, drains and gives its exit code', async (t) => {
    const folder = await certificateFolder(t)
    const old = join(folder, 'old', 'node')
    await mkdir(dirname(old))
    await writeFile(old, '#!/bin/sh\necho an old Node >&2; exit 1\n', { mode: 0o755 })
    const env = { PATH: `${dirname(old)}:/usr/bin:/bin` }
    const command = join(program, 'node_modules', '.bin', 'signet')
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    assert.deepEqual(await run(command, ['--version'], { env }), { stdout: `signet ${version}\n`, stderr: '' })
    const text = `[general]
hosts = ["localhost"]
[[listen.c2s]]
port = 0
ip_address = "127.0.0.1"
tls.certfile = "server.pem"
tls.keyfile = "server.key"
tls.cacertfile = "ca.pem"
`
    const file = join(folder, 'signet.toml')
    await writeFile(file, text)
    const child = startChild({ name: 'signet', command, args: ['serve', '--config', 'signet.toml'], cwd: folder, env })
    t.after(() => child[Symbol.asyncDispose]())
    await child.next('its start', ({ event }) => event === 'signet_ready')
    assert.match(await readlink(`/proc/${child.pid}/exe`), /\/node-linux-[^/]*\/bin\/node$/)
    process.kill(child.pid ?? 0, 'SIGHUP')
    await child.next('the reload', ({ event }) => event === 'config_reload_done')
    assert.equal(await child.stop('SIGTERM'), 0)
    await writeFile(file, text.replace('ca.pem', 'gone.pem'))
    const refused = await run(command, ['serve', '--config', file], { env }).catch((failure) => failure)
    assert.equal(refused.code, 78)
  })

  test('the command says its version, and its demo lets somebody in and has its page', async (t) => {
    const main = join(program, 'node_modules', 'signet-xmpp', 'dist', 'main.js')
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    assert.equal((await run(process.execPath, [main, '--version'])).stdout, `signet ${version}\n`)
    const folder = await certificateFolder(t)
    const [port, tlsPort, httpsPort] = await freePorts()
    const args = [
      main,
      'demo',
      '--port',
      `${port}`,
      '--tls-port',
      `${tlsPort}`,
      '--https-port',
      `${httpsPort}`,
      '--dir',
      folder,
    ]
    const child = startChild({ name: 'demo', command: process.execPath, args, cwd: folder })
    t.after(() => child[Symbol.asyncDispose]())
    await child.next('its start', ({ event }) => event === 'signet_ready')
    const hello = { host: '127.0.0.1', port, tls: 'starttls', domain: 'localhost' } as const
    const done = await logIn({ ...hello, identity: await identityOf(folder, 'bob') }, () => undefined)
    assert.deepEqual(done, { ok: true, value: 'bob@localhost/hello' })
    const ca = await readFile(join(folder, 'ca.pem'))
    for (const file of ['', 'main.js', 'strophe.js']) {
      const [response] = await once(get(`https://localhost:${httpsPort}/${file}`, { ca, agent: false }), 'response')
      assert.equal(response.resume().statusCode, 200, file)
    }
    assert.equal(await child.stop('SIGTERM'), 0)
  })
})

/** docs/running.md, the unit and the Containerfile: what they name is there, and says the same. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { exitCodes } from '../../src/cli/io.ts'
import { createFolder, goodConfig, loadIn } from '../config/support.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'

const root = dirname(dirname(import.meta.dirname))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = read('docs/running.md')
const unit = read('config/systemd/signet.service')
const container = read('config/container/Containerfile')
const manifest = JSON.parse(read('package.json'))

/** Where the package lies when it was installed below the prefix of the unit. */
const prefix = '/opt/signet'
const home = `${prefix}/lib/node_modules/${manifest.name}`

/** The values of a key of the unit, in its order. */
function valuesOf(key: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)
}

/** Fenced blocks of the page in one language. */
function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\`\\n`, 'g'))].map(([, text = '']) => text)
}

const example = blocks('toml').join('')

describe('the unit', () => {
  test('it starts, checks and reloads what the package has as its command', () => {
    assert.deepEqual(valuesOf('ExecStart'), [`${prefix}/bin/signet serve --config /etc/signet/signet.toml`])
    assert.deepEqual(valuesOf('ExecReload'), [
      `${prefix}/bin/signet check --config /etc/signet/signet.toml`,
      '/bin/kill -HUP $MAINPID',
    ])
    assert.deepEqual(Object.keys(manifest.bin), ['signet'])
    assert.equal(statSync(join(root, manifest.bin.signet)).mode & 0o111, 0o111)
  })

  test('files of the package that it names are in the package', () => {
    const named = [...unit.matchAll(new RegExp(`${home}/(\\S+)`, 'g'))].map(([, path = '']) => path)
    assert.deepEqual(named, ['config/systemd/signet.service', 'docs/running.md'])
    for (const path of named) {
      assert.ok(existsSync(join(root, path)), path)
      assert.ok(manifest.files.includes(path.split('/')[0]), path)
    }
  })

  test('it does not start again what cannot start', () => {
    const hopeless = [exitCodes.usage, exitCodes.software, exitCodes.config]
    assert.deepEqual(valuesOf('RestartPreventExitStatus'), [hopeless.join(' ')])
  })

  test('the store of the page is in its folder, which is for nobody else', () => {
    assert.match(example, new RegExp(`^database = "/var/lib/${valuesOf('StateDirectory')[0]}/[^/"]+"$`, 'm'))
    assert.deepEqual([valuesOf('StateDirectoryMode'), valuesOf('UMask')], [['0700'], ['0077']])
  })

  test('each key stands once, but for the steps of a reload and the two halves of a filter', () => {
    const keys = [...unit.matchAll(/^([A-Za-z]+)=/gm)].map(([, key = '']) => key)
    const again = keys.filter((key, index) => keys.indexOf(key) !== index)
    assert.deepEqual(again, ['ExecReload', 'SystemCallFilter'])
    assert.ok(!keys.includes('MemoryDenyWriteExecute'))
    for (const [, key = ''] of blocks('ini')
      .join('')
      .matchAll(/^([A-Za-z]+)=/gm))
      assert.ok(keys.includes(key), key)
  })

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
  test('systemd knows every key', { skip: !hasSystemd }, async (t) => {
    const folder = await temporaryDirectory(t)
    const file = join(folder, 'signet.service')
    await writeFile(file, unit.replaceAll(`${prefix}/bin/signet`, join(root, 'bin/signet')))
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
    const said = stderr.split('\n').filter((line) => line.includes('signet.service'))
    assert.deepEqual(said, [])
  })
})

describe('the Containerfile', () => {
  const lines = container
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const instruction = (name: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))

  test('what it copies is there, is all that the package is made of, and nothing else', () => {
    const sources = instruction('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(' ').slice(0, -1))
    for (const source of sources) assert.ok(existsSync(join(root, source)), source)
    const made = manifest.files.filter((name: string) => name !== 'dist')
    const needed = ['.npmrc', 'LICENSE', 'README.md', 'package-lock.json', 'package.json', 'tsconfig.json', ...made]
    assert.deepEqual(sources.sort(), needed.sort())
  })

  test('Signet itself is process 1, and is what the unit runs', () => {
    assert.deepEqual(JSON.parse(instruction('ENTRYPOINT')[0] ?? ''), [`${prefix}/${manifest.bin.signet}`])
    assert.deepEqual(JSON.parse(instruction('CMD')[0] ?? ''), ['serve', '--config', '/etc/signet/signet.toml'])
    assert.deepEqual(instruction('STOPSIGNAL'), ['SIGTERM'])
    assert.deepEqual(instruction('VOLUME'), [`/var/lib/${valuesOf('StateDirectory')[0]}`])
  })

  test('it runs as the user of the page', () => {
    const [, uid = ''] = /--uid (\d+)/.exec(container) ?? []
    assert.deepEqual(instruction('USER'), [`${uid}:${uid}`])
    assert.ok(page.includes(`user ${uid} must be able to read the key`))
  })

  const canUnshare = spawnSync('unshare', ['--map-root-user', '--net', '--pid', '--fork', 'true']).status === 0
  test('as process 1 it takes its signals, and ends with 0', { skip: !canUnshare }, async () => {
    using folder = createFolder()
    const file = folder.write('signet.toml', goodConfig('ip_address = "127.0.0.1"\n').replace('5222', '0'))
    const inside = `ip link set lo up; exec '${join(root, 'bin/signet')}' serve --config '${file}'`
    const args = ['--map-root-user', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', inside]
    const outer = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(outer, 'close')
    let said = ''
    let asked = 0
    outer.stdout.on('data', (text) => {
      said += text
      const [first] = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').split(' ')
      if (asked === 0 && said.includes('"signet_ready"')) {
        asked = 1
        process.kill(Number(first), 'SIGHUP')
      } else if (asked === 1 && said.includes('"config_reload_done"')) {
        asked = 2
        process.kill(Number(first), 'SIGTERM')
      }
    })
    assert.deepEqual(await ended, [0, null])
    assert.ok(said.includes('"signet_stopped"'))
  })
})

describe('the page', () => {
  test('its exit codes are those of serve', () => {
    const codes = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
    const { ok, usage, unavailable, software, config } = exitCodes
    assert.deepEqual(codes, [ok, usage, unavailable, software, config])
  })

  test('its options exist, and its example is one', () => {
    const named = [...page.matchAll(/`([a-z]+(?:[._][a-z_]+)+)`/g)].map(([, option]) => option)
    assert.deepEqual([...new Set(named)].sort(), ['max_connections', 'session.local.database', 'tls.cacertfile'])
    using folder = createFolder()
    const loaded = loadIn(folder, goodConfig() + example)
    assert.ok(loaded.ok)
    const [listener] = loaded.value.options.c2s
    assert.equal(listener?.maxConnections, 10_000)
    assert.equal(listener.tls.cacertfile, join(folder.path, 'ca.pem'))
    assert.equal(loaded.value.options.session.database, '/var/lib/signet/signet.sqlite')
  })

  test('its shell is sound', () => {
    for (const script of [...blocks('sh'), container.replace(/[\s\S]*\nRUN (npm[^\n]*)[\s\S]*/, '$1\n')]) {
      assert.deepEqual(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' }).stderr, '')
    }
  })

  test('the hook puts a renewed certificate where the configuration has it, and reloads', async (t) => {
    const folder = await temporaryDirectory(t)
    const hook = blocks('sh').find((script) => script.startsWith('#!/bin/sh')) ?? ''
    await mkdir(join(folder, 'bin'))
    await mkdir(join(folder, 'live'))
    await mkdir(join(folder, 'etc'))
    await writeFile(join(folder, 'bin/systemctl'), `#!/bin/sh\necho "$@" > '${folder}/asked'\n`, { mode: 0o755 })
    await symlink('/usr/bin/install', join(folder, 'bin/install'))
    for (const name of ['fullchain', 'privkey']) await writeFile(join(folder, `live/${name}.pem`), name)
    const group = String(process.getgid?.() ?? 0)
    const script = hook.replaceAll('/etc/signet', join(folder, 'etc')).replaceAll('-g signet', `-g ${group}`)
    const env = { PATH: join(folder, 'bin'), RENEWED_LINEAGE: join(folder, 'live') }
    assert.equal(spawnSync('/bin/sh', [], { input: script, env }).status, 0)
    assert.equal(await readFile(join(folder, 'etc/server.pem'), 'utf8'), 'fullchain')
    assert.equal(await readFile(join(folder, 'etc/server.key'), 'utf8'), 'privkey')
    assert.equal(statSync(join(folder, 'etc/server.key')).mode & 0o777, 0o640)
    assert.equal(await readFile(join(folder, 'asked'), 'utf8'), 'reload signet\n')
  })
})

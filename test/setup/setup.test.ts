/** src/setup.mjs as package.json runs it, in a checkout of its own, with an npm that only records that it was called. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'

const platform = `${process.platform}-${process.arch}`
const pinned = `node_modules/node-${platform}`

/** Does what `npm ci` does to the tree: empties it, unpacks the lock file's packages, records them last. */
const fakeNpm = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n')
rmSync('node_modules', { recursive: true, force: true })
mkdirSync('node_modules')
if (process.env.FAKE_NPM === 'fail') { console.error('npm error code E404'); process.exit(1) }
if (process.env.FAKE_NPM === 'hang') { console.error('hanging'); await sleep(60_000) }
while (process.env.FAKE_NPM === 'wait' && !existsSync('go')) await sleep(10)
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
delete packages['']
for (const path of Object.keys(packages)) {
  mkdirSync(path, { recursive: true })
  writeFileSync(path + '/package.json', '{}')
}
mkdirSync('${pinned}/bin')
symlinkSync(process.execPath, '${pinned}/bin/node')
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }))
`

let checkout = ''

const lock = (version: string): string =>
  JSON.stringify({
    packages: {
      '': { name: 'x' },
      'node_modules/a': { version, integrity: `sha512-${version}` },
      [pinned]: { version: '24.0.0', integrity: 'sha512-n', optional: true },
    },
  })

beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'signet-setup-'))
  await mkdir(join(checkout, 'src'))
  await copyFile(new URL('../../src/setup.mjs', import.meta.url), join(checkout, 'src/setup.mjs'))
  await writeFile(join(checkout, 'package-lock.json'), lock('1.0.0'))
  await writeFile(join(checkout, 'npm.mjs'), fakeNpm)
})

afterEach(() => rm(checkout, { recursive: true, force: true }))

function start(npm: 'work' | 'fail' | 'hang' | 'wait' = 'work'): ChildProcess {
  const env = { npm_execpath: join(checkout, 'npm.mjs'), npm_node_execpath: process.execPath, FAKE_NPM: npm }
  return spawn(process.execPath, ['src/setup.mjs'], { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

async function finish(child: ChildProcess): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  const [code] = await once(child, 'close')
  return { code, out, err }
}

/** Resolves once the child has said the word. */
function saying(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve) => {
    child.stderr?.on('data', (chunk) => {
      if (String(chunk).includes(word)) resolve()
    })
  })
}

const setup = (npm: 'work' | 'fail' = 'work'): Promise<Ended> => finish(start(npm))

async function npmCalls(): Promise<number> {
  const text = await readFile(join(checkout, 'npm-calls'), 'utf8').catch(() => '')
  return text.split('\n').length - 1
}

const installing = (why: string): string => `Installing dependencies (${why}); this takes a moment …\n`
const good = (): Ended => ({ code: 0, out: `${join(checkout, pinned)}/bin/node\n`, err: '' })

test('a fresh clone is installed with all groups of dependencies, and the pinned Node is named', async () => {
  assert.deepEqual(await setup(), { ...good(), err: installing('first run') })
  assert.equal(
    await readFile(join(checkout, 'npm-calls'), 'utf8'),
    'ci --include=dev --include=optional --ignore-scripts --engine-strict=false --no-audit --no-fund --no-progress --loglevel=error\n',
  )
})

test('a second run installs nothing and says nothing', async () => {
  await setup()
  assert.deepEqual(await setup(), good())
  assert.equal(await npmCalls(), 1)
})

test('a changed lock file is installed anew', async () => {
  await setup()
  await writeFile(join(checkout, 'package-lock.json'), lock('1.0.1'))
  assert.equal((await setup()).err, installing('package-lock.json changed'))
  assert.deepEqual(await setup(), good())
})

test('a tree unpacked for another platform is installed anew', async () => {
  await setup()
  const stamp = join(checkout, 'node_modules/.signet-setup.json')
  await writeFile(stamp, (await readFile(stamp, 'utf8')).replace(platform, 'linux-vax'))
  assert.equal((await setup()).err, installing('the platform changed'))
})

test('a package that is gone is noticed', async () => {
  await setup()
  await rm(join(checkout, 'node_modules/a'), { recursive: true })
  assert.equal((await setup()).err, installing('node_modules/a is missing'))
})

test('what npm installed by hand is taken as it is when it matches the lock file', async () => {
  await setup()
  await rm(join(checkout, 'node_modules/.signet-setup.json'))
  assert.deepEqual(await setup(), good())
  assert.equal(await npmCalls(), 1)
})

test('what npm installed by hand from another lock file is not', async () => {
  await setup()
  await rm(join(checkout, 'node_modules/.signet-setup.json'))
  await writeFile(join(checkout, 'package-lock.json'), lock('1.0.1'))
  assert.equal((await setup()).err, installing('package-lock.json changed'))
})

test('a failing npm fails the setup with its own words, and the next run installs again', async () => {
  const failed = await setup('fail')
  assert.equal(failed.code, 1)
  assert.equal(failed.out, '')
  assert.equal(
    failed.err,
    `${installing('first run')}npm error code E404\nSetup failed: npm ci ended with exit code 1; what it said is above.\n`,
  )
  assert.deepEqual(await setup(), { ...good(), err: installing('the last installation did not finish') })
})

test('a signal ends npm and the setup, and the next run installs again', async () => {
  const child = start('hang')
  const ended = finish(child)
  await saying(child, 'hanging')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, {
    code: 1,
    out: '',
    err: `${installing('first run')}hanging\nSetup failed: npm ci ended with SIGTERM; what it said is above.\n`,
  })
  assert.deepEqual(await setup(), { ...good(), err: installing('the last installation did not finish') })
})

test('two at once: one installs, the other waits for it', async () => {
  const first = start('wait')
  const firstEnded = finish(first)
  await saying(first, 'Installing')
  const second = start()
  const secondEnded = finish(second)
  await saying(second, 'Waiting')
  await writeFile(join(checkout, 'go'), '')
  assert.deepEqual(await firstEnded, { ...good(), err: installing('first run') })
  assert.deepEqual(await secondEnded, { ...good(), err: 'Waiting for another setup of this checkout to finish …\n' })
  assert.equal(await npmCalls(), 1)
})

test('the lock of a setup that was killed is taken away', async () => {
  const dead = spawn(process.execPath, ['-e', ''])
  await once(dead, 'exit')
  await mkdir(join(checkout, 'var/setup.lock'), { recursive: true })
  await writeFile(join(checkout, 'var/setup.lock/owners'), `${dead.pid}`)
  assert.deepEqual(await setup(), { ...good(), err: installing('first run') })
})

test('without a pinned Node the running one is named if it is new enough', async () => {
  await setup()
  await rm(join(checkout, pinned, 'bin'), { recursive: true })
  assert.deepEqual(await setup(), { code: 0, out: `${process.execPath}\n`, err: '' })
})

test('npm is found in PATH when the setup is run by hand', async () => {
  await mkdir(join(checkout, 'bin'))
  await symlink(process.execPath, join(checkout, 'bin/node'))
  await writeFile(join(checkout, 'bin/npm'), `#!/bin/sh\nexec node npm.mjs "$@"\n`)
  await chmod(join(checkout, 'bin/npm'), 0o755)
  const child = spawn(process.execPath, ['src/setup.mjs'], {
    cwd: checkout,
    env: { PATH: `${join(checkout, 'bin')}:/bin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  assert.deepEqual(await finish(child), { ...good(), err: installing('first run') })
})

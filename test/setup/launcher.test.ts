/** bin/signet, in packages of its own making: which Node it becomes, and that nothing of it stays between that and the caller. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'

const bundled = join(`node-${process.platform}-${process.arch}`, 'bin', 'node')

/** Says how it was started; `exit N` ends with that code, `wait` with 7 at a SIGHUP. */
const program = `
const [command, code] = process.argv.slice(2)
if (command === 'wait') process.on('SIGHUP', () => process.exit(7)), setInterval(() => {}, 1000)
if (command === 'exit') process.exitCode = Number(code)
console.log(JSON.stringify({ by: process.env.BY, script: process.argv[1], args: process.argv.slice(2), pid: process.pid }))
`

let prefix = ''
let home = ''

beforeEach(async () => {
  prefix = await mkdtemp(join(tmpdir(), 'signet launcher-'))
  home = join(prefix, 'lib/node_modules/signet-xmpp')
  await write(join(home, 'dist/main.js'), program)
  await write(join(home, 'bin/signet'), '')
  await copyFile(new URL('../../bin/signet', import.meta.url), join(home, 'bin/signet'))
  await mkdir(join(prefix, 'path'))
})

afterEach(() => rm(prefix, { recursive: true, force: true }))

async function write(file: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text, { mode })
}

/** A Node that says its name. */
function writeNode(file: string, name: string): Promise<void> {
  return write(file, `#!/bin/sh\n[ "$1" = --version ] && exit\nBY=${name} exec '${process.execPath}' "$@"\n`, 0o755)
}

const nodes = {
  inside: () => writeNode(join(home, 'node_modules', bundled), 'inside'),
  beside: () => writeNode(join(dirname(home), bundled), 'beside'),
  path: () => writeNode(join(prefix, 'path/node'), 'path'),
  /** One that is made for another C library. */
  foreign: () => write(join(home, 'node_modules', bundled), '#!/lib/ld-of-somebody-else\n', 0o755),
}

const env = (): NodeJS.ProcessEnv => ({ PATH: `${join(prefix, 'path')}:/usr/bin:/bin` })

function start(args: readonly string[], command = join(home, 'bin/signet')) {
  const { status, stdout, stderr } = spawnSync(command, args, { env: env(), encoding: 'utf8', cwd: '/' })
  return { status, stderr, ...(stdout === '' ? {} : JSON.parse(stdout)) }
}

for (const [found, by] of [
  [['inside', 'path'], 'inside'],
  [['beside', 'path'], 'beside'],
  [['inside', 'beside'], 'inside'],
  [['path'], 'path'],
  [['foreign', 'path'], 'path'],
] as const) {
  test(`of the Nodes ${found.join(', ')} it becomes ${by}`, async () => {
    for (const each of found) await nodes[each]()
    const ran = start(['a b', "'", '--x=*'])
    assert.deepEqual([ran.by, ran.status, ran.stderr], [by, 0, ''])
    assert.equal(ran.script, join(home, 'dist/main.js'))
    assert.deepEqual(ran.args, ['a b', "'", '--x=*'])
  })
}

test('through links, as npm makes them', async () => {
  await nodes.inside()
  await mkdir(join(prefix, 'bin'))
  await symlink('../lib/node_modules/signet-xmpp/bin/signet', join(prefix, 'bin/signet'))
  await symlink(join(prefix, 'bin/signet'), join(prefix, 'xmpp-login'))
  assert.equal(start([], join(prefix, 'xmpp-login')).script, join(home, 'dist/main.js'))
})

test('in a checkout it runs the sources, whatever was built there once', async () => {
  await nodes.inside()
  await write(join(home, 'tsconfig.json'), '{}')
  await write(join(home, 'src/main.ts'), program)
  // Node reads no types below a folder of that name.
  const checkout = join(prefix, 'checkout')
  await rename(home, checkout)
  assert.equal(start([], join(checkout, 'bin/signet')).script, join(checkout, 'src/main.ts'))
})

test('exit codes come back', async () => {
  await nodes.inside()
  assert.equal(start(['exit', '78']).status, 78)
})

test('it is replaced: signals reach the program under the id that the caller knows', async () => {
  await nodes.inside()
  const child = spawn(join(home, 'bin/signet'), ['wait'], { env: env(), stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(child.stdout, 'data')
  assert.equal(JSON.parse(said).pid, child.pid)
  child.kill('SIGHUP')
  assert.deepEqual(await once(child, 'exit'), [7, null])
})

test('without any Node it says so', async () => {
  for (const tool of ['readlink', 'uname']) await symlink(join('/usr/bin', tool), join(prefix, 'path', tool))
  const { status, stderr } = spawnSync('/bin/sh', [join(home, 'bin/signet')], {
    env: { PATH: join(prefix, 'path') },
    encoding: 'utf8',
  })
  assert.deepEqual(
    [status, stderr],
    [69, 'signet: no Node was installed with it for this machine, and none is in PATH; it needs Node 24 or newer\n'],
  )
})

/** Paths of the command line: seen from where the command was called, by npm as well. */

import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCheck } from '../../src/cli/check.ts'
import { demoScreen } from '../../src/cli/demo-screen.ts'
import { certificateFolder } from '../../src/cli/demo-words.ts'
import { givenPath } from '../../src/cli/given-path.ts'
import { runServe } from '../../src/cli/serve.ts'
import { createFolder, goodConfig } from '../config/support.ts'
import { createFakeIo } from './fake-io.ts'

const byNpm = (calledFrom: string, script = 'signet', of = 'signet-xmpp') => ({
  INIT_CWD: calledFrom,
  npm_lifecycle_event: script,
  npm_package_name: of,
})

const rows = [
  { name: 'without npm', env: {}, is: '/checkout/a.toml' },
  { name: 'npm run signet', env: byNpm('/etc/xmpp'), is: '/etc/xmpp/a.toml' },
  { name: 'npm start', env: byNpm('/etc/xmpp', 'start'), is: '/etc/xmpp/a.toml' },
  { name: 'npm run hello', env: byNpm('/etc/xmpp', 'hello'), is: '/etc/xmpp/a.toml' },
  { name: 'something that npm test runs', env: byNpm('/etc/xmpp', 'test'), is: '/checkout/a.toml' },
  { name: 'a script of another package', env: byNpm('/etc/xmpp', 'signet', 'site'), is: '/checkout/a.toml' },
  { name: 'npm, which does not say where', env: { ...byNpm(''), INIT_CWD: undefined }, is: '/checkout/a.toml' },
  { name: 'a folder that is none', env: byNpm('etc'), is: '/checkout/a.toml' },
] as const

for (const { name, env, is } of rows) {
  test(name, () => assert.equal(givenPath('a.toml', { cwd: '/checkout', env }), is))
}

test('a path in full is itself', () => {
  assert.equal(givenPath('/a.toml', { cwd: '/checkout', env: byNpm('/etc') }), '/a.toml')
})

test('check finds the file where npm was called, and names files from there', async () => {
  using folder = createFolder()
  folder.write('signet.toml', goodConfig())
  const fake = createFakeIo('/', { env: byNpm(folder.path) })
  assert.equal(await runCheck(['--config', 'signet.toml'], fake.io), 0)
  assert.match(fake.out(), /^ok: signet\.toml \(no warnings\)\n[\s\S]*\n {14}certificate server\.pem\n/)
})

test('a configuration that is not there: where it was looked for', async () => {
  using folder = createFolder()
  const missing = `${join(folder.path, 'gone.toml')}:1:1: error: the configuration file does not exist\n`
  const [checked, served] = [createFakeIo(folder.path), createFakeIo('/', { env: byNpm(folder.path) })]
  assert.equal(await runCheck(['--config', 'gone.toml'], checked.io), 78)
  assert.equal(checked.out(), `${missing}\nrefused: 1 error, 0 warnings\n`)
  assert.equal(await runServe(['--config', 'gone.toml'], served.io), 78)
  assert.equal(served.err(), missing)
})

test('the folder of the demo stays in the checkout, unless another one is named', async () => {
  using folder = createFolder()
  await mkdir(join(folder.path, 'sub'))
  const io = { cwd: folder.path, env: byNpm(join(folder.path, 'sub'), 'start') }
  assert.equal(certificateFolder(undefined, io), join(folder.path, 'certs'))
  assert.equal(certificateFolder('mine', io), join(folder.path, 'sub/mine'))
  const screenOf = (directory: string): string => {
    const certificates = { directory, made: [], expires: new Date(0) }
    return demoScreen(
      { version: '0', port: 5222, tlsPort: 5223, httpsPort: 5443, certificates },
      { ...io, colour: false },
    )
  }
  const kept = screenOf(join(folder.path, 'certs'))
  assert.match(kept, / {2}Certificates {3}\.\.\/certs\/ /)
  assert.match(kept, / {2}Try it now {5}npm run hello {3}in/)
  const own = screenOf(join(folder.path, 'sub/mine'))
  assert.match(own, / {2}Certificates {3}mine\/ /)
  assert.ok(own.includes(`npm run hello -- --dir ${join(folder.path, 'sub/mine')}   in`), own)
})

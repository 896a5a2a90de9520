/** `signet explain` as a command: pages, data, a folder at once, exit codes. */

import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runExplain } from '../../src/cli/explain.ts'
import type { CliIo } from '../../src/cli/io.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createAuthority } from '../support/pki/certificate.ts'

const catalogue = createCatalogue('localhost')
let directory: string
let config: string

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signet-explain-'))
  await writeFile(join(directory, 'ca.pem'), catalogue.rootPem)
  await writeFile(join(directory, 'other.pem'), createAuthority({ name: 'Another CA' }).pem)
  await writeFile(join(directory, 'server.pem'), `${catalogue.server.pem}${catalogue.server.keyPem}`, { mode: 0o600 })
  for (const name of ['one', 'expired'] as const) {
    await writeFile(join(directory, `user-${name}.crt`), catalogue.get(name).chainPem)
  }
  await writeFile(join(directory, 'one.der'), new X509Certificate(catalogue.get('one').chainPem).raw)
  await writeFile(join(directory, 'user-garbage.crt'), 'no certificate\n')
  config = join(directory, 'signet.toml')
  const listener = '[[listen.c2s]]\n  tls.certfile = "server.pem"\n  tls.cacertfile = "ca.pem"\n'
  // Alice's certificate is no good for this one, which tells the listeners apart.
  const https = listener.replace('c2s', 'http').replace('ca.pem', 'other.pem')
  const page = '[[listen.http.handlers.signet_health_handler]]\n'
  await writeFile(config, `[general]\n  hosts = ["localhost"]\n${listener}${https}${page}`)
})
after(() => rm(directory, { recursive: true, force: true }))

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = ''
  let stderr = ''
  const io: CliIo = {
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    isTerminal: false,
    colour: false,
    columns: 80,
    env: {},
    cwd: directory,
    isInteractive: false,
    secret: async () => null,
    onSignal: () => () => undefined,
  }
  return { code: await runExplain([...args, '--config', config], io), stdout, stderr }
}

test('each listener judges by what it trusts, HTTPS too', async () => {
  for (const name of ['5285', 'http 0.0.0.0:5285']) {
    const { code, stdout, stderr } = await run('user-one.crt', '--listener', name, '--json')
    assert.deepEqual([code, stderr], [1, ''])
    const { listener, decision } = JSON.parse(stdout)
    assert.deepEqual([listener.name, decision.outcome.code], ['http 0.0.0.0:5285', 'chain-unknown-ca'])
  }
})

test('a certificate that would log in: the page, exit code 0', async () => {
  const { code, stdout, stderr } = await run('user-one.crt')
  assert.deepEqual([code, stderr], [0, ''])
  for (const title of ['Certificate', 'Chain', 'Names', 'Identity', 'Backends', 'Outcome']) {
    assert.match(stdout, new RegExp(`^${title}$`, 'm'))
  }
  assert.match(stdout, /allow {2}alice@localhost, by rule standard/)
})

test('one that would not: reason, wire, hint, exit code 1; --json has the same', async () => {
  const { code, stdout } = await run('user-expired.crt')
  assert.equal(code, 1)
  assert.match(stdout, /deny {2}chain-expired/)
  assert.match(stdout, /wire {2}stream error <not-authorized\/>/)
  assert.match(stdout, /hint {2}renew the certificate/)
  const data = JSON.parse((await run('user-expired.crt', '--json')).stdout)
  assert.equal(data.path.code, 'chain-expired')
  assert.equal(data.decision.outcome.code, 'chain-expired')
  assert.equal(data.hint, 'renew the certificate')
})

test('a folder is a table with a line for each file, and exit code 1 unless all get in', async () => {
  const { code, stdout } = await run('--all', '.')
  assert.equal(code, 1)
  const lines = stdout.trimEnd().split('\n')
  const verdictOf = (file: string) => lines.find((line) => line.startsWith(file))?.split(/ {2,}/)[1]
  assert.equal(verdictOf('user-one.crt'), 'allow')
  assert.equal(verdictOf('user-expired.crt'), 'deny')
  assert.equal(verdictOf('user-garbage.crt'), 'error')
  assert.equal(lines.at(-1), '1 allowed, 4 denied, 1 not readable')
})

test('a folder as data', async () => {
  const data = JSON.parse((await run('--all', '.', '--json')).stdout)
  const one = data.find((row: { file: string }) => row.file === 'user-one.crt')
  assert.deepEqual(one.decision.outcome, { kind: 'allow', jid: 'alice@localhost', via: 'standard' })
})

const misuses: readonly [readonly string[], number, RegExp][] = [
  [[], 64, /usage: signet explain/],
  [['a.pem', '--all', '.'], 64, /usage: signet explain/],
  [['missing.pem'], 66, /^signet explain: missing\.pem does not exist\n$/],
  [['one.der'], 66, /^signet explain: one\.der is DER, not PEM; convert it: openssl x509 -inform der -in one\.der /],
  [['user-garbage.crt'], 66, /user-garbage\.crt: the file holds no certificate/],
  [['--all', 'nowhere'], 66, /^signet explain: \/.*\/nowhere does not exist\n$/],
  [
    ['user-one.crt', '--autzid', 'a'],
    64,
    /^signet explain: there is no option '--autzid'; did you mean --authzid\?\n$/,
  ],
  [['user-one.crt', '--host', 'other.example'], 64, /other\.example is not served/],
  [['user-one.crt', '--listener', '9'], 64, /no listener '9'; there are 'c2s 0\.0\.0\.0:5222', 'http 0\.0\.0\.0:5285'/],
]

for (const [args, code, message] of misuses) {
  test(`explain ${args.join(' ')} ends with ${code}`, async () => {
    const ran = await run(...args)
    assert.equal(ran.code, code)
    assert.match(ran.stderr, message)
    assert.equal(ran.stdout, '')
  })
}

/** A Node that does not do what logins rest on: nothing is started, and the operator is told why. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createApp } from '../../src/app.ts'
import { silentLog } from '../../src/observe/log.ts'
import { fail } from '../../src/result.ts'
import type { SelfTestFault } from '../../src/transport/self-test.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createAuthority, issueServer } from '../support/pki/certificate.ts'
import { dns } from '../support/pki/names.ts'
import { prepareOptions } from '../support/server.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signet-self-test-'))
  const ca = createAuthority({ name: 'Test Root CA' })
  const server = issueServer(ca, [dns('localhost')], 'server')
  await writeFile(join(directory, 'ca.pem'), ca.pem)
  await writeFile(join(directory, 'server.pem'), `${server.pem}${server.keyPem}`, { mode: 0o600 })
  await writeFile(join(directory, 'signet.toml'), configuration)
})
after(() => rm(directory, { recursive: true, force: true }))

const configuration = `[general]
  hosts = ["localhost"]
[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  tls.mode = "tls"
  tls.certfile = "server.pem"
  tls.cacertfile = "ca.pem"
[auth]
  methods = ["pki"]
[session.local]
  database = "signet.sqlite"
`

/** Run in the process before Signet: changes the native side of every TLS socket. */
const preface = `import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
const native = Object.getPrototypeOf(new TLSSocket(new Socket())._handle)
`

interface Ran {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

async function serveOn(name: string, change: string): Promise<Ran> {
  const file = join(directory, `${name}.mjs`)
  await writeFile(file, `${preface}${change}\n`)
  const env = { ...process.env, NODE_OPTIONS: `--import=${file}` }
  return new Promise((resolve) => {
    const args = [main, 'serve', '--config', join(directory, 'signet.toml')]
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

const heading = `signet: Node ${process.version} does not do what logins by certificate rest on, so nothing was started:`
const advice = 'Run Signet with another release of Node; the one that it is tested with comes along with it.'

const silent = 'this Node does not tell what OpenSSL found [chain-refused-by-tls]'

const rows = [
  {
    name: 'finds no certificate bad',
    change: 'native.verifyError = () => null',
    lines: [
      '  - verdict: it takes a certificate of an unknown CA for a verified one',
      "  - verdict: it takes a certificate with another's signature for a verified one",
      '  - verdict: it takes a self-signed certificate for a verified one',
    ],
  },
  {
    name: 'keeps the private call to itself',
    change: `const ask = native.verifyError
const isForNode = () => !new Error().stack.includes('read-channel')
Object.defineProperty(native, 'verifyError', { get: () => (isForNode() ? ask : undefined) })`,
    lines: [
      `  - verdict: it does not take a good client certificate: ${silent}`,
      `  - verdict: it does not say chain-unknown-ca of a certificate of an unknown CA: ${silent}`,
      `  - verdict: it does not say chain-bad-signature of a certificate with another's signature: ${silent}`,
      `  - verdict: it does not say chain-self-signed of a self-signed certificate: ${silent}`,
    ],
  },
  {
    name: 'loses the chain',
    change: `const read = TLSSocket.prototype.getPeerX509Certificate
TLSSocket.prototype.getPeerX509Certificate = function () {
  const leaf = read.call(this)
  return leaf && new leaf.constructor(leaf.raw)
}`,
    lines: ['  - chain: it does not hand on the intermediate certificates that a client sends'],
  },
]

for (const { name, change, lines } of rows) {
  test(`signet serve on a Node that ${name}: exit code 70, and the reason`, async () => {
    const { code, stdout, stderr } = await serveOn(name.replaceAll(' ', '-'), change)
    assert.equal(stderr, [heading, ...lines, advice, ''].join('\n'))
    assert.equal(stdout, '')
    assert.equal(code, 70)
    assert.equal(existsSync(join(directory, 'signet.sqlite')), false)
  })
}

test('an app whose self test fails neither listens nor opens its store', async () => {
  await using prepared = await prepareOptions({ catalogue: createCatalogue('localhost') })
  const faults: readonly SelfTestFault[] = [{ property: 'chain', why: 'loses it' }]
  const app = createApp({ options: prepared.options, log: silentLog, selfTest: async () => fail(faults) })
  assert.deepEqual(await app.start(), fail({ kind: 'self-test', faults }))
  assert.deepEqual(app.addresses, [])
  assert.equal(existsSync(prepared.options.session.database), false)
  await app.stop()
})

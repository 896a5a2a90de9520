/** `signet demo` and `signet hello`, run as the dispatcher runs them, on free ports in a directory of their own. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFile, readdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runDemo } from '../../src/cli/demo.ts'
import { runHello } from '../../src/cli/hello.ts'
import type { CliIo } from '../../src/cli/io.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { reasons } from '../../src/observe/reasons.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'
import { createFakeIo, type FakeIo } from './fake-io.ts'

const byNpm = { env: { npm_lifecycle_event: 'start' } }

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

interface Ports {
  readonly port: number
  readonly tlsPort: number
  readonly httpsPort: number
}

async function freePorts(): Promise<Ports> {
  const all = [await listen(), await listen(), await listen()] as const
  for (const { server } of all) server.close()
  return { port: all[0].port, tlsPort: all[1].port, httpsPort: all[2].port }
}

const portArgs = ({ port, tlsPort, httpsPort }: Ports): string[] => [
  ...['--port', `${port}`, '--tls-port', `${tlsPort}`, '--https-port', `${httpsPort}`],
]

interface Demo extends Ports {
  readonly cwd: string
  readonly fake: FakeIo
  readonly ended: Promise<number>
}

/** A demo that is ready; the test ends it, or it is ended after the test. */
async function startDemo(t: TestContext, over: Partial<CliIo> = {}): Promise<Demo> {
  const cwd = await temporaryDirectory(t)
  const ports = await freePorts()
  const fake = createFakeIo(cwd, { ...byNpm, ...over })
  const ended = runDemo(portArgs(ports), fake.io)
  t.after(async () => {
    fake.signal('SIGTERM')
    await ended
  })
  await Promise.race([fake.shows('Ctrl-C stops.'), ended])
  assert.equal(fake.err(), '')
  return { cwd, ...ports, fake, ended }
}

/** The decisions that the demo has logged. */
function decisions(demo: Demo): readonly Decision[] {
  const lines = demo.fake.out().split('\n')
  return lines.filter((line) => line.includes('"login_decision_made"')).map((line) => JSON.parse(line))
}

async function hello(demo: Pick<Demo, 'cwd'>, ...args: readonly string[]): Promise<{ code: number; fake: FakeIo }> {
  const fake = createFakeIo(demo.cwd, byNpm)
  return { code: await runHello(args, fake.io), fake }
}

test('bad options are refused before anything is made', async (t) => {
  const table = [
    [['--port', '0'], 'ports are numbers from 1 to 65535'],
    [['--tls-port', 'x'], 'ports are numbers from 1 to 65535'],
    [['--https-port', '65536'], 'ports are numbers from 1 to 65535'],
    [['--port', '5223'], 'the ports must differ, and they are 5223, 5223 and 5443 (--port, --tls-port, --https-port)'],
    [
      ['--https-port', '5222'],
      'the ports must differ, and they are 5222, 5223 and 5222 (--port, --tls-port, --https-port)',
    ],
    [['now'], "takes options only, not 'now'"],
  ] as const
  for (const [args, problem] of table) {
    const cwd = await temporaryDirectory(t)
    const fake = createFakeIo(cwd, byNpm)
    assert.equal(await runDemo(args, fake.io), 64)
    assert.equal(fake.err(), `signet demo: ${problem}\n`)
    assert.deepEqual(await readdir(cwd), [])
  }
})

test('a busy port is named, with the command for others, and nothing is made', async (t) => {
  const { server, port } = await listen()
  t.after(() => server.close())
  const free = await freePorts()
  const cwd = await temporaryDirectory(t)
  const fake = createFakeIo(cwd, byNpm)
  assert.equal(await runDemo(portArgs({ ...free, httpsPort: port }), fake.io), 69)
  const further = (number: number): number => (number + 100 <= 65_535 ? number + 100 : number - 100)
  assert.equal(
    fake.err(),
    `signet demo: port ${port} on 127.0.0.1 is in use, perhaps by another demo\n\n` +
      `To run the demo on other ports:\n\n  npm start -- --port ${further(free.port)} --tls-port ${further(free.tlsPort)} ` +
      `--https-port ${further(port)}\n\n`,
  )
  assert.equal(fake.out(), '')
  assert.deepEqual(await readdir(cwd), [])
})

test('certificates that are not the demo’s stop it', async (t) => {
  const cwd = await temporaryDirectory(t)
  await writeFile(join(cwd, 'ca.pem'), 'no certificate')
  const fake = createFakeIo(cwd)
  assert.equal(await runDemo(['--dir', '.', ...portArgs(await freePorts())], fake.io), 70)
  assert.match(fake.err(), /^signet demo: .*ca\.pem holds no certificate; remove it to have it made anew\n$/)
})

test('hello without a demo says how to start one', async (t) => {
  const cwd = await temporaryDirectory(t)
  const nothing = await hello({ cwd })
  assert.equal(nothing.code, 69)
  assert.match(nothing.fake.err(), /^There is no certificate for alice in .*\n\n {2}npm start\n$/)
  const demo = await startDemo(t)
  demo.fake.signal('SIGTERM')
  assert.equal(await demo.ended, 0)
  const gone = await hello(demo, '--port', `${demo.port}`)
  assert.equal(gone.code, 69)
  assert.equal(
    gone.fake.err(),
    `✗ Nothing answers on 127.0.0.1:${demo.port} (ECONNREFUSED). Start the demo in another terminal:\n\n  npm start\n`,
  )
})

test('hello takes the demo’s users only', async (t) => {
  const { code, fake } = await hello({ cwd: await temporaryDirectory(t) }, 'mallory')
  assert.equal(code, 64)
  assert.equal(fake.err(), "signet hello: log in as one of alice, bob, not as 'mallory'\n")
})

test('hello with direct TLS on the other port says which port it wants', async (t) => {
  const demo = await startDemo(t)
  const { code, fake } = await hello(demo, '--direct-tls', '--port', `${demo.port}`)
  assert.equal(code, 1)
  assert.equal(
    fake.err(),
    `✗ 127.0.0.1:${demo.port} does not begin with TLS: leave --direct-tls out, or give the port for direct TLS.\n`,
  )
})

test('hello with a certificate of another CA is told why not, and so is the log', async (t) => {
  const demo = await startDemo(t)
  const other = await startDemo(t)
  for (const name of ['alice.pem', 'alice.key']) {
    await copyFile(join(other.cwd, 'certs', name), join(demo.cwd, 'certs', name))
  }
  const { code, fake } = await hello(demo, '--port', `${demo.port}`)
  assert.equal(code, 1)
  const said = /^✗ The server refused the login: ([a-z-]+), (.*) \(([\da-f-]+)\)\.\n$/.exec(fake.err())
  assert.ok(said, fake.err())
  const [record] = decisions(demo)
  assert.ok(record?.outcome.kind === 'deny')
  assert.equal(record.outcome.code, 'chain-unknown-ca')
  assert.deepEqual(said.slice(1), [record.outcome.condition, reasons['chain-unknown-ca'].meaning, record.id])
})

test('hello does not talk to a server that is not the demo', async (t) => {
  const demo = await startDemo(t)
  const other = await startDemo(t)
  const { code, fake } = await hello(demo, '--port', `${other.port}`)
  assert.equal(code, 1)
  assert.equal(
    fake.err(),
    `✗ What listens on 127.0.0.1:${other.port} is not this demo: its certificate is not from the demo's CA ` +
      '(self-signed certificate in certificate chain).\n',
  )
})

test('alice and bob log in, through both doors, and each login is one record of the log', async (t) => {
  const demo = await startDemo(t)
  const alice = await hello(demo, '--port', `${demo.port}`)
  assert.equal(alice.code, 0)
  assert.deepEqual(
    alice.fake
      .out()
      .replace(/after \d+ ms/, 'after N ms')
      .split('\n'),
    [
      `✓ connected     127.0.0.1:${demo.port}, STARTTLS`,
      '✓ encrypted     TLSv1.3, TLS_AES_128_GCM_SHA256, server is localhost',
      '✓ certificate   certs/alice.pem was shown, so the server offers EXTERNAL',
      '✓ logged in     with SASL EXTERNAL: by the certificate alone, no password',
      '✓ session       alice@localhost/hello, after N ms in all',
      '',
    ],
  )
  const bob = await hello(demo, 'bob', '--direct-tls', '--port', `${demo.tlsPort}`)
  assert.equal(bob.code, 0)
  assert.match(bob.fake.out(), /✓ session {7}bob@localhost\/hello, after \d+ ms in all\n$/)
  assert.deepEqual(
    decisions(demo).map(({ listener, outcome }) => ({ listener, outcome })),
    [
      {
        listener: `c2s 127.0.0.1:${demo.port}`,
        outcome: { kind: 'allow', jid: 'alice@localhost', via: 'standard' },
      },
      {
        listener: `c2s 127.0.0.1:${demo.tlsPort}`,
        outcome: { kind: 'allow', jid: 'bob@localhost', via: 'standard' },
      },
    ],
  )
})

test('on a terminal there is the screen and one line for each login, and nothing else', async (t) => {
  const demo = await startDemo(t, { isTerminal: true })
  assert.equal((await hello(demo, '--port', `${demo.port}`)).code, 0)
  demo.fake.signal('SIGTERM')
  assert.equal(await demo.ended, 0)
  const [screen = '', lines = ''] = demo.fake.out().split('Ctrl-C stops.\n\n')
  assert.match(screen, /^\n {2}Signet \d+\.\d+\.\d+ · XMPP login by certificate · demo\n/)
  assert.match(
    lines,
    /^\d\d:\d\d:\d\d {2}allow alice@localhost {2}by "CN=alice", rule standard, backend pki {2}127\.0\.0\.1:\d+ on c2s 127\.0\.0\.1:\d+\n$/,
  )
})

test('the demo keeps its files below the directory, keeps the signals while it drains, and ends with 0', async (t) => {
  const demo = await startDemo(t)
  assert.deepEqual((await readdir(demo.cwd)).sort(), ['certs', 'var'])
  assert.equal(demo.fake.signal('SIGINT'), 1)
  // npm hands a terminal's Ctrl-C on as a second signal: somebody must still be there to take it.
  assert.equal(demo.fake.signal('SIGINT'), 1)
  assert.equal(await demo.ended, 0)
})

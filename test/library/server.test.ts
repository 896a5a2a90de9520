/** A server in a program: three ways to configure it, its errors, its log, its reload, and what a program hands in. */

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { logIn } from '../../src/hello/log-in.ts'
import {
  type AuthBackend,
  allow,
  type Conduit,
  createServer,
  formatBare,
  type HostedSession,
  type LogEvent,
  type LogFields,
  type Server,
  type ServerConfig,
  type ServerConfigSource,
  type ServerOptions,
  type SessionHost,
  SignetError,
  silentLog,
  type Verdict,
} from '../../src/index.ts'
import { openClient, readError } from '../support/xmpp-client.ts'
import { certificateFolder, identityOf } from './programs.ts'

const tls = { mode: 'tls', certfile: 'server.pem', keyfile: 'server.key', cacertfile: 'ca.pem' } as const
const config = { listen: { c2s: [{ ip_address: '127.0.0.1', port: 0, tls }] } } as const satisfies ServerConfig

const toml = `[[listen.c2s]]
ip_address = "127.0.0.1"
port = 0
tls = { mode = "tls", certfile = "server.pem", keyfile = "server.key", cacertfile = "ca.pem" }
`

/** A started server, stopped after the test, and how its users log in. */
async function started(t: TestContext, directory: string, options: Omit<ServerOptions, 'directory'>) {
  const server = createServer({ ...options, directory })
  t.after(() => server.stop())
  await server.start()
  const login = async (user: string) => {
    const hello = { host: '127.0.0.1', port: portOf(server), tls: 'direct', domain: 'localhost' } as const
    const done = await logIn({ ...hello, identity: await identityOf(directory, user) }, () => undefined)
    return done.ok ? done.value : done.error
  }
  return { server, login }
}

function portOf(server: Server): number {
  const [address] = server.addresses
  assert.ok(address)
  return address.port
}

async function refusalOf(action: Promise<unknown>): Promise<SignetError> {
  const outcome = await action.then(
    () => null,
    (cause) => cause,
  )
  assert.ok(outcome instanceof SignetError)
  return outcome
}

const backend = (name: string, judge: AuthBackend['judge'] = allow): AuthBackend => ({
  name,
  takes: ['certificate'],
  judge,
  [Symbol.asyncDispose]: async () => undefined,
})

test('an object, a text and a file do the same', async (t) => {
  const folder = await certificateFolder(t)
  await writeFile(join(folder, 'signet.toml'), toml)
  const sources: readonly ServerConfigSource[] = [config, { toml }, { file: 'signet.toml' }]
  for (const source of sources) {
    const { server, login } = await started(t, folder, { config: source })
    assert.equal(await login('alice'), 'alice@localhost/hello')
    await server.stop()
    assert.deepEqual(server.addresses, [])
  }
})

test('all that is wrong with a configuration is in one error, however it came', async (t) => {
  const folder = await certificateFolder(t)
  const wrong = { ...config, general: { hosts: ['localhost', 'local host'] }, auth: { methods: ['pkii'] } }
  const server = createServer({ config: wrong, directory: folder })
  const error = await refusalOf(server.start())
  assert.equal(error.code, 'configuration-refused')
  assert.deepEqual(
    error.problems.map(({ rule, path, line, suggestion }) => [rule, path, line, suggestion]),
    [
      ['bad-value', 'auth.methods[0]', 0, '"pki"'],
      ['bad-value', 'general.hosts[1]', 0, undefined],
    ],
  )
  assert.match(error.message, /\n {2}configuration: error: auth\.methods\[0\]: must be one of "http", "ldap", "pki"/)
  const text = `${toml}[auth]\nmethods = ["pkii"]\n`
  const located = await refusalOf(createServer({ config: { toml: text }, directory: folder }).start())
  assert.deepEqual(
    located.problems.map(({ rule, path, line }) => [rule, path, line]),
    [['bad-value', 'auth.methods', 6]],
  )
})

test('contents of the named files are checked before anything listens', async (t) => {
  const folder = await certificateFolder(t)
  const swapped = { listen: { c2s: [{ ...config.listen.c2s[0], tls: { ...tls, keyfile: 'alice.key' } }] } }
  const error = await refusalOf(createServer({ config: swapped, directory: folder }).start())
  assert.deepEqual(
    error.problems.map(({ rule, path }) => [rule, path]),
    [['key-mismatch', 'listen.c2s[0].tls.keyfile']],
  )
})

test('a port in use is an error, and the server can be started again', async (t) => {
  const folder = await certificateFolder(t)
  const { server: first } = await started(t, folder, { config })
  const other = { listen: { c2s: [{ ...config.listen.c2s[0], port: portOf(first) }] } }
  const second = createServer({
    config: { ...other, session: { local: { database: 'second.sqlite' } } },
    directory: folder,
  })
  t.after(() => second.stop())
  const error = await refusalOf(second.start())
  assert.equal(error.code, 'port-refused')
  assert.match(error.message, /EADDRINUSE$/)
  await first.stop()
  assert.equal((await second.start()).length, 1)
  assert.equal((await refusalOf(second.start())).code, 'wrong-state')
})

test('the log gets what general.loglevel lets through', async (t) => {
  const folder = await certificateFolder(t)
  for (const [loglevel, isThere] of [
    ['info', true],
    ['error', false],
  ] as const) {
    const events: LogEvent[] = []
    const log = {
      ...silentLog,
      info: (event: LogEvent) => events.push(event),
      debug: (event: LogEvent) => events.push(event),
    }
    const { server, login } = await started(t, folder, { config: { ...config, general: { loglevel } }, log })
    await login('alice')
    await server.stop()
    assert.equal(events.includes('login_decision_made'), isThere, loglevel)
    assert.equal(events.includes('connection_opened'), false, loglevel)
  }
})

test('a reload puts another configuration in force; a bad one changes nothing', async (t) => {
  const folder = await certificateFolder(t)
  const { server, login } = await started(t, folder, { config: { ...config, general: { hosts: ['localhost'] } } })
  assert.equal((await refusalOf(server.reload({ ...config, general: { hosts: [] } }))).code, 'configuration-refused')
  assert.equal(await login('alice'), 'alice@localhost/hello')
  await server.reload({ ...config, general: { hosts: ['elsewhere.example'] } })
  assert.deepEqual(await login('alice'), {
    kind: 'refused',
    condition: 'host-unknown',
    text: 'this domain is not served here',
  })
})

test('a reload gives a port to a listener of another kind, and back', async (t) => {
  const folder = await certificateFolder(t)
  const { server, login } = await started(t, folder, { config })
  const port = portOf(server)
  const { mode, ...files } = tls
  const http = {
    ip_address: '127.0.0.1',
    port,
    tls: files,
    handlers: { mongoose_websocket_handler: [{ path: '/ws-xmpp' }] },
  }
  await server.reload({ listen: { http: [http] } })
  assert.deepEqual(
    server.addresses.map(({ name, port }) => [name, port]),
    [[`http 127.0.0.1:${port}`, port]],
  )
  const refused = await login('alice')
  assert.ok(typeof refused === 'object' && refused.kind !== 'refused', 'nobody speaks XMPP there')
  await server.reload({ listen: { c2s: [{ ip_address: '127.0.0.1', port, tls }] } })
  assert.equal(await login('alice'), 'alice@localhost/hello')
})

test('backends that are handed in are asked instead of pki unless auth.methods says otherwise', async (t) => {
  const folder = await certificateFolder(t)
  const verdicts: Readonly<Record<string, Verdict>> = {
    'bob@localhost': { kind: 'deny', code: 'backend-denied', why: 'on leave' },
  }
  const staff = backend('staff', (claim) => verdicts[formatBare(claim.jid)] ?? { kind: 'unknown' })
  const rows = [
    { methods: undefined, alice: 'account-unknown', bob: 'backend-denied' },
    { methods: ['staff', 'pki'], alice: null, bob: 'backend-denied' },
    { methods: ['pki', 'staff'], alice: null, bob: null },
  ]
  for (const { methods, ...expected } of rows) {
    const codes: (string | null)[] = []
    const note = (_: LogEvent, fields?: LogFields) => {
      const outcome = fields?.['outcome'] as { readonly code?: string } | undefined
      if (outcome !== undefined) codes.push(outcome.code ?? null)
    }
    const log = { ...silentLog, info: note, warn: note }
    const auth = methods === undefined ? {} : { auth: { methods } }
    const { server, login } = await started(t, folder, { config: { ...config, ...auth }, backends: [staff], log })
    await login('alice')
    await login('bob')
    await server.stop()
    assert.deepEqual(codes, [expected.alice, expected.bob], JSON.stringify(methods))
  }
})

test('a backend cannot have the name of another method', () => {
  for (const name of ['pki', 'http', 'Staff', '', 'constructor']) {
    assert.throws(() => createServer({ config, backends: [backend(name)] }), { code: 'backend-refused' }, name)
  }
  assert.throws(() => createServer({ config, backends: [backend('a'), backend('a')] }), /two backends are named "a"/)
})

test('a backend that nobody asks is warned of', async (t) => {
  const folder = await certificateFolder(t)
  const warnings: unknown[] = []
  const log = {
    ...silentLog,
    warn: (_: LogEvent, fields?: LogFields) => warnings.push(fields?.['text']),
  }
  const general = { hosts: ['localhost'] }
  await started(t, folder, {
    config: { ...config, general, auth: { methods: ['pki'] } },
    backends: [backend('staff')],
    log,
  })
  assert.deepEqual(warnings, [
    'configuration: warning: auth.methods: does not name "staff", so nobody asks that backend',
  ])
})

/** A session host that greets whoever logged in and ends the stream. */
function greeter(): SessionHost & { readonly seen: string[] } {
  const seen: string[] = []
  const carry = async (conduit: Conduit, jid: string): Promise<void> => {
    const opened = await conduit.read()
    if (opened.kind !== 'open') return conduit.close()
    await conduit.open({ from: 'localhost', to: jid, id: 'greeting' }, '<stream:features/>')
    await conduit.write(`<message from='localhost' to='${jid}'><body>hello</body></message>`)
    for (let event = await conduit.read(); event.kind === 'element'; event = await conduit.read())
      seen.push(event.element.name)
    await conduit.close()
  }
  return {
    seen,
    open: async ({ jid }) => {
      const session: HostedSession = { carry: (conduit) => carry(conduit, formatBare(jid)), abandon: () => undefined }
      return { ok: true, value: session }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

test('a session host that is handed in carries the streams, and ends with the server', async (t) => {
  const folder = await certificateFolder(t)
  const host = greeter()
  const { server } = await started(t, folder, { config, sessionHost: host })
  const { certificate: cert, key, ca } = await identityOf(folder, 'alice')
  const identity = { cert, key, ca, servername: 'localhost' }
  const { client } = await openClient({ port: portOf(server), door: 'direct', domain: 'localhost', tls: identity })
  assert.equal((await client.auth('equals')).name, 'success')
  await client.open('localhost')
  assert.equal((await client.element('message')).getChildText('body'), 'hello')
  const stopping = server.stop()
  assert.deepEqual(readError(await client.element('stream:error')).condition, 'system-shutdown')
  await client.closing()
  await stopping
  assert.deepEqual(host.seen, [])
  await assert.rejects(readFile(join(folder, 'signet.sqlite')), { code: 'ENOENT' })
})

test('options of the embedded host are refused where it is not used', async (t) => {
  const folder = await certificateFolder(t)
  const session = { local: { database: 'signet.sqlite' } }
  const error = await refusalOf(
    createServer({ config: { ...config, session }, directory: folder, sessionHost: greeter() }).start(),
  )
  assert.deepEqual(
    error.problems.map(({ rule, path }) => [rule, path]),
    [['conflict', 'session.local']],
  )
})

/** What a good file becomes: every option by its value and by its default. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { loadCheckedOptions } from '../../src/lint.ts'
import { loadOptions } from '../../src/options.ts'
import { createFolder, errorsOf, goodConfig, goodTls, loadIn, sourceIn, warningsOf } from './support.ts'

describe('a good file', () => {
  test('defaults', () => {
    using folder = createFolder()
    const result = loadIn(folder, `[general]\nhosts = ["localhost"]\n[[listen.c2s]]\n${goodTls}`)
    assert.ok(result.ok)
    assert.deepEqual(result.value, {
      warnings: [],
      options: {
        general: { hosts: ['localhost'], defaultServerDomain: 'localhost', loglevel: 'info', httpServerName: null },
        http: [],
        c2s: [
          {
            name: 'c2s 0.0.0.0:5222',
            port: 5222,
            ipAddress: '0.0.0.0',
            backlog: 1024,
            reusePort: false,
            maxConnections: 10_000,
            maxConnectionsPerAddress: 256,
            maxHandshakes: 64,
            maxHandshakesWaiting: 1024,
            maxStanzaBytes: 262_144,
            stateTimeoutMs: 5000,
            loginTimeoutMs: 60_000,
            maxLoginAttempts: 3,
            legacySession: true,
            certificatePolicy: 'optional',
            allowedAuthMethods: null,
            saslExternal: null,
            trustedNames: { subjects: null, issuers: null },
            proxy: null,
            tls: {
              mode: 'starttls',
              verifyMode: 'peer',
              disconnectOnFailure: true,
              identity: {
                certfile: join(folder.path, 'server.pem'),
                keyfile: join(folder.path, 'server.key'),
                password: null,
              },
              sni: [],
              cacertfile: join(folder.path, 'ca.pem'),
              dhfile: null,
              ciphers: null,
              versions: ['tlsv1.2', 'tlsv1.3'],
              keepSecrets: false,
              handshakeTimeoutMs: 10_000,
            },
          },
        ],
        auth: {
          methods: ['pki'],
          mechanisms: ['external'],
          saslExternal: ['standard'],
          commonName: { prefix: '', suffix: '' },
          ownRules: [],
          trustedNames: { subjects: null, issuers: null },
          password: { format: 'scram', hashes: ['sha', 'sha224', 'sha256', 'sha384', 'sha512'], iterations: 10_000 },
        },
        hostConfig: [],
        pools: { rdbms: null },
        throttle: {
          limits: {
            address: { freeFailures: 20, maxFailures: 100 },
            certificate: { freeFailures: 5, maxFailures: 20 },
            account: { freeFailures: 5, maxFailures: 20 },
          },
          windowMs: 300_000,
          firstDelayMs: 250,
          maxDelayMs: 4000,
          lockMs: 300_000,
          maxEntries: 10_000,
        },
        session: { kind: 'local', database: join(folder.path, 'signet.sqlite') },
      },
    })
  })

  test('every option', () => {
    using folder = createFolder()
    const result = loadIn(
      folder,
      `[general]
hosts = ["Example.ORG", "xn--bcher-kva.example"]
default_server_domain = "bücher.example"
loglevel = "none"
[[listen.c2s]]
port = 0
ip_version = 6
proto = "tcp"
backlog = 10
reuse_port = true
max_connections = 11
max_connections_per_address = 12
max_handshakes = 17
max_handshakes_waiting = 18
max_stanza_size = 13000
state_timeout = 1400
login_timeout = 1500
max_login_attempts = 5
backwards_compatible_session = false
allowed_auth_methods = ["pki"]
[listen.c2s.tls]
mode = "tls"
verify_mode = "selfsigned_peer"
disconnect_on_failure = false
certfile = "server.pem"
password = "open sesame"
ciphers = "ECDHE+AESGCM:TLS_AES_128_GCM_SHA256:!aNULL:@STRENGTH"
versions = ["tlsv1.3"]
keep_secrets = true
handshake_timeout = 1600
[[listen.c2s.tls.sni]]
host = "BÜCHER.example"
certfile = "server.pem"
keyfile = "server.key"
[auth]
sasl_external = ["common_name", "standard", "auth_id"]
sasl_external_common_name = { prefix = "a-", suffix = "-b" }
[auth.pki]
[session.local]
database = "/var/lib/signet.sqlite"
`,
    )
    assert.deepEqual(errorsOf(result), [])
    assert.ok(result.ok)
    const server = join(folder.path, 'server.pem')
    const { general, c2s, auth, session } = result.value.options
    assert.deepEqual(general, {
      hosts: ['example.org', 'bücher.example'],
      defaultServerDomain: 'bücher.example',
      loglevel: 'none',
      httpServerName: null,
    })
    assert.deepEqual(c2s, [
      {
        name: 'c2s [::]:0',
        port: 0,
        ipAddress: '::',
        backlog: 10,
        reusePort: true,
        maxConnections: 11,
        maxConnectionsPerAddress: 12,
        maxHandshakes: 17,
        maxHandshakesWaiting: 18,
        maxStanzaBytes: 13_000,
        stateTimeoutMs: 1400,
        loginTimeoutMs: 1500,
        maxLoginAttempts: 5,
        legacySession: false,
        certificatePolicy: 'optional',
        allowedAuthMethods: ['pki'],
        saslExternal: null,
        trustedNames: { subjects: null, issuers: null },
        proxy: null,
        tls: {
          mode: 'tls',
          verifyMode: 'selfsigned_peer',
          disconnectOnFailure: false,
          identity: { certfile: server, keyfile: server, password: 'open sesame' },
          sni: [{ host: 'bücher.example', certfile: server, keyfile: join(folder.path, 'server.key'), password: null }],
          cacertfile: null,
          dhfile: null,
          ciphers: 'ECDHE+AESGCM:TLS_AES_128_GCM_SHA256:!aNULL:@STRENGTH',
          versions: ['tlsv1.3'],
          keepSecrets: true,
          handshakeTimeoutMs: 1600,
        },
      },
    ])
    assert.deepEqual(auth.saslExternal, ['common_name', 'standard', 'auth_id'])
    assert.deepEqual(auth.commonName, { prefix: 'a-', suffix: '-b' })
    assert.equal(session.database, '/var/lib/signet.sqlite')
  })

  test('a file and a text that stands for it are read alike', () => {
    using folder = createFolder()
    const file = folder.write('signet.toml', goodConfig())
    assert.deepEqual(loadOptions(file), loadIn(folder, goodConfig()))
  })

  test('a database in memory is no file', () => {
    using folder = createFolder()
    const memory = '[session.local]\ndatabase = ":memory:"\n'
    const result = loadIn(folder, `[general]\nhosts = ["localhost"]\n${memory}[[listen.c2s]]\n${goodTls}`)
    assert.equal(result.ok && result.value.options.session.database, ':memory:')
  })

  test('two listeners on any free port are not the same', () => {
    using folder = createFolder()
    const any = `[[listen.c2s]]\nport = 0\n${goodTls}`
    assert.equal(loadIn(folder, `[general]\nhosts = ["localhost"]\n${any}${any}`).ok, true)
  })

  test('a prefix without its rule is odd', () => {
    using folder = createFolder()
    const source = sourceIn(folder, `${goodConfig()}[auth]\nsasl_external_common_name.prefix = "a"\n`)
    const [warning, ...others] = warningsOf(loadCheckedOptions(source, Date.now()))
    assert.equal(warning?.rule, 'conflict')
    assert.deepEqual(others, [])
  })
})

describe('a file that cannot be read', () => {
  test('is not there', () => {
    using folder = createFolder()
    const [problem] = errorsOf(loadOptions(join(folder.path, 'none.toml')))
    assert.equal(problem?.rule, 'file-unreadable')
    assert.equal(problem?.message, 'the configuration file does not exist')
  })

  test('is a folder', () => {
    using folder = createFolder()
    assert.equal(errorsOf(loadOptions(folder.path))[0]?.message, 'the configuration file is a folder, not a file')
  })

  test('is not UTF-8', () => {
    using folder = createFolder()
    const file = join(folder.path, 'latin.toml')
    writeFileSync(file, Buffer.from('# \xfc\n', 'latin1'))
    assert.equal(errorsOf(loadOptions(file))[0]?.message, 'the configuration file is not UTF-8 text')
  })

  test('is too large', () => {
    using folder = createFolder()
    const file = folder.write('large.toml', '#'.repeat(4 * 1024 * 1024 + 1))
    assert.match(errorsOf(loadOptions(file))[0]?.message ?? '', /is larger than 4194304 bytes/)
  })
})

describe('whatever the text', () => {
  const example = readFileSync(new URL('../../config/signet.toml', import.meta.url), 'utf8')

  test('reading never throws, and says something when it refuses', () => {
    using folder = createFolder()
    const cut = fc.tuple(fc.nat(example.length), fc.nat(40), fc.string({ unit: 'binary', maxLength: 12 }))
    const mutated = cut.map(([from, length, put]) => example.slice(0, from) + put + example.slice(from + length))
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ unit: 'binary' })), (text) => {
        const result = loadOptions(sourceIn(folder, text))
        assert.ok(result.ok || result.error.problems.length > 0)
      }),
      { numRuns: 150 },
    )
  })

  test('values of any kind in any place never throw', () => {
    using folder = createFolder()
    const value = fc.constantFrom(
      '1',
      '-1',
      '1.5',
      'true',
      '"x"',
      '[]',
      '[1]',
      '["pki", 3, {}]',
      '{}',
      '{ a = 1 }',
      '1979-05-27',
      'nan',
      'inf',
    )
    const key = fc.constantFrom(
      'general',
      'general.hosts',
      'listen',
      'listen.c2s',
      'listen.http',
      'auth',
      'auth.methods',
      'auth.method',
      'auth.pki',
      'auth.sasl_external_common_name',
      'session',
      'session.local',
      'session.local.database',
      'host_config',
      'x',
      '__proto__',
      'constructor.prototype',
    )
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 4 }), (pairs) => {
        const text = pairs.map(([name, what]) => `${name} = ${what}\n`).join('')
        assert.equal(loadOptions(sourceIn(folder, text)).ok, false)
      }),
      { numRuns: 300 },
    )
  })
})

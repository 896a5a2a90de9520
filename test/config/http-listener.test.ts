/** `[[listen.http]]`: what it takes, what it refuses, and what it becomes. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadCheckedOptions } from '../../src/lint.ts'
import type { HttpOptions } from '../../src/listener/https/options.ts'
import { createFolder, errorsOf, goodTls, loadIn, short, sourceIn, warningsOf } from './support.ts'

const head = '[general]\nhosts = ["localhost"]\n[[listen.http]]\n'

function load(text: string): HttpOptions {
  using folder = createFolder()
  const result = loadIn(folder, head + text)
  assert.deepEqual(errorsOf(result).map(short), [])
  assert.ok(result.ok)
  const [http] = result.value.options.http
  assert.ok(http !== undefined)
  return http
}

const handler = '[[listen.http.handlers.signet_health_handler]]\n'

interface Wrong {
  readonly name: string
  readonly text: string
  readonly errors: readonly string[]
  readonly warnings?: readonly string[]
  readonly says: RegExp
}

const wrong: readonly Wrong[] = [
  {
    name: 'HTTP in clear where everybody hears it',
    text: handler,
    errors: ['3:10 missing listen.http.tls'],
    says: /in clear .*on loopback addresses.* not on 0\.0\.0\.0/,
  },
  {
    name: 'HTTP in clear on an address of the network',
    text: `ip_address = "192.0.2.1"\n${handler}`,
    errors: ['3:10 missing listen.http.tls'],
    says: /not on 192\.0\.2\.1/,
  },
  {
    name: 'certificates that decide where none arrives',
    text: `ip_address = "127.0.0.1"\ncertificate_policy = "mandatory"\n${handler}`,
    errors: ['5:22 conflict listen.http.certificate_policy'],
    says: /without a `tls` section no certificate arrives/,
  },
  {
    name: 'certificates that decide where none is asked for',
    text: `${goodTls}tls.verify_mode = "none"\ncertificate_policy = "enable"\n${handler}`,
    errors: ['7:19 conflict listen.http.tls.verify_mode', '8:22 conflict listen.http.certificate_policy'],
    warnings: ['6:18 conflict listen.http.tls.cacertfile'],
    says: /contradict each other/,
  },
  {
    name: 'STARTTLS in HTTPS',
    text: `${goodTls}tls.mode = "starttls"\n${handler}`,
    errors: ['7:5 removed listen.http.tls.mode'],
    says: /TLS from the first byte/,
  },
  {
    name: 'compressed answers',
    text: `${goodTls}protocol.compress = true\n${handler}`,
    errors: ['7:10 not-yet listen.http.protocol.compress'],
    says: /has no compression of HTTP answers; remove it, or set it to false$/,
  },
  {
    name: 'no connections',
    text: `${goodTls}transport.max_connections = 0\n${handler}`,
    errors: ['7:29 bad-value listen.http.transport.max_connections'],
    says: /from 1 to 1000000/,
  },
  {
    name: 'an option of TCP',
    text: `${goodTls}max_connections = 5\n${handler}`,
    errors: ['7:1 unknown-key listen.http.max_connections'],
    says: /is not an option of `listen\.http`/,
  },
  {
    name: 'a handler that nobody knows',
    text: `${goodTls}[[listen.http.handlers.signet_helth_handler]]\n`,
    errors: ['7:15 missing listen.http.handlers', '7:24 unknown-key listen.http.handlers.signet_helth_handler'],
    says: /is not an option of `listen\.http\.handlers`/,
  },
  {
    name: 'a handler of MongooseIM that is not there',
    text: `${goodTls}[[listen.http.handlers.mongoose_graphql_handler]]\nhost = "_"\npath = "/api"\n`,
    errors: ['7:15 missing listen.http.handlers', '7:24 not-yet listen.http.handlers.mongoose_graphql_handler'],
    says: /has no GraphQL interface/,
  },
  {
    name: "MongooseIM's metrics",
    text: `${goodTls}[[listen.http.handlers.mongoose_prometheus_handler]]\nhost = "_"\npath = "/metrics"\n`,
    errors: ['7:15 missing listen.http.handlers', '7:24 removed listen.http.handlers.mongoose_prometheus_handler'],
    says: /`signet_metrics_handler`/,
  },
  {
    name: 'no handler',
    text: `${goodTls}[listen.http.handlers]\n`,
    errors: ['7:14 missing listen.http.handlers'],
    says: /nothing would be answered here/,
  },
  ...['', 'health', '/a/../b', '/a?b', '/a b', '/:name', '/[...]', '//a'].map((path) => ({
    name: `the path ${JSON.stringify(path)}`,
    text: `${goodTls}${handler}path = ${JSON.stringify(path)}\n`,
    errors: ['8:8 bad-value listen.http.handlers.signet_health_handler.path'],
    says: /a path that begins with a slash/,
  })),
  ...['', '*', 'a b', '[...]', ':host', 'example.org:443'].map((host) => ({
    name: `the host ${JSON.stringify(host)}`,
    text: `${goodTls}${handler}host = ${JSON.stringify(host)}\n`,
    errors: ['8:8 bad-value listen.http.handlers.signet_health_handler.host'],
    says: /a domain name, an IP address, or "_" for any host/,
  })),
  {
    name: 'two handlers at one place',
    text: `${goodTls}${handler}path = "/x/"\n[[listen.http.handlers.signet_metrics_handler]]\npath = "/x"\n`,
    errors: ['10:8 duplicate listen.http.handlers.signet_metrics_handler.path'],
    says: /another handler answers at \/x for the same host/,
  },
  {
    name: 'the address and port of another listener',
    text: `port = 5222\n${goodTls}${handler}[[listen.c2s]]\n${goodTls}`,
    errors: ['4:8 duplicate listen.http.port'],
    says: /another listener has the same address and port/,
  },
]

describe('a refused [[listen.http]]', () => {
  for (const { name, text, errors, warnings = [], says } of wrong) {
    test(name, () => {
      using folder = createFolder()
      const result = loadIn(folder, head + text)
      assert.deepEqual(errorsOf(result).map(short), errors)
      assert.deepEqual(warningsOf(result).map(short), warnings)
      assert.match(
        errorsOf(result)
          .map(({ message }) => message)
          .join('\n'),
        says,
      )
    })
  }
})

describe('[[listen.http]]', () => {
  test('defaults', () => {
    using folder = createFolder()
    const result = loadIn(folder, `${head}${goodTls}${handler}`)
    assert.ok(result.ok)
    assert.deepEqual(result.value.warnings, [])
    const [http] = result.value.options.http
    assert.deepEqual(
      { ...http },
      {
        ...http,
        name: 'http 0.0.0.0:5285',
        port: 5285,
        ipAddress: '0.0.0.0',
        backlog: 1024,
        reusePort: false,
        maxConnections: 1024,
        maxConnectionsPerAddress: 256,
        maxHandshakes: 64,
        maxHandshakesWaiting: 1024,
        loginTimeoutMs: 60_000,
        maxLoginAttempts: 3,
        certificatePolicy: 'optional',
        handlers: [{ name: 'signet_health_handler', place: { host: null, path: '/health' } }],
      },
    )
    assert.equal(http?.tls.identity?.certfile, join(folder.path, 'server.pem'))
    assert.equal(http?.tls.disconnectOnFailure, true)
  })

  test('every handler at its usual place', () => {
    const names = [
      'mongoose_websocket_handler',
      'mongoose_bosh_handler',
      'signet_health_handler',
      'signet_metrics_handler',
      'signet_host_meta_handler',
      'signet_chat_handler',
    ]
    const { handlers } = load(goodTls + names.map((name) => `[[listen.http.handlers.${name}]]\n`).join(''))
    assert.deepEqual(
      handlers.map(({ name, place: { host, path } }) => [name, host, path]),
      [
        ['mongoose_websocket_handler', null, '/ws-xmpp'],
        ['mongoose_bosh_handler', null, '/http-bind'],
        ['signet_health_handler', null, '/health'],
        ['signet_metrics_handler', null, '/metrics'],
        ['signet_host_meta_handler', null, '/.well-known/host-meta'],
        ['signet_chat_handler', null, '/'],
      ],
    )
  })

  test('hosts and paths are prepared', () => {
    const { handlers } = load(`${goodTls}${handler}host = "XN--BCHER-KVA.example"\npath = "/up/"\n`)
    assert.deepEqual(handlers[0]?.place, { host: 'bücher.example', path: '/up' })
  })

  test('in clear on a loopback address', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1']) {
      const { tls } = load(`ip_address = "${address}"\n${handler}`)
      assert.deepEqual(tls, { identity: null, verifyMode: 'none', disconnectOnFailure: false, cacertfile: null })
    }
  })

  test('`disable` asks for no certificate', () => {
    const { tls } = load(
      `tls.certfile = "server.pem"\ntls.keyfile = "server.key"\ncertificate_policy = "disable"\n${handler}`,
    )
    assert.equal(tls.verifyMode, 'none')
  })

  test('a file of MongooseIM, with what means nothing here', () => {
    using folder = createFolder()
    const result = loadIn(
      folder,
      `[general]\nhosts = ["localhost"]\nhttp_server_name = "Apache/2.4.3 (Win64)"\n[[listen.http]]
ip_address = "::1"
port = 5280
hibernate_after = 0
transport.num_acceptors = 10
transport.max_connections = "infinity"
protocol.compress = false
[[listen.http.handlers.mod_bosh]]
host = "_"
path = "/http-bind"
[services.service_bosh]
backend = "cets"
inactivity = 20
max_wait = "infinity"
server_acks = true
max_pause = 60
[services.service_mongoose_system_metrics]
report = false
`,
    )
    assert.deepEqual(errorsOf(result).map(short), [])
    assert.deepEqual(warningsOf(result).map(short), [
      '7:1 no-meaning listen.http.hibernate_after',
      '8:11 no-meaning listen.http.transport.num_acceptors',
      '9:29 limited listen.http.transport.max_connections',
      '11:24 dated-spelling listen.http.handlers.mod_bosh',
      '15:1 no-meaning services.service_bosh.backend',
      '17:12 limited services.service_bosh.max_wait',
      '20:11 no-meaning services.service_mongoose_system_metrics',
    ])
    assert.ok(result.ok)
    const { general, http } = result.value.options
    assert.equal(general.httpServerName, 'Apache/2.4.3 (Win64)')
    assert.equal(http[0]?.name, 'http [::1]:5280')
    assert.equal(http[0]?.maxConnections, 1_000_000)
    const [bosh] = http[0]?.handlers ?? []
    assert.ok(bosh?.name === 'mongoose_bosh_handler')
    const { inactivityMs, maxWaitMs, serverAcks, maxPauseMs } = bosh.options
    assert.deepEqual([inactivityMs, maxWaitMs, serverAcks, maxPauseMs], [20_000, 600_000, true, 60_000])
  })

  test('without handlers, WebSocket and BOSH are where MongooseIM has them', () => {
    using folder = createFolder()
    const result = loadIn(folder, head + goodTls)
    assert.deepEqual(warningsOf(result).map(short), ['3:10 assumed listen.http'])
    assert.ok(result.ok)
    const { handlers } = result.value.options.http[0] ?? { handlers: [] }
    assert.deepEqual(
      handlers.map(({ name, place }) => `${name} ${place.path}`),
      ['mongoose_websocket_handler /ws-xmpp', 'mongoose_bosh_handler /http-bind'],
    )
  })

  test('the name of the server is words, and no further header', () => {
    using folder = createFolder()
    for (const name of ['', ' x', 'a\\r\\nb: c', 'ä']) {
      const result = loadIn(folder, `[general]\nhttp_server_name = "${name}"\n`)
      assert.ok(errorsOf(result).map(short).includes('2:20 bad-value general.http_server_name'), name)
    }
  })
})

const bosh = '[[listen.http.handlers.mongoose_bosh_handler]]\n'

const passwords =
  '[auth.pki]\n[auth.rdbms]\n[outgoing_pools.rdbms.default.connection]\ndriver = "sqlite"\ndatabase = "x.sqlite"\n'

/** Rules and places of what the start-up checks find. */
const lints: readonly (readonly [name: string, text: string, warnings: readonly string[]])[] = [
  ['a certificate for any host is compared with none', `${goodTls}${bosh}`, []],
  ['a named host is in the certificate', `${goodTls}${bosh}host = "example.org"\n`, []],
  [
    'a named host is not in the certificate',
    `${goodTls}${bosh}host = "chat.example.net"\n`,
    ['4:16 certificate-host-mismatch listen.http.tls.certfile'],
  ],
  [
    'logins by certificate where none is asked for',
    `tls.certfile = "server.pem"\ntls.keyfile = "server.key"\ntls.verify_mode = "none"\n${bosh}${passwords}`,
    ['6:19 conflict listen.http.tls.verify_mode'],
  ],
  [
    'pages ask for none',
    `tls.certfile = "server.pem"\ntls.keyfile = "server.key"\ntls.verify_mode = "none"\n${handler}`,
    [],
  ],
  [
    'sessions that another process may get',
    `${goodTls}reuse_port = true\n${bosh}`,
    ['7:14 conflict listen.http.reuse_port'],
  ],
  [
    'anyone as anyone',
    `${goodTls}tls.verify_mode = "selfsigned_peer"\n${bosh}`,
    ['7:19 anyone-as-anyone listen.http.tls.verify_mode'],
  ],
  [
    'the client names itself',
    `${goodTls}sasl_external = ["auth_id"]\n${bosh}`,
    ['7:17 anyone-as-anyone listen.http.sasl_external'],
  ],
]

describe('start-up checks of [[listen.http]]', () => {
  for (const [name, text, warnings] of lints) {
    test(name, () => {
      using folder = createFolder()
      const result = loadCheckedOptions(sourceIn(folder, head + text), Date.now())
      assert.deepEqual(errorsOf(result).map(short), [])
      assert.deepEqual(warningsOf(result).map(short), warnings)
    })
  }
})

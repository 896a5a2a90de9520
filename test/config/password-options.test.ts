/** Options of passwords and of the database: what is refused, what is odd, and what the defaults come to. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createFolder, errorsOf, goodConfig, loadIn, warningsOf } from './support.ts'

const head = `${goodConfig()}[auth]\n`
const server = 'driver = "pgsql"\nhost = "db.example.org"\ndatabase = "x"\nusername = "x"\npassword = "x"\n'
const pool = (connection: string) => `[outgoing_pools.rdbms.default.connection]\n${connection}`
const mysql = server.replace('pgsql', 'mysql')

/** What is written, and the findings as `rule path: part of the message`. */
const table: readonly (readonly [string, string, readonly [string, RegExp][]])[] = [
  ['no pool', 'methods = ["rdbms"]\n', [['conflict auth.methods', /needs a database: add `\[outgoing_pools/]]],
  [
    'no driver',
    `methods = ["rdbms"]\n${pool('host = "x"\n')}`,
    [
      ['missing outgoing_pools.rdbms.default.connection.driver', /one of "pgsql", "mysql", "sqlite"/],
      ['conflict auth.methods', /needs a database/],
    ],
  ],
  [
    'CockroachDB',
    pool(server.replace('pgsql', 'cockroachdb')),
    [['not-yet outgoing_pools.rdbms.default.connection.driver', /no CockroachDB driver/]],
  ],
  [
    'half of a connection',
    pool('driver = "mysql"\nhost = "x"\n'),
    ['database', 'username', 'password'].map((key) => [
      `missing outgoing_pools.rdbms.default.connection.${key}`,
      /driver "mysql" needs it/,
    ]),
  ],
  [
    'a file with a host',
    pool('driver = "sqlite"\ndatabase = "a.sqlite"\nhost = "x"\n'),
    [['conflict outgoing_pools.rdbms.default.connection.host', /no meaning with `driver = "sqlite"`/]],
  ],
  [
    'a CA file that is not there',
    pool(`${server}tls.cacertfile = "none.pem"\n`),
    [['file-unreadable outgoing_pools.rdbms.default.connection.tls.cacertfile', /does not exist/]],
  ],
  [
    'an address for MySQL with TLS',
    pool(`${mysql.replace('db.example.org', '192.0.2.1')}tls.cacertfile = "ca.pem"\n`),
    [['conflict outgoing_pools.rdbms.default.connection.host', /must be a name, not an address/]],
  ],
  [
    'anybody for a database',
    pool(`${server}tls.verify_mode = "none"\n`),
    [['conflict outgoing_pools.rdbms.default.connection.tls.verify_mode', /is believed/]],
  ],
  [
    'few iterations',
    'password.scram_iterations = 1000\n',
    [['bad-value auth.password.scram_iterations', /a whole number from 4096 to 1000000/]],
  ],
  [
    'mechanisms without a backend',
    'methods = ["pki"]\nsasl_mechanisms = ["plain", "external"]\n',
    [['conflict auth.sasl_mechanisms', /names "plain", which nobody is offered/]],
  ],
  [
    'mechanisms of hashes that are not stored',
    `methods = ["rdbms"]\nsasl_mechanisms = ["scram_sha512", "scram_sha1"]\npassword.hash = ["sha"]\n${pool(server)}`,
    [['conflict auth.sasl_mechanisms', /names "scram_sha512", which cannot work/]],
  ],
]

describe('options of passwords', () => {
  for (const [what, text, findings] of table) {
    test(what, () => {
      using folder = createFolder()
      const result = loadIn(folder, head + text)
      const found = [...errorsOf(result), ...warningsOf(result)]
      assert.deepEqual(found.map(({ rule, path }) => `${rule} ${path}`).sort(), findings.map(([where]) => where).sort())
      for (const [where, message] of findings) {
        assert.match(found.find(({ rule, path }) => `${rule} ${path}` === where)?.message ?? '', message)
      }
    })
  }

  test('a database brings passwords behind certificates, for the hashes that are stored', () => {
    using folder = createFolder()
    const result = loadIn(folder, `${head}rdbms = {}\npassword.hash = ["sha256", "sha"]\n${pool(mysql)}`)
    assert.ok(result.ok)
    const { auth, pools } = result.value.options
    assert.deepEqual(auth.methods, ['rdbms'])
    assert.deepEqual(auth.mechanisms, [
      ...['external', 'scram_sha256_plus', 'scram_sha256', 'scram_sha1_plus', 'scram_sha1', 'plain'],
    ])
    assert.deepEqual(auth.password, { format: 'scram', hashes: ['sha', 'sha256'], iterations: 10_000 })
    assert.deepEqual(pools.rdbms, {
      ...{ workers: 10, callTimeoutMs: 5_000, queryTimeoutMs: 5_000, keepaliveS: null },
      connection: {
        ...{ driver: 'mysql', host: 'db.example.org', port: 3306, database: 'x', username: 'x', password: 'x' },
        tls: null,
      },
    })
  })

  test('the database’s password is in no message', () => {
    using folder = createFolder()
    const text = `${head}methods = ["rdbms"]\n${pool(server.replace('password = "x"', 'password = ["geheim"]'))}`
    const result = loadIn(folder, text)
    assert.ok(!result.ok)
    assert.ok(!JSON.stringify(result).includes('geheim'))
  })
})

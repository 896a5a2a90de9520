/** `[auth.ldap]` and `[outgoing_pools.ldap.TAG]`: defaults, and every way in which they do not go together. */

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { loadCheckedOptions } from '../../src/lint.ts'
import { createFolder, errorsOf, goodConfig, loadIn, sourceIn, warningsOf } from '../config/support.ts'

const folder = createFolder()
after(() => folder[Symbol.dispose]())

const pool = '[outgoing_pools.ldap.default]\n'

function configWith(auth: string, pools = pool, more = ''): string {
  return `${goodConfig()}\n[auth]\nmethods = ["ldap"]\n${more}\n[auth.ldap]\nbase = "dc=x"\n${auth}\n${pools}`
}

function load(text: string) {
  return said(loadIn(folder, text))
}

function checked(text: string) {
  return said(loadCheckedOptions(sourceIn(folder, text), Date.now()))
}

function said(result: ReturnType<typeof loadIn>) {
  const say = ({ path, message }: { readonly path: string; readonly message: string }) => `${path}: ${message}`
  return { result, errors: errorsOf(result).map(say), warnings: warningsOf(result).map(say) }
}

const connection = 'outgoing_pools.ldap.default.connection'
const tls = 'connection.tls.cacertfile = "ca.pem"\n'

const refused: readonly (readonly [what: string, text: string, problems: readonly RegExp[]])[] = [
  ['no section', `${goodConfig()}\n[auth]\nmethods = ["ldap"]`, [/^auth\.methods: has "ldap".*add `\[auth\.ldap\]`$/]],
  ['no base', configWith('').replace('base = "dc=x"\n', ''), [/^auth\.ldap\.base: is missing/]],
  ['no pool', configWith('', ''), [/^auth\.ldap\.pool_tag: .*add `\[outgoing_pools\.ldap\.default\]`$/]],
  ['another pool', configWith('pool_tag = "people"'), [/^auth\.ldap\.pool_tag: .*the pool "people", which is not/]],
  [
    'no such pool for passwords',
    configWith('bind_pool_tag = "users"'),
    [/^auth\.ldap\.bind_pool_tag: passwords are tried through the pool "users", which is not there/],
  ],
  ['one pool for both', configWith('bind_pool_tag = "default"'), [/^auth\.ldap\.bind_pool_tag: must be another pool/]],
  [
    'format without %u',
    configWith('uids = [{ attr = "uid", format = "u" }]'),
    [/^auth\.ldap\.uids\.format: must be a text with `%u`/],
  ],
  ['format with it twice', configWith('uids = [{ attr = "uid", format = "%u%u" }]'), [/^auth\.ldap\.uids\.format: /]],
  [
    'format that is a filter',
    configWith('uids = [{ attr = "uid", format = "%u)(x=y" }]'),
    [/^auth\.ldap\.uids\.format: makes no filter/],
  ],
  ['uid without attr', configWith('uids = [{ format = "%u" }]'), [/^auth\.ldap\.uids\.attr: is missing/]],
  ['attr that is none', configWith('uids = [{ attr = "a b" }]'), [/^auth\.ldap\.uids\.attr: must be the name/]],
  ['filter', configWith('filter = "(a=b"'), [/^auth\.ldap\.filter: is no filter: "\)" must stand/]],
  ['a fact in filter', configWith('filter = "(a=%{email})"'), [/^auth\.ldap\.filter: is no filter: %\{email\}/]],
  ['dn_filter without filter', configWith('dn_filter = {}'), [/^auth\.ldap\.dn_filter\.filter: is missing/]],
  [
    'dn_filter with too few attributes',
    configWith('dn_filter = { filter = "(a=%s)" }'),
    [/^auth\.ldap\.dn_filter\.attributes: names 0 attributes, and `filter` has 1/],
  ],
  [
    'local_filter without values',
    configWith('local_filter = { operation = "equal", attribute = "a" }'),
    [/^auth\.ldap\.local_filter\.values: is missing/],
  ],
  [
    'certificate_attribute alone',
    configWith('certificate_attribute = "x"'),
    [/^auth\.ldap\.certificate_attribute: has no effect/],
  ],
  [
    'nothing ties the entry to the account',
    configWith('certificate_filter = "(mail=%{email})"', pool, 'sasl_external = ["auth_id"]'),
    [/^auth\.ldap\.certificate_filter: finds an entry, and rule "auth_id"/],
  ],
  [
    'a server with a port',
    configWith('', `${pool}connection.servers = ["a:389"]`),
    [new RegExp(`^${connection}.servers: must be a host name`)],
  ],
  [
    'password of nobody',
    configWith('', `${pool}connection.password = "x"`),
    [new RegExp(`^${connection}.password: is the password of nobody`)],
  ],
  [
    'no password',
    configWith('', `${pool}connection.root_dn = "x"`),
    [new RegExp(`^${connection}.password: is missing`)],
  ],
  [
    'StartTLS without tls',
    configWith('', `${pool}connection.starttls = true`),
    [new RegExp(`^${connection}.starttls: needs a .tls. section`)],
  ],
  [
    'EXTERNAL without a certificate',
    configWith('', `${pool}${tls}connection.sasl_external = true`),
    [new RegExp(`^${connection}.sasl_external: needs our own certificate`)],
  ],
  [
    'EXTERNAL and root_dn',
    configWith(
      '',
      `${pool}${tls}connection.tls.certfile = "server.pem"\nconnection.sasl_external = true\nconnection.root_dn = "x"`,
    ),
    [new RegExp(`^${connection}.root_dn: has no meaning with`)],
  ],
]

describe('refused', () => {
  for (const [what, text, problems] of refused) {
    test(what, () => {
      const { errors } = load(text)
      assert.equal(errors.length, problems.length, errors.join('\n'))
      for (const [index, problem] of problems.entries()) assert.match(errors[index] ?? '', problem)
    })
  }
})

/** The rules of `configWith` are of a second listener alone. */
function atListener(text: string): string {
  const rule = 'sasl_external = ["auth_id"]\n'
  const listener = `[[listen.c2s]]\nport = 5223\n${rule}tls.certfile = "server.pem"\ntls.keyfile = "server.key"\n`
  return `${text}\n${listener}tls.cacertfile = "ca.pem"\n`
}

describe('rule "auth_id" of a listener alone', () => {
  const directory =
    '\n[[host_config]]\nhost = "localhost"\n[host_config.auth]\nmethods = ["ldap"]\nldap.base = "dc=x"\n'
  const cases: readonly (readonly [what: string, text: string, error: RegExp | null, warning: RegExp | null])[] = [
    [
      'nothing ties the entry to the account',
      configWith('certificate_filter = "(mail=%{email})"', pool),
      /^listen\.c2s\.sasl_external: has "auth_id", and method "ldap" finds an entry/,
      null,
    ],
    [
      'nothing compares',
      configWith('', pool),
      null,
      /^listen\.c2s\.sasl_external: has "auth_id", and method "ldap" compares no certificate/,
    ],
    ['the very certificate', configWith('certificate_match = "exact"', pool), null, null],
    [
      'the JID of the entry',
      configWith('certificate_filter = "(mail=%{email})"\njid_attribute = "jid"', pool),
      null,
      null,
    ],
    [
      'a host with a directory of its own',
      `${configWith('certificate_match = "exact"', pool)}${directory}`,
      null,
      /^listen\.c2s\.sasl_external: has "auth_id", and method "ldap" compares no certificate/,
    ],
    [
      'a host with rules of its own',
      `${configWith('certificate_match = "exact"', pool)}${directory}sasl_external = ["standard"]\n`,
      null,
      null,
    ],
  ]
  for (const [what, text, error, warning] of cases) {
    test(what, () => {
      const { errors, warnings } = checked(atListener(text))
      const about = (lines: readonly string[]) => lines.filter((line) => line.includes('"auth_id"'))
      const found = [...about(errors), ...about(warnings)]
      assert.equal(found.length, (error === null ? 0 : 1) + (warning === null ? 0 : 1), found.join('\n'))
      if (error !== null) assert.match(about(errors)[0] ?? '', error)
      if (warning !== null) assert.match(about(warnings)[0] ?? '', warning)
    })
  }
})

describe('rule "by_backend"', () => {
  const finds = 'certificate_filter = "(mail=%{email})"\n'
  const rule = 'sasl_external = ["standard", "by_backend"]'
  const cases: readonly (readonly [what: string, text: string, errors: number])[] = [
    ['the entry says who it is', configWith(`${finds}jid_attribute = "uid"`, pool, rule), 0],
    ['nothing says who it is', configWith(finds, pool, rule), 1],
    ['nothing finds the entry', configWith('jid_attribute = "uid"', pool, rule), 1],
    ['pki knows nobody', `${goodConfig()}\n[auth]\n${rule}\n`, 1],
  ]
  for (const [what, text, count] of cases) {
    test(what, () => {
      const { errors } = checked(text)
      assert.equal(errors.length, count, errors.join('\n'))
      for (const error of errors)
        assert.match(error, /^auth\.sasl_external: has "by_backend", and no method says whose/)
    })
  }

  test('what comes behind it is never asked', () => {
    const listed = 'sasl_external = ["by_backend", "standard"]'
    const { warnings } = checked(configWith(`${finds}jid_attribute = "uid"`, pool, listed))
    assert.ok(warnings.some((line) => line.includes('"by_backend" always has the last word')))
  })
})

const warned: readonly (readonly [what: string, text: string, warnings: readonly RegExp[]])[] = [
  [
    'auth_id, and nothing compares',
    configWith('', pool, 'sasl_external = ["auth_id"]'),
    [/^auth\.ldap: compares no certificate/],
  ],
  [
    'auth_id with the JID of the entry',
    configWith('certificate_filter = "(mail=%{email})"\njid_attribute = "jid"', pool, 'sasl_external = ["auth_id"]'),
    [],
  ],
  [
    'auth_id with the very certificate',
    configWith('certificate_match = "exact"', pool, 'sasl_external = ["auth_id"]'),
    [],
  ],
  [
    'a password over the network',
    configWith('', `${pool}connection = { servers = ["a.example"], root_dn = "x", password = "p" }`),
    [/password: goes over the network in clear text/],
  ],
  [
    'passwords of users over the network',
    configWith('', `${pool}[outgoing_pools.ldap.bind]\nconnection.servers = ["a.example"]`),
    [/^outgoing_pools\.ldap\.bind\.connection: takes the passwords of users over the network in clear text/],
  ],
  ['a password on this machine', configWith('', `${pool}connection = { root_dn = "x", password = "p" }`), []],
  [
    'the spelling of the old manual',
    configWith('', `${pool}connection = { rootdn = "x", password = "p" }`),
    [/rootdn: is an older spelling/],
  ],
  [
    'options of MongooseIM without a meaning here',
    configWith('', `${pool}scope = "global"\nstrategy = "best_worker"`),
    [/scope: has no meaning|scope/, /strategy/],
  ],
]

describe('taken', () => {
  for (const [what, text, expected] of warned) {
    test(what, () => {
      const { errors, warnings } = load(text)
      assert.deepEqual(errors, [])
      assert.equal(warnings.length, expected.length, warnings.join('\n'))
      for (const [index, warning] of expected.entries()) assert.match(warnings[index] ?? '', warning)
    })
  }

  test('the contents of CA and certificate are looked at', () => {
    folder.write('broken.pem', 'nothing')
    const lines = 'connection.tls = { cacertfile = "broken.pem", certfile = "server.pem", keyfile = "ca.pem" }\n'
    const result = loadCheckedOptions(sourceIn(folder, configWith('', pool + lines)), Date.now())
    assert.deepEqual(
      errorsOf(result).map(({ path, rule }) => `${path} ${rule}`),
      [`${connection}.tls.cacertfile trust-unusable`, `${connection}.tls.keyfile key-unusable`],
    )
  })

  test('defaults', () => {
    const { result } = load(configWith(''))
    assert.ok(result.ok)
    const { auth, pools } = result.value.options
    assert.deepEqual(auth.ldap, {
      ...{ poolTag: 'default', bindPoolTag: 'bind', base: 'dc=x', deref: 'never', references: 'refuse' },
      byName: { kind: 'compare', operator: '=', attribute: 'uid', value: [{ kind: 'place', name: '%u' }] },
      ...{ byCertificate: null, dnFilter: null, localFilter: null, enabledFilter: null },
      ...{ jidAttribute: null, certificateAttribute: null },
    })
    assert.deepEqual(pools.ldap?.get('default'), {
      ...{ workers: 10, callTimeoutMs: 5_000, servers: ['localhost'], port: 389 },
      ...{ identity: { kind: 'anonymous' }, asideMs: 10_000, tls: null },
    })
  })

  test('LDAPS, StartTLS, and their ports', () => {
    const ports = [tls, `${tls}connection.starttls = true\n`, `${tls}connection.port = 3636\n`].map((lines) => {
      const { result } = load(configWith('', pool + lines))
      assert.ok(result.ok)
      const options = result.value.options.pools.ldap?.get('default')
      return [options?.port, options?.tls?.start]
    })
    assert.deepEqual(ports, [
      [636, 'at-once'],
      [389, 'starttls'],
      [3636, 'at-once'],
    ])
  })
})

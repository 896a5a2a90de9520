/** The configuration of method `http`: what it becomes, what is refused, and the examples of its page. */

import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { explain } from '../../src/explain.ts'
import { loadCheckedOptions } from '../../src/lint.ts'
import type { SignetOptions } from '../../src/options.ts'
import { createFolder, errorsOf, type Folder, goodConfig, sourceIn, warningsOf } from '../config/support.ts'
import { issue, issueServer } from '../support/pki/certificate.ts'
import { dns, xmppAddr } from '../support/pki/names.ts'
import { startService } from './service.ts'

const secret = 'correct-horse-battery-staple-0123456789'

/** `rule path`, errors and then warnings. */
function findings(folder: Folder, text: string): readonly string[] {
  const result = loadCheckedOptions(sourceIn(folder, text), Date.now())
  const lines = (severity: string, list: ReturnType<typeof errorsOf>) =>
    list.map(({ rule, path }) => `${severity} ${rule} ${path}`)
  const warnings = result.ok ? result.value.warnings : result.error.warnings
  return [...lines('error', errorsOf(result)), ...lines('warning', warnings)]
}

function load(folder: Folder, text: string): SignetOptions {
  const result = loadCheckedOptions(sourceIn(folder, text), Date.now())
  assert.ok(result.ok, JSON.stringify(errorsOf(result)))
  return result.value.options
}

const pool = '[outgoing_pools.http.auth]\nconnection.host = "https://auth.example.org:8443"\n'
const json = '[auth.http]\napi = "json"\nurl = "https://auth.example.org/judge"\nsecret_file = "secret"\n'

describe('what it becomes', () => {
  test('a host is enough', () => {
    using folder = createFolder()
    const { auth, pools } = load(folder, `${goodConfig()}[auth]\nmethods = ["http"]\n${pool}`)
    const evidence = ['certificate', 'password', 'scram']
    assert.deepEqual(auth.http, { evidence, basicAuth: null, api: { kind: 'mongooseim' } })
    assert.deepEqual(pools.http, {
      ...{ origin: 'https://auth.example.org:8443', pathPrefix: '/', workers: 10 },
      ...{ callTimeoutMs: 5_000, requestTimeoutMs: 2_000, tls: null },
    })
    assert.equal(auth.mechanisms[0], 'external')
    assert.ok(auth.mechanisms.includes('plain') && auth.mechanisms.includes('scram_sha256_plus'))
  })

  test('an empty section asks the method, before pki', () => {
    using folder = createFolder()
    const { auth } = load(folder, `${goodConfig()}[auth.pki]\n[auth.http]\n[auth.password]\nformat = "plain"\n${pool}`)
    assert.deepEqual(
      [auth.methods, auth.http?.evidence],
      [
        ['http', 'pki'],
        ['certificate', 'password'],
      ],
    )
  })

  test('the JSON form needs no pool', () => {
    using folder = createFolder()
    const secretFile = folder.write('secret', `${secret}\n`)
    const { auth, pools } = load(folder, `${goodConfig()}${json}send_certificate = true\n`)
    const api = { kind: 'json', url: 'https://auth.example.org/judge', secretFile, sendCertificate: true }
    assert.deepEqual(auth.http, { evidence: ['certificate'], basicAuth: null, api })
    assert.equal(pools.http, undefined)
  })
})

const withHttp = (lines: string) => `[auth]\nmethods = ["http"]\n${lines}`
const host = (text: string) => withHttp(`[outgoing_pools.http.auth]\nconnection.host = ${JSON.stringify(text)}\n`)
const refused: readonly [string, string, readonly string[]][] = [
  ['no pool', withHttp(''), ['error conflict auth.methods']],
  [
    'a pool without a host',
    withHttp('[outgoing_pools.http.auth]\nworkers = 5\n'),
    ['error missing outgoing_pools.http.auth.connection.host'],
  ],
  ['a host without a scheme', host('auth.example.org'), ['error bad-value outgoing_pools.http.auth.connection.host']],
  [
    'a host with a path',
    host('https://auth.example.org/v1'),
    ['error bad-value outgoing_pools.http.auth.connection.host'],
  ],
  [
    'a host with a user',
    host('https://me:pw@auth.example.org'),
    ['error bad-value outgoing_pools.http.auth.connection.host'],
  ],
  [
    'a host with a line break',
    host('https://auth.example.org\r\nx: y'),
    ['error bad-value outgoing_pools.http.auth.connection.host'],
  ],
  ['another scheme', host('ftp://auth.example.org'), ['error bad-value outgoing_pools.http.auth.connection.host']],
  ['clear text', host('http://auth.example.org'), ['warning clear-text outgoing_pools.http.auth.connection.host']],
  ['clear text on this machine', host('http://127.0.0.1:8090'), []],
  [
    'TLS to a host without',
    `${host('http://127.0.0.1')}connection.tls.cacertfile = "ca.pem"\n`,
    ['error conflict outgoing_pools.http.auth.connection.tls'],
  ],
  [
    'a prefix without a slash',
    withHttp(`${pool}connection.path_prefix = "v1/"\n`),
    ['error bad-value outgoing_pools.http.auth.connection.path_prefix'],
  ],
  [
    'a prefix with a query',
    withHttp(`${pool}connection.path_prefix = "/v1?x="\n`),
    ['error bad-value outgoing_pools.http.auth.connection.path_prefix'],
  ],
  [
    'a prefix with steps up',
    withHttp(`${pool}connection.path_prefix = "/v1/../"\n`),
    ['error bad-value outgoing_pools.http.auth.connection.path_prefix'],
  ],
  [
    'a try longer than the call',
    withHttp(`${pool}call_timeout = 1000\n`),
    ['warning conflict outgoing_pools.http.auth.connection.request_timeout'],
  ],
  [
    'our certificate without a file',
    withHttp(`${pool}connection.tls.certfile = "none.pem"\n`),
    ['error file-unreadable outgoing_pools.http.auth.connection.tls.certfile'],
  ],
  [
    'a key of another certificate',
    withHttp(`${pool}connection.tls.certfile = "ca.pem"\nconnection.tls.keyfile = "server.key"\n`),
    ['error key-mismatch outgoing_pools.http.auth.connection.tls.keyfile'],
  ],
  [
    'CAs that are none',
    withHttp(`${pool}connection.tls.cacertfile = "server.key"\n`),
    ['error trust-unusable outgoing_pools.http.auth.connection.tls.cacertfile'],
  ],
  [
    'basic_auth without a colon',
    withHttp(`[auth.http]\nbasic_auth = "signet"\n${pool}`),
    ['error bad-value auth.http.basic_auth'],
  ],
  [
    'basic_auth with a line break',
    withHttp(`[auth.http]\nbasic_auth = "a:b\\r\\nx: y"\n${pool}`),
    ['error bad-value auth.http.basic_auth'],
  ],
  [
    'options of the other form',
    withHttp(`[auth.http]\nurl = "https://a.example/"\nsend_certificate = true\n${pool}`),
    ['error conflict auth.http.url', 'error conflict auth.http.send_certificate'],
  ],
  [
    'json without url and secret',
    withHttp('[auth.http]\napi = "json"\n'),
    ['error missing auth.http.url', 'error missing auth.http.secret_file'],
  ],
  [
    'json without the secret’s file',
    `${json.replace('"secret"', '"nowhere"')}`,
    ['error file-unreadable auth.http.secret_file'],
  ],
  ['json with a short secret', `${json.replace('"secret"', '"short"')}`, ['error bad-value auth.http.secret_file']],
  [
    'json with a secret for everybody',
    `${json.replace('"secret"', '"open"')}`,
    ['warning key-exposed auth.http.secret_file'],
  ],
  ['json for SCRAM', `${json}evidence = ["certificate", "scram"]\n`, ['error conflict auth.http.evidence']],
  ['json in clear text', json.replace('https', 'http'), ['warning clear-text auth.http.url']],
  ['pki behind', `[auth]\nmethods = ["http", "pki"]\n${pool}`, ['warning conflict auth.methods']],
  ['pki before', `[auth]\nmethods = ["pki", "http"]\n${pool}`, ['warning conflict auth.methods']],
  [
    'pki before, for certificates only',
    `[auth]\nmethods = ["pki", "http"]\n[auth.http]\nevidence = ["password"]\n${pool}`,
    [],
  ],
]

describe('what is refused, and what is odd', () => {
  for (const [name, text, expected] of refused) {
    test(name, () => {
      using folder = createFolder()
      folder.write('secret', secret)
      folder.write('short', 'secret')
      folder.write('open', secret, 0o644)
      assert.deepEqual(findings(folder, goodConfig() + text), expected)
    })
  }
})

test('neither password nor secret is in a message', () => {
  using folder = createFolder()
  folder.write('short', 'hunter2')
  const text = `${goodConfig()}${json.replace('"secret"', '"short"')}basic_auth = "hunter2"\n`
  const result = loadCheckedOptions(sourceIn(folder, text), Date.now())
  assert.equal(errorsOf(result).length, 2)
  assert.doesNotMatch(JSON.stringify(errorsOf(result)), /hunter2/)
})

describe('docs/backends/http.md', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'backends', 'http.md'), 'utf8')

  /** The text of a configuration of the page, and the files that it names. */
  const prepare = (name: string, folder: Folder): string => {
    const [, text] = new RegExp(`<!-- ${name} -->\n\`\`\`toml\n([^]*?)\`\`\`\n`).exec(page) ?? []
    assert.ok(text)
    const { authority } = folder
    const server = issueServer(authority, [dns('example.org')], 'example.org')
    const client = issue(authority, { cn: 'signet' })
    const cipher = {
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'the password of the key',
    } as const
    folder.write('server.pem', server.pem)
    folder.write('server.key', server.keyPem)
    folder.write('users-ca.pem', authority.pem)
    folder.write('service-ca.pem', authority.pem)
    folder.write('signet-client.pem', client.pem + createPrivateKey(client.keyPem).export(cipher))
    folder.write('service.secret', secret)
    return text
  }

  for (const name of ['mongooseim', 'json']) {
    test(`the configuration for ${name} is in order`, () => {
      using folder = createFolder()
      const result = loadCheckedOptions(sourceIn(folder, prepare(name, folder)), Date.now())
      assert.deepEqual([errorsOf(result), warningsOf(result)], [[], []])
    })
  }

  test('the configuration for mongooseim works, by mTLS with the encrypted key', async () => {
    using folder = createFolder()
    const { authority } = folder
    const own = issue(authority, { cn: 'alice', san: [xmppAddr('alice@example.org')] })
    const other = issue(authority, { cn: 'alice', san: [xmppAddr('alice@example.org')] })
    const service = issueServer(authority, [dns('localhost')], 'localhost')
    await using running = await startService(() => ({ status: 200, body: own.pem }), {
      ...{ ca: authority, server: service, client: own },
    })
    const text = prepare('mongooseim', folder).replace('https://auth.example.org:8443', running.origin)
    assert.equal(await outcomeOf(load(folder, text), own.pem), 'alice@example.org')
    assert.equal(await outcomeOf(load(folder, text), other.pem), 'certificate-not-listed')
    const [seen] = running.seen
    assert.deepEqual([seen?.client, seen?.target], ['signet', '/v1/xmpp/get_certs?user=alice&server=example.org&pass='])
    const basic = Buffer.from('signet:the password of Signet at the service').toString('base64')
    assert.equal(seen?.headers['authorization'], `Basic ${basic}`)
  })

  test('the configuration for json works', async () => {
    using folder = createFolder()
    const { authority } = folder
    const own = issue(authority, { cn: 'alice', san: [xmppAddr('alice@example.org')] })
    const service = issueServer(authority, [dns('localhost')], 'localhost')
    const headers = { 'content-type': 'application/json' }
    await using running = await startService(
      ({ body }) => ({
        status: 200,
        headers,
        body: JSON.stringify({ verdict: JSON.parse(body).jid === 'alice@example.org' ? 'allow' : 'deny' }),
      }),
      { ca: authority, server: service, client: own },
    )
    const text = prepare('json', folder).replace('https://auth.example.org:8443', running.origin)
    const withClient = `${text}connection.tls.certfile = "signet-client.pem"\nconnection.tls.password = "the password of the key"\n`
    assert.equal(await outcomeOf(load(folder, withClient), own.pem), 'alice@example.org')
    assert.match(running.seen[0]?.headers['signet-signature'] ?? '', /^t=\d+,v1=[0-9a-f]{64}$/)
    // The service of these tests wants a certificate of ours, which the page has none of.
    assert.equal(await outcomeOf(load(folder, text), own.pem), 'backend-unavailable')
  })
})

/** The JID that a certificate logs in as at the first listener, or why not. */
async function outcomeOf(options: SignetOptions, pem: string): Promise<string> {
  const [listener] = options.c2s
  assert.ok(listener !== undefined)
  const said = await explain({ pem, authzid: null, domain: 'example.org', listener, options, now: Date.now() })
  assert.ok(said.ok)
  const { outcome } = said.value.decision
  return outcome.kind === 'allow' ? outcome.jid : outcome.code
}

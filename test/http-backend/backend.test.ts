/** The backend against a service: what is asked, how values travel, and what each kind of evidence comes to. */

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createMongooseimBackend, type MongooseimParts } from '../../src/auth/backends/http/backend.ts'
import { createHttpPool } from '../../src/auth/backends/http/pool.ts'
import type { CertificateClaim, PasswordClaim, Verdict } from '../../src/auth/contract.ts'
import { createPasswordChecker } from '../../src/auth/passwords/checking.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { readCertificates } from '../../src/compose-http.ts'
import type { Call } from '../../src/observe/call.ts'
import { createAuthority, issue } from '../support/pki/certificate.ts'
import { xmppAddr } from '../support/pki/names.ts'
import { type Reaction, type Seen, startService, type TestService } from './service.ts'

const ca = createAuthority({ name: 'CA' })
const [own, other] = [1, 2].map(() => issue(ca, { cn: 'Alice', san: [xmppAddr('alice@example.org')] }))
assert.ok(own && other)
const parsed = parseCertificate(own.der)
assert.ok(parsed.ok)
const certificate = parsed.value
const jid = { local: 'alice', domain: 'example.org' }
const byCertificate: CertificateClaim = {
  ...{ kind: 'certificate', jid, via: 'standard', certificate },
  chain: { kind: 'trusted', chain: [] },
}
const byPassword: PasswordClaim = { kind: 'password', jid, password: 'padthai' }
const call = (): Call => ({ deadline: performance.now() + 5_000, signal: new AbortController().signal })

interface Scene extends AsyncDisposable {
  readonly service: TestService
  readonly backend: ReturnType<typeof createMongooseimBackend>
}

async function sceneWith(
  context: TestContext,
  react: (seen: Seen, count: number) => Reaction,
  parts: Partial<MongooseimParts> = {},
): Promise<Scene> {
  const service = await startService(react)
  const pool = createHttpPool({
    origin: service.origin,
    workers: 2,
    requestTimeoutMs: 1_000,
    callTimeoutMs: 2_000,
    tls: null,
  })
  context.after(() => pool[Symbol.asyncDispose]())
  const backend = createMongooseimBackend({
    ...{ pool, basicAuth: null, pathPrefix: '/', format: 'plain', readCertificates },
    evidence: ['certificate', 'password', 'scram'],
    passwords: createPasswordChecker({ format: 'scram', hashes: ['sha'], iterations: 4096 }),
    ...parts,
  })
  return { service, backend, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() }
}

/** Kind, and what goes with it. */
function said(verdict: Verdict | { readonly kind: 'found' }): string {
  switch (verdict.kind) {
    case 'deny':
      return `deny: ${verdict.code}: ${verdict.why}`
    case 'unavailable':
      return `unavailable: ${verdict.cause.message}`
    default:
      return verdict.kind
  }
}

const methodOf = ({ url }: Seen) => url.pathname.slice(1)

test('get_certs: one GET with the three parameters in order, and no header of ours', async (t) => {
  await using scene = await sceneWith(t, () => ({ status: 200, body: other.pem + own.pem }))
  const verdict = await scene.backend.judge(byCertificate, call())
  const account = { jid, certificateSha256: certificate.sha256, certificateNotAfter: certificate.notAfter }
  assert.deepEqual(verdict, { kind: 'allow', account })
  const [seen, ...more] = scene.service.seen
  assert.equal(seen?.method, 'GET')
  assert.equal(seen?.target, '/get_certs?user=alice&server=example.org&pass=')
  assert.deepEqual(Object.keys(seen?.headers ?? {}), ['host', 'connection'])
  assert.deepEqual(more, [])
})

test('the prefix goes before the method as it is, and basic_auth into its header', async (t) => {
  const parts = { pathPrefix: '/api/v1/auth/', basicAuth: 'signet:pa:ss\u00fc' }
  await using scene = await sceneWith(t, () => 404, parts)
  assert.equal(said(await scene.backend.judge(byCertificate, call())), 'unknown')
  const [seen] = scene.service.seen
  assert.equal(seen?.target, '/api/v1/auth/get_certs?user=alice&server=example.org&pass=')
  assert.equal(seen?.headers['authorization'], `Basic ${Buffer.from('signet:pa:ss\u00fc').toString('base64')}`)
})

/** What RFC 7622 lets into a localpart, what a password may be, and everything that has a meaning in a URL or a header. */
const hostile = [
  'a&server=evil.example&pass=x',
  'a%26server%3Devil',
  'a#b?c=d;e',
  'a+b c',
  '../get_password',
  'a\r\nx-injected: yes\r\n\r\nGET /user_exists HTTP/1.1',
  'a\u0000b',
  '\u202egnp.elif',
  'jürgen😀',
  '%',
  "'); DROP TABLE users; --",
]

for (const text of hostile) {
  test(`nothing gets out of its parameter: ${JSON.stringify(text)}`, async (t) => {
    await using scene = await sceneWith(t, (seen) => ({ status: 200, body: String(methodOf(seen) === 'user_exists') }))
    const claim: PasswordClaim = { kind: 'password', jid: { local: text, domain: 'example.org' }, password: text }
    assert.equal(
      said(await scene.backend.judge(claim, call())),
      'deny: password-wrong: the service has another password',
    )
    const [check, exists, ...more] = scene.service.seen
    assert.ok(check && exists)
    assert.deepEqual(more, [])
    for (const [seen, password] of [
      [check, text],
      [exists, ''],
    ] as const) {
      assert.deepEqual(
        [...seen.url.searchParams],
        [
          ['user', text],
          ['server', 'example.org'],
          ['pass', password],
        ],
      )
      assert.match(seen.target, /^\/[a-z_]+\?user=[A-Za-z0-9*._%+-]*&server=example\.org&pass=[A-Za-z0-9*._%+-]*$/)
      assert.deepEqual(Object.keys(seen.headers), ['host', 'connection'])
    }
    assert.deepEqual([methodOf(check), methodOf(exists)], ['check_password', 'user_exists'])
  })
}

const passwords: readonly [string, Readonly<Record<string, Reaction>>, string][] = [
  ['right', { check_password: { status: 200, body: 'true' } }, 'allow'],
  [
    'wrong',
    { check_password: { status: 200, body: 'false' }, user_exists: { status: 200, body: 'true' } },
    'deny: password-wrong: the service has another password',
  ],
  [
    'wrong, by status',
    { check_password: 401, user_exists: { status: 200, body: 'true' } },
    'deny: password-wrong: the service has another password',
  ],
  [
    'of nobody',
    { check_password: { status: 200, body: 'false' }, user_exists: { status: 200, body: 'false' } },
    'unknown',
  ],
  ['of nobody, by status', { check_password: 404 }, 'unknown'],
  [
    'wrong, and then the service is gone',
    { check_password: { status: 200, body: 'false' }, user_exists: 503 },
    'unavailable: user_exists: the service answers 503',
  ],
  ['forbidden', { check_password: 403 }, 'deny: backend-denied: check_password: the service answers 403'],
  ['not judged', { check_password: 500 }, 'unavailable: check_password: the service answers 500'],
  [
    'not answered',
    { check_password: (response) => response.destroy() },
    'unavailable: check_password: the service closed the connection',
  ],
  [
    'answered with a page',
    { check_password: { status: 200, body: '<html>true</html>' } },
    'unavailable: check_password: the service answers amiss: it answers neither "true" nor "false"',
  ],
]

for (const [name, reactions, end] of passwords) {
  test(`check_password: a password that is ${name}`, async (t) => {
    await using scene = await sceneWith(t, (seen) => reactions[methodOf(seen)] ?? 500)
    assert.equal(said(await scene.backend.judge(byPassword, call())), end)
  })
}

const scramText =
  '==MULTI_SCRAM==,4096,===SHA1===QClQsw/sfPEnwj4AEp6E1w==|ys1104hRhqMoRputBY5sLHKXoSw=|EJvxXWM42tO7BgW21lNZyBc1dD0='
const stored: readonly [string, Reaction, string, string][] = [
  ['secrets', { status: 200, body: scramText }, 'allow', 'found'],
  [
    'nothing',
    { status: 200, body: '' },
    'deny: password-wrong: the service has another password',
    'deny: scram-secrets-missing: the service has no sha secrets of the account',
  ],
  [
    'no content',
    204,
    'deny: password-wrong: the service has another password',
    'deny: scram-secrets-missing: the service has no sha secrets of the account',
  ],
  [
    'the password in clear',
    { status: 200, body: 'padthai' },
    'unavailable: get_password: the service answers amiss: its password is in neither of the two serialised SCRAM forms',
    'unavailable: get_password: the service answers amiss: its password is in neither of the two serialised SCRAM forms',
  ],
  ['nobody', 404, 'unknown', 'unknown'],
  [
    '403',
    403,
    'deny: backend-denied: get_password: the service answers 403',
    'deny: backend-denied: get_password: the service answers 403',
  ],
  [
    '503',
    503,
    'unavailable: get_password: the service answers 503',
    'unavailable: get_password: the service answers 503',
  ],
]

for (const [name, reaction, plain, scram] of stored) {
  test(`get_password: ${name}`, async (t) => {
    await using scene = await sceneWith(t, () => reaction, { format: 'scram' })
    assert.equal(said(await scene.backend.judge(byPassword, call())), plain)
    assert.equal(said((await scene.backend.scramSecrets?.(jid, 'sha', call())) ?? assert.fail()), scram)
    assert.deepEqual(
      scene.service.seen.map(({ target }) => target),
      Array(2).fill('/get_password?user=alice&server=example.org&pass='),
    )
  })
}

test('get_password: another password than the stored one, and secrets of another hash', async (t) => {
  await using scene = await sceneWith(t, () => ({ status: 200, body: scramText }), { format: 'scram' })
  const wrong = await scene.backend.judge({ ...byPassword, password: 'padthaI' }, call())
  assert.equal(said(wrong), 'deny: password-wrong: the service has another password')
  const missing = (await scene.backend.scramSecrets?.(jid, 'sha256', call())) ?? assert.fail()
  assert.equal(said(missing), 'deny: scram-secrets-missing: the service has no sha256 secrets of the account')
})

test('a password in clear becomes SCRAM secrets where that is the format', async (t) => {
  await using scene = await sceneWith(t, () => ({ status: 200, body: 'padthai' }))
  const answer = (await scene.backend.scramSecrets?.(jid, 'sha', call())) ?? assert.fail()
  assert.equal(answer.kind, 'found')
  assert.equal(answer.kind === 'found' && answer.secrets.storedKey.length, 20)
})

test('evidence that is not configured is not asked about', async (t) => {
  await using scene = await sceneWith(t, () => ({ status: 200, body: 'true' }), { evidence: ['certificate'] })
  assert.deepEqual(scene.backend.takes, ['certificate'])
  assert.equal(said(await scene.backend.judge(byPassword, call())), 'unknown')
  assert.equal(scene.service.seen.length, 0)
})

/** The JSON form: what a question holds and how it is signed, and whole logins through the example service of the documentation. */

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createJsonBackend } from '../../src/auth/backends/http/backend.ts'
import { createHttpPool } from '../../src/auth/backends/http/pool.ts'
import { createQuestionWriter, createSigner } from '../../src/auth/backends/http/question.ts'
import { maxSecretLength, readSecret } from '../../src/auth/backends/http/secret.ts'
import type { CertificateClaim } from '../../src/auth/contract.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'
import { startExample } from '../library/programs.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createAuthority, issue } from '../support/pki/certificate.ts'
import * as names from '../support/pki/names.ts'
import { type ServerPlan, startServer, type TestServer } from '../support/server.ts'
import { openClient, readError } from '../support/xmpp-client.ts'
import { startService } from './service.ts'

const domain = 'localhost'
const catalogue = createCatalogue(domain)
const parsed = parseCertificate(catalogue.get('many-names').leafDer)
assert.ok(parsed.ok)
const certificate = parsed.value
const secret = 'correct-horse-battery-staple-0123456789'
const jid = { local: 'alice', domain }
const claim: CertificateClaim = {
  ...{ kind: 'certificate', jid, via: 'standard', certificate },
  chain: { kind: 'trusted', chain: [] },
}

const callFor = () => ({ deadline: performance.now() + 5_000, signal: new AbortController().signal })

test('a question about a certificate: its facts, and not the certificate', () => {
  const {
    id,
    certificate: facts,
    ...rest
  } = JSON.parse(createQuestionWriter({ listener: 'c2s', sendCertificate: false })(claim))
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.deepEqual(rest, {
    version: 1,
    listener: 'c2s',
    domain,
    jid: 'alice@localhost',
    evidence: 'certificate',
    via: 'standard',
  })
  assert.deepEqual(facts, {
    subject: 'CN=Alice Example,O=Example',
    issuer: 'CN=Catalogue Root CA',
    serial: certificate.serial,
    sha256: certificate.sha256,
    not_before: new Date(certificate.notBefore).toISOString(),
    not_after: new Date(certificate.notAfter).toISOString(),
    chain: 'trusted',
    names: {
      xmpp_addr: ['alice@localhost'],
      email: ['mail@localhost'],
      upn: ['alice@corp.localhost'],
      dns: ['device.localhost'],
      uri: ['https://localhost/alice'],
      srv_name: ['_xmpp-client.localhost'],
      ip: ['192.0.2.7'],
    },
  })
})

test('with send_certificate the whole certificate goes along; a password goes alone', () => {
  const whole = JSON.parse(createQuestionWriter({ listener: 'c2s', sendCertificate: true })(claim))
  assert.deepEqual(Buffer.from(whole.certificate.der, 'base64'), Buffer.from(certificate.der))
  const byPassword = { kind: 'password', jid, password: 'pad"thai\u0000' } as const
  const { id: _, ...rest } = JSON.parse(createQuestionWriter({ listener: 'c2s', sendCertificate: true })(byPassword))
  assert.deepEqual(rest, {
    version: 1,
    listener: 'c2s',
    domain,
    jid: 'alice@localhost',
    evidence: 'password',
    password: 'pad"thai\u0000',
  })
})

for (const [kind, name] of [
  ['email', names.email('alice@localhost\0.evil.example')],
  ['upn', names.upn('alice\u0085')],
  ['dns', names.dns('alice\n.localhost')],
  ['uri', names.uri('https://localhost/alice\x7f')],
  ['srv_name', names.srv('_xmpp-client.localhost\x01')],
  ['xmpp_addr', names.xmppAddr('alice@localhost\0')],
] as const) {
  test(`no service is asked about ${kind} with a control character, and no method behind it either`, async () => {
    const pool = {
      ask: () => assert.fail('asked'),
      connections: 0,
      health: () => [],
      [Symbol.asyncDispose]: async () => undefined,
    }
    const parts = { pool, path: '/', secret, listener: 'c2s', sendCertificate: false, now: Date.now }
    const backend = createJsonBackend({ ...parts, evidence: ['certificate'], basicAuth: null })
    const named = parseCertificate(issue(catalogue.root, { cn: 'alice', san: [name] }).der)
    assert.ok(named.ok)
    const verdict = await backend.judge({ ...claim, certificate: named.value }, callFor())
    assert.ok(verdict.kind === 'deny', JSON.stringify(verdict))
    assert.equal(verdict.code, 'rule-value-malformed')
    assert.match(verdict.why, new RegExp(`^the certificate's ${kind} "[ -~]*" holds a control character$`))
  })
}

test('subject and issuer go with their control characters escaped', () => {
  const authority = createAuthority({ subject: [names.cn('CA\r\nalice')] })
  const named = parseCertificate(issue(authority, { cn: 'alice\0.evil' }).der)
  assert.ok(named.ok)
  const write = createQuestionWriter({ listener: 'c2s', sendCertificate: false })
  const { subject, issuer } = JSON.parse(write({ ...claim, certificate: named.value })).certificate
  assert.deepEqual([subject, issuer], ['CN=alice\\00.evil', 'CN=CA\\0d\\0aalice'])
})

for (const [name, key, body] of [
  ['short', secret, '{"a":1}'],
  ['as long as a block', 'k'.repeat(64), '{"a":1}'],
  ['longer than a block', 'k'.repeat(65), '{"a":"ü😀"}'],
  ['the longest', 'k'.repeat(maxSecretLength), ''],
] as const) {
  test(`the signature is over the time and the body; a secret that is ${name}`, () => {
    const sign = createSigner(key)
    for (const seconds of [1_763_778_000, 1_763_778_001]) {
      const expected = createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')
      assert.equal(sign(body, seconds * 1_000 + 999), `t=${seconds},v1=${expected}`)
    }
  })
}

test('the secret is one line, and long enough', async (t) => {
  const file = join(await temporaryDirectory(t), 'secret')
  for (const [text, error] of [
    [`${secret}\n`, null],
    [`${secret}\r\n`, null],
    ['short\n', 'holds fewer than 32 characters'],
    ['', 'holds fewer than 32 characters'],
    [`${secret}\n${secret}\n`, 'is not one line of printable ASCII without spaces'],
    [`${secret}ü`, 'is not one line of printable ASCII without spaces'],
    ['x'.repeat(1_025), 'holds more than 1024 characters'],
  ] as const) {
    writeFileSync(file, text)
    assert.deepEqual(readSecret(file), error === null ? { ok: true, value: secret } : { ok: false, error })
  }
})

test('what is sent is one POST; a repetition is the same question', async (t) => {
  await using service = await startService((_, count) => {
    if (count === 1) return (response) => response.destroy()
    return {
      status: 200,
      body: '{"verdict":"allow","jid":"Carol@localhost"}',
      headers: { 'content-type': 'application/json; charset=utf-8' },
    }
  })
  const pool = createHttpPool({
    origin: service.origin,
    workers: 1,
    requestTimeoutMs: 1_000,
    callTimeoutMs: 2_000,
    tls: null,
  })
  t.after(() => pool[Symbol.asyncDispose]())
  const parts = {
    pool,
    path: '/judge?for=signet',
    secret,
    listener: 'c2s',
    sendCertificate: false,
    now: () => 1_763_778_000_000,
  }
  const backend = createJsonBackend({ ...parts, evidence: ['certificate'], basicAuth: 'a:b' })
  const verdict = await backend.judge(claim, callFor())
  assert.equal(verdict.kind === 'allow' && verdict.account.jid.local, 'carol')
  assert.equal(verdict.kind === 'allow' && verdict.account.certificateSha256, certificate.sha256)
  const [first, second, ...more] = service.seen
  assert.ok(first && second)
  assert.deepEqual(more, [])
  assert.deepEqual([second.method, second.target, second.body], ['POST', '/judge?for=signet', first.body])
  const headers = [
    'host',
    'connection',
    'authorization',
    'accept',
    'content-type',
    'signet-signature',
    'content-length',
  ]
  assert.deepEqual(Object.keys(second.headers), headers)
  assert.equal(second.headers['signet-signature'], createSigner(secret)(second.body, 1_763_778_000_000))
  assert.doesNotMatch(JSON.stringify(second), new RegExp(secret))
})

/** Signet in front of a service on `port`, which knows it by `secret`. */
async function signetFor(
  context: TestContext,
  port: number,
  methods: readonly string[],
  text = secret,
): Promise<TestServer> {
  const folder = await temporaryDirectory(context)
  const secretFile = join(folder, 'service.secret')
  writeFileSync(secretFile, text)
  const api = { kind: 'json', url: `http://127.0.0.1:${port}/judge`, secretFile, sendCertificate: false } as const
  const auth: ServerPlan['auth'] = { methods, http: { evidence: ['certificate'], basicAuth: null, api } }
  const server = await startServer({ catalogue, auth })
  context.after(() => server[Symbol.asyncDispose]())
  return server
}

async function login(server: TestServer, name: 'one' | 'bob' | 'idn-localpart') {
  const { chainPem: cert, keyPem: key } = catalogue.get(name)
  const { client } = await openClient({ port: server.portOf('direct'), door: 'direct', domain, tls: { cert, key } })
  using _ = client
  const answer = await client.auth('absent')
  const { outcome } = server.decisionsOf(client).at(-1) ?? assert.fail('no record')
  const end = answer.name === 'success' ? 'success' : readError(answer).condition
  return outcome.kind === 'allow' ? [end, outcome.jid] : [end, outcome.code, outcome.why]
}

test('the example service: allow, deny and unknown, signed', async (t) => {
  const folder = await temporaryDirectory(t)
  writeFileSync(join(folder, 'service.secret'), `${secret}\n`)
  const { child, port } = await startExample(t, 'auth-service', folder)
  const server = await signetFor(t, port, ['http'])
  assert.deepEqual(await login(server, 'one'), ['success', 'alice@localhost'])
  assert.deepEqual(await login(server, 'bob'), ['not-authorized', 'backend-denied', 'on leave'])
  assert.deepEqual(await login(server, 'idn-localpart'), ['not-authorized', 'account-unknown', 'jürgen@localhost'])
  const behind = await signetFor(t, port, ['http', 'pki'])
  assert.deepEqual(await login(behind, 'bob'), ['not-authorized', 'backend-denied', 'on leave'])
  assert.deepEqual(await login(behind, 'idn-localpart'), ['success', 'jürgen@localhost'])
  const asked = await child.next('the question about bob', (event) => event['jid'] === 'bob@localhost')
  assert.deepEqual(asked, { jid: 'bob@localhost', verdict: 'deny', reason: 'on leave' })
  const stranger = await signetFor(t, port, ['http', 'pki'], 'another-secret-another-secret-another')
  const why = 'the service answers 403: it does not take our signature or our `auth.http.basic_auth`'
  assert.deepEqual(await login(stranger, 'one'), ['temporary-auth-failure', 'backend-unavailable', why])
})

test('the example service: signatures that are old, of another body, or none', async (t) => {
  const folder = await temporaryDirectory(t)
  writeFileSync(join(folder, 'service.secret'), `${secret}\n`)
  const { port } = await startExample(t, 'auth-service', folder)
  const body = createQuestionWriter({ listener: 'c2s', sendCertificate: false })(claim)
  const post = async (signature: string | null, text = body): Promise<number> => {
    const headers = signature === null ? {} : { 'signet-signature': signature }
    const reply = await fetch(`http://127.0.0.1:${port}/judge`, { method: 'POST', body: text, headers })
    await reply.arrayBuffer()
    return reply.status
  }
  const now = Date.now()
  assert.equal(await post(createSigner(secret)(body, now)), 200)
  assert.equal(await post(createSigner(secret)(body, now - 120_000)), 403)
  assert.equal(await post(createSigner(secret)(body, now + 120_000)), 403)
  assert.equal(await post(createSigner(secret)(body, now), body.replace('alice', 'admin')), 403)
  assert.equal(await post(createSigner(`${secret}!`)(body, now)), 403)
  assert.equal(await post(null), 403)
  assert.equal(await post('t=,v1='), 403)
})

/** Logins through Signet whose accounts an HTTP service decides about: order and fall-through, kills in the middle, passwords. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import type { HttpPoolOptions } from '../../src/auth/backends/http/pool-options.ts'
import type { HttpAuthOptions } from '../../src/auth/http-options.ts'
import { resolvePassword } from '../../src/auth/passwords/options.ts'
import type { PoolTlsOptions } from '../../src/auth/pool-tls.ts'
import { explanationText } from '../../src/cli/explanation-text.ts'
import { explain } from '../../src/explain.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { clientFinal } from '../support/scram-client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { openClient, readError, type XmppClient } from '../support/xmpp-client.ts'
import { createServicePki, type Reaction, type Seen, startService, type TestService } from './service.ts'

const domain = 'localhost'
const catalogue = createCatalogue(domain)
const pki = createServicePki()
const own = catalogue.get('one')
const other = catalogue.get('bob')

/** What the service does next; each test sets it. */
let reaction: (seen: Seen) => Reaction = () => 500
let service: TestService
before(async () => {
  service = await startService((seen) => reaction(seen), pki)
})
after(() => service[Symbol.asyncDispose]())

async function poolOptions(context: TestContext): Promise<HttpPoolOptions> {
  const folder = await temporaryDirectory(context)
  const [certfile, cacertfile] = [join(folder, 'signet.pem'), join(folder, 'ca.pem')]
  writeFileSync(certfile, pki.client.pem + pki.client.keyPem)
  writeFileSync(cacertfile, pki.ca.pem)
  const identity = { certfile, keyfile: certfile, password: null }
  const tls: PoolTlsOptions = {
    verify: true,
    cacertfile,
    identity,
    versions: ['tlsv1.3'],
    serverName: null,
    sendsName: true,
  }
  return { origin: service.origin, pathPrefix: '/', workers: 4, requestTimeoutMs: 400, callTimeoutMs: 800, tls }
}

async function serverWith(
  context: TestContext,
  methods: readonly string[],
  evidence: HttpAuthOptions['evidence'] = ['certificate'],
  format: 'scram' | 'plain' = 'plain',
): Promise<TestServer> {
  const server = await startServer({
    catalogue,
    pools: { http: await poolOptions(context) },
    auth: {
      methods,
      mechanisms: ['external', 'scram_sha1', 'plain'],
      http: { evidence, basicAuth: null, api: { kind: 'mongooseim' } },
      password: resolvePassword({ format, hash: undefined, scram_iterations: 4096 }),
    },
  })
  context.after(() => server[Symbol.asyncDispose]())
  return server
}

interface Login {
  readonly condition: string
  readonly code: string
  /** `name: verdict`, in the order they were asked. */
  readonly asked: readonly string[]
  readonly decision: Decision
}

async function open(server: TestServer, tls: { readonly cert?: string; readonly key?: string }): Promise<XmppClient> {
  const { client } = await openClient({ port: server.portOf('direct'), door: 'direct', domain, tls })
  return client
}

async function login(server: TestServer): Promise<Login> {
  using client = await open(server, { cert: own.chainPem, key: own.keyPem })
  const answer = await client.auth('absent')
  return endOf(server, client, answer.name === 'success' ? 'success' : readError(answer).condition)
}

function endOf(server: TestServer, client: XmppClient, condition: string): Login {
  const decision = server.decisionsOf(client).at(-1) ?? assert.fail('no record')
  const { outcome } = decision
  const asked = decision.backends.map(({ backend, verdict }) => `${backend}: ${verdict}`)
  return { condition, code: outcome.kind === 'deny' ? outcome.code : 'allow', asked, decision }
}

type Row = readonly [string, Reaction, string, string, string]
const listed: Reaction = { status: 200, body: other.leaf.pem + own.leaf.pem }
const rows: readonly Row[] = [
  ['the certificate is listed', listed, 'success', 'allow', 'allow'],
  [
    'another certificate is listed',
    { status: 200, body: other.leaf.pem },
    'not-authorized',
    'certificate-not-listed',
    'deny',
  ],
  ['none is listed', 204, 'not-authorized', 'certificate-not-listed', 'deny'],
  ['the service forbids', 403, 'not-authorized', 'backend-denied', 'deny'],
  ['the service fails', 500, 'temporary-auth-failure', 'backend-unavailable', 'unavailable'],
  ['the service says nothing', 'never', 'temporary-auth-failure', 'backend-unavailable', 'unavailable'],
  [
    'the service sends us elsewhere',
    { status: 302, headers: { location: '/yes' } },
    'temporary-auth-failure',
    'backend-unavailable',
    'unavailable',
  ],
  [
    'the service answers junk',
    { status: 200, body: 'true' },
    'temporary-auth-failure',
    'backend-unavailable',
    'unavailable',
  ],
]

for (const methods of [['http'], ['http', 'pki']]) {
  for (const [name, react, condition, code, verdict] of rows) {
    test(`methods = ${JSON.stringify(methods)}, ${name}: ${code}, and nobody else is asked`, async (t) => {
      reaction = () => react
      const server = await serverWith(t, methods)
      const { decision, ...end } = await login(server)
      assert.deepEqual(end, { condition, code, asked: [`http: ${verdict}`] })
      assert.ok((decision.backends[0]?.tookMs ?? 0) > 0)
    })
  }
}

test('an account that the service does not know is left to the next method, and to nobody without one', async (t) => {
  reaction = () => 404
  const { decision: _, ...alone } = await login(await serverWith(t, ['http']))
  assert.deepEqual(alone, { condition: 'not-authorized', code: 'account-unknown', asked: ['http: unknown'] })
  const { decision: __, ...behind } = await login(await serverWith(t, ['http', 'pki']))
  assert.deepEqual(behind, { condition: 'success', code: 'allow', asked: ['http: unknown', 'pki: allow'] })
  const { decision: ___, ...before } = await login(await serverWith(t, ['pki', 'http']))
  assert.deepEqual(before, { condition: 'success', code: 'allow', asked: ['pki: allow'] })
})

test('explain asks the service as well, and shows its answer and its time', async (t) => {
  reaction = () => ({ status: 200, body: other.leaf.pem })
  const { options } = await serverWith(t, ['http', 'pki'])
  const [listener] = options.c2s
  assert.ok(listener)
  const query = { pem: own.chainPem, authzid: null, domain, listener, options, now: Date.now() }
  const explained = await explain(query)
  assert.ok(explained.ok)
  const { backends, outcome } = explained.value.decision
  const [step, ...more] = backends
  assert.deepEqual(more, [])
  assert.ok(step !== undefined && step.tookMs > 0)
  const detail = 'get_certs: it is none of the 1 that the service lists for the account'
  assert.deepEqual({ ...step, tookMs: 0 }, { backend: 'http', verdict: 'deny', detail, tookMs: 0 })
  assert.equal(outcome.kind === 'deny' && outcome.code, 'certificate-not-listed')
  const printed = explanationText(explained.value, listener, { colour: false })
  assert.match(
    printed,
    /^ *http +deny: get_certs: it is none of the 1 that the service lists for the account {2}[\d.]+ ms$/m,
  )
})

test('killed in the middle of logins: nobody gets in, nobody waits, sessions stay, and it goes on without a restart', async (t) => {
  reaction = () => listed
  const server = await serverWith(t, ['http', 'pki'])
  using session = await open(server, { cert: own.chainPem, key: own.keyPem })
  assert.equal((await session.auth('absent')).name, 'success')
  await session.bind(domain)
  reaction = () => 'never'
  const seen = service.seen.length
  const started = performance.now()
  const pending = Array.from({ length: 8 }, () => login(server))
  await service.arrived(seen + 4)
  await service.kill()
  for (const { condition, code, asked } of await Promise.all(pending)) {
    assert.deepEqual({ condition, code }, { condition: 'temporary-auth-failure', code: 'backend-unavailable' })
    assert.deepEqual(asked, ['http: unavailable'])
  }
  assert.ok(performance.now() - started < 8_000)
  const { condition } = await login(server)
  assert.equal(condition, 'temporary-auth-failure')
  session.send("<iq type='get' id='there' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
  assert.deepEqual((await session.element('iq')).attrs['type'], 'result')
  reaction = () => listed
  await service.revive()
  assert.equal((await login(server)).condition, 'success')
})

const scramText =
  '==MULTI_SCRAM==,4096,===SHA1===QClQsw/sfPEnwj4AEp6E1w==|ys1104hRhqMoRputBY5sLHKXoSw=|EJvxXWM42tO7BgW21lNZyBc1dD0='

for (const [password, condition, code] of [
  ['padthai', 'success', 'allow'],
  ['not-that-one', 'not-authorized', 'password-wrong'],
] as const) {
  test(`PLAIN, ${password}: ${code}`, async (t) => {
    reaction = ({ url }) => {
      const isRight = url.pathname === '/user_exists' || url.searchParams.get('pass') === 'padthai'
      return { status: 200, body: String(isRight) }
    }
    const server = await serverWith(t, ['http'], ['certificate', 'password'])
    using client = await open(server, {})
    const answer = await client.auth({ text: `\0alice\0${password}` }, 'PLAIN')
    const end = endOf(server, client, answer.name === 'success' ? 'success' : readError(answer).condition)
    assert.deepEqual([end.condition, end.code], [condition, code])
    assert.doesNotMatch(JSON.stringify(server.log.entries), new RegExp(`${password}["&]`))
  })

  test(`SCRAM-SHA-1 with the service's secrets, ${password}: ${code}`, async (t) => {
    reaction = () => ({ status: 200, body: scramText })
    const server = await serverWith(t, ['http'], ['certificate', 'password', 'scram'], 'scram')
    using client = await open(server, {})
    const bare = 'n=alice,r=fyko+d2lbbFgONRv9qkxdawL'
    const challenge = await client.auth({ text: `n,,${bare}` }, 'SCRAM-SHA-1')
    const parts = { hash: 'sha', password, gs2: 'n,,', bare, binding: new Uint8Array() } as const
    const text = Buffer.from(challenge.getText(), 'base64').toString()
    const { message } = await clientFinal({ ...parts, challenge: text })
    client.send(
      `<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${Buffer.from(message).toString('base64')}</response>`,
    )
    const answer = await client.element()
    const end = endOf(server, client, answer.name === 'success' ? 'success' : readError(answer).condition)
    assert.deepEqual([end.condition, end.code, end.asked], [condition, code, ['http: found']])
  })
}

/** `certificate_policy`: one word per listener and host, and what each kind of client gets under it. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { resolvePassword } from '../../src/auth/passwords/options.ts'
import { noNameLists } from '../../src/auth/trusted-names-options.ts'
import type { HostOptions } from '../../src/host-options.ts'
import type { ReasonCode } from '../../src/observe/reasons.ts'
import type { CertificatePolicy } from '../../src/sasl/certificate-policy.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { connectSecure, headerTo, mechanismsOf, readError } from '../support/xmpp-client.ts'

const domain = 'localhost'
const catalogue = createCatalogue(domain)
const auth = {
  methods: ['pki'],
  mechanisms: ['external'],
  saslExternal: ['standard'],
  password: resolvePassword(undefined),
  commonName: { prefix: '', suffix: '' },
  ownRules: [],
  trustedNames: noNameLists,
} as const

type Client = 'good' | 'expired' | 'none'
type End = { readonly offered: boolean } | { readonly refused: ReasonCode }
const offered: End = { offered: true }
const nothing: End = { offered: false }
const refused = (code: ReasonCode): End => ({ refused: code })

/** Policy × disconnect_on_failure → what each client gets on its stream header over TLS. */
const table: readonly [CertificatePolicy, boolean, Readonly<Record<Client, End>>][] = [
  ['disable', true, { good: nothing, expired: nothing, none: nothing }],
  ['disable', false, { good: nothing, expired: nothing, none: nothing }],
  ['enable', true, { good: offered, expired: refused('chain-expired'), none: nothing }],
  ['enable', false, { good: offered, expired: refused('chain-expired'), none: nothing }],
  ['optional', true, { good: offered, expired: refused('chain-expired'), none: refused('certificate-missing') }],
  ['optional', false, { good: offered, expired: nothing, none: nothing }],
  ['mandatory', true, { good: offered, expired: refused('chain-expired'), none: refused('certificate-missing') }],
  ['mandatory', false, { good: offered, expired: refused('chain-expired'), none: refused('certificate-missing') }],
]

function tlsOf(client: Client) {
  if (client === 'none') return {}
  const { chainPem, keyPem } = catalogue.get(client === 'good' ? 'one' : 'expired')
  return { cert: chainPem, key: keyPem }
}

async function assertEnd(server: TestServer, client: Client, end: End, to = domain): Promise<void> {
  using connection = await connectSecure({
    port: server.portOf('direct'),
    door: 'direct',
    domain: to,
    tls: tlsOf(client),
  })
  connection.send(headerTo(to))
  await connection.header()
  const first = await connection.element()
  if ('offered' in end) {
    assert.equal(first.name, 'stream:features')
    assert.deepEqual(mechanismsOf(first), end.offered ? ['EXTERNAL'] : null)
    return
  }
  assert.equal(first.name, 'stream:error')
  assert.equal(readError(first).condition, 'not-authorized')
  const [decision, ...more] = server.decisionsOf(connection)
  assert.deepEqual(more, [])
  assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, end.refused)
}

for (const [certificatePolicy, disconnectOnFailure, ends] of table) {
  test(`${certificatePolicy}, disconnect_on_failure = ${disconnectOnFailure}`, async () => {
    const verifyMode = certificatePolicy === 'disable' ? 'none' : 'peer'
    await using server = await startServer({
      catalogue,
      c2s: { certificatePolicy },
      tls: { verifyMode, disconnectOnFailure },
    })
    for (const client of ['good', 'expired', 'none'] as const) await assertEnd(server, client, ends[client])
  })
}

const hosts = [domain, 'strict.example', 'deaf.example']
const hostConfig: readonly HostOptions[] = [
  { host: 'strict.example', certificatePolicy: 'mandatory', auth: null, saslExternal: null },
  { host: 'deaf.example', certificatePolicy: 'disable', auth, saslExternal: ['standard', 'common_name'] },
]
let server: TestServer
before(async () => {
  server = await startServer({ catalogue, hosts, hostConfig, tls: { disconnectOnFailure: false } })
})
after(() => server[Symbol.asyncDispose]())

test("a host's own word goes before the listener's", async () => {
  await assertEnd(server, 'none', nothing)
  await assertEnd(server, 'none', refused('certificate-missing'), 'strict.example')
  await assertEnd(server, 'good', offered, 'strict.example')
  await assertEnd(server, 'good', nothing, 'deaf.example')
})

test('EXTERNAL by name at a host that does not look at certificates is refused for that reason', async () => {
  using client = await connectSecure({ port: server.portOf('direct'), door: 'direct', domain, tls: tlsOf('good') })
  await client.open('deaf.example')
  client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
  assert.equal(readError(await client.element('failure')).condition, 'invalid-mechanism')
  const [decision] = server.decisionsOf(client)
  assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'certificate-not-requested')
})

for (const [listener, verifyMode] of [
  ['disable', 'none'],
  ['optional', 'none'],
] as const) {
  test(`a host that wants a certificate lets nobody in by a door that asks for none (${listener})`, async () => {
    await using deaf = await startServer({
      catalogue,
      hosts,
      hostConfig,
      c2s: { certificatePolicy: listener },
      tls: { verifyMode, disconnectOnFailure: false },
    })
    for (const client of ['good', 'none'] as const) {
      await assertEnd(deaf, client, refused('certificate-not-requested'), 'strict.example')
      await assertEnd(deaf, client, nothing)
    }
  })
}

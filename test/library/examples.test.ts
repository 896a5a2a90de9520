/** The example programs of docs/ run, and do what they say, in processes of their own. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import { type HelloFault, logIn } from '../../src/hello/log-in.ts'
import type { ClientIdentity } from '../../src/hello/wire.ts'
import type { Result } from '../../src/result.ts'
import { certificateFolder, type Example, identityOf, startExample } from './programs.ts'

type Tls = 'starttls' | 'direct'

async function login({ port }: Example, tls: Tls, folder: string, user: string): Promise<Result<string, HelloFault>> {
  const identity = await identityOf(folder, user)
  return logIn({ host: '127.0.0.1', port, tls, domain: 'localhost', identity }, () => undefined)
}

/** A stranger to the CA: a certificate that another CA issued in the same names. */
async function stranger(context: TestContext, folder: string): Promise<ClientIdentity> {
  const { ca } = await identityOf(folder, 'alice')
  return { ...(await identityOf(await certificateFolder(context), 'alice')), ca }
}

test('start-a-server: a login, its record in the log, and an end in order', async (t) => {
  const folder = await certificateFolder(t)
  const example = await startExample(t, 'start-a-server', folder)
  assert.deepEqual(await login(example, 'starttls', folder, 'alice'), { ok: true, value: 'alice@localhost/hello' })
  const decision = await example.child.next('the decision', ({ kind }) => kind === 'allow')
  assert.deepEqual(decision, { kind: 'allow', jid: 'alice@localhost', via: 'standard' })
  assert.equal(await example.child.stop('SIGTERM'), 0)
})

test('own-backend: its list decides, whatever the certificate says', async (t) => {
  const folder = await certificateFolder(t)
  const example = await startExample(t, 'own-backend', folder)
  assert.deepEqual(await login(example, 'direct', folder, 'alice'), { ok: true, value: 'alice@localhost/hello' })
  const bob = await login(example, 'direct', folder, 'bob')
  assert.equal(bob.ok, false)
  assert.equal(bob.error.kind === 'refused' && bob.error.condition, 'not-authorized')
  assert.equal(await example.child.stop('SIGTERM'), 0)
})

/** What the echo server says to a client of this identity, and what it sends back. */
async function talk(example: Example, { certificate: cert, key, ca, serverName: servername }: Partial<ClientIdentity>) {
  const socket = connect({
    host: '127.0.0.1',
    port: example.port,
    ...(cert && { cert }),
    ...(key && { key }),
    ...(ca && { ca }),
    ...(servername && { servername }),
  })
  const lines = createInterface({ input: socket })
  const [greeting] = await once(lines, 'line')
  if (!String(greeting).startsWith('hello ')) return { greeting: JSON.parse(greeting), echo: null }
  socket.write('anybody there?\n')
  const [echo] = await once(lines, 'line')
  socket.destroy()
  return { greeting, echo }
}

test('external-in-your-server: who the certificate names, or why nobody', async (t) => {
  const folder = await certificateFolder(t)
  const example = await startExample(t, 'external-in-your-server', folder)
  const alice = await identityOf(folder, 'alice')
  assert.deepEqual(await talk(example, alice), { greeting: 'hello alice@localhost', echo: 'anybody there?' })
  const refusals = [
    { identity: { ca: alice.ca, serverName: 'localhost' }, code: 'certificate-missing' },
    { identity: await stranger(t, folder), code: 'chain-unknown-ca' },
  ]
  for (const { identity, code } of refusals) {
    const { greeting, echo } = await talk(example, identity)
    assert.deepEqual([greeting.kind, greeting.code, echo], ['deny', code, null])
  }
  assert.equal(await example.child.stop('SIGTERM'), 0)
})

/** Throttling on the wire: failures by certificate count, lock, and leave everybody else alone. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ThrottleOptions } from '../../src/auth/throttle.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { authMarkup, openClient, readError } from '../support/xmpp-client.ts'

const domain = 'localhost'
const catalogue = createCatalogue(domain)
const throttle: ThrottleOptions = {
  limits: {
    address: { freeFailures: 1, maxFailures: 4 },
    certificate: { freeFailures: 1, maxFailures: 3 },
    account: { freeFailures: 1, maxFailures: 3 },
  },
  windowMs: 60_000,
  firstDelayMs: 1,
  maxDelayMs: 4,
  lockMs: 60_000,
  maxEntries: 100,
}

let server: TestServer
before(async () => {
  server = await startServer({ catalogue, throttle, tls: { disconnectOnFailure: false } })
})
after(() => server[Symbol.asyncDispose]())

interface Ended {
  readonly element: string
  readonly condition: string | null
  readonly decision: Decision | undefined
}

async function attempt(
  certificate: CatalogueName | null,
  authzid: string | null,
  mechanism = 'EXTERNAL',
): Promise<Ended> {
  const shown = certificate === null ? null : catalogue.get(certificate)
  const tls = shown === null ? {} : { cert: shown.chainPem, key: shown.keyPem }
  const { client } = await openClient({ port: server.portOf('direct'), door: 'direct', domain, tls })
  using _ = client
  client.send(authMarkup(authzid === null ? 'equals' : { text: authzid }, mechanism))
  const answer = await client.element()
  const condition = answer.name === 'failure' ? readError(answer).condition : null
  return { element: answer.name, condition, decision: server.decisionsOf(client)[0] }
}

test('failures with a certificate lock it; a lock is logged once; the right authzid does not help then', async () => {
  for (let count = 0; count < 3; count += 1) {
    const { decision } = await attempt('one', `bob@${domain}`)
    assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'authzid-mismatch')
  }
  const { condition, decision } = await attempt('one', null)
  assert.equal(condition, 'temporary-auth-failure')
  assert.equal(decision?.outcome.kind === 'deny' && decision.outcome.code, 'throttled-certificate')
  const locks = server.log.entries.filter(({ event }) => event === 'login_lock_set')
  assert.deepEqual(
    locks.map(({ fields }) => [fields['by'], fields['locked']]),
    [['certificate', decision?.certificate?.sha256]],
  )
})

test('another certificate from the same address is not concerned', async () => {
  assert.equal((await attempt('two', `bob@${domain}`)).element, 'success')
})

test('a locked address refuses who has nothing to show, and lets a good certificate in', async () => {
  // The fourth failure from here.
  const fourth = await attempt('expired', null)
  assert.equal(fourth.decision?.outcome.kind === 'deny' && fourth.decision.outcome.code, 'chain-expired')
  const refused = await attempt(null, null)
  assert.equal(refused.decision?.outcome.kind === 'deny' && refused.decision.outcome.code, 'throttled-address')
  assert.equal(refused.condition, 'temporary-auth-failure')
  assert.equal((await attempt('two', `alice@${domain}`)).element, 'success')
})
